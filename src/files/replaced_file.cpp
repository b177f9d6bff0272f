// See replaced_file.hpp.
#include "replaced_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <thread>

#include "temporary_files.hpp"

namespace eni {

namespace {

constexpr unsigned kNoReplace = 1U << 0;  // RENAME_NOREPLACE, linux/fs.h from 3.15 on
constexpr unsigned kExchange = 1U << 1;   // RENAME_EXCHANGE, likewise
#ifdef __x86_64__
constexpr long kRenameAt2 = 316;  // __NR_renameat2, linux/unistd.h from 3.15 on
#else
constexpr long kRenameAt2 = 276;  // likewise, where the numbers are the generic ones (aarch64)
#endif
constexpr std::chrono::milliseconds kPause{1};
constexpr int kTries = 50;
constexpr int kCalm = 4;

/// Whatever was read of it before. Throws std::system_error.
std::string bytes_of(int descriptor, const std::string& what) {
    std::string bytes;
    char chunk[4096];
    for (;;) {
        const ssize_t size =
            pread(descriptor, chunk, sizeof chunk, static_cast<off_t>(bytes.size()));
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) throw_errno(what);
        if (size == 0) return bytes;
        bytes.append(chunk, static_cast<std::size_t>(size));
    }
}

void append(int descriptor, const std::string& bytes, const std::string& what) {
    if (fcntl(descriptor, F_SETFL, O_APPEND) != 0) throw_errno(what);
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t size = write(descriptor, bytes.data() + done, bytes.size() - done);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) throw_errno(what);
        done += static_cast<std::size_t>(size);
    }
}

bool rename_with(unsigned flag, const std::string& from, const std::string& to) {
    return syscall(kRenameAt2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flag) == 0;
}

/// EPERM is a sandbox's that does not know the call.
bool lacks_flags(int error) {
    return error == ENOSYS || error == EINVAL || error == EPERM;
}

bool is_at(const std::string& path, const OpenFile& file) {
    struct stat status;
    return lstat(path.c_str(), &status) == 0 && status.st_dev == file.status.st_dev &&
           status.st_ino == file.status.st_ino;
}

/// An empty file may be one that is about to be written anew.
bool has_only_grown(const std::string& bytes, const std::string& start) {
    return start.empty() ? bytes.empty() : bytes.compare(0, start.size(), start) == 0;
}

/// What was added to its end is merged later.
void refuse_rewritten(const OpenFile& old, const std::string& what) {
    if (!is_at(old.path, old) || !has_only_grown(bytes_of(old.descriptor(), what), old.bytes))
        throw ChangedMeanwhile(old.path);
}

/// Also that nothing was added.
bool has_its_bytes(const OpenFile& old, const std::string& path, const std::string& what) {
    return is_at(path, old) && bytes_of(old.descriptor(), what) == old.bytes;
}

/// A read lease is given for a file that no process has open for writing (fcntl(2), F_SETLEASE);
/// also true where leases are not to be had. One that is broken sends a signal, by default SIGIO,
/// which ends a process; SIGURG does not.
bool may_have_writers(int descriptor) {
    (void)fcntl(descriptor, F_SETSIG, SIGURG);
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0) return true;
    (void)fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return false;
}

/// Calls `take` with what is added to the file's end, until no process has had it open for writing
/// several times in a row: on a busy host one may be held up between finding the name and opening
/// the file (with two times, 1 ms apart, one line of 8,355 was lost in a storm). False where the
/// file was written anew: its bytes do not begin with those that it had.
template <class Take>
bool take_late_bytes(const OpenFile& old, const std::string& what, Take take) {
    std::size_t known = old.bytes.size();
    int calm = 0;
    for (int tries = 0; tries < kTries && calm < kCalm; ++tries) {
        if (tries > 0) std::this_thread::sleep_for(kPause);
        calm = may_have_writers(old.descriptor()) ? 0 : calm + 1;
        const std::string bytes = bytes_of(old.descriptor(), what);
        if (!has_only_grown(bytes, old.bytes)) return false;
        if (bytes.size() <= known) continue;
        take(bytes.substr(known));
        known = bytes.size();
    }
    return true;
}

/// What came to stand where `ours` were, and is LATER now, may be another program's already, made
/// of ours: what it added is added to the file at `path`. That is opened for nothing else, as it
/// may be a link, or gone by now. One that is not made of ours would have taken its place without
/// us too. (Where the file was removed, all that is there is added.)
void keep_later(const std::string& later, const std::string& path, const std::string& ours,
                const std::string& what) {
    const OpenFile last{later, open_file(later, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), {}, ours};
    if (!last.file) throw_errno(what);
    const auto add = [&](const std::string& bytes) {
        if (bytes.empty()) return;
        const File first = open_file(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
        if (!first) throw_errno(what);
        append(fileno(first.get()), bytes, what);
    };
    if (ours.empty())
        add(bytes_of(last.descriptor(), what));
    else if (!take_late_bytes(last, what, add) && std::rename(later.c_str(), path.c_str()) != 0)
        throw_errno(what);
}

/// The file that stood there has it again: all that other programs wrote is in it.
void put_back(Temporary& temporary, const std::string& path, const std::string& ours,
              const std::string& what) {
    const std::string where = what + ": what another program wrote meanwhile is ";
    try {
        if (rename_with(kExchange, temporary.path(), path))
            keep_later(temporary.path(), path, ours, where + temporary.path());
        else if (std::rename(temporary.path().c_str(), path.c_str()) != 0)
            throw_errno(where + temporary.path());
    } catch (const std::exception&) {
        temporary.keep();
        throw;
    }
}

/// True where the two names were exchanged.
bool put_in_place(const OpenFile& old, const std::string& temporary, const std::string& what) {
    if (rename_with(old.file ? kExchange : kNoReplace, temporary, old.path))
        return old.file != nullptr;
    if (errno == EEXIST || (errno == ENOENT && old.file)) throw ChangedMeanwhile(old.path);
    if (!lacks_flags(errno)) throw_errno(what);
    if (std::rename(temporary.c_str(), old.path.c_str()) != 0) throw_errno(what);
    return false;
}

}  // namespace

Temporary::Temporary(const std::string& path) : path_(temporary_path(path)) {
    unlink(path_.c_str());  // what an interrupted run left; making it fails where that fails
}

Temporary::~Temporary() {
    if (!is_kept_) unlink(path_.c_str());
}

OpenFile open_for_replacing(const std::string& path, const std::string& bytes,
                            const std::string& what) {
    OpenFile old{path, nullptr, {}, bytes};
    if (lstat(path.c_str(), &old.status) != 0) {
        if (errno != ENOENT) throw_errno(what);
        return old;
    }
    if (!S_ISREG(old.status.st_mode)) throw std::runtime_error(what + ": it is not a regular file");
    old.file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!old.file || fstat(old.descriptor(), &old.status) != 0) throw_errno(what);
    refuse_rewritten(old, what);
    return old;
}

bool take_place_of(const OpenFile& old, Temporary& temporary, int fd, const std::string& bytes,
                   const std::string& what) {
    if (old.file) refuse_rewritten(old, what);
    const bool is_exchanged = put_in_place(old, temporary.path(), what);
    if (!old.file) return false;
    std::string ours = bytes;
    try {
        const auto merge = [&](const std::string& late) {
            append(fd, late, what);
            ours += late;
        };
        const bool is_known = !is_exchanged || is_at(temporary.path(), old);
        if (is_known && take_late_bytes(old, what, merge)) return ours != bytes;
    } catch (const std::exception&) {  // no room for what is to be added
        if (is_exchanged) put_back(temporary, old.path, ours, what);
        throw;
    }
    if (is_exchanged) put_back(temporary, old.path, ours, what);
    throw ChangedMeanwhile(old.path);
}

void remove_unchanged(const OpenFile& old, const std::string& what) {
    if (!has_its_bytes(old, old.path, what)) throw ChangedMeanwhile(old.path);
    Temporary temporary(old.path);
    if (!rename_with(kNoReplace, old.path, temporary.path())) {
        if (!lacks_flags(errno)) throw_errno(what);
        if (unlink(old.path.c_str()) != 0 && errno != ENOENT) throw_errno(what);
        return;
    }
    try {
        if (!has_its_bytes(old, temporary.path(), what)) throw ChangedMeanwhile(old.path);
    } catch (const std::exception&) {
        put_back(temporary, old.path, "", what);
        throw;
    }
    if (unlink(temporary.path().c_str()) != 0 && errno != ENOENT) throw_errno(what);
}

}  // namespace eni
