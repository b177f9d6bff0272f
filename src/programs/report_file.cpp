// See report_file.hpp.
#include "report_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>

#include "file.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// Where only root makes names, as it is not in /dev/shm. (/dev/stdout and /dev/fd/63 are links.)
bool is_device(const std::string& path) {
    const std::string directory = path.substr(0, path.rfind('/') + 1);
    return directory == "/dev/" || directory == "/dev/fd/" || directory == "/dev/pts/";
}

/// The directory may be another user's, such as /tmp, and what stands there a trap: no link is
/// followed, and nothing is written but a regular file that has no other name. Null and errno where
/// it cannot be opened.
File open_report(const std::string& path, const std::string& what) {
    if (is_device(path)) return open_file(path, O_WRONLY);
    constexpr int kFlags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
    File file = open_file(path, kFlags | O_CREAT | O_EXCL);
    if (file) {
        if (fchmod(fileno(file.get()), 0644) != 0) throw_errno(what);
        return file;
    }
    if (errno != EEXIST) return nullptr;
    file = open_file(path, kFlags);
    struct stat status;
    if (!file && errno == ELOOP)
        throw std::runtime_error(
            what +
            ": it is a symbolic link, which is not followed; name the file that it leads to");
    if (!file && errno == ENXIO)  // a FIFO without a reader, or a socket
        throw std::runtime_error(what + ": it is not a regular file");
    if (!file) return nullptr;
    if (fstat(fileno(file.get()), &status) != 0) throw_errno(what);
    if (!S_ISREG(status.st_mode)) throw std::runtime_error(what + ": it is not a regular file");
    if (status.st_nlink > 1)
        throw std::runtime_error(what + ": the file has another name as well; remove this one");
    if (ftruncate(fileno(file.get()), 0) != 0) throw_errno(what);
    return file;
}

}  // namespace

void write_report(const std::string& path, const std::string& text) {
    const std::string what = "cannot write " + printable(path);
    const File file = open_report(path, what);
    if (!file) throw_errno(what);
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t size = write(fileno(file.get()), text.data() + done, text.size() - done);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) throw_errno(what);
        done += static_cast<std::size_t>(size);
    }
}

}  // namespace eni
