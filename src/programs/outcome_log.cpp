// See outcome_log.hpp.
#include "outcome_log.hpp"

#include <utility>

#include "log.hpp"

namespace eni {

void OutcomeLog::log(const Outcome& outcome, const std::string& ifname, const std::string& occasion,
                     Time now) {
    const std::vector<ChangeLine> lines = change_lines(outcome.change_set);
    log_message(LogLevel::debug, ifname, occasion + ": " + summary(lines));
    log_changes(lines, !outcome.failures.empty());
    log_notes(outcome, lines);
    log_failures(outcome.failures, ifname, now);
}

void OutcomeLog::log_changes(const std::vector<ChangeLine>& lines, bool has_failures) {
    std::set<std::string> tried;
    std::vector<LogLine> said;
    for (const ChangeLine& line : lines) {
        const std::string text = line.command + "   # " + line.why;
        if (has_failures) tried.insert(text);
        const bool is_known = tried.count(text) != 0 && tried_.count(text) != 0;
        said.push_back(
            {is_known || !line.is_done ? LogLevel::debug : LogLevel::info, line.ifname, text});
    }
    log_lines(said, "changes; in all " + summary(lines));
    tried_ = std::move(tried);
}

void OutcomeLog::log_notes(const Outcome& outcome, const std::vector<ChangeLine>& lines) {
    std::set<std::string> changed;  // interfaces; "" stands for any
    for (const ChangeLine& line : lines) changed.insert({line.ifname, ""});
    std::set<std::string> said;
    std::vector<LogLine> log;
    for (const Note& note : outcome.change_set.plan.notes) {
        const std::string key = note.ifname + ": " + note.text;
        const bool is_warning = note.severity == Severity::warning;
        const bool is_known = notes_.count(key) != 0;
        // "rule-eth1 is new" is not so yet where it could not be written.
        const bool is_true = is_warning || outcome.failures.empty();
        const bool is_news = !is_known && is_true &&
                             (changed.count(note.ifname) != 0 || note.code == kOutgoingChanged);
        if (is_known || is_news) said.insert(key);
        log.push_back({!is_news     ? LogLevel::debug
                       : is_warning ? LogLevel::warning
                                    : LogLevel::info,
                       note.ifname, note.text});
    }
    log_lines(log, "notes; `eni-routes regenerate --dry-run` prints all");
    notes_ = std::move(said);
}

void OutcomeLog::log_failures(const std::vector<std::string>& failures, const std::string& ifname,
                              Time now) {
    std::vector<LogLine> lines = failures_.news(failures, now);
    for (LogLine& line : lines) {
        line.ifname = ifname;
        if (line.level == LogLevel::error) line.text += after_failure_;
    }
    log_lines(lines, "failures");
}

}  // namespace eni
