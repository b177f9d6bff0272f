// See deadline.hpp.
#include "deadline.hpp"

#include <unistd.h>

namespace eni {

namespace {

/// In any thread, whatever the others do: only what a signal handler may call (signal-safety(7)).
void end_process(int) {
    constexpr char kMessage[] =
        "eni-routes: error: D-Bus hangs, and cannot be given up: nothing more is done. Is there "
        "memory, and room for threads (`ulimit -u`, pids.max of the cgroup)?\n";
    (void)!write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
    _exit(1);
}

}  // namespace

Deadline::Deadline(std::chrono::seconds patience) {
    struct sigaction end {};
    end.sa_handler = end_process;
    end.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &end, &action_before_);
    const itimerval timer = {{0, 0}, {patience.count(), 0}};
    setitimer(ITIMER_REAL, &timer, &timer_before_);
}

Deadline::~Deadline() {
    setitimer(ITIMER_REAL, &timer_before_, nullptr);
    sigaction(SIGALRM, &action_before_, nullptr);
}

}  // namespace eni
