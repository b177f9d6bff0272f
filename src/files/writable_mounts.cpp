// See writable_mounts.hpp.
#include "writable_mounts.hpp"

#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

#include "file.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// The fifth word of each line (proc(5)).
std::set<std::string> mount_points() {
    constexpr std::size_t kMaxSize = 16U << 20;  // bytes; a mount takes some 150
    std::set<std::string> points;
    for (const std::string& line : lines_of(read_whole("/proc/self/mountinfo", kMaxSize))) {
        std::istringstream words(line);
        std::string point;
        for (int i = 0; i < 5; ++i) words >> point;
        points.insert(point);
    }
    return points;
}

/// Nothing where it cannot be known, of which nothing is to follow.
std::optional<bool> is_there(const std::string& path) {
    try {
        return exists("", path);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

}  // namespace

WritableMounts::WritableMounts(const std::vector<std::string>& directories) {
    const auto points = mount_points();
    for (const std::string& directory : directories) {
        const bool is_mount = points.count(directory) != 0;
        is_sandbox_ = is_sandbox_ || is_mount;
        if (is_mount || is_there(directory) == false) expected_.push_back(directory);
    }
}

std::string WritableMounts::stale() const {
    if (!is_sandbox_) return "";
    const auto points = mount_points();
    for (const std::string& directory : expected_)
        if (points.count(directory) == 0 && is_there(directory) == true) return directory;
    return "";
}

}  // namespace eni
