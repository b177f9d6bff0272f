// See lock.hpp.
#include "lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <thread>
#include <utility>

#include "apply_files.hpp"
#include "lock_holder.hpp"

namespace eni {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStep{50};

/// Interrupts a system call of this thread after `delay`, and again every 50 ms: a signal that
/// came just before the call is not lost.
class Alarm {
  public:
    explicit Alarm(milliseconds delay) {
        struct sigaction interrupt {};  // without SA_RESTART
        interrupt.sa_handler = [](int) {};
        sigaction(SIGALRM, &interrupt, &action_before_);
        sigset_t alarm;
        sigemptyset(&alarm);
        sigaddset(&alarm, SIGALRM);
        pthread_sigmask(SIG_UNBLOCK, &alarm, &mask_before_);
        const itimerval timer = {{0, 50000}, {delay.count() / 1000, delay.count() % 1000 * 1000}};
        setitimer(ITIMER_REAL, &timer, &timer_before_);
    }
    ~Alarm() {
        setitimer(ITIMER_REAL, &timer_before_, nullptr);
        pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
        sigaction(SIGALRM, &action_before_, nullptr);
    }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

  private:
    struct sigaction action_before_ {};
    sigset_t mask_before_{};
    itimerval timer_before_{};
};

/// How long is waited, and what for.
struct Patience {
    milliseconds timeout;
    const Lock::GivesUp& gives_up;
    steady_clock::time_point deadline = steady_clock::now() + timeout;

    bool is_over() const {
        if (gives_up && gives_up()) throw LockGivenUp("no longer wanted");
        return steady_clock::now() >= deadline;
    }
};

bool is_taken(int descriptor, const Patience& patience, const std::string& path) {
    int status = 0, tries = 0;
    do {
        status = flock(descriptor, LOCK_EX | LOCK_NB);
    } while (status != 0 && errno == EINTR && is_worth_another_try(EINTR, tries));
    if (status == 0) return true;
    if (errno != EWOULDBLOCK) throw_errno("cannot lock " + path);
    const auto left =
        std::chrono::duration_cast<milliseconds>(patience.deadline - steady_clock::now());
    const Alarm alarm(patience.gives_up ? kStep : std::max(left, milliseconds(1)));
    while (!patience.is_over()) {
        if (flock(descriptor, LOCK_EX) == 0) return true;
        if (errno != EINTR) throw_errno("cannot lock " + path);
    }
    return false;
}

[[noreturn]] void throw_timeout(const std::string& path, milliseconds timeout, pid_t holder) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g", std::chrono::duration<double>(timeout).count());
    std::string text = std::string("gave up after ") + seconds + " s: " + path;
    if (holder > 0) {
        const std::string number = std::to_string(holder), command = command_line_of(holder);
        text += " is held by process " + number + (command.empty() ? "" : " (" + command + ")") +
                ". See `ps -fp " + number + "`; if it hangs, `kill " + number + "`";
    } else {
        text +=
            " is held by a process that the kernel does not name here, such as a container's; "
            "`fuser -v " +
            path + "` or `lslocks` on the host finds it; if it hangs, end it";
    }
    throw LockTimeout(text + ", then run `eni-routes regenerate`.", holder);
}

/// Whoever can write the directory can replace what is in it.
std::string locked_directory(const std::string& root) {
    const std::string path = real_path(root, "/run") + "/eni-routes";
    struct stat status;
    if (lstat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) throw_errno("cannot use " + path);
        make_directory(path);
        return path;
    }
    if (!S_ISDIR(status.st_mode))
        throw std::runtime_error("cannot use " + path + ": it is not a directory; remove it");
    if (status.st_uid != 0 && status.st_uid != geteuid())
        throw std::runtime_error("cannot use " + path + ": it belongs to user " +
                                 std::to_string(status.st_uid) + " and not to root; remove it");
    return path;
}

struct LockFile {
    File file;
    struct stat status {};
    bool is_new = false;
};

/// Read only: that is enough for flock(2), and works on a disk that is full or read-only. Without
/// waiting, should it be a FIFO. Null where another process was quicker to make it.
LockFile open_lock_file(const std::string& path) {
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    LockFile lock;
    lock.file = open_file(path, kFlags);
    if (!lock.file && errno == ENOENT) {
        lock.is_new = true;
        lock.file = open_file(path, kFlags | O_CREAT | O_EXCL);
        if (!lock.file && errno == EEXIST) return lock;
    }
    const int descriptor = lock.file ? fileno(lock.file.get()) : -1;
    if (descriptor < 0 || fstat(descriptor, &lock.status) != 0) throw_errno("cannot lock " + path);
    if (!S_ISREG(lock.status.st_mode))
        throw std::runtime_error("cannot lock " + path + ": it is not a regular file; remove it");
    // After a chown(1) or chmod(1): best effort, as whoever has it open can hold it all the same.
    if (lock.status.st_uid != geteuid()) (void)!fchown(descriptor, geteuid(), getegid());
    if ((lock.status.st_mode & 07777U) != 0600) (void)fchmod(descriptor, 0600);
    return lock;
}

bool is_still_at(const std::string& path, const struct stat& locked) {
    struct stat status;
    if (lstat(path.c_str(), &status) == 0)
        return status.st_ino == locked.st_ino && status.st_dev == locked.st_dev;
    if (!is_absence(errno)) throw_errno("cannot lock " + path);
    return false;
}

/// A file that had to be made may be a removed one's successor, which a run still holds.
void wait_for_removed(const std::string& path, const struct stat& successor,
                      const Patience& patience) {
    while (const pid_t holder = removed_flock_holder(path, successor)) {
        if (patience.is_over())
            throw_timeout(path + " (removed meanwhile)", patience.timeout, holder);
        std::this_thread::sleep_for(kStep);
    }
}

File take(const std::string& path, const Patience& patience) {
    do {
        LockFile lock = open_lock_file(path);
        if (!lock.file) continue;
        if (!is_taken(fileno(lock.file.get()), patience, path))
            throw_timeout(path, patience.timeout, flock_holder(lock.status));
        // What was waited for may be a file that is no longer there, and then locks nothing out.
        if (!is_still_at(path, lock.status)) continue;
        if (lock.is_new) wait_for_removed(path, lock.status, patience);
        return std::move(lock.file);
    } while (!patience.is_over());
    throw_timeout(path, patience.timeout, 0);
}

}  // namespace

Lock::Lock(const std::string& root, milliseconds timeout, const std::string& name,
           const GivesUp& gives_up) {
    const Patience patience{timeout, gives_up};
    try {
        file_ = take(locked_directory(root) + "/" + name, patience);
    } catch (const LockTimeout&) {
        throw;
    } catch (const LockGivenUp&) {
        throw;
    } catch (const std::exception& error) {
        cause_ = error.what();
    }
}

std::string Lock::complaint() const {
    if (cause_.empty()) return "";
    return cause_ +
           ". This run went on without the lock: another at the same time may have undone some of "
           "it, which the next one repairs";
}

}  // namespace eni
