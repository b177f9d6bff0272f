// The disk edge, writing: one file after another, each whole or not at all. Must not decide what
// is written, and must not overwrite what another program wrote since it was read.
#pragma once

#include <cstdint>
#include <string>

#include "model.hpp"

namespace eni {

/// What a write is to survive: the power going off (fsync), or, in /run, only this process.
enum class Durability : std::uint8_t { disk, memory };

/// Makes the file at `root` + `change.path` hold `change.after`, or removes it; nothing is touched
/// where that is so already. Its mode, owner and access control list stay, its other attributes
/// where that is allowed; a new one is root's, 0644. A symbolic link stays, the file that it names
/// is changed. The bytes go to a temporary file beside it first (see temporary_files.hpp), of which
/// an interrupted run leaves at most one, and the next takes its place. What a program that has the
/// old file open adds to its end meanwhile is at the new one's end (see replaced_file.hpp).
///
/// Throws std::runtime_error where the file no longer is what `change.before` says, or is no
/// regular file; std::system_error ("cannot write /etc/...: No space left on device") where it
/// could not be done. The old bytes are then still there, all of them.
void apply_file(const std::string& root, const FileChange& change,
                Durability durability = Durability::disk);

/// That a file was renamed or removed stays so when the power goes off. Throws std::system_error,
/// which begins with `what`.
void sync_directory_of(const std::string& path, const std::string& what);

/// Makes a directory and those above it, with mode 0755 whatever the umask. Throws
/// std::system_error.
void make_directory(const std::string& path);

}  // namespace eni
