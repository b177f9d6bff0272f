// Whether GLib can start the threads that it works with. It ends the process where it cannot
// (g_error), or waits for what a thread that is not there would do. Must not keep any.
#pragma once

namespace eni {

/// To be asked before D-Bus is used or another program is run: false where there is no memory or
/// no number for a few threads (RLIMIT_NPROC, a cgroup's pids.max).
bool can_start_threads();

}  // namespace eni
