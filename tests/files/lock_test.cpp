// That only one process at a time gets past the lock, for how long the others wait, and what they
// are told.
#include "lock.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <ctime>
#include <functional>
#include <stdexcept>

#include "temporary_root.hpp"

namespace eni {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLong{10000};

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

TEST(Lock, IsThereForTheNextWhenItGoes) {
    const TemporaryRoot root;
    Lock(root.path(), milliseconds(0));
    root.write("/run/eni-routes/lock", "12345678901234567890\n");
    Lock(root.path(), milliseconds(0));
    struct stat status {};
    ASSERT_EQ(stat((root / "/run/eni-routes/lock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    EXPECT_EQ(root.read("/run/eni-routes/lock"), std::to_string(getpid()) + "\n");
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
    EXPECT_EQ(what, "gave up after 0.3 s: " + (root / "/run/eni-routes/lock") +
                        " is held by process " + pid + ". See `ps -fp " + pid +
                        "`; if it hangs, `kill " + pid + "`, then run `eni-routes regenerate`.");
    EXPECT_EQ(root.read("/run/eni-routes/lock"), pid + "\n") << "the loser must not sign";
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
    EXPECT_EQ(root.read("/run/eni-routes/lock"), std::to_string(getpid()) + "\n");
}

TEST(Lock, OutlivesNoHolderThatWasKilled) {
    const TemporaryRoot root;
    { const Holder holder(root); }
    EXPECT_NO_THROW(Lock(root.path(), milliseconds(1000)));
}

TEST(Lock, SaysHowToFindAHolderThatDidNotSign) {
    const TemporaryRoot root;
    const Holder holder(root);
    for (const char* text : {"", "nonsense", "-1\n", "0\n"}) {
        root.write("/run/eni-routes/lock", text);
        try {
            Lock(root.path(), milliseconds(1));
            FAIL() << "must throw";
        } catch (const LockTimeout& error) {
            EXPECT_NE(std::string(error.what()).find("`fuser -v "), std::string::npos) << text;
        }
    }
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

TEST(Lock, NamesWhatItCannotOpen) {
    const TemporaryRoot root;
    root.link("/etc/passwd", "/run/eni-routes/lock");
    try {
        Lock(root.path(), milliseconds(0));
        FAIL() << "must throw";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(error.what(), "cannot open " + (root / "/run/eni-routes/lock") +
                                    ": Too many levels of symbolic links");
    }
}

}  // namespace
}  // namespace eni
