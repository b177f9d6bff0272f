// What is to be said of failures, one run after another: each when it begins, and when it is over.
// Pure: the time is given to it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "fights.hpp"
#include "log.hpp"

namespace eni {

/// Failures that differ in numbers alone (a process, a port) are of one kind. A kind has news in
/// five runs at most; from then on, and of what goes on unchanged, once an hour a count is said.
/// That bounds the log whatever fails, and however often it begins and ends.
class FailureLog {
  public:
    /// Of a run at `now`, in which `failures` failed. Where none did, those of the run before work
    /// again.
    std::vector<LogLine> news(const std::vector<std::string>& failures, Time now);

  private:
    struct Kind {
        std::set<std::string> told;  // of those that fail at present
        std::string last;            // the text of the last one
        unsigned runs_with_news = 0;
        unsigned tries = 0;  // since `told_at`
        Time told_at{0};
        Time failing_since{0};
        Time seen_at{0};
        bool is_failing = false;
    };

    static void fail(Kind& kind, const std::set<std::string>& texts, Time now,
                     std::vector<LogLine>& lines);
    static void end(Kind& kind, bool works_again, Time now, std::vector<LogLine>& lines);
    static std::string reminder(const Kind& kind, Time now);

    std::map<std::string, Kind> kinds_;  // by the text without its numbers
};

}  // namespace eni
