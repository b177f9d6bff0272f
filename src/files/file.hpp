// The one place where files are opened and read whole. Must not know what is in them, and must not
// take one that cannot be read for one that is not there.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace eni {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// Throws std::system_error with errno: "WHAT: No such file or directory".
[[noreturn]] void throw_errno(const std::string& what);

/// open(2) with O_CLOEXEC, new files with mode 0600; null and errno where it fails.
File open_file(const std::string& path, int flags);

/// "cannot read /etc/...: it is larger than 1 MiB"
struct FileTooLarge : std::runtime_error {
    using std::runtime_error::runtime_error;
};

constexpr std::size_t kMaxFileSize = 1U << 20;  // bytes

/// The bytes of a file of at most `max` bytes, of whatever kind: what people name may be a pipe,
/// for which is waited. Throws std::system_error ("cannot read PATH: No such file or directory") or
/// FileTooLarge.
std::string read_whole(const std::string& path, std::size_t max);

/// The last `size` bytes of a file, or all of a shorter one; empty where it cannot be read.
std::string read_end(const std::string& path, std::size_t size);

/// The bytes of a regular file of at most `max` bytes; nothing where there is none, or something
/// that is no regular file. Throws as read_whole does, and as real_path.
std::optional<std::string> load_file(const std::string& root, const std::string& path,
                                     std::size_t max = kMaxFileSize);

/// `root` and `path`, or where its symbolic links end; they are followed below `root`, as after a
/// chroot. Need not exist. Throws std::runtime_error where that would lead out of `root`, or in a
/// circle.
std::string real_path(const std::string& root, const std::string& path);

}  // namespace eni
