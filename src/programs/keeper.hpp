// `regenerate --confirm`: a process of its own that remembers the state before the change, and
// brings it back when the time is over, whatever becomes of the terminal, the session and the run.
// Must not decide what is changed.
#pragma once

#include <sys/types.h>

#include <chrono>

#include "config.hpp"
#include "confirmation.hpp"

namespace eni {

class Keeper {
  public:
    /// Starts the process, which waits to be told. To be called while this one has one thread:
    /// libnm's and GDBus's may hold a lock that the copy would wait for without end.
    Keeper(const Config& config, std::chrono::seconds time);
    /// One that has not been told to keep anything ends.
    ~Keeper();
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    pid_t pid() const { return pid_; }

    /// The keeper reads the host as it is, and its time begins. The caller holds the lock, and has
    /// not changed anything. Throws std::runtime_error where it could not: then nothing may be
    /// changed.
    Confirmation keep();

  private:
    int socket_ = -1;
    pid_t pid_ = 0;
};

}  // namespace eni
