// The one place where files are opened and read whole. Must not know what is in them, and must not
// take one that cannot be read for one that is not there.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace eni {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// Throws std::system_error with errno: "WHAT: No such file or directory".
[[noreturn]] void throw_errno(const std::string& what);

/// Calls again what failed for a reason that passes (EINTR; no memory or descriptor is left), after
/// pauses that grow; in all of them together for 0.3 s within five seconds, as one bad moment meets
/// many files. `call` gives -1 or null and errno where it fails, as this does then.
template <class Call>
auto patiently(Call call) -> decltype(call());

/// Whether what failed with this errno is to be tried again; has then waited.
bool is_worth_another_try(int error, int& tries);

/// Whether there is none: ENOENT or ENOTDIR. With any other errno it is not known.
bool is_absence(int error);

/// open(2) with O_CLOEXEC, new files with mode 0600; null and errno where it fails. Patiently.
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

/// "cannot read /etc/...: it is not a regular file"
struct NotRegular : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The bytes of a regular file of at most `max` bytes; nothing where there is none, or /dev/null.
/// Throws as read_whole does and as real_path, and NotRegular for a directory, a FIFO, a socket or
/// a device, of which none is opened.
std::optional<std::string> load_file(const std::string& root, const std::string& path,
                                     std::size_t max = kMaxFileSize);

/// Whether there is something of that name, a link's target. Throws as real_path does, and where it
/// cannot be known.
bool exists(const std::string& root, const std::string& path);

/// Whether there is a directory of that name, or a link to one. Throws where it cannot be known.
bool is_directory(const std::string& path);

/// Sorted, without "." and ".."; nothing where there is no such directory. Throws as read_whole
/// does, and as real_path.
std::optional<std::vector<std::string>> load_directory(const std::string& root,
                                                       const std::string& path);

/// `root` and `path`, or where its symbolic links end. Below a `root` those of directories too, and
/// all as after a chroot: an absolute one begins at `root`, and no `..` leads out of it. Need not
/// exist. Throws std::system_error: links in a circle (ELOOP), a directory that cannot be read.
std::string real_path(const std::string& root, const std::string& path);

// ---- How it is done -----------------------------------------------------------------------------

namespace detail {
template <class T>
bool has_failed(T* result) {
    return result == nullptr;
}
inline bool has_failed(long result) {
    return result < 0;
}
}  // namespace detail

template <class Call>
auto patiently(Call call) -> decltype(call()) {
    int tries = 0;
    for (;;) {
        errno = 0;
        auto result = call();
        if (!detail::has_failed(result) || !is_worth_another_try(errno, tries)) return result;
    }
}

}  // namespace eni
