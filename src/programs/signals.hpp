// The signals of a service: SIGTERM and SIGINT end it, SIGHUP has it read its configuration again.
// They are blocked and taken where it is convenient: no system call is interrupted by them. Must
// not end or reload anything itself.
#pragma once

#include <vector>

#include "fights.hpp"

namespace eni {

class Signals {
  public:
    /// Blocks them for the process, which must have no other thread yet, and ignores SIGPIPE.
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// Whether it is to end.
    bool is_over();

    /// Whether SIGHUP has come since this was last asked.
    bool take_reload();

    /// Until a signal comes or `time` is over.
    void pause(Time time);

    /// Until one of `descriptors` can be read (true), a signal comes, or `patience` is over;
    /// without end where that is negative.
    bool wait(const std::vector<int>& descriptors, Time patience);

  private:
    bool take(Time patience);

    int descriptor_ = -1;
    bool is_over_ = false;
    bool is_reload_ = false;
};

}  // namespace eni
