// See log.hpp.
#include "log.hpp"

#define G_LOG_USE_STRUCTURED
#include <glib.h>

#include <algorithm>
#include <cstdio>

#include "terminal.hpp"

namespace eni {

namespace {

// GLib keeps one writer for the process; its level is the only state.
LogLevel threshold = LogLevel::info;

GLogLevelFlags flags_from(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return G_LOG_LEVEL_CRITICAL;
        case LogLevel::warning:
            return G_LOG_LEVEL_WARNING;
        case LogLevel::info:
            return G_LOG_LEVEL_INFO;
        case LogLevel::debug:
            return G_LOG_LEVEL_DEBUG;
    }
    return G_LOG_LEVEL_INFO;
}

std::string field(const GLogField* fields, gsize count, const char* key) {
    for (gsize i = 0; i < count; ++i)
        if (g_strcmp0(fields[i].key, key) == 0) return static_cast<const char*>(fields[i].value);
    return "";
}

GLogWriterOutput write_message(GLogLevelFlags flags, const GLogField* fields, gsize count,
                               gpointer /* data */) {
    if ((flags & G_LOG_LEVEL_MASK) > static_cast<int>(flags_from(threshold)))
        return G_LOG_WRITER_HANDLED;
    if (g_log_writer_is_journald(fileno(stderr)))
        return g_log_writer_journald(flags, fields, count, nullptr);
    const std::string ifname = field(fields, count, "ENI_ROUTES_INTERFACE");
    const std::string severity = (flags & G_LOG_LEVEL_CRITICAL) != 0  ? "error: "
                                 : (flags & G_LOG_LEVEL_WARNING) != 0 ? "warning: "
                                                                      : "";
    std::fprintf(stderr, "eni-routes: %s%s%s%s\n", severity.c_str(), ifname.c_str(),
                 ifname.empty() ? "" : ": ", field(fields, count, "MESSAGE").c_str());
    return G_LOG_WRITER_HANDLED;
}

}  // namespace

void set_log_level(LogLevel level) {
    threshold = level;
    // GLib takes a writer once, and aborts at the second.
    static const bool kIsSet = (g_log_set_writer_func(write_message, nullptr, nullptr), true);
    (void)kIsSet;
}

void log_message(LogLevel level, const std::string& ifname, const std::string& text) {
    g_log_structured("eni-routes", flags_from(level), "SYSLOG_IDENTIFIER", "eni-routes",
                     "ENI_ROUTES_INTERFACE", visible(ifname).c_str(), "MESSAGE", "%s",
                     visible(text).c_str());
}

void log_lines(const std::vector<LogLine>& lines, const std::string& rest) {
    std::vector<const LogLine*> severe, debug;
    for (const LogLine& line : lines)
        (line.level == LogLevel::debug ? debug : severe).push_back(&line);
    if (severe.size() > kMostLines)
        std::stable_sort(severe.begin(), severe.end(), [](const LogLine* a, const LogLine* b) {
            return flags_from(a->level) < flags_from(b->level);
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
