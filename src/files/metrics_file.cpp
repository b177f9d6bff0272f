// See metrics_file.hpp.
#include "metrics_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "apply_files.hpp"
#include "file.hpp"

namespace eni {

namespace {

constexpr char kOwnDirectory[] = "/run/eni-routes";

/// Whoever can write to the directory could put a link there to a file that only root may write.
void refuse_directory_of_others(const std::string& file) {
    const std::string directory = file.substr(0, file.rfind('/'));
    struct stat status;
    const std::string what = "cannot write " + file;
    if (stat((directory.empty() ? "/" : directory).c_str(), &status) != 0) throw_errno(what);
    if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw std::runtime_error(what + ": other users than its owner can write to " + directory +
                                 ", or it is another user's");
}

/// Nothing where there is none.
std::optional<std::string> own_file(const std::string& path) {
    const auto bytes = load_file("", path);
    const bool is_ours = !bytes || bytes->empty() || bytes->rfind(kMetricsStart, 0) == 0;
    if (!is_ours)
        throw std::runtime_error(path + " is not a file of eni-routes' metrics, left alone");
    return bytes;
}

}  // namespace

void write_metrics_file(const std::string& path, const std::string& text) {
    if (path.rfind(std::string(kOwnDirectory) + "/", 0) == 0) make_directory(kOwnDirectory);
    refuse_directory_of_others(real_path("", path));
    apply_file("", {path, "", own_file(path), text}, Durability::memory);
}

void remove_metrics_file(const std::string& path) {
    const auto bytes = own_file(path);
    if (!bytes) return;
    refuse_directory_of_others(real_path("", path));
    apply_file("", {path, "", bytes, std::nullopt}, Durability::memory);
}

}  // namespace eni
