// See apply_files.hpp.
#include "apply_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <set>

#include "file.hpp"
#include "file_attributes.hpp"
#include "replaced_file.hpp"

namespace eni {

namespace {

/// Directories that eni-routes may make; network-scripts is not for us to invent.
const std::set<std::string> kOwnDirectories = {"/etc/eni-routes", "/run/eni-routes",
                                               "/var/lib/eni-routes", "/etc/iproute2/rt_tables.d"};

void check(bool is_good, const std::string& what) {
    if (!is_good) throw_errno(what);
}

std::string directory_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

/// One beside it takes its place, so that at any time the old one or the new one is there, whole.
void write_file(const OpenFile& old, const std::string& bytes, Durability durability,
                const std::string& what) {
    Temporary temporary(old.path);
    const File file = open_file(temporary.path(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    check(file != nullptr, errno == EEXIST ? what + ": " + temporary.path() : what);

    const int descriptor = fileno(file.get());
    if (old.file) {
        check(fchown(descriptor, old.status.st_uid, old.status.st_gid) == 0, what);
        copy_attributes(old.descriptor(), descriptor, what);
    }
    check(fchmod(descriptor, old.file ? old.status.st_mode & 07777 : 0644) == 0, what);
    check(std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size(), what);
    check(std::fflush(file.get()) == 0, what);
    if (durability == Durability::memory) {  // /run/eni-routes, where no other program writes
        check(std::rename(temporary.path().c_str(), old.path.c_str()) == 0, what);
        return;
    }
    check(fsync(descriptor) == 0, what);
    const bool has_more = take_place_of(old, temporary, descriptor, bytes, what);
    check(!has_more || fsync(descriptor) == 0, what);
}

}  // namespace

void apply_file(const std::string& root, const FileChange& change, Durability durability) {
    const std::optional<std::string> now = load_file(root, change.path);
    if (now == change.after) return;
    if (now != change.before) throw ChangedMeanwhile(root + change.path);
    const std::string directory = directory_of(change.path);
    if (change.after && kOwnDirectories.count(directory) != 0)
        make_directory(real_path(root, directory));

    const std::string path = real_path(root, change.path);
    const std::string what = (change.after ? "cannot write " : "cannot remove ") + path;
    const OpenFile old = open_for_replacing(path, change.before.value_or(""), what);
    if (change.after)
        write_file(old, *change.after, durability, what);
    else if (old.file)
        remove_unchanged(old, what);
    if (durability == Durability::disk) sync_directory_of(path, what);
}

void sync_directory_of(const std::string& path, const std::string& what) {
    const File directory = open_file(directory_of(path), O_RDONLY | O_DIRECTORY);
    check(directory != nullptr && fsync(fileno(directory.get())) == 0, what);
}

void make_directory(const std::string& path) {
    // Whatever the umask.
    const auto is_made = [&] {
        return mkdir(path.c_str(), 0755) == 0 && chmod(path.c_str(), 0755) == 0;
    };
    if (is_made() || errno == EEXIST) return;
    const std::string parent = directory_of(path);
    check(errno == ENOENT && !parent.empty() && parent != path, "cannot make " + path);
    make_directory(parent);
    // A parent that is a link to nothing is there, and nothing can be made in it.
    check(is_made() || errno == EEXIST, "cannot make " + path);
}

}  // namespace eni
