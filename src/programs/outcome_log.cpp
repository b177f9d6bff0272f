// See outcome_log.hpp.
#include "outcome_log.hpp"

#include "changes.hpp"
#include "log.hpp"

namespace eni {

void log_outcome(const Outcome& outcome, const std::string& ifname, const std::string& occasion) {
    const auto lines = change_lines(outcome.change_set);
    log_message(LogLevel::debug, ifname, occasion + ": " + summary(outcome.change_set));
    for (const ChangeLine& line : lines)
        log_message(LogLevel::info, line.ifname, line.command + "   # " + line.why);
    for (const Note& note : outcome.change_set.plan.notes)
        log_message(lines.empty()                        ? LogLevel::debug
                    : note.severity == Severity::warning ? LogLevel::warning
                                                         : LogLevel::info,
                    note.ifname, note.text);
    for (const std::string& failure : outcome.failures)
        log_message(LogLevel::error, ifname, failure);
}

}  // namespace eni
