// See signals.hpp.
#include "signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace eni {

namespace {

constexpr Time kStep{1'000};        // where there is no descriptor that a signal makes readable
constexpr Time kAfterFailure{100};  // of poll(2), which may want memory

sigset_t signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set, signal);
    return set;
}

}  // namespace

Signals::Signals() {
    const sigset_t set = signals();
    sigprocmask(SIG_BLOCK, &set, nullptr);
    (void)signal(SIGPIPE, SIG_IGN);  // whoever reads its messages may end before it
}

Signals::~Signals() {
    if (descriptor_ >= 0) close(descriptor_);
}

/// False where none came.
bool Signals::take(Time patience) {
    const sigset_t set = signals();
    const timespec time = {static_cast<time_t>(patience.count() / 1000),
                           static_cast<long>(patience.count() % 1000 * 1'000'000)};
    const int signal = sigtimedwait(&set, nullptr, &time);
    if (signal == SIGHUP)
        is_reload_ = true;
    else if (signal > 0)
        is_over_ = true;
    return signal > 0;
}

bool Signals::is_over() {
    while (!is_over_ && take(Time{0})) {
    }
    return is_over_;
}

bool Signals::take_reload() {
    (void)is_over();
    const bool is_reload = is_reload_;
    is_reload_ = false;
    return is_reload;
}

void Signals::pause(Time time) {
    if (!is_over()) (void)take(time);
}

bool Signals::wait(const std::vector<int>& descriptors, Time patience) {
    const sigset_t set = signals();
    // Without memory or a free descriptor it does without, and looks for signals each second.
    if (descriptor_ < 0) descriptor_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) patience = patience.count() < 0 ? kStep : std::min(patience, kStep);
    std::vector<pollfd> fds = {{descriptor_, POLLIN, 0}};
    for (const int descriptor : descriptors) fds.push_back({descriptor, POLLIN, 0});
    if (poll(fds.data(), fds.size(), static_cast<int>(patience.count())) >= 0)
        return std::any_of(fds.begin() + 1, fds.end(),
                           [](const pollfd& fd) { return fd.revents != 0; });
    if (errno != EINTR) pause(kAfterFailure);
    return true;  // what has come is not known: it is read, which never waits
}

}  // namespace eni
