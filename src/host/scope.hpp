// A unit of systemd's own for a process, so that it outlives the login session that it was started
// in. Must not start a process, nor fail where systemd does not run.
#pragma once

#include <string>

namespace eni {

/// Where systemd runs, moves the process into a new scope "NAME-PID.scope" of the system's: what
/// logind ends with a session (KillUserProcesses=) is in the session's scope. Waits two seconds for
/// the answer, but without a limit for a bus that says nothing: to be called within a Deadline. The
/// reason in words where it was refused, else empty.
std::string move_to_scope(int pid, const std::string& name, const std::string& description);

}  // namespace eni
