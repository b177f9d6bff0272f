// See keeper.hpp. The process is forked and not executed: what it remembers need not be written
// anywhere, nor read by a program that an update may have replaced meanwhile.
#include "keeper.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "apply_files.hpp"
#include "apply_kernel.hpp"
#include "apply_marking.hpp"
#include "bookkeeping.hpp"
#include "changes.hpp"
#include "exit_status.hpp"
#include "format.hpp"
#include "make_plan.hpp"
#include "reconcile.hpp"
#include "run_state.hpp"
#include "way_back.hpp"

namespace eni {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{200};  // how soon it ends when the change is confirmed
constexpr milliseconds kPause{1000};
constexpr int kMaxRounds = 3;       // of undoing, where something of it fails
constexpr int kMaxAttempts = 120;   // at reading the host at all
constexpr int kAnswerTimeout = 30;  // seconds
constexpr char kReady[] = "ready";

/// Goes on while the machine sleeps, and is not set.
milliseconds boot_time() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds(now.tv_sec) + milliseconds(now.tv_nsec / 1000000);
}

void sleep_for(milliseconds time) {
    const timespec duration{time.count() / 1000, time.count() % 1000 * 1000000};
    nanosleep(&duration, nullptr);
}

// ---- The process --------------------------------------------------------------------------------

/// Nothing of the terminal's or the session's is left, but a cgroup.
void detach(int socket) {
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU})
        ::signal(signal, SIG_IGN);
    ::signal(SIGTERM, SIG_DFL);
    umask(022);
    if (chdir("/") != 0) _exit(1);
    std::vector<int> open;
    if (DIR* const directory = opendir("/proc/self/fd")) {
        while (const dirent* entry = readdir(directory)) open.push_back(std::atoi(entry->d_name));
        closedir(directory);
    }
    for (const int descriptor : open)
        if (descriptor > STDERR_FILENO && descriptor != socket) close(descriptor);
    const int null = ::open("/dev/null", O_RDWR);
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (null >= 0) dup2(null, descriptor);
    if (null > STDERR_FILENO) close(null);
    openlog("eni-routes", LOG_PID, LOG_DAEMON);
}

struct Kept {
    Facts before;
    Ownership ours;
};

Ownership ownership_of(const Facts& facts, const Config& config) {
    return make_plan(facts, config, Absent::keep).ownership;
}

/// What could not be read would be taken for absent when it is to come back.
Kept read_host(const Config& config) {
    Kept kept;
    kept.before = gather_facts(config, Request(), /* may_probe= */ false);
    if (!kept.before.disk.unread.empty())
        throw std::runtime_error(kept.before.disk.unread.front().error);
    if (kept.before.marking && !kept.before.marking->error.empty())
        throw std::runtime_error(kept.before.marking->error);
    kept.ours = ownership_of(kept.before, config);
    return kept;
}

/// Each is told once.
void add(std::vector<std::string>& failures, const std::string& failure) {
    if (std::find(failures.begin(), failures.end(), failure) == failures.end())
        failures.push_back(failure);
}

/// Everything that differs, kernel first; what failed is added to the failures.
void apply_way_back(const Facts& now, const ChangeSet& back, std::vector<std::string>& failures) {
    if (!back.changes.empty())
        for (const Failure& failure : apply_kernel(open_netlink().get(), now.kernel, back.changes))
            add(failures, failure.what + ": " + failure.error);
    for (const MarkingChange& change : back.changes.markings) try {
            apply_marking(change);
        } catch (const std::exception& error) {
            add(failures, format_command(change) + ": " + error.what());
        }
    for (const FileChange& change : back.files) try {
            apply_file("", change);
        } catch (const std::exception& error) {
            add(failures, error.what());
        }
}

/// A /run that is full must not keep the old state from coming back.
void save_state(const RunState& state, std::vector<std::string>& failures) {
    try {
        save_run_state("", state);
    } catch (const std::exception& error) {
        add(failures, error.what());
    }
}

/// What failed, or could not be read: it may differ. The caller holds the lock.
std::vector<std::string> undo(const Kept& kept, const Config& config) {
    std::vector<std::string> failures;
    Config asked = config;  // netfilter also where it had marks, and they are off now
    if (kept.before.run.marking) asked.forwarded = Forwarded::connmark;
    for (int round = 0; round < kMaxRounds; ++round) {
        if (round != 0) sleep_for(kPause);
        const Facts now = gather_facts(asked, Request(), /* may_probe= */ false);
        const RunState both = merged_run_state(kept.before.run, now.run);
        const ChangeSet back =
            way_back(kept.before, now, together(kept.ours, ownership_of(now, config)));
        failures.clear();
        for (const Unread& unread : now.disk.unread) add(failures, unread.error);
        if (now.marking && !now.marking->error.empty()) add(failures, now.marking->error);
        if (!back.empty()) {
            // Whatever becomes of this, the next run knows all of it as ours.
            if (!now.disk.has_unread(Unread::Kind::state)) save_state(both, failures);
            syslog(LOG_NOTICE, "the old state comes back: %s", summary(change_lines(back)).c_str());
            apply_way_back(now, back, failures);
        }
        if (failures.empty()) break;
    }
    return failures;
}

/// Where it cannot be read, the change was not confirmed.
Confirmation confirmation_or(const Confirmation& mine) {
    try {
        return load_confirmation();
    } catch (const std::exception& error) {
        syslog(LOG_ERR, "%s", error.what());
        return mine;
    }
}

/// For what is no reason to undo it again.
void tell_undone(const Confirmation& undone) {
    syslog(LOG_WARNING, "%s", words_for(undone).c_str());
    try {
        forget_confirmation();  // also one that is damaged
        save_confirmation(undone);
    } catch (const std::exception& error) {
        syslog(LOG_ERR, "%s", error.what());
    }
}

/// False where it has to be tried again.
bool end_of_time(const Kept& kept, const Config& config, const Confirmation& mine) {
    try {
        const Lock lock("", kLockTimeout);
        if (!lock.complaint().empty()) syslog(LOG_ERR, "%s", lock.complaint().c_str());
        Confirmation now = confirmation_or(mine);
        if (now.keeper != mine.keeper) return true;
        now.failures = undo(kept, config);
        if (now.failures.empty()) save_state(kept.before.run, now.failures);
        for (const std::string& failure : now.failures)
            syslog(LOG_ERR, "not undone: %s", failure.c_str());
        now.state = Confirmation::State::undone;
        now.undone = local_time(std::chrono::seconds(0));
        tell_undone(now);
        return true;
    } catch (const std::exception& error) {
        syslog(LOG_ERR, "the old state does not come back yet, it is tried again: %s",
               error.what());
        return false;
    }
}

/// Until the time is over; true where the change was confirmed before.
bool is_confirmed_in_time(milliseconds deadline, const Confirmation& mine) {
    while (boot_time() < deadline) {
        sleep_for(std::min(kTick, deadline - boot_time()));
        try {
            if (load_confirmation().keeper != mine.keeper) return true;
        } catch (const std::exception&) {
            // It is found out at the end.
        }
    }
    return false;
}

/// False where the run has ended.
bool answer(int socket, const std::string& text) {
    return send(socket, text.data(), text.size(), MSG_NOSIGNAL) >= 0;
}

[[noreturn]] void run_keeper(int socket, const Config& config, std::chrono::seconds time) {
    detach(socket);
    (void)answer(socket, std::to_string(getpid()));
    char told = 0;
    if (recv(socket, &told, 1, 0) != 1) _exit(0);  // nothing is changed
    try {
        const Lock lock = lock_of_keeper();
        // Without it the change would be taken for one that is not undone any more.
        if (!lock.cause().empty()) throw std::runtime_error(lock.cause());
        const Kept kept = read_host(config);
        const milliseconds deadline = boot_time() + time;
        Confirmation mine;
        mine.state = Confirmation::State::waiting;
        mine.keeper = std::to_string(getpid()) + "-" + std::to_string(deadline.count());
        mine.made = local_time(std::chrono::seconds(0));
        mine.due = local_time(time);
        save_confirmation(mine);
        if (!answer(socket, kReady)) {  // nothing is changed
            forget_confirmation();
            _exit(1);
        }
        close(socket);
        if (is_confirmed_in_time(deadline, mine)) _exit(0);
        for (int attempt = 0; attempt < kMaxAttempts && !end_of_time(kept, config, mine); ++attempt)
            sleep_for(kPause);
    } catch (const std::exception& error) {
        (void)answer(socket, error.what());
        _exit(1);
    }
    _exit(0);
}

}  // namespace

Keeper::Keeper(const Config& config, std::chrono::seconds time) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        throw_errno("cannot start the process that would bring the old state back");
    const pid_t child = fork();
    if (child == 0) {
        // Of a session of its own, and no leader of it: it cannot get a terminal again.
        if (setsid() < 0 || fork() != 0) _exit(0);
        run_keeper(ends[1], config, time);
    }
    close(ends[1]);
    socket_ = ends[0];
    const timeval timeout{kAnswerTimeout, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (child > 0) waitpid(child, nullptr, 0);
    char text[32] = "";
    if (child < 0 || recv(socket_, text, sizeof text - 1, 0) <= 0) {
        close(socket_);
        throw std::runtime_error("cannot start the process that would bring the old state back");
    }
    pid_ = static_cast<pid_t>(std::atol(text));
}

Keeper::~Keeper() {
    close(socket_);
}

Confirmation Keeper::keep() {
    char text[1024] = "";
    if (send(socket_, "k", 1, MSG_NOSIGNAL) != 1 || recv(socket_, text, sizeof text - 1, 0) <= 0)
        throw std::runtime_error(
            "nothing was changed: the process that would bring the old state back has ended");
    if (text != std::string(kReady))
        throw std::runtime_error("nothing was changed: what there is cannot be kept: " +
                                 std::string(text));
    return load_confirmation();
}

}  // namespace eni
