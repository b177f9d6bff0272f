// Which process holds an flock, as the kernel tells it (/proc/locks). Must not believe a file that
// says so: its writer may have ended, and its number be another process's.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

namespace eni {

/// The process that holds an flock on this file; 0 where none does, or the kernel does not tell
/// (another PID namespace's process; no /proc).
pid_t flock_holder(const struct stat& file);

/// A process that holds an flock on a file that was removed from `path`, on the disk of
/// `successor`; 0 where none is found. One that may not be looked into (proc(5), /proc/PID/fd) is
/// not found.
pid_t removed_flock_holder(const std::string& path, const struct stat& successor);

/// Its command line, printable and not long; empty where it is not told.
std::string command_line_of(pid_t process);

}  // namespace eni
