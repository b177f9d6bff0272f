// Where messages go: the journal with fields where stderr is the journal, else stderr. For main
// programs only; library code returns or throws.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config.hpp"

namespace eni {

/// Messages less severe than this are dropped. Call before the first message.
void set_log_level(LogLevel level);

/// `ifname` may be empty; the journal has it as ENI_ROUTES_INTERFACE.
void log_message(LogLevel level, const std::string& ifname, const std::string& text);

struct LogLine {
    LogLevel level;
    std::string ifname;
    std::string text;
};

constexpr std::size_t kMostLines = 50;         // of one kind, in one run
constexpr std::size_t kMostDebugLines = 1000;  // likewise

/// All that a run has to say of one kind, however much that is: of more than kMostLines the most
/// severe ones, then "and 1950 more REST". Of what is for debugging kMostDebugLines.
void log_lines(const std::vector<LogLine>& lines, const std::string& rest);

/// The same for failures.
void log_failures(const std::vector<std::string>& failures);

}  // namespace eni
