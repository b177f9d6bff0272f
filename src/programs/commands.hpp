// The commands of eni-routes: each is a function in a file of commands/, which declares its own
// options, and reports by exceptions what guarded() turns into exit statuses (exit_status.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exit_status.hpp"
#include "options.hpp"

namespace eni {

/// The headings below which --help lists the commands.
enum class Purpose : std::uint8_t { read, change, service };

struct Command {
    Purpose purpose;
    Usage usage;
    ExitStatus (*run)(const Call& call);
};

ExitStatus run_status(const Call& call);
ExitStatus run_check(const Call& call);
ExitStatus run_explain(const Call& call);
ExitStatus run_report(const Call& call);
ExitStatus run_facts(const Call& call);
ExitStatus run_diff(const Call& call);
ExitStatus run_metrics(const Call& call);

ExitStatus run_regenerate(const Call& call);
ExitStatus run_confirm(const Call& call);
ExitStatus run_adopt(const Call& call);
ExitStatus run_clean(const Call& call);
ExitStatus run_disable(const Call& call);
ExitStatus run_enable(const Call& call);

ExitStatus run_watch(const Call& call);
ExitStatus run_plug(const Call& call);
ExitStatus run_event(const Call& call);

/// What `eni-routes --help` prints: the commands in their order, below the headings.
std::string help_text(const std::vector<Command>& commands);

/// `eni-routes WORD...`: runs the command that the first word names, `status` where there is none.
/// Throws std::invalid_argument for a command that is not among `commands`, and whatever the
/// command throws.
ExitStatus run_command_line(const std::vector<Command>& commands, std::vector<std::string> words);

}  // namespace eni
