// See file.hpp.
#include "file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <thread>

namespace eni {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

std::string size_words(std::size_t bytes) {
    const bool is_whole = bytes % (1U << 20) == 0;
    return is_whole ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

/// Closes it.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    int number() const { return number_; }

  private:
    int number_;
};

/// What is left of it; `size`: what there was a moment ago, 0 where that is not known.
std::string read_rest(int file, const std::string& path, std::size_t max, std::size_t size = 0) {
    std::string bytes;
    char chunk[4096];
    while (size == 0 || bytes.size() < size) {
        const long count = patiently([&]() -> long { return read(file, chunk, sizeof chunk); });
        if (count < 0) throw_errno("cannot read " + path);
        if (count == 0) break;
        bytes.append(chunk, static_cast<std::size_t>(count));
        if (bytes.size() > max)
            throw FileTooLarge("cannot read " + path + ": it is larger than " + size_words(max));
    }
    return bytes;
}

/// Nothing where there is none.
std::optional<struct stat> status_of(const std::string& real) {
    struct stat status {};
    if (patiently([&] { return stat(real.c_str(), &status); }) == 0) return status;
    if (!is_absence(errno)) throw_errno("cannot read " + real);
    return std::nullopt;
}

/// The target of a link; nothing where there is none of that name, or it is no link.
std::optional<std::string> link_at(const std::string& path) {
    char target[PATH_MAX];
    const long size =
        patiently([&]() -> long { return readlink(path.c_str(), target, sizeof target); });
    if (size >= 0) return std::string(target, static_cast<std::size_t>(size));
    if (errno != EINVAL && !is_absence(errno)) throw_errno("cannot read " + path);
    return std::nullopt;
}

/// A link to it is how a file is masked: it is empty to whoever reads it.
bool is_null_device(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);  // admin-guide/devices.txt
}

[[noreturn]] void throw_not_regular(const std::string& path) {
    throw NotRegular("cannot read " + path + ": it is not a regular file");
}

/// As many as the kernel follows (MAXSYMLINKS).
void count_link(int& links, const std::string& path) {
    constexpr int kMost = 40;
    if (++links <= kMost) return;
    errno = ELOOP;
    throw_errno("cannot read " + path);
}

/// The last name's links alone: those before it are the kernel's business.
std::string real_path_here(const std::string& path) {
    std::string real = path;
    int links = 0;
    while (const auto target = link_at(real)) {
        count_link(links, path);
        real = target->compare(0, 1, "/") == 0 ? *target
                                               : real.substr(0, real.rfind('/') + 1) + *target;
    }
    return real;
}

/// The kernel follows links itself, but knows of no root.
std::string path_to_read(const std::string& root, const std::string& path) {
    return root.empty() ? path : real_path(root, path);
}

/// The names of a path are put before those that are still to be walked (the next is the last).
void push_names(std::vector<std::string>& names, const std::string& path) {
    std::size_t end = path.size();
    while (end != std::string::npos && end != 0) {
        const std::size_t slash = path.rfind('/', end - 1);
        const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
        names.push_back(path.substr(begin, end - begin));
        end = slash;
    }
}

}  // namespace

void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool is_worth_another_try(int error, int& tries) {
    constexpr int kMostAtOnce = 100;
    if (error == EINTR) return ++tries < kMostAtOnce;
    if (error != EMFILE && error != ENFILE && error != ENOMEM && error != EAGAIN &&
        error != ENOBUFS)
        return false;
    constexpr std::array<milliseconds, 5> kPauses = {
        milliseconds(2), milliseconds(8), milliseconds(30), milliseconds(80), milliseconds(160)};
    constexpr milliseconds kMost(300);
    constexpr std::chrono::seconds kWithin(5);
    thread_local steady_clock::time_point begin;
    thread_local milliseconds waited;
    if (static_cast<std::size_t>(tries) >= kPauses.size()) return false;
    const milliseconds pause = kPauses[static_cast<std::size_t>(tries++)];
    const auto now = steady_clock::now();
    if (now - begin > kWithin) {
        begin = now;
        waited = milliseconds(0);
    }
    if (waited + pause > kMost) return false;
    waited += pause;
    std::this_thread::sleep_for(pause);
    return true;
}

bool is_absence(int error) {
    return error == ENOENT || error == ENOTDIR;
}

File open_file(const std::string& path, int flags) {
    const int descriptor = patiently([&] { return open(path.c_str(), flags | O_CLOEXEC, 0600); });
    if (descriptor < 0) return nullptr;
    const int access_mode = flags & O_ACCMODE;
    const char* const mode = access_mode == O_RDONLY ? "r" : access_mode == O_WRONLY ? "w" : "r+";
    std::FILE* const file = patiently([&] { return fdopen(descriptor, mode); });
    if (file != nullptr) return File(file);
    const int error = errno;
    close(descriptor);
    errno = error;
    return nullptr;
}

std::string read_whole(const std::string& path, std::size_t max) {
    const File file = open_file(path, O_RDONLY);
    if (!file) throw_errno("cannot read " + path);
    return read_rest(fileno(file.get()), path, max);
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
    const std::string real = path_to_read(root, path);
    const auto found = status_of(real);  // to open a device may have effects
    if (!found || is_null_device(*found)) return std::nullopt;
    if (!S_ISREG(found->st_mode)) throw_not_regular(real);
    constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;  // may be a FIFO by now
    const Descriptor file(patiently([&] { return open(real.c_str(), kFlags); }));
    if (file.number() < 0 && is_absence(errno)) return std::nullopt;
    struct stat status;
    if (file.number() < 0 || fstat(file.number(), &status) != 0) throw_errno("cannot read " + real);
    if (!S_ISREG(status.st_mode)) throw_not_regular(real);
    return read_rest(file.number(), real, max, static_cast<std::size_t>(status.st_size));
}

bool exists(const std::string& root, const std::string& path) {
    return status_of(path_to_read(root, path)).has_value();
}

bool is_directory(const std::string& path) {
    const auto status = status_of(path);
    return status && S_ISDIR(status->st_mode);
}

std::optional<std::vector<std::string>> load_directory(const std::string& root,
                                                       const std::string& path) {
    const std::string real = path_to_read(root, path);
    const std::unique_ptr<DIR, CloseDirectory> stream(
        patiently([&] { return opendir(real.c_str()); }));
    if (!stream && is_absence(errno)) return std::nullopt;
    if (!stream) throw_errno("cannot read " + real);
    std::vector<std::string> names;
    while (const dirent* entry = patiently([&] { return readdir(stream.get()); })) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    if (errno != 0) throw_errno("cannot read " + real);  // it is 0 at the end
    std::sort(names.begin(), names.end());
    return names;
}

std::string real_path(const std::string& root, const std::string& path) {
    if (root.empty()) return real_path_here(path);
    std::string real;  // below the root, as far as it was walked
    std::vector<std::string> names;
    push_names(names, path);
    int links = 0;
    while (!names.empty()) {
        const std::string name = names.back();
        names.pop_back();
        if (name == "..") real.erase(std::min(real.rfind('/'), real.size()));
        if (name.empty() || name == "." || name == "..") continue;
        const auto target = link_at(root + real + "/" + name);
        if (!target) {
            real += "/" + name;
            continue;
        }
        count_link(links, root + path);
        if (target->compare(0, 1, "/") == 0) real.clear();
        push_names(names, *target);
    }
    return root + real;
}

}  // namespace eni
