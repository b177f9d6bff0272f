// What apply_file leaves on the disk, after success and after every failure that can be made here.
#include "apply_files.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "child_process.hpp"
#include "file_outcome.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

using Strings = std::vector<std::string>;

const std::string kDirectory = "/etc/sysconfig/network-scripts";
const std::string kPath = kDirectory + "/rule-eth1";

FileChange change(std::optional<std::string> before, std::optional<std::string> after,
                  const std::string& path = kPath) {
    return {path, "eth1", std::move(before), std::move(after)};
}

TEST(ApplyFile, WritesEveryByteAndRemovesAgain) {
    const TemporaryRoot root;
    root.make_directory(kDirectory);
    const std::string bytes("\0\xff\r\n from 10.0.2.0/24\n\n no newline", 34);
    apply_file(root.path(), change(std::nullopt, bytes));
    EXPECT_EQ(root.read(kPath), bytes);
    EXPECT_EQ(root.names(kDirectory), (Strings{"rule-eth1"}));
    apply_file(root.path(), change(bytes, ""));
    EXPECT_EQ(root.read(kPath), "");
    apply_file(root.path(), change("", std::nullopt));
    EXPECT_TRUE(root.names(kDirectory).empty());
    apply_file(root.path(), change("", std::nullopt));  // gone already
}

TEST(ApplyFile, GivesANewFileMode0644WhateverTheUmask) {
    const TemporaryRoot root;
    const mode_t umask_before = umask(0077);
    apply_file(root.path(), change(std::nullopt, "a", "/etc/iproute2/rt_tables.d/x.conf"));
    umask(umask_before);
    const struct stat file = status_of(root / "/etc/iproute2/rt_tables.d/x.conf");
    EXPECT_EQ(file.st_mode & 07777U, 0644U);
    EXPECT_EQ(file.st_uid, geteuid());
    EXPECT_EQ(status_of(root / "/etc/iproute2/rt_tables.d").st_mode & 07777U, 0755U);
    EXPECT_EQ(status_of(root / "/etc/iproute2").st_mode & 07777U, 0755U);
}

TEST(ApplyFile, KeepsModeAndOwner) {
    const TemporaryRoot root;
    root.write(kPath, "old");
    const uid_t uid = geteuid() == 0 ? 65534 : geteuid();
    const gid_t gid = geteuid() == 0 ? 12 : getegid();
    ASSERT_EQ(chown((root / kPath).c_str(), uid, gid), 0);
    ASSERT_EQ(chmod((root / kPath).c_str(), 0640), 0);
    apply_file(root.path(), change("old", "new"));
    const struct stat file = status_of(root / kPath);
    EXPECT_EQ(file.st_mode & 07777U, 0640U);
    EXPECT_EQ(file.st_uid, uid);
    EXPECT_EQ(file.st_gid, gid);
}

/// As SELinux has it: the NUL at its end is part of it.
const std::string kLabel("system_u:object_r:net_conf_t:s0", 32);

bool set_label(const std::string& path) {
    return setxattr(path.c_str(), "security.selinux", kLabel.data(), kLabel.size(), 0) == 0;
}

/// Empty where it has none.
std::string label_of(const std::string& path) {
    char label[256];
    const ssize_t size = getxattr(path.c_str(), "security.selinux", label, sizeof label);
    return size < 0 ? "" : std::string(label, static_cast<std::size_t>(size));
}

TEST(ApplyFile, KeepsTheLabel) {
    const TemporaryRoot root;
    root.write(kPath, "old");
    if (!set_label(root / kPath)) GTEST_SKIP() << "no labels here";
    apply_file(root.path(), change("old", "new"));
    EXPECT_EQ(label_of(root / kPath), kLabel);
}

/// From now on the kernel answers fsetxattr(2) of this process with `error`.
bool refuse_labels(int error) {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsetxattr, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const sock_fprog filter = {4, program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST(ApplyFile, WritesWithoutTheLabelWhereItIsRefused) {
    for (const int refusal : {EPERM, EACCES, ENOTSUP, EINVAL}) {
        const TemporaryRoot root;
        root.write(kPath, "old");
        if (!set_label(root / kPath)) GTEST_SKIP() << "no labels here";
        const int status = exit_status_of([&] {
            if (!refuse_labels(refusal)) return 77;
            const std::string error =
                error_of([&] { apply_file(root.path(), change("old", "new")); });
            return error == "no error" ? 0 : 1;
        });
        if (status == 77) GTEST_SKIP() << "may not refuse system calls";
        EXPECT_EQ(status, 0) << refusal;
        EXPECT_EQ(root.read(kPath), "new");
        EXPECT_NE(label_of(root / kPath), kLabel);
    }
}

/// "user::rw-,user:12:r--,group::---,mask::r--,other::---" as linux/posix_acl_xattr.h has it.
const std::string kAccessList(
    "\2\0\0\0"
    "\1\0\6\0\xff\xff\xff\xff"
    "\2\0\4\0\14\0\0\0"
    "\4\0\0\0\xff\xff\xff\xff"
    "\20\0\4\0\xff\xff\xff\xff"
    "\40\0\0\0\xff\xff\xff\xff",
    44);

std::string attribute_of(const std::string& path, const char* name) {
    char value[256];
    const ssize_t size = getxattr(path.c_str(), name, value, sizeof value);
    return size < 0 ? "none" : std::string(value, static_cast<std::size_t>(size));
}

void set_attribute(const std::string& path, const char* name, const std::string& value) {
    ASSERT_EQ(setxattr(path.c_str(), name, value.data(), value.size(), 0), 0) << name;
}

TEST(ApplyFile, KeepsTheAccessListAndWhatElseIsSaidOfAFile) {
    const TemporaryRoot root;
    root.write(kPath, "old");
    set_attribute(root / kPath, "system.posix_acl_access", kAccessList);
    set_attribute(root / kPath, "user.empty", "");
    set_attribute(root / kPath, "user.origin", std::string("a\0b", 3));
    const mode_t mode = status_of(root / kPath).st_mode;
    for (const char* bytes : {"new", "newer"}) {
        apply_file(root.path(), change(root.read(kPath), bytes));
        EXPECT_EQ(attribute_of(root / kPath, "system.posix_acl_access"), kAccessList);
        EXPECT_EQ(attribute_of(root / kPath, "user.empty"), "");
        EXPECT_EQ(attribute_of(root / kPath, "user.origin"), std::string("a\0b", 3));
        EXPECT_EQ(status_of(root / kPath).st_mode, mode);
    }
}

/// Its mode, whose group bits are the list's mask, would let the owning group read.
TEST(ApplyFile, LeavesAFileWhoseAccessListItCannotSet) {
    const TemporaryRoot root;
    root.write(kPath, "old");
    set_attribute(root / kPath, "system.posix_acl_access", kAccessList);
    const int status = exit_status_of([&] {
        if (!refuse_labels(ENOSPC)) return 77;
        return error_of([&] { apply_file(root.path(), change("old", "new")); }) ==
                       "cannot write " + (root / kPath) +
                           ": its access control list: No space left on device"
                   ? 0
                   : 1;
    });
    if (status == 77) GTEST_SKIP() << "may not refuse system calls";
    EXPECT_EQ(status, 0);
    EXPECT_EQ(root.read(kPath), "old");
    EXPECT_EQ(root.names(kDirectory), (Strings{"rule-eth1"}));
}

TEST(ApplyFile, TouchesNothingWhereNothingIsToDo) {
    const TemporaryRoot root;
    root.write(kPath, "same");
    const struct stat before = status_of(root / kPath);
    apply_file(root.path(), change("older", "same"));
    const struct stat after = status_of(root / kPath);
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
}

TEST(ApplyFile, LeavesAloneWhatSomebodyElseChanged) {
    const TemporaryRoot root;
    const std::string complaint =
        (root / kPath) + " was changed by another program meanwhile, left alone";
    root.write(kPath, "theirs");
    EXPECT_EQ(error_of([&] { apply_file(root.path(), change("old", "new")); }), complaint);
    EXPECT_EQ(error_of([&] { apply_file(root.path(), change(std::nullopt, "new")); }), complaint);
    EXPECT_EQ(error_of([&] { apply_file(root.path(), change("old", std::nullopt)); }), complaint);
    EXPECT_EQ(root.read(kPath), "theirs");
    ASSERT_EQ(unlink((root / kPath).c_str()), 0);
    EXPECT_EQ(error_of([&] { apply_file(root.path(), change("old", "new")); }), complaint);
    EXPECT_TRUE(root.names(kDirectory).empty());
}

TEST(ApplyFile, ChangesTheFileThatALinkNames) {
    const TemporaryRoot root;
    root.write("/srv/shared/rule", "old");
    root.link("/srv/shared/rule", kPath);
    apply_file(root.path(), change("old", "new"));
    EXPECT_EQ(root.read("/srv/shared/rule"), "new");
    EXPECT_TRUE(S_ISLNK(status_of(root / kPath).st_mode));
    EXPECT_EQ(root.names("/srv/shared"), (Strings{"rule"}));
    apply_file(root.path(), change("new", std::nullopt));
    EXPECT_TRUE(root.names("/srv/shared").empty());
    EXPECT_TRUE(S_ISLNK(status_of(root / kPath).st_mode));
    apply_file(root.path(), change(std::nullopt, "again"));
    EXPECT_EQ(root.read("/srv/shared/rule"), "again");
}

TEST(ApplyFile, RefusesWhatIsNoRegularFile) {
    const TemporaryRoot root;
    root.make_directory(kPath);
    EXPECT_EQ(error_of([&] { apply_file(root.path(), change(std::nullopt, "new")); }),
              "cannot read " + (root / kPath) + ": it is not a regular file");
    EXPECT_EQ(root.names(kDirectory), (Strings{"rule-eth1"}));
}

TEST(ApplyFile, TakesThePlaceOfWhatAnInterruptedRunLeft) {
    const TemporaryRoot root;
    const std::string left = kDirectory + "/.rule-eth1.eni-routes-new";
    root.write(left, "half of");
    ASSERT_EQ(chmod((root / left).c_str(), 0777), 0);
    apply_file(root.path(), change(std::nullopt, "whole"));
    EXPECT_EQ(root.read(kPath), "whole");
    EXPECT_EQ(status_of(root / kPath).st_mode & 07777U, 0644U);
    EXPECT_EQ(root.names(kDirectory), (Strings{"rule-eth1"}));
}

TEST(ApplyFile, WritesThroughNoLinkInThePlaceOfTheTemporaryFile) {
    const TemporaryRoot root;
    root.write("/etc/passwd", "precious");
    root.link("../../passwd", kDirectory + "/.rule-eth1.eni-routes-new");
    apply_file(root.path(), change(std::nullopt, "new"));
    EXPECT_EQ(root.read("/etc/passwd"), "precious");
    EXPECT_EQ(root.read(kPath), "new");
}

TEST(ApplyFile, MakesOnlyItsOwnDirectories) {
    const TemporaryRoot root;
    EXPECT_EQ(error_of([&] { apply_file(root.path(), change(std::nullopt, "new")); }),
              "cannot write " + (root / kPath) + ": No such file or directory");
    EXPECT_TRUE(root.names("").empty());
    for (const char* path : {"/etc/eni-routes/disabled", "/run/eni-routes/state",
                             "/etc/iproute2/rt_tables.d/eni-routes.conf"}) {
        apply_file(root.path(), change(std::nullopt, std::nullopt, path));
        apply_file(root.path(), change(std::nullopt, "x", path), Durability::memory);
        EXPECT_EQ(root.read(path), "x");
    }
}

TEST(ApplyFile, WritesAFileWhoseNameIsAsLongAsANameMayBe) {
    const TemporaryRoot root;
    root.make_directory(kDirectory);
    for (const std::size_t size : {239U, 240U, 254U, 255U}) {
        for (const char last : {'a', 'b'}) {
            const std::string path = kDirectory + "/" + std::string(size - 1, 'x') + last;
            apply_file(root.path(), change(std::nullopt, "one", path));
            apply_file(root.path(), change("one", "two", path));
            EXPECT_EQ(root.read(path), "two");
            apply_file(root.path(), change("two", std::nullopt, path));
        }
    }
    EXPECT_TRUE(root.names(kDirectory).empty());
}

TEST(ApplyFile, NamesWhatIsInTheWayOfItsTemporaryFile) {
    const TemporaryRoot root;
    root.write(kPath, "old");
    root.make_directory(kDirectory + "/.rule-eth1.eni-routes-new");
    EXPECT_EQ(error_of([&] { apply_file(root.path(), change("old", "new")); }),
              "cannot write " + (root / kPath) + ": " + (root / kDirectory) +
                  "/.rule-eth1.eni-routes-new: File exists");
    EXPECT_EQ(root.read(kPath), "old");
}

// ---- Failures -----------------------------------------------------------------------------------

TEST(ApplyFile, KeepsTheOldBytesWhereAWriteFailsHalfWay) {
    const TemporaryRoot root;
    root.write(kPath, "old");
    for (const std::size_t size : {1000U, 100000U}) {  // less and more than stdio's buffer
        const int status = exit_status_of([&] {
            signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{size / 2, size / 2};
            setrlimit(RLIMIT_FSIZE, &limit);
            const std::string error =
                error_of([&] { apply_file(root.path(), change("old", std::string(size, 'x'))); });
            return error == "cannot write " + (root / kPath) + ": File too large" ? 0 : 1;
        });
        EXPECT_EQ(status, 0) << size;
        EXPECT_EQ(root.read(kPath), "old");
        EXPECT_EQ(root.names(kDirectory), (Strings{"rule-eth1"}));
    }
}

/// A small tmpfs over network-scripts, seen by a child process only.
bool mount_small_disk(const TemporaryRoot& root) {
    return unshare(CLONE_NEWNS) == 0 &&
           mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", (root / kDirectory).c_str(), "tmpfs", 0, "size=16k") == 0;
}

TEST(ApplyFile, KeepsTheOldBytesWhereTheDiskIsFull) {
    const TemporaryRoot root;
    root.make_directory(kDirectory);
    const int status = exit_status_of([&] {
        if (!mount_small_disk(root)) return 77;
        root.write(kPath, "old");
        const std::string error =
            error_of([&] { apply_file(root.path(), change("old", std::string(100000, 'x'))); });
        if (error != "cannot write " + (root / kPath) + ": No space left on device") return 1;
        if (root.read(kPath) != "old") return 2;
        return root.names(kDirectory) == Strings{"rule-eth1"} ? 0 : 3;
    });
    if (status == 77) GTEST_SKIP() << "may not mount";
    EXPECT_EQ(status, 0);
}

TEST(ApplyFile, FailsCleanlyOnAReadOnlyDisk) {
    const TemporaryRoot root;
    root.make_directory(kDirectory);
    const int status = exit_status_of([&] {
        if (!mount_small_disk(root)) return 77;
        root.write(kPath, "old");
        if (mount(nullptr, (root / kDirectory).c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) !=
            0)
            return 77;
        const std::string error = error_of([&] { apply_file(root.path(), change("old", "new")); });
        if (error != "cannot write " + (root / kPath) + ": Read-only file system") return 1;
        const std::string removal =
            error_of([&] { apply_file(root.path(), change("old", std::nullopt)); });
        if (removal != "cannot remove " + (root / kPath) + ": Read-only file system") return 2;
        apply_file(root.path(), change("old", "old"));
        return root.read(kPath) == "old" ? 0 : 3;
    });
    if (status == 77) GTEST_SKIP() << "may not mount";
    EXPECT_EQ(status, 0);
}

TEST(ApplyFile, RemovesTheTemporaryFileWhereTheLastStepFails) {
    const TemporaryRoot root;
    root.write(kPath, "old");
    const int status = exit_status_of([&] {
        // The target of a mount cannot be renamed over.
        if (unshare(CLONE_NEWNS) != 0 ||
            mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount((root / kPath).c_str(), (root / kPath).c_str(), nullptr, MS_BIND, nullptr) != 0)
            return 77;
        const std::string error = error_of([&] { apply_file(root.path(), change("old", "new")); });
        return error == "cannot write " + (root / kPath) + ": Device or resource busy" ? 0 : 1;
    });
    if (status == 77) GTEST_SKIP() << "may not mount";
    EXPECT_EQ(status, 0);
    EXPECT_EQ(root.read(kPath), "old");
    EXPECT_EQ(root.names(kDirectory), (Strings{"rule-eth1"}));
}

TEST(ApplyFile, FailsCleanlyInADirectoryThatItMayNotWrite) {
    const TemporaryRoot root;
    root.write(kPath, "old");
    ASSERT_EQ(chmod(root.path().c_str(), 0755), 0);
    ASSERT_EQ(chmod((root / kDirectory).c_str(), 0555), 0);
    const int status = exit_status_of([&] {
        if (geteuid() == 0 && setuid(65534) != 0) return 2;
        const std::string error = error_of([&] { apply_file(root.path(), change("old", "new")); });
        return error == "cannot write " + (root / kPath) + ": Permission denied" ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
    EXPECT_EQ(root.read(kPath), "old");
    ASSERT_EQ(chmod((root / kDirectory).c_str(), 0755), 0);
}

// ---- Other programs write as well ---------------------------------------------------------------

/// What another program does just before and just after the next renameat2(), once.
std::function<void()> before_exchange, after_exchange;

const std::string kShared = "/etc/iproute2/rt_tables";
const std::string kBlock = "# BEGIN eni-routes\n10001\teth1\n# END eni-routes\n";

bool append_line(const std::string& path, const std::string& line, std::size_t number) {
    const int fd = open(path.c_str(), O_WRONLY | O_APPEND);
    if (number % 7 == 0) usleep(20);  // as a shell is slow, at times
    const bool is_written =
        fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    return close(fd) == 0 && is_written;
}

/// As `sed -i` does.
bool replace_with_line(const std::string& path, const std::string& line, std::size_t) {
    std::ifstream old(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(old), {});
    std::ofstream(path + ".sed", std::ios::binary) << text << line;
    return std::rename((path + ".sed").c_str(), path.c_str()) == 0;
}

/// As `cp` and most editors do.
bool write_anew_with_line(const std::string& path, const std::string& line, std::size_t) {
    std::ifstream old(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(old), {});
    std::ofstream(path, std::ios::binary) << text << line;
    usleep(4000);  // nobody saves twice while it is merged
    return true;
}

/// Another process that adds "1 line", "2 line" ... until it is told to end.
class Writer {
  public:
    template <class AddLine>
    Writer(const std::string& path, AddLine add_line) {
        if (pipe(count_) != 0) throw std::runtime_error("pipe failed");
        pid_ = fork();
        if (pid_ != 0) return;
        signal(SIGTERM, [](int) { is_over = 1; });
        std::size_t lines = 0;
        while (is_over == 0) {
            if (!add_line(path, std::to_string(lines + 1) + " line\n", lines)) _exit(1);
            ++lines;
            usleep(static_cast<unsigned>(500 + lines * 7919 % 1500));
        }
        _exit(::write(count_[1], &lines, sizeof lines) == sizeof lines ? 0 : 1);
    }
    /// How many lines it has added.
    std::size_t end() {
        std::size_t lines = 0;
        kill(pid_, SIGTERM);
        EXPECT_EQ(::read(count_[0], &lines, sizeof lines), static_cast<ssize_t>(sizeof lines));
        waitpid(pid_, nullptr, 0);
        close(count_[0]);
        close(count_[1]);
        return lines;
    }

  private:
    static volatile sig_atomic_t is_over;
    int count_[2];
    pid_t pid_ = -1;
};
volatile sig_atomic_t Writer::is_over = 0;

/// As events and `clean` alternate. False where it was changed meanwhile.
bool switch_block(const TemporaryRoot& root) {
    const std::string text = *root.read(kShared);
    const bool has_block = text.compare(0, kBlock.size(), kBlock) == 0;
    try {
        apply_file(root.path(),
                   change(text, has_block ? text.substr(kBlock.size()) : kBlock + text, kShared));
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

/// ENI_STORM_ROUNDS makes it longer.
template <class AddLine>
void expect_no_lost_line(AddLine add_line, int rounds_in_ci) {
    const TemporaryRoot root;
    root.write(kShared, "255\tlocal\n");
    const char* const more = std::getenv("ENI_STORM_ROUNDS");
    const int wanted = more != nullptr ? std::atoi(more) : rounds_in_ci;
    Writer writer(root / kShared, add_line);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    int rounds = 0;
    while (rounds < wanted && std::chrono::steady_clock::now() < deadline)
        if (switch_block(root)) ++rounds;
    const std::size_t added = writer.end();
    const std::string text = *root.read(kShared);
    std::size_t lost = 0;
    std::size_t doubled = 0;
    for (std::size_t number = 1; number <= added; ++number) {
        const std::string line = "\n" + std::to_string(number) + " line\n";
        const std::size_t found = text.find(line);
        lost += found == std::string::npos ? 1 : 0;
        doubled += found != text.rfind(line) ? 1 : 0;
    }
    std::printf("%zu lines in %d replacements: %zu lost, %zu twice\n", added, rounds, lost,
                doubled);
    EXPECT_EQ(lost, 0U);
    EXPECT_EQ(doubled, 0U);
    EXPECT_EQ(rounds, wanted);
    EXPECT_EQ(root.names("/etc/iproute2"), (Strings{"rt_tables"}));
}

TEST(ApplyFile, LosesNoLineThatIsAppendedMeanwhile) {
    expect_no_lost_line(append_line, 200);
}

TEST(ApplyFile, LosesNoLineOfAFileThatIsReplacedMeanwhile) {
    expect_no_lost_line(replace_with_line, 40);
}

TEST(ApplyFile, LosesNoLineOfAFileThatIsWrittenAnewMeanwhile) {
    expect_no_lost_line(write_anew_with_line, 40);
}

/// Another program replaces the file just before the exchange, and, where it adds no second, just
/// after it: that has read what we have put there. What is there in the end.
std::string replaced_around_the_exchange(const std::function<void(const std::string&)>& after) {
    const TemporaryRoot root;
    root.write(kShared, "255\tlocal\n");
    before_exchange = [&] { replace_with_line(root / kShared, "first\n", 0); };
    after_exchange = [&] { after(root / kShared); };
    EXPECT_EQ(error_of([&] {
                  apply_file(root.path(), change("255\tlocal\n", kBlock + "255\tlocal\n", kShared));
              }),
              (root / kShared) + " was changed by another program meanwhile, left alone");
    EXPECT_EQ(root.names("/etc/iproute2"), (Strings{"rt_tables"}));
    return *root.read(kShared);
}

TEST(ApplyFile, LosesNoLineOfTwoThatReplaceTheFileAroundTheExchange) {
    const std::string text = replaced_around_the_exchange(
        [](const std::string& path) { replace_with_line(path, "second\n", 0); });
    EXPECT_EQ(text, "255\tlocal\nfirst\nsecond\n");
}

TEST(ApplyFile, HasWhatIsAppendedBetweenTheExchangeAndBack) {
    const std::string text = replaced_around_the_exchange(
        [](const std::string& path) { append_line(path, "second\n", 1); });
    EXPECT_EQ(text, "255\tlocal\nfirst\nsecond\n");
}

TEST(ApplyFile, HasWhatIsWrittenByWhoOpenedTheFileBetweenTheExchangeAndBack) {
    std::thread writer;
    const std::string text = replaced_around_the_exchange([&](const std::string& path) {
        const int fd = open(path.c_str(), O_WRONLY | O_APPEND);
        writer = std::thread([fd] {
            usleep(20000);  // by then the file before has the name again
            EXPECT_EQ(::write(fd, "late\n", 5), 5);
            close(fd);
        });
    });
    writer.join();
    EXPECT_EQ(text, "255\tlocal\nfirst\nlate\n");
}

TEST(ApplyFile, LeavesTheLastFileWhichIsNotMadeOfOurs) {
    const std::string text = replaced_around_the_exchange([](const std::string& path) {
        std::ofstream(path + ".new", std::ios::binary) << "of a template\n";
        EXPECT_EQ(std::rename((path + ".new").c_str(), path.c_str()), 0);
    });
    EXPECT_EQ(text, "of a template\n");
}

/// To which nothing can be added, nor has it to be.
TEST(ApplyFile, LeavesALinkThatTookTheFilesPlaceBeforeTheExchange) {
    const TemporaryRoot root;
    root.write(kShared, "255\tlocal\n");
    before_exchange = [&] {
        ASSERT_EQ(symlink("elsewhere", (root / kShared + ".new").c_str()), 0);
        ASSERT_EQ(std::rename((root / kShared + ".new").c_str(), (root / kShared).c_str()), 0);
    };
    EXPECT_EQ(error_of([&] {
                  apply_file(root.path(), change("255\tlocal\n", kBlock + "255\tlocal\n", kShared));
              }),
              (root / kShared) + " was changed by another program meanwhile, left alone");
    EXPECT_EQ(root.names("/etc/iproute2"), (Strings{"rt_tables"}));
    char target[16] = {};
    EXPECT_EQ(readlink((root / kShared).c_str(), target, sizeof target - 1), 9);
    EXPECT_STREQ(target, "elsewhere");
}

TEST(ApplyFile, LosesNoLineOfTwoThatReplaceTheFileWhileItIsRemoved) {
    const TemporaryRoot root;
    root.write(kShared, "255\tlocal\n");
    before_exchange = [&] { replace_with_line(root / kShared, "first\n", 0); };
    after_exchange = [&] { root.write(kShared, "second\n"); };
    EXPECT_EQ(
        error_of([&] { apply_file(root.path(), change("255\tlocal\n", std::nullopt, kShared)); }),
        (root / kShared) + " was changed by another program meanwhile, left alone");
    EXPECT_EQ(*root.read(kShared), "255\tlocal\nfirst\nsecond\n");
}

TEST(ApplyFile, HasWhatIsWrittenByWhoHadTheFileOpenBefore) {
    const TemporaryRoot root;
    root.write(kShared, "255\tlocal\n");
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t writer = fork();
    if (writer == 0) {
        const int fd = open((root / kShared).c_str(), O_WRONLY | O_APPEND);
        bool is_good = ::write(ready[1], "x", 1) == 1;
        usleep(20000);  // by then it is another file's name
        is_good = ::write(fd, "500\tlate\n", 9) == 9 && is_good;
        _exit(is_good ? 0 : 1);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_TRUE(switch_block(root));
    waitpid(writer, nullptr, 0);
    EXPECT_EQ(root.read(kShared), kBlock + "255\tlocal\n500\tlate\n");
    close(ready[0]);
    close(ready[1]);
}

/// From now on the kernel answers the system call `number` of this process with `error`.
bool refuse(long number, int error) {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const sock_fprog filter = {4, program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST(ApplyFile, TakesNoFileForNewThatItCannotAskAbout) {
    for (const int error : {EIO, ENOMEM, EACCES}) {
        const TemporaryRoot root;
        root.write(kPath, "old");
        ASSERT_EQ(chmod((root / kPath).c_str(), 0640), 0);
        const int status = exit_status_of([&] {
        // lstat(2) as the C library makes it; fstat(2) of glibc 2.33 is that call too, so that
        // it may fail earlier.
#ifdef SYS_lstat
            if (!refuse(SYS_lstat, error)) return 77;
#endif
            if (!refuse(SYS_newfstatat, error)) return 77;
            return error_of([&] { apply_file(root.path(), change("old", "new")); }) == "no error"
                       ? 1
                       : 0;
        });
        if (status == 77) GTEST_SKIP() << "may not refuse system calls";
        EXPECT_EQ(status, 0) << error;
        EXPECT_EQ(root.read(kPath), "old");
        EXPECT_EQ(status_of(root / kPath).st_mode & 07777U, 0640U);
        EXPECT_EQ(root.names(kDirectory), (Strings{"rule-eth1"}));
    }
}

/// As a kernel of before 3.15 has it, and a file system that cannot exchange two names.
TEST(ApplyFile, WorksWithoutTheExchangeOfNames) {
    for (const int error : {ENOSYS, EINVAL}) {
        const TemporaryRoot root;
        root.make_directory(kDirectory);
        const int status = exit_status_of([&] {
            if (!refuse(SYS_renameat2, error)) return 77;
            apply_file(root.path(), change(std::nullopt, "one"));
            apply_file(root.path(), change("one", "two"));
            if (root.read(kPath) != "two") return 1;
            apply_file(root.path(), change("two", std::nullopt));
            return root.names(kDirectory).empty() ? 0 : 2;
        });
        if (status == 77) GTEST_SKIP() << "may not refuse system calls";
        EXPECT_EQ(status, 0) << error;
    }
}

TEST(MakeDirectory, EndsWhereAParentIsALinkToNothing) {
    const TemporaryRoot root;
    root.link("/nowhere", "/lib");
    EXPECT_EQ(error_of([&] { make_directory(root / "/lib/eni-routes"); }),
              "cannot make " + root / "/lib/eni-routes" + ": No such file or directory");
}

TEST(MakeDirectory, NamesWhatItCannotMake) {
    const TemporaryRoot root;
    root.write("/run", "a file");
    EXPECT_EQ(error_of([&] { make_directory(root / "/run/eni-routes"); }),
              "cannot make " + (root / "/run/eni-routes") + ": Not a directory");
}

}  // namespace
}  // namespace eni

/// By its number, as older C libraries have no function of renameat2()'s name.
extern "C" long syscall(long number, ...) noexcept {
    va_list list;
    va_start(list, number);
    long arguments[6];
    for (long& argument : arguments) argument = va_arg(list, long);
    va_end(list);
    const bool is_exchange = number == SYS_renameat2;
    const auto before = is_exchange ? std::exchange(eni::before_exchange, nullptr) : nullptr;
    const auto after = is_exchange ? std::exchange(eni::after_exchange, nullptr) : nullptr;
    static const auto real = reinterpret_cast<long (*)(long, ...)>(dlsym(RTLD_NEXT, "syscall"));
    if (before) before();
    const long result = real(number, arguments[0], arguments[1], arguments[2], arguments[3],
                             arguments[4], arguments[5]);
    const int error = errno;
    if (after) after();
    errno = error;
    return result;
}
