// What a run did, for the log of the programs that run unattended. For main programs only.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "changes.hpp"
#include "failure_log.hpp"
#include "fights.hpp"
#include "reconcile.hpp"

namespace eni {

/// One for all runs of a process. What is no news is not said: a note where nothing was changed on
/// the interface that it is about, or that the run before had as well; what FailureLog leaves out,
/// and what was tried in vain once more. What was not done is told as the failure that it is, not
/// as a change. However much a run changes, its lines are as many as log_lines() lets through.
class OutcomeLog {
  public:
    /// `after_failure` is said behind each failure: "; tried again".
    explicit OutcomeLog(std::string after_failure = "")
        : after_failure_(std::move(after_failure)) {}

    /// `occasion`: "up", "watch". `now` counts where there is more than one run.
    void log(const Outcome& outcome, const std::string& ifname, const std::string& occasion,
             Time now = Time{0});

    /// What failed in a run; where none did, that what failed in the run before works again.
    void log_failures(const std::vector<std::string>& failures, const std::string& ifname,
                      Time now = Time{0});

  private:
    void log_changes(const std::vector<ChangeLine>& lines, bool has_failures);
    void log_notes(const Outcome& outcome, const std::vector<ChangeLine>& lines);

    std::string after_failure_;
    FailureLog failures_;
    // Of the run before.
    std::set<std::string> notes_;  // that were said
    std::set<std::string> tried_;  // the changes, where something failed
};

}  // namespace eni
