// See lock_holder.hpp.
#include "lock_holder.hpp"

#include <limits.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <vector>

#include "file.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxLocks = 1U << 24;  // bytes; /proc/locks has some 50 for each lock
constexpr std::size_t kMaxCommand = 100;     // bytes that are shown

/// The process of the first flock on a disk for which `fits` says yes of the file's number.
pid_t find_flock(dev_t disk, const std::function<bool(pid_t, unsigned long)>& fits) {
    std::string text;
    try {
        text = read_whole("/proc/locks", kMaxLocks);
    } catch (const std::exception&) {
        return 0;
    }
    for (const std::string& line : lines_of(text)) {
        // "3: FLOCK  ADVISORY  WRITE 1203 00:19:1130 0 EOF"; "3: -> FLOCK ..." is one that waits.
        int pid = 0;
        unsigned major_number = 0;
        unsigned minor_number = 0;
        unsigned long file = 0;
        if (std::sscanf(line.c_str(), "%*u: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_number,
                        &minor_number, &file) != 4)
            continue;
        if (pid > 0 && makedev(major_number, minor_number) == disk && fits(pid, file)) return pid;
    }
    return 0;
}

/// None where it may not be read.
std::vector<std::string> names_in(const std::string& directory) {
    try {
        return load_directory("", directory).value_or(std::vector<std::string>());
    } catch (const std::exception&) {
        return {};
    }
}

bool has_open(pid_t process, unsigned long file, const std::string& path) {
    const std::string descriptors = "/proc/" + std::to_string(process) + "/fd";
    for (const std::string& name : names_in(descriptors)) {
        const std::string descriptor = descriptors + "/" + name;
        char target[PATH_MAX];
        const ssize_t size = readlink(descriptor.c_str(), target, sizeof target);
        struct stat status;
        if (size > 0 && std::string(target, static_cast<std::size_t>(size)) == path &&
            stat(descriptor.c_str(), &status) == 0 && status.st_ino == file)
            return true;
    }
    return false;
}

}  // namespace

pid_t flock_holder(const struct stat& file) {
    return find_flock(file.st_dev,
                      [&](pid_t, unsigned long number) { return number == file.st_ino; });
}

pid_t removed_flock_holder(const std::string& path, const struct stat& successor) {
    return find_flock(successor.st_dev, [&](pid_t process, unsigned long number) {
        return number != successor.st_ino && has_open(process, number, path + " (deleted)");
    });
}

std::string command_line_of(pid_t process) {
    std::string words;
    try {
        words = read_whole("/proc/" + std::to_string(process) + "/cmdline", kMaxFileSize);
    } catch (const std::exception&) {
        return "";
    }
    std::replace(words.begin(), words.end(), '\0', ' ');
    words = printable(trimmed(words));
    return words.size() <= kMaxCommand ? words : words.substr(0, kMaxCommand) + "...";
}

}  // namespace eni
