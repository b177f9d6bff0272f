// That only one process at a time gets past the lock, for how long the others wait, and what they
// are told.
#include "lock.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "child_process.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLong{10000};
const std::string kPath = "/run/eni-routes/lock";

/// Another process that has the lock. It lets go when told, or is killed with the object.
class Holder {
  public:
    explicit Holder(const TemporaryRoot& root, milliseconds held = kLong) {
        int ready[2];
        if (pipe(ready) != 0) throw std::runtime_error("pipe failed");
        pid_ = fork();
        if (pid_ == 0) {
            const Lock lock(root.path(), kLong);
            if (write(ready[1], "x", 1) == 1) usleep(static_cast<unsigned>(held.count()) * 1000);
            _exit(0);
        }
        char byte = 0;
        EXPECT_EQ(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        close(ready[1]);
    }
    ~Holder() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = -1;
};

milliseconds duration_of(const std::function<void()>& action) {
    const auto start = steady_clock::now();
    action();
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
}

/// What who cannot have it is told.
std::string timeout_of(const TemporaryRoot& root) {
    try {
        Lock(root.path(), milliseconds(1));
        return "got it";
    } catch (const LockTimeout& error) {
        return error.what();
    }
}

/// A test that is run by itself has arguments.
std::string own_command_line() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::string words(std::istreambuf_iterator<char>(file), {});
    if (!words.empty()) words.pop_back();
    std::replace(words.begin(), words.end(), '\0', ' ');
    return words.size() <= 100 ? words : words.substr(0, 100) + "...";
}

TEST(Lock, IsThereForTheNextWhenItGoes) {
    const TemporaryRoot root;
    Lock(root.path(), milliseconds(0));
    EXPECT_EQ(Lock(root.path(), milliseconds(0)).complaint(), "");
    EXPECT_EQ(mode_of(root / kPath), 0600U);
}

TEST(Lock, SaysWhoHoldsItAfterTheTimeout) {
    const TemporaryRoot root;
    const Holder holder(root);
    std::string what;
    const milliseconds waited = duration_of([&] {
        try {
            Lock(root.path(), milliseconds(300));
        } catch (const LockTimeout& error) {
            what = error.what();
        }
    });
    EXPECT_GE(waited, milliseconds(300));
    EXPECT_LT(waited, milliseconds(2000));
    const std::string pid = std::to_string(holder.pid());
    EXPECT_EQ(what, "gave up after 0.3 s: " + (root / kPath) + " is held by process " + pid + " (" +
                        own_command_line() + "). See `ps -fp " + pid + "`; if it hangs, `kill " +
                        pid + "`, then run `eni-routes regenerate`.");
}

TEST(Lock, DoesNotWaitWithoutATimeout) {
    const TemporaryRoot root;
    const Holder holder(root);
    EXPECT_LT(duration_of([&] { EXPECT_THROW(Lock(root.path(), milliseconds(0)), LockTimeout); }),
              milliseconds(200));
}

TEST(Lock, CannotBeTakenTwiceByOneProcess) {
    const TemporaryRoot root;
    const Lock lock(root.path(), milliseconds(0));
    EXPECT_THROW(Lock(root.path(), milliseconds(50)), LockTimeout);
}

TEST(Lock, IsGotAsSoonAsTheHolderLetsGo) {
    const TemporaryRoot root;
    const Holder holder(root, milliseconds(300));
    const milliseconds waited = duration_of([&] { Lock(root.path(), kLong); });
    EXPECT_GE(waited, milliseconds(100));
    EXPECT_LT(waited, milliseconds(3000));
}

TEST(Lock, OutlivesNoHolderThatWasKilled) {
    const TemporaryRoot root;
    { const Holder holder(root); }
    EXPECT_NO_THROW(Lock(root.path(), milliseconds(1000)));
}

TEST(Lock, NamesNoProcessThatTheFileNames) {
    const TemporaryRoot root;
    root.write(kPath, std::to_string(getppid()) + "\n");
    const Holder holder(root);
    EXPECT_NE(timeout_of(root).find("process " + std::to_string(holder.pid()) + " ("),
              std::string::npos);
}

TEST(Lock, SaysHowToFindAHolderThatTheKernelDoesNotName) {
    const TemporaryRoot root;
    const Holder holder(root);
    const int status = exit_status_of([&] {
        // In a PID namespace of its own the holder has no number.
        if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) return 77;
        return exit_status_of([&] {
            if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                mount("proc", "/proc", "proc", 0, nullptr) != 0)
                return 77;
            const std::string text = timeout_of(root);
            return text.find("process that the kernel does not name here") != std::string::npos &&
                           text.find("`fuser -v " + (root / kPath) + "` or `lslocks`") !=
                               std::string::npos
                       ? 0
                       : 1;
        });
    });
    if (status == 77) GTEST_SKIP() << "may not make namespaces";
    EXPECT_EQ(status, 0);
}

TEST(Lock, IsClosedToOthersWhateverModeItHad) {
    const TemporaryRoot root;
    root.write(kPath, "");
    ASSERT_EQ(chmod((root / kPath).c_str(), 0666), 0);
    if (geteuid() == 0) {
        ASSERT_EQ(chown((root / kPath).c_str(), 65534, 65534), 0);
    }
    EXPECT_EQ(Lock(root.path(), milliseconds(0)).complaint(), "");
    EXPECT_EQ(mode_of(root / kPath), 0600U);
    struct stat status {};
    ASSERT_EQ(stat((root / kPath).c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, geteuid());
}

// ---- The file is removed ------------------------------------------------------------------------

TEST(Lock, LocksOutWhoComesAfterTheFileWasRemoved) {
    const TemporaryRoot root;
    const Holder holder(root, milliseconds(400));
    ASSERT_EQ(unlink((root / kPath).c_str()), 0);
    EXPECT_NE(timeout_of(root).find("(removed meanwhile) is held by process " +
                                    std::to_string(holder.pid())),
              std::string::npos);
    ASSERT_EQ(unlink((root / kPath).c_str()), 0);
    const milliseconds waited = duration_of([&] { Lock(root.path(), kLong); });
    EXPECT_GE(waited, milliseconds(100));
    EXPECT_LT(waited, milliseconds(3000));
}

TEST(Lock, TakesTheNewFileWhereTheOldOneWasRemovedWhileItWaited) {
    const TemporaryRoot root;
    auto holder = std::make_unique<Holder>(root);
    int got[2];
    ASSERT_EQ(pipe(got), 0);
    const pid_t waiter = fork();
    if (waiter == 0) {
        const Lock lock(root.path(), kLong);
        if (write(got[1], "x", 1) == 1) usleep(10000000);
        _exit(0);
    }
    usleep(200000);  // it waits for the file that is there
    ASSERT_EQ(unlink((root / kPath).c_str()), 0);
    holder.reset();
    char byte = 0;
    EXPECT_EQ(read(got[0], &byte, 1), 1);
    EXPECT_NE(timeout_of(root).find("is held by process " + std::to_string(waiter)),
              std::string::npos)
        << "a second one got in";
    kill(waiter, SIGKILL);
    waitpid(waiter, nullptr, 0);
    close(got[0]);
    close(got[1]);
}

TEST(Lock, DoesNotWaitForWhoHoldsAnotherRemovedFile) {
    const TemporaryRoot root;
    const Lock other(root.path(), milliseconds(0), "watch.lock");
    ASSERT_EQ(unlink((root / "/run/eni-routes/watch.lock").c_str()), 0);
    EXPECT_EQ(Lock(root.path(), milliseconds(0)).complaint(), "");
}

// ---- Giving up ----------------------------------------------------------------------------------

TEST(Lock, IsGivenUpSoonAfterItIsNoLongerWanted) {
    const TemporaryRoot root;
    const Holder holder(root);
    int asked = 0;
    const milliseconds waited = duration_of([&] {
        EXPECT_THROW(Lock(root.path(), kLong, "lock", [&] { return ++asked == 4; }), LockGivenUp);
    });
    EXPECT_GE(waited, milliseconds(100));
    EXPECT_LT(waited, milliseconds(1000));
    EXPECT_EQ(asked, 4);
}

TEST(Lock, IsTakenAndNobodyIsAskedWhereItIsFree) {
    const TemporaryRoot root;
    EXPECT_EQ(Lock(root.path(), milliseconds(0), "lock", [] { return true; }).complaint(), "");
}

TEST(Lock, SleepsThroughOtherSignalsAndPutsTheAlarmBack) {
    const TemporaryRoot root;
    const Holder holder(root);
    struct sigaction ours {};
    ours.sa_handler = [](int) {};
    sigaction(SIGALRM, &ours, nullptr);
    sigaction(SIGUSR1, &ours, nullptr);
    const itimerval timer{{0, 0}, {1000, 0}};
    setitimer(ITIMER_REAL, &timer, nullptr);
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm, nullptr);  // as a parent might have left it

    const pid_t parent = getpid();
    const pid_t nagger = fork();
    if (nagger == 0) {
        usleep(50000);
        kill(parent, SIGUSR1);
        _exit(0);
    }
    const milliseconds waited =
        duration_of([&] { EXPECT_THROW(Lock(root.path(), milliseconds(300)), LockTimeout); });
    waitpid(nagger, nullptr, 0);
    EXPECT_GE(waited, milliseconds(300));
    EXPECT_LT(waited, milliseconds(2000));

    struct sigaction found {};
    itimerval left{};
    sigset_t mask;
    sigaction(SIGALRM, nullptr, &found);
    const itimerval off{};
    setitimer(ITIMER_REAL, &off, &left);
    sigprocmask(SIG_UNBLOCK, &alarm, &mask);
    EXPECT_EQ(found.sa_handler, ours.sa_handler);
    EXPECT_GT(left.it_value.tv_sec, 900);
    EXPECT_EQ(left.it_interval.tv_usec, 0);
    EXPECT_EQ(sigismember(&mask, SIGALRM), 1);
    signal(SIGALRM, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
}

TEST(Lock, CostsNoTimeOfTheProcessorToWaitFor) {
    const TemporaryRoot root;
    const Holder holder(root);
    const std::clock_t before = std::clock();
    EXPECT_THROW(Lock(root.path(), milliseconds(500)), LockTimeout);
    EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 20);
}

// ---- No lock is to be had -----------------------------------------------------------------------

std::string complaint_of(const TemporaryRoot& root) {
    return Lock(root.path(), milliseconds(0)).complaint();
}

TEST(Lock, GoesOnAndSaysWhereItCannotBe) {
    const std::string rest =
        ". This run went on without the lock: another at the same time may have undone some of it, "
        "which the next one repairs";
    {
        const TemporaryRoot root;
        root.link("/etc/passwd", kPath);
        EXPECT_EQ(complaint_of(root),
                  "cannot lock " + (root / kPath) + ": Too many levels of symbolic links" + rest);
    }
    for (const mode_t kind : {S_IFIFO, S_IFDIR}) {
        const TemporaryRoot root;
        root.make_directory("/run/eni-routes");
        const std::string path = root / kPath;
        ASSERT_EQ(kind == S_IFDIR ? mkdir(path.c_str(), 0700) : mkfifo(path.c_str(), 0600), 0);
        EXPECT_EQ(complaint_of(root),
                  "cannot lock " + path + ": it is not a regular file; remove it" + rest);
    }
    {
        const TemporaryRoot root;
        root.make_directory("/elsewhere");
        root.link("../elsewhere", "/run/eni-routes");
        EXPECT_EQ(complaint_of(root), "cannot use " + (root / "/run/eni-routes") +
                                          ": it is not a directory; remove it" + rest);
        EXPECT_TRUE(root.names("/elsewhere").empty());
    }
    {
        const TemporaryRoot root;
        root.write("/run", "a file");
        EXPECT_NE(complaint_of(root).find("/run/eni-routes: Not a directory"), std::string::npos);
    }
}

TEST(Lock, TakesNoDirectoryOfAnotherUsers) {
    if (geteuid() != 0) GTEST_SKIP() << "may not chown";
    const TemporaryRoot root;
    root.make_directory("/run/eni-routes");
    ASSERT_EQ(chown((root / "/run/eni-routes").c_str(), 12, 12), 0);
    EXPECT_EQ(complaint_of(root).find("cannot use " + (root / "/run/eni-routes") +
                                      ": it belongs to user 12 and not to root; remove it"),
              0U);
}

/// 0 where it is locked on a disk that cannot be written, and complains where there is no file.
int lock_on_a_read_only_disk(const TemporaryRoot& root) {
    const std::string directory = root / "/run/eni-routes";
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=16k") != 0)
        return 77;
    { const Lock lock(root.path(), milliseconds(0), "there"); }
    if (mount(nullptr, directory.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return 77;
    const Lock lock(root.path(), milliseconds(0), "there");
    if (!lock.complaint().empty()) return 1;
    try {
        Lock(root.path(), milliseconds(0), "there");
        return 2;
    } catch (const LockTimeout&) {
    }
    return complaint_of(root).find("cannot lock " + (root / kPath) + ": Read-only file system. ") ==
                   0
               ? 0
               : 3;
}

TEST(Lock, IsTakenOnAReadOnlyDiskWhereTheFileIsThere) {
    const TemporaryRoot root;
    root.make_directory("/run/eni-routes");
    const int status = exit_status_of([&] { return lock_on_a_read_only_disk(root); });
    if (status == 77) GTEST_SKIP() << "may not mount";
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace eni
