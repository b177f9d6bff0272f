// See become.hpp.
#include "become.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "build_config.hpp"

namespace eni {

void become(const std::string& program, std::vector<std::string> arguments) {
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    throw std::system_error(errno, std::generic_category(), "cannot run " + program);
}

std::string command_program() {
    char path[4096];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
    const std::string self(path, size < 0 ? 0 : static_cast<std::size_t>(size));
    const std::string beside = self.substr(0, self.rfind('/') + 1) + "eni-routes";
    return access(beside.c_str(), X_OK) == 0 ? beside : ENI_COMMAND_PROGRAM;
}

}  // namespace eni
