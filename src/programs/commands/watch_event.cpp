// `eni-routes watch`: a program of its own, as it stays in memory; this one makes place for it.
// `eni-routes event`: what the hook's program becomes where the configuration has to be read by
// yaml-cpp. Both read the installed configuration, whatever --config says.
#include <cstdlib>
#include <stdexcept>

#include "become.hpp"
#include "build_config.hpp"
#include "commands.hpp"
#include "config_file.hpp"
#include "event.hpp"
#include "handle_event.hpp"
#include "session.hpp"

namespace eni {

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
    const auto event = event_from(arguments[0].c_str(), arguments[1].c_str(),
                                  [](const char* name) { return std::getenv(name); });
    if (!event) return ExitStatus::ok;
    return handle_event(*event, load_and_keep_config("", ENI_CONFIG_FILE));
}

}  // namespace eni
