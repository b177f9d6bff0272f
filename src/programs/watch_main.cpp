// eni-routes-watch: listens to the kernel, waits until it is quiet, and reconciles, as an event
// does. It repairs what no event tells of. One process, one thread; it must load neither libnm nor
// D-Bus, nor take anything off when it ends.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "build_config.hpp"
#include "config_file.hpp"
#include "exit_status.hpp"
#include "fights.hpp"
#include "log.hpp"
#include "monitor.hpp"
#include "next_run.hpp"
#include "outcome_log.hpp"
#include "reconcile.hpp"
#include "service_notify.hpp"
#include "watch_file.hpp"
#include "writable_mounts.hpp"

namespace eni {
namespace {

constexpr Time kQuiet{50};           // nothing that matters has come for so long: reconcile
constexpr Time kPatience{500};       // but wait no longer than that
constexpr Time kStep{10};            // while it waits it reads this often, however fast it comes
constexpr Time kRetry{10'000};       // after something failed
constexpr Time kConfigRetry{2'000};  // while the configuration is wrong

/// ReadWriteDirectories= and ReadWritePaths= of data/eni-routes-watch.service.in.
const std::vector<std::string> kWritable = {"/etc/iproute2", "/etc/sysconfig/network-scripts",
                                            "/run/eni-routes", "/var/lib/eni-routes"};

Time now() {
    return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch());
}

/// SIGHUP, SIGTERM and SIGINT come as bytes to be read.
int open_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&signals, signal);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    const int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    return fd;
}

class Watch {
  public:
    Watch() : signals_(open_signals()) {}

    ExitStatus run() {
        reconcile_now();
        notify_service_manager("READY=1");
        while (!is_over_) {
            if (wait(time_until_due()) && monitor_heard()) settle();
            if (is_due()) reconcile_now();
            notify_service_manager("WATCHDOG=1");
        }
        notify_service_manager("STOPPING=1");
        return is_stale_ ? ExitStatus::failed : ExitStatus::ok;
    }

  private:
    // ---- Waiting ----

    /// Until the kernel tells something (true), a signal comes, or `patience` is over; without end
    /// where it is negative.
    bool wait(Time patience) {
        pollfd fds[] = {{signals_, POLLIN, 0}, {monitor_.descriptor(), POLLIN, 0}};
        (void)poll(fds, 2, static_cast<int>(patience.count()));
        take_signals();
        return fds[1].revents != 0;
    }

    NextRun next_run() const { return {needs_run_, retry_at_, fights_.next_due(last_run_)}; }

    /// Idle it sleeps until the kernel wakes it.
    Time time_until_due() const { return next_run().patience(now(), watchdog_interval()); }

    bool is_due() const { return next_run().is_due(now()); }

    bool monitor_heard() {
        const Heard heard = monitor_.hear();
        is_managed_gone_ = is_managed_gone_ || heard.is_managed_gone;
        needs_run_ = needs_run_ || heard.matters;
        return heard.matters;
    }

    /// It does not poll meanwhile: in a storm it would be woken for each message.
    void settle() {
        const Time begin = now();
        Time last = begin;
        while (!is_over_ && now() - last < kQuiet && now() - begin < kPatience) {
            pollfd signals{signals_, POLLIN, 0};
            (void)poll(&signals, 1, static_cast<int>(kStep.count()));
            take_signals();
            if (monitor_heard()) last = now();
        }
    }

    void take_signals() {
        signalfd_siginfo info;
        while (read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            if (info.ssi_signo == SIGHUP)
                reload();
            else
                is_over_ = true;
        }
    }

    // ---- Acting ----

    /// Each run reads the file, as the hook does: what `eni-routes regenerate` has just done by a
    /// new configuration is not undone by an old one. A wrong one is told once, and the one before
    /// stays in force; at the start there is none, and nothing is done until it is right.
    bool read_config() {
        try {
            config_ = load_config(ENI_CONFIG_FILE);
            set_log_level(config_->log_level);
            config_error_.clear();
        } catch (const std::exception& error) {
            if (config_error_ != error.what())
                log_message(LogLevel::error, "",
                            std::string("the configuration is wrong, ") +
                                (config_ ? "the old one stays in force\n"
                                         : "nothing is done until it is right\n") +
                                error.what());
            config_error_ = error.what();
        }
        return config_error_.empty();
    }

    void reload() {
        notify_service_manager("RELOADING=1");
        if (read_config()) {
            log_message(LogLevel::info, "", "the configuration was read again");
            needs_run_ = true;
        }
        notify_service_manager("READY=1");
    }

    void reconcile_now() {
        needs_run_ = false;
        retry_at_.reset();
        last_run_ = now();
        if (!read_config()) retry_at_ = now() + kConfigRetry;
        if (!config_) return;
        bool has_failed = false;
        try {
            const Lock lock("", kLockTimeout);
            Request request;
            if (is_managed_gone_) request.absent = Absent::forget;
            Outcome outcome = reconcile(
                *config_, request, [&](Changes& changes) { fights_.amend(changes, last_run_); });
            if (!lock.complaint().empty()) outcome.failures.push_back(lock.complaint());
            log_.log(outcome, "", "watch");
            const bool has_vanished =
                monitor_.know(outcome.facts.kernel.links, outcome.change_set.plan);
            tell_fights(fights_.made(
                outcome.change_set.changes,
                [&](const std::string& subject) { return monitor_.take_who(subject); }, last_run_));
            has_failed = !outcome.failures.empty();
            if (!has_failed) is_managed_gone_ = false;
            if (has_vanished && request.absent != Absent::forget)
                is_managed_gone_ = needs_run_ = true;
        } catch (const std::exception& error) {  // it goes on; the cause may pass
            log_.log_failures({error.what()}, "");
            has_failed = true;
        }
        if (has_failed) {
            retry_at_ = now() + kRetry;
            end_if_stale();
        }
#ifdef __GLIBC__
        malloc_trim(0);  // what a run needs is not needed until the next
#endif
    }

    /// What fails for a reason that a new process does not have is left to that one.
    void end_if_stale() {
        const std::string directory = mounts_.stale();
        if (directory.empty()) return;
        log_message(LogLevel::warning, "",
                    directory +
                        " was made anew, and in its sandbox this process can write only to "
                        "the old one: it ends, for systemd to start another");
        is_over_ = is_stale_ = true;
    }

    void tell_fights(const std::vector<Fight>& begun) {
        for (const Fight& fight : begun) log_message(LogLevel::warning, fight.ifname, words(fight));
        std::vector<FightFact> facts;
        for (const Fight& fight : fights_.all()) facts.push_back({fight.ifname, words(fight)});
        file_.write(facts);
    }

    static std::string words(const Fight& fight) {
        return "'" + fight.what + "' was undone three times in ten seconds, the last time by " +
               fight.who + ": left so, but for once a minute";
    }

    std::optional<Config> config_;  // none: it was never right
    std::string config_error_;
    OutcomeLog log_{"; tried again every " + std::to_string(kRetry.count() / 1000) + " s"};
    const WritableMounts mounts_{kWritable};
    WatchFile file_;
    Monitor monitor_;
    Fights fights_;
    int signals_;
    bool is_over_ = false;
    bool is_stale_ = false;
    bool needs_run_ = false;
    bool is_managed_gone_ = false;
    Time last_run_{0};
    std::optional<Time> retry_at_;
};

ExitStatus run_watch() {
    return Watch().run();
}

}  // namespace
}  // namespace eni

int main(int argc, char**) {
    using namespace eni;
    set_log_level(LogLevel::info);
    if (argc != 1) {
        log_message(LogLevel::error, "", "usage: eni-routes watch");
        return exit_code(ExitStatus::usage);
    }
    return exit_code(guarded(run_watch));
}
