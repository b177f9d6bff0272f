// When the watch runs next, and how long it may sleep until then. Pure: the time is given to it.
#pragma once

#include <optional>

#include "fights.hpp"

namespace eni {

/// The reasons that there are for another run. How long to sleep and whether to run both follow
/// from due(): a run that the sleep does not know of waits for the kernel to say something, which
/// may be never.
struct NextRun {
    bool at_once = false;          // something has changed, or the run before has found that it did
    std::optional<Time> retry_at;  // after a failure
    std::optional<Time> fight_at;  // Fights::next_due()

    bool is_due(Time now) const;

    /// For how long it may sleep, at most `longest`; without end where that is negative.
    Time patience(Time now, std::optional<Time> longest) const;

  private:
    std::optional<Time> due(Time now) const;
};

}  // namespace eni
