// The directories that a service may write. In its mount namespace systemd has made each of them a
// mount of its own, over a disk that is read-only. Must not know what is written there.
#pragma once

#include <string>
#include <vector>

namespace eni {

class WritableMounts {
  public:
    /// As they are now: to be made when the process starts.
    explicit WritableMounts(const std::vector<std::string>& directories);

    /// The first that has been made, or removed and made anew, since then. The mount goes with the
    /// directory that it is of (Linux 3.18, detach_mounts in namespace.c), and the new one is
    /// read-only to this process: only another, in a namespace of its own, can write there. Empty
    /// where there is none, or where there was no mount at the start: then there is no sandbox.
    std::string stale() const;

  private:
    std::vector<std::string> expected_;  // those that were mounts, or were not there
    bool is_sandbox_ = false;
};

}  // namespace eni
