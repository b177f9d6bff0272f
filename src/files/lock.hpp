// One eni-routes at a time: events come close together, and people run commands meanwhile. Must
// not know what is done under the lock.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "file.hpp"

namespace eni {

/// Says who holds the lock and what to do about it.
struct LockTimeout : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Holds an flock on /run/eni-routes/NAME below `root` for as long as it lives; the kernel takes it
/// back however the process ends. The file holds the pid of the last holder.
class Lock {
  public:
    /// Waits up to `timeout` asleep, for which it uses SIGALRM and ITIMER_REAL and puts them back
    /// as they were: to be called from the main thread. Throws LockTimeout, or std::system_error
    /// where there is no locking at all.
    Lock(const std::string& root, std::chrono::milliseconds timeout,
         const std::string& name = "lock");

  private:
    File file_;
};

}  // namespace eni
