// An end to what a library does not end by itself: D-Bus waits without one for a thread of its own
// that has gone. The last resort; whatever can be waited for with a limit is. Must not be used
// where changes are being made.
#pragma once

#include <sys/time.h>

#include <chrono>
#include <csignal>

namespace eni {

/// For what asks D-Bus one thing: not reached as long as that does what it promises, as
/// kShortPatience and the like come before.
constexpr std::chrono::seconds kDBusDeadline{10};

/// Where its life lasts longer than `patience`, the process says so and ends with exit status 1.
/// It uses SIGALRM and ITIMER_REAL, and puts them back as they were.
class Deadline {
  public:
    explicit Deadline(std::chrono::seconds patience);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

  private:
    struct sigaction action_before_ {};
    itimerval timer_before_{};
};

}  // namespace eni
