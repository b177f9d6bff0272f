// When the watch runs next, and how long it may sleep until then. Pure: the time is given to it.
#pragma once

#include <optional>

#include "fights.hpp"

namespace eni {

/// When something that fails is tried again: after 100 ms, and then each pause is twice the one
/// before, up to a minute.
class Backoff {
  public:
    /// It has been tried, and has failed.
    void failed(Time now);

    void succeeded() { *this = {}; }

    /// The world has changed, and it may work now: the pauses begin anew. Not within a second of
    /// the last try, when it may be the try itself that is heard of.
    void changed(Time now);

    /// Nothing where it does not fail.
    std::optional<Time> retry_at() const { return retry_at_; }

    /// While it fails, what changes leads to no more than one try a second. Nothing where it does
    /// not fail.
    std::optional<Time> not_before() const;

  private:
    static constexpr Time kShortest{100};

    Time pause_ = kShortest;  // after the next failure
    Time failed_at_{0};
    std::optional<Time> retry_at_;
};

/// When the watch writes the metrics: at first, a second after something has changed, and each
/// minute, by which it is known that it runs.
class MetricsTimer {
  public:
    /// There has been a run.
    void changed() { has_changed_ = true; }

    /// It has been tried.
    void written(Time now);

    Time due() const;

  private:
    bool has_changed_ = false;
    std::optional<Time> written_at_;
};

/// Whether what was heard waits until nothing more comes. Not where something of ours was taken off
/// and nothing else was changed, unless there was a run within the last second: what takes off
/// more, or again, is waited for as all else is, and costs one run more at most.
bool waits_for_quiet(bool is_only_loss, Time now, Time last_run);

/// The reasons that there are for another run. How long to sleep and whether to run both follow
/// from due(): a run that the sleep does not know of waits for the kernel to say something, which
/// may be never.
struct NextRun {
    bool at_once = false;            // something has changed, or the run before has found so
    std::optional<Time> retry_at;    // Backoff::retry_at(), after a failure
    std::optional<Time> fight_at;    // Fights::next_due()
    std::optional<Time> not_before;  // Backoff::not_before(), where it is to be at once

    bool is_due(Time now) const;

    /// For how long it may sleep, at most `longest`; without end where that is negative.
    Time patience(Time now, std::optional<Time> longest) const;

  private:
    std::optional<Time> due(Time now) const;
};

}  // namespace eni
