// See apply_files.hpp.
#include "apply_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>

#include "file.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// Directories that eni-routes may make; network-scripts is not for us to invent.
const std::set<std::string> kOwnDirectories = {"/etc/eni-routes", "/run/eni-routes",
                                               "/var/lib/eni-routes", "/etc/iproute2/rt_tables.d"};

/// The temporary file is taken away by whoever leaves the scope; after the rename there is none.
struct Unlink {
    void operator()(const char* path) const { unlink(path); }
};

void check(bool is_good, const std::string& what) {
    if (!is_good) throw_errno(what);
}

std::string directory_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

/// SELinux gives a new file its directory's type; a file that had another keeps it, where that is
/// allowed. It is refused by a policy, and, where SELinux is off and files have labels still, to
/// those without CAP_SYS_ADMIN, as the watch is (cap_inode_setxattr in commoncap.c). The bytes
/// count more than the label, which restorecon(8) mends.
void copy_label(const std::string& from, int to) {
    constexpr char kLabel[] = "security.selinux";
    char wanted[4096];
    char given[4096];
    const ssize_t size = getxattr(from.c_str(), kLabel, wanted, sizeof wanted);
    if (size < 0) return;
    const std::string label(wanted, static_cast<std::size_t>(size));
    const ssize_t given_size = fgetxattr(to, kLabel, given, sizeof given);
    if (given_size == size && label.compare(0, label.size(), given, label.size()) == 0) return;
    (void)fsetxattr(to, kLabel, label.data(), label.size(), 0);
}

void write_file(const std::string& path, const std::string& bytes, Durability durability) {
    const std::string what = "cannot write " + path;
    struct stat old;
    const bool is_new = lstat(path.c_str(), &old) != 0;
    if (!is_new && !S_ISREG(old.st_mode))
        throw std::runtime_error(what + ": it is not a regular file");

    const std::string temporary = directory_of(path) + "/." + file_name(path) + ".eni-routes-new";
    unlink(temporary.c_str());  // left by a run that was interrupted
    const File file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    check(file != nullptr, what);
    const std::unique_ptr<const char, Unlink> removed(temporary.c_str());

    const int descriptor = fileno(file.get());
    if (!is_new) {
        check(fchown(descriptor, old.st_uid, old.st_gid) == 0, what);
        copy_label(path, descriptor);
    }
    check(fchmod(descriptor, is_new ? 0644 : old.st_mode & 07777) == 0, what);
    check(std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size(), what);
    check(std::fflush(file.get()) == 0, what);
    check(durability == Durability::memory || fsync(descriptor) == 0, what);
    check(std::rename(temporary.c_str(), path.c_str()) == 0, what);
}

}  // namespace

void apply_file(const std::string& root, const FileChange& change, Durability durability) {
    const std::optional<std::string> now = load_file(root, change.path);
    if (now == change.after) return;
    if (now != change.before)
        throw std::runtime_error(root + change.path +
                                 " was changed by another program meanwhile, left alone");
    const std::string directory = directory_of(change.path);
    if (change.after && kOwnDirectories.count(directory) != 0) make_directory(root + directory);

    const std::string path = real_path(root, change.path);
    const std::string what = (change.after ? "cannot write " : "cannot remove ") + path;
    if (change.after)
        write_file(path, *change.after, durability);
    else
        check(unlink(path.c_str()) == 0 || errno == ENOENT, what);
    if (durability == Durability::disk) sync_directory_of(path, what);
}

void sync_directory_of(const std::string& path, const std::string& what) {
    const File directory = open_file(directory_of(path), O_RDONLY | O_DIRECTORY);
    check(directory != nullptr && fsync(fileno(directory.get())) == 0, what);
}

void make_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0755) == 0) {
        check(chmod(path.c_str(), 0755) == 0, "cannot make " + path);
        return;
    }
    if (errno == EEXIST) return;
    const std::string parent = directory_of(path);
    check(errno == ENOENT && !parent.empty() && parent != path, "cannot make " + path);
    make_directory(parent);
    make_directory(path);
}

}  // namespace eni
