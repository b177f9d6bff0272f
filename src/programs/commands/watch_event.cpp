// `eni-routes watch` and `eni-routes event`: programs of their own, because they must load little;
// this one makes place for them. They read the installed configuration, whatever --config says.
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "build_config.hpp"
#include "commands.hpp"
#include "session.hpp"

namespace eni {

namespace {

[[noreturn]] void become(const std::string& program, std::vector<std::string> arguments) {
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    throw std::system_error(errno, std::generic_category(), "cannot run " + program);
}

}  // namespace

ExitStatus run_watch(const Call& call) {
    Target target;
    parse(call, {config_option(target)});
    become(ENI_WATCH_PROGRAM, {});
}

ExitStatus run_event(const Call& call) {
    Target target;
    const auto arguments = parse(call, {config_option(target)});
    if (arguments.size() != 2)
        throw std::invalid_argument("event takes an interface and an action");
    become(ENI_EVENT_PROGRAM, arguments);
}

}  // namespace eni
