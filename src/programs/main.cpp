// eni-routes: the command that people run. The table of its commands, and the one place that
// catches; each command is a file of commands/.
#include <cstdio>
#include <stdexcept>

#include "commands.hpp"

namespace eni {
namespace {

std::vector<Command> all_commands() {
    return {
        {Purpose::read,
         {"status", "", "Show each interface's plan, and what of it is missing"},
         run_status},
        {Purpose::read,
         {"check", "[FACTS...]", "Show what is broken, why, and how to repair it"},
         run_check},
        {Purpose::read,
         {"explain", "DESTINATION", "Show by which rule and route a packet goes, and why"},
         run_explain},
        {Purpose::read,
         {"report", "[FILE]", "Write all of it into an HTML file, for a ticket"},
         run_report},
        {Purpose::read,
         {"facts", "", "Print what the plan is made from, for a bug report"},
         run_facts},
        {Purpose::read,
         {"diff", "FACTS FACTS", "Show in what two recorded hosts differ"},
         run_diff},
        {Purpose::read,
         {"metrics", "", "Print what Prometheus is to know of this host"},
         run_metrics},
        {Purpose::change,
         {"regenerate", "[IFACE...]", "Make the plan, and change what differs from it"},
         run_regenerate},
        {Purpose::change,
         {"confirm", "", "Keep what `regenerate --confirm` has changed"},
         run_confirm},
        {Purpose::change,
         {"adopt", "[IFACE...]", "Take the place of rule- and route- files made by hand"},
         run_adopt},
        {Purpose::change,
         {"clean", "", "Remove all that eni-routes made, kernel and disk"},
         run_clean},
        {Purpose::change,
         {"disable", "[IFACE...]", "Take the policy off, and keep it off over reboots"},
         run_disable},
        {Purpose::change, {"enable", "[IFACE...]", "Undo `disable`"}, run_enable},
        {Purpose::service,
         {"watch", "", "Repair at once what NetworkManager does not report"},
         run_watch},
        {Purpose::service,
         {"plug", "IFACE", "Give a new interface a profile, if it has none"},
         run_plug},
        {Purpose::service,
         {"event", "IFACE ACTION", "What NetworkManager's dispatcher calls"},
         run_event},
    };
}

}  // namespace
}  // namespace eni

int main(int argc, char** argv) {
    using namespace eni;
    set_log_level(LogLevel::info);
    return exit_code(guarded([&] {
        const ExitStatus status = run_command_line(all_commands(), {argv + 1, argv + argc});
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            throw std::runtime_error("cannot write to standard output");
        return status;
    }));
}
