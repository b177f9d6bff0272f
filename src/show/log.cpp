// See log.hpp.
#include "log.hpp"

#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "journal_entry.hpp"
#include "terminal.hpp"

namespace eni {

namespace {

LogLevel threshold = LogLevel::info;

/// As in syslog(3); a smaller one is more severe.
int priority_of(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return LOG_ERR;
        case LogLevel::warning:
            return LOG_WARNING;
        case LogLevel::info:
            return LOG_INFO;
        case LogLevel::debug:
            return LOG_DEBUG;
    }
    return LOG_INFO;
}

void write_to_stderr(LogLevel level, const std::string& ifname, const std::string& text) {
    const char* const severity = level == LogLevel::error     ? "error: "
                                 : level == LogLevel::warning ? "warning: "
                                                              : "";
    std::fprintf(stderr, "eni-routes: %s%s%s%s\n", severity, ifname.c_str(),
                 ifname.empty() ? "" : ": ", text.c_str());
}

}  // namespace

void set_log_level(LogLevel level) {
    threshold = level;
}

void log_message(LogLevel level, const std::string& ifname, const std::string& text) {
    if (priority_of(level) > priority_of(threshold)) return;
    const std::string name = visible(ifname), message = visible(text);
    const bool is_sent = is_journal(STDERR_FILENO) &&
                         send_journal_entry({{"PRIORITY", std::to_string(priority_of(level))},
                                             {"SYSLOG_IDENTIFIER", "eni-routes"},
                                             {"ENI_ROUTES_INTERFACE", name},
                                             {"MESSAGE", message}});
    if (!is_sent) write_to_stderr(level, name, message);
}

void log_lines(const std::vector<LogLine>& lines, const std::string& rest) {
    std::vector<const LogLine*> severe, debug;
    for (const LogLine& line : lines)
        (line.level == LogLevel::debug ? debug : severe).push_back(&line);
    if (severe.size() > kMostLines)
        std::stable_sort(severe.begin(), severe.end(), [](const LogLine* a, const LogLine* b) {
            return priority_of(a->level) < priority_of(b->level);
        });
    const auto log = [](const LogLine* line) {
        log_message(line->level, line->ifname, line->text);
    };
    const auto begin_of_rest = severe.begin() + std::min(severe.size(), kMostLines);
    std::for_each(severe.begin(), begin_of_rest, log);
    if (begin_of_rest != severe.end())
        log_message((*begin_of_rest)->level, "",
                    "and " + std::to_string(severe.end() - begin_of_rest) + " more " + rest);
    std::for_each(debug.begin(), debug.begin() + std::min(debug.size(), kMostDebugLines), log);
}

void log_failures(const std::vector<std::string>& failures) {
    std::vector<LogLine> lines;
    for (const std::string& failure : failures) lines.push_back({LogLevel::error, "", failure});
    log_lines(lines, "failures");
}

}  // namespace eni
