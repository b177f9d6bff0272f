// See become.hpp.
#include "become.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace eni {

void become(const std::string& program, std::vector<std::string> arguments) {
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    throw std::system_error(errno, std::generic_category(), "cannot run " + program);
}

}  // namespace eni
