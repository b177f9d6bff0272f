// See kept_files.hpp.
#include "kept_files.hpp"

#include <unistd.h>

#include <cerrno>
#include <exception>

#include "apply_files.hpp"
#include "file.hpp"
#include "our_files.hpp"

namespace eni {

namespace {

/// Beside the file's own name, which may be a symbolic link.
std::string kept_name(const std::string& root, const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return real_path(root, path.substr(0, slash)) + path.substr(slash) + kKeptSuffix;
}

/// A kept name that has the same bytes is of an earlier run, or of a configuration management that
/// wrote the file again.
void keep(const std::string& root, const FileChange& change) {
    const std::string path = real_path(root, change.path);
    const std::string kept = kept_name(root, change.path);
    if (load_file(root, change.path + kKeptSuffix) == change.before && unlink(kept.c_str()) != 0 &&
        errno != ENOENT)
        throw_errno("cannot remove " + kept);
    if (link(path.c_str(), kept.c_str()) != 0) throw_errno("cannot keep " + path + " as " + kept);
}

/// What can be is undone; the failure that led here is told.
void undo(const std::string& root, const FileChange& change, bool is_kept) {
    try {
        if (is_kept)
            put_back(root, change.path);
        else
            apply_file(root, {change.path, change.ifname, change.after, change.before});
    } catch (const std::exception&) {
    }
}

}  // namespace

void adopt_files(const std::string& root, const std::vector<FileChange>& changes,
                 const std::set<std::string>& adopted) {
    std::vector<FileChange> done;
    const auto is_adopted = [&](const FileChange& change) {
        return adopted.count(change.path) != 0;
    };
    try {
        for (const FileChange& change : changes) {
            if (is_adopted(change)) {
                keep(root, change);
                done.push_back(change);
            }
            apply_file(root, change);
            if (!is_adopted(change)) done.push_back(change);
        }
    } catch (const std::exception&) {
        for (auto change = done.rbegin(); change != done.rend(); ++change)
            undo(root, *change, is_adopted(*change));
        throw;
    }
}

void put_back(const std::string& root, const std::string& path) {
    const std::string real = real_path(root, path);
    const std::string kept = kept_name(root, path);
    if (rename(kept.c_str(), real.c_str()) != 0) throw_errno("cannot put " + kept + " back");
    // Of two names of one file rename(2) leaves both.
    if (unlink(kept.c_str()) != 0 && errno != ENOENT) throw_errno("cannot remove " + kept);
    for (const std::string& changed : {real, kept})
        sync_directory_of(changed, "cannot put " + kept + " back");
}

}  // namespace eni
