// That one watch runs, whoever reads its file, and that the file of a dead one is not believed.
#include "watch_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>

#include "child_process.hpp"
#include "file_outcome.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

const std::string kPath = "/run/eni-routes/watch";

/// What the file says of the process that writes it: its number and when it began.
std::string own_line() {
    std::ifstream file("/proc/self/stat");
    std::string field;
    while (file >> field && field.back() != ')') {
    }
    for (int number = 3; number <= 22; ++number) file >> field;
    return std::to_string(getpid()) + " " + field + "\n";
}

TEST(WatchFile, TellsWhoRunsAndWhatItFightsOver) {
    const TemporaryRoot root;
    WatchFile file(root.path());
    EXPECT_EQ(root.read(kPath), own_line());
    EXPECT_EQ(status_of(root / kPath).st_mode & 07777U, 0644U);
    EXPECT_EQ(status_of(root / "/run/eni-routes/watch.lock").st_mode & 07777U, 0600U);
    file.write({{"eth1", "a rule\nof two lines"}, {"", "of none"}});
    EXPECT_EQ(root.read(kPath), own_line() + "eth1 a rule of two lines\n- of none\n");
    const auto facts = load_watch_facts(root.path());
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->pid, getpid());
    ASSERT_EQ(facts->fights.size(), 2U);
    EXPECT_EQ(facts->fights[0].ifname, "eth1");
    EXPECT_EQ(facts->fights[0].text, "a rule of two lines");
    EXPECT_EQ(facts->fights[1].ifname, "");
}

TEST(WatchFile, WritesNothingWhereItSaysSoAlready) {
    const TemporaryRoot root;
    WatchFile file(root.path());
    file.write({{"eth1", "a rule"}});
    const auto inode = status_of(root / kPath).st_ino;
    file.write({{"eth1", "a rule"}});
    EXPECT_EQ(status_of(root / kPath).st_ino, inode);
    ASSERT_EQ(unlink((root / kPath).c_str()), 0);
    file.write({{"eth1", "a rule"}});
    EXPECT_TRUE(load_watch_facts(root.path())) << "it is removed, and written again";
}

TEST(WatchFile, IsOfOneWatchAlone) {
    const TemporaryRoot root;
    const WatchFile file(root.path());
    const int status = exit_status_of([&] {
        return error_of([&] { WatchFile(root.path()); }) ==
                       "another watch runs already, process " + std::to_string(getppid())
                   ? 0
                   : 1;
    });
    EXPECT_EQ(status, 0);
}

TEST(WatchFile, IsReadByAnyUserAndLockedByNone) {
    if (geteuid() != 0) GTEST_SKIP() << "is no other user";
    const TemporaryRoot root;
    ASSERT_EQ(chmod(root.path().c_str(), 0755), 0);
    { const WatchFile before(root.path()); }
    int locked[2];
    ASSERT_EQ(pipe(locked), 0);
    const pid_t reader = fork();
    if (reader == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
        struct flock lock {};
        lock.l_type = F_RDLCK;
        const int fd = open((root / kPath).c_str(), O_RDONLY);
        const bool has_lock = fcntl(fd, F_SETLK, &lock) == 0;
        const bool has_no_other = open((root / "/run/eni-routes/watch.lock").c_str(), O_RDONLY) < 0;
        if (write(locked[1], has_lock && has_no_other ? "y" : "n", 1) != 1) _exit(2);
        pause();
    }
    char answer = 0;
    ASSERT_EQ(read(locked[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    EXPECT_EQ(error_of([&] {
                  const WatchFile file(root.path());
                  EXPECT_EQ(exit_status_of([&] {
                                if (setgid(65534) != 0 || setuid(65534) != 0) return 1;
                                const auto facts = load_watch_facts(root.path());
                                return facts && facts->pid == getppid() ? 0 : 2;
                            }),
                            0);
              }),
              "no error");
    kill(reader, SIGKILL);
    waitpid(reader, nullptr, 0);
    close(locked[0]);
    close(locked[1]);
}

TEST(WatchFile, OfADeadWatchIsNotBelieved) {
    const TemporaryRoot root;
    EXPECT_FALSE(load_watch_facts(root.path()).has_value());
    EXPECT_EQ(exit_status_of([&] {
                  WatchFile file(root.path());
                  file.write({{"eth1", "a rule"}});
                  return 0;
              }),
              0);
    EXPECT_FALSE(load_watch_facts(root.path()).has_value());
    // Numbers are given again; an older version wrote none; the line may be cut.
    for (const std::string& text :
         {std::to_string(getpid()) + " 1\n", std::to_string(getpid()) + "\n",
          std::to_string(getpid()) + " \n", std::string("4194304 \n"), std::string("4194304 7\n"),
          std::string("0 \n"), std::string("-1 \n"), std::string("eth1 a rule\n"), std::string()}) {
        root.write(kPath, text);
        EXPECT_FALSE(load_watch_facts(root.path()).has_value()) << text;
    }
    root.write(kPath, own_line());
    EXPECT_TRUE(load_watch_facts(root.path()).has_value());
}

TEST(WatchFile, ThatCannotBeReadSaysNothing) {
    const TemporaryRoot root;
    root.make_directory(kPath);
    EXPECT_FALSE(load_watch_facts(root.path()).has_value());
}

TEST(WatchFile, StartsOnADiskThatCannotBeWrittenAndSaysSoLater) {
    const TemporaryRoot root;
    root.make_directory("/run/eni-routes");
    const int status = exit_status_of([&] {
        const std::string directory = root / "/run/eni-routes";
        if (unshare(CLONE_NEWNS) != 0 ||
            mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("tmpfs", directory.c_str(), "tmpfs", MS_RDONLY, nullptr) != 0)
            return 77;
        WatchFile file(root.path());
        return error_of([&] { file.write({}); }) ==
                       "cannot write " + (root / kPath) + ": Read-only file system"
                   ? 0
                   : 1;
    });
    if (status == 77) GTEST_SKIP() << "may not mount";
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace eni
