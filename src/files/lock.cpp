// See lock.hpp.
#include "lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <sstream>

#include "apply_files.hpp"

namespace eni {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

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

bool is_taken(int descriptor, milliseconds timeout, const std::string& path) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
    const auto deadline = steady_clock::now() + timeout;
    const Alarm alarm(timeout);
    while (steady_clock::now() < deadline) {
        if (flock(descriptor, LOCK_EX) == 0) return true;
        if (errno != EINTR) throw_errno("cannot lock " + path);
    }
    return false;
}

std::string complaint(int descriptor, const std::string& path, milliseconds timeout) {
    std::ostringstream text;
    text << "gave up after " << std::chrono::duration<double>(timeout).count() << " s: " << path;
    char bytes[32] = "";
    long pid = 0;
    if (pread(descriptor, bytes, sizeof bytes - 1, 0) > 0) std::sscanf(bytes, "%ld", &pid);
    if (pid > 0)
        text << " is held by process " << pid << ". See `ps -fp " << pid << "`; if it hangs, `kill "
             << pid << "`";
    else
        text << " is held by a process that `fuser -v " << path << "` finds; if it hangs, end it";
    text << ", then run `eni-routes regenerate`.";
    return text.str();
}

}  // namespace

Lock::Lock(const std::string& root, milliseconds timeout, const std::string& name) {
    make_directory(root + "/run/eni-routes");
    const std::string path = root + "/run/eni-routes/" + name;
    file_ = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (!file_) throw_errno("cannot open " + path);
    const int descriptor = fileno(file_.get());
    if (!is_taken(descriptor, timeout, path))
        throw LockTimeout(complaint(descriptor, path, timeout));
    // For people only: a full disk must not stand in the way.
    if (ftruncate(descriptor, 0) == 0) dprintf(descriptor, "%d\n", getpid());
}

}  // namespace eni
