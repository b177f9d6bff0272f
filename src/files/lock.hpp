// One eni-routes at a time: events come close together, and people run commands meanwhile. Must
// not know what is done under the lock.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

#include "file.hpp"

namespace eni {

/// Says who holds the lock and what to do about it.
struct LockTimeout : std::runtime_error {
    LockTimeout(const std::string& what, pid_t process)
        : std::runtime_error(what), holder(process) {}
    pid_t holder;  // 0 where the kernel does not tell
};

/// It was no longer wanted; see Lock.
struct LockGivenUp : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Holds an flock on /run/eni-routes/NAME below `root` for as long as it lives; the kernel takes it
/// back however the process ends. The file is its owner's alone (0600): whoever can open it can
/// hold the lock. Where it is removed meanwhile, the one that takes its place is locked, after the
/// process that holds the removed one has ended.
class Lock {
  public:
    /// Asked about every 50 ms while it waits, and not where the lock is free: true ends the wait.
    using GivesUp = std::function<bool()>;

    /// Waits up to `timeout` asleep, for which it uses SIGALRM and ITIMER_REAL and puts them back
    /// as they were: to be called from the main thread. Throws LockTimeout, or LockGivenUp where
    /// `gives_up` said so.
    ///
    /// Where there is no locking (the file cannot be made on a full or read-only /run, or is no
    /// file) it throws nothing: `complaint` says so. Changes are single messages to the kernel and
    /// whole files, and what two runs at once did to each other the next one repairs; a host
    /// without its routes would be worse.
    Lock(const std::string& root, std::chrono::milliseconds timeout,
         const std::string& name = "lock", const GivesUp& gives_up = {});

    /// Why nothing is locked; empty where the lock is held.
    const std::string& cause() const { return cause_; }

    /// The same for a run that went on without, to be told as a failure.
    std::string complaint() const;

  private:
    File file_;
    std::string cause_;
};

}  // namespace eni
