// See file.hpp.
#include "file.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace eni {

namespace {

struct Free {
    void operator()(char* text) const { std::free(text); }
};

std::string size_words(std::size_t bytes) {
    const bool is_whole = bytes % (1U << 20) == 0;
    return is_whole ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

/// What is left of it.
std::string read_rest(const File& file, const std::string& path, std::size_t max) {
    std::string bytes;
    char chunk[4096];
    while (const std::size_t size = std::fread(chunk, 1, sizeof chunk, file.get())) {
        bytes.append(chunk, size);
        if (bytes.size() > max)
            throw FileTooLarge("cannot read " + path + ": it is larger than " + size_words(max));
    }
    if (std::ferror(file.get()) != 0) throw_errno("cannot read " + path);
    return bytes;
}

bool is_below(const std::string& directory, const std::string& top) {
    return (directory + "/").compare(0, top.size() + 1, top + "/") == 0;
}

}  // namespace

void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

File open_file(const std::string& path, int flags) {
    const int descriptor = open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (descriptor < 0) return nullptr;
    const int access_mode = flags & O_ACCMODE;
    return File(fdopen(descriptor, access_mode == O_RDONLY   ? "r"
                                   : access_mode == O_WRONLY ? "w"
                                                             : "r+"));
}

std::string read_whole(const std::string& path, std::size_t max) {
    const File file = open_file(path, O_RDONLY);
    if (!file) throw_errno("cannot read " + path);
    return read_rest(file, path, max);
}

std::string read_end(const std::string& path, std::size_t size) {
    const File file = open_file(path, O_RDONLY);
    if (!file) return "";
    (void)std::fseek(file.get(), -static_cast<long>(size), SEEK_END);  // fails in a shorter one
    std::string bytes(size, '\0');
    bytes.resize(std::fread(&bytes[0], 1, size, file.get()));
    return bytes;
}

std::optional<std::string> load_file(const std::string& root, const std::string& path,
                                     std::size_t max) {
    const std::string real = real_path(root, path);
    const File file = open_file(real, O_RDONLY | O_NONBLOCK);  // a FIFO must not hold us up
    if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    struct stat status;
    if (!file || fstat(fileno(file.get()), &status) != 0) throw_errno("cannot read " + real);
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    return read_rest(file, real, max);
}

std::string real_path(const std::string& root, const std::string& path) {
    std::string inner = path;
    char target[PATH_MAX];
    for (int links = 0;; ++links) {
        const std::string outer = root + inner;
        const ssize_t size = readlink(outer.c_str(), target, sizeof target);
        if (size < 0) break;
        if (links == 40) throw std::runtime_error("symbolic links go in a circle: " + root + path);
        const std::string link(target, static_cast<std::size_t>(size));
        inner = link[0] == '/' ? link : inner.substr(0, inner.rfind('/') + 1) + link;
    }
    if (root.empty()) return inner;
    const std::string directory = root + inner.substr(0, inner.rfind('/') + 1);
    const std::unique_ptr<char, Free> top(realpath((root + "/").c_str(), nullptr));
    const std::unique_ptr<char, Free> found(realpath(directory.c_str(), nullptr));
    if (top && found && std::string(top.get()) != "/" && !is_below(found.get(), top.get()))
        throw std::runtime_error(root + path + " leads out of " + root);
    return root + inner;
}

}  // namespace eni
