// eni-routes-watch: listens to the kernel, waits until it is quiet, and reconciles, as an event
// does. It repairs what no event tells of. One process, one thread; it must load neither libnm nor
// D-Bus, nor take anything off when it ends.
#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "become.hpp"
#include "build_config.hpp"
#include "config_file.hpp"
#include "confirmation.hpp"
#include "exit_status.hpp"
#include "failure_log.hpp"
#include "fights.hpp"
#include "log.hpp"
#include "monitor.hpp"
#include "next_run.hpp"
#include "outcome_log.hpp"
#include "program.hpp"
#include "reconcile.hpp"
#include "service_notify.hpp"
#include "signals.hpp"
#include "watch_file.hpp"
#include "writable_mounts.hpp"

namespace eni {
namespace {

constexpr Time kQuiet{50};      // nothing that matters has come for so long: reconcile
constexpr Time kPatience{500};  // but wait no longer than that
constexpr Time kStep{10};       // while it waits it reads this often, however fast it comes

/// ReadWriteDirectories= and ReadWritePaths= of data/eni-routes-watch.service.in.
const std::vector<std::string> kWritable = {"/etc/iproute2", "/etc/sysconfig/network-scripts",
                                            "/run/eni-routes", "/var/lib/eni-routes"};

constexpr char kTriedAgain[] = "; tried again";

Time now() {
    return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch());
}

/// Nothing that fails ends it but what a new process may not suffer from: another watch that runs,
/// and directories that its sandbox lacks. All else is tried again, with growing pauses.
class Watch {
  public:
    ExitStatus run() {
        while (!is_over()) {
            try {
                step();
            } catch (const AnotherWatch&) {
                throw;
            } catch (const std::exception& error) {
                pause_after(error.what());
            }
            notify_service_manager("WATCHDOG=1");
        }
        notify_service_manager("STOPPING=1");
        return is_stale_ ? ExitStatus::failed : ExitStatus::ok;
    }

  private:
    /// At first, and after it was deaf, it opens what it needs and runs. Else it waits for a reason
    /// to run.
    void step() {
        if (!is_listening_) {
            listen();
            reconcile_now();
            if (!is_ready_) notify_service_manager("READY=1");
            is_ready_ = true;
            step_log_.log_failures({}, "", now());
            return;  // step_backoff_ goes on until it has heard something
        }
        if (signals_.wait(monitor_->descriptors(), time_until_due())) {
            const Heard heard = hear();
            if (heard.matters() && waits_for_quiet(heard.is_only_loss(), now(), last_run_))
                settle();
        }
        if (signals_.take_reload()) reload();
        if (is_due() && !is_over()) reconcile_now();
        if (wants_metrics() && metrics_.due() <= now() && !is_over()) write_metrics();
        step_log_.log_failures({}, "", now());
        step_backoff_.succeeded();
    }

    void listen() {
        if (!mounts_) mounts_.emplace(kWritable);
        if (!file_) file_.emplace();
        if (monitor_)
            monitor_->reopen();
        else
            monitor_.emplace();
        is_listening_ = true;
    }

    /// systemd's patience with a start counts from the last word (EXTEND_TIMEOUT_USEC, systemd
    /// 236).
    void pause_after(const std::string& failure) {
        step_log_.log_failures({failure}, "", now());
        step_backoff_.failed(now());
        if (!is_ready_) notify_service_manager("EXTEND_TIMEOUT_USEC=90000000");
        notify_service_manager("WATCHDOG=1");
        signals_.pause(*step_backoff_.retry_at() - now());
    }

    bool is_over() { return is_stale_ || signals_.is_over(); }

    // ---- Waiting ----

    NextRun next_run() const {
        return {needs_run_, backoff_.retry_at(), fights_.next_due(last_run_),
                backoff_.not_before()};
    }

    /// Idle it sleeps until the kernel wakes it.
    Time time_until_due() const {
        std::optional<Time> longest = watchdog_interval();
        if (wants_metrics()) {
            const Time left = std::max(metrics_.due() - now(), Time{0});
            longest = std::min(longest.value_or(left), left);
        }
        return next_run().patience(now(), longest);
    }

    bool is_due() const { return next_run().is_due(now()); }

    Heard hear() {
        is_listening_ = false;  // unless it hears
        const Heard heard = monitor_->hear();
        is_listening_ = true;
        is_managed_gone_ = is_managed_gone_ || heard.is_managed_gone;
        needs_run_ = needs_run_ || heard.matters();
        if (heard.matters()) backoff_.changed(now());
        return heard;
    }

    /// It does not poll meanwhile: in a storm it would be woken for each message.
    void settle() {
        const Time begin = now();
        Time last = begin;
        while (!is_over() && now() - last < kQuiet && now() - begin < kPatience) {
            signals_.pause(kStep);
            if (hear().matters()) last = now();
        }
    }

    // ---- Acting ----

    /// Each run reads the file, as the hook does: what `eni-routes regenerate` has just done by a
    /// new configuration is not undone by an old one. A wrong one is told once, and the one before
    /// stays in force; at the start there is none, and nothing is done until it is right.
    bool read_config() {
        std::vector<std::string> failures;
        try {
            config_ = load_config(ENI_CONFIG_FILE);
            set_log_level(config_->log_level);
        } catch (const std::exception& error) {
            failures.push_back(
                std::string("the configuration is wrong, ") +
                (config_ ? "the old one stays in force\n" : "nothing is done until it is right\n") +
                error.what());
        }
        log_lines(config_failures_.news(failures, now()), "failures");
        return failures.empty();
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
        notify_service_manager("WATCHDOG=1");  // it may wait for the lock
        needs_run_ = false;
        last_run_ = now();
        metrics_.changed();
        bool is_well = read_config();
        if (config_) is_well = reconcile_by(*config_) && is_well;
        if (is_well)
            backoff_.succeeded();
        else
            backoff_.failed(now());
        if (config_ && !is_well) end_if_stale();
#ifdef __GLIBC__
        malloc_trim(0);  // what a run needs is not needed until the next
#endif
    }

    /// Told once; it is asked again in a while.
    bool are_runs_held() {
        const Confirmation confirmation = load_confirmation();
        const std::string words = confirmation.holds_runs() ? words_for(confirmation) : "";
        if (!words.empty() && words != held_) log_message(LogLevel::info, "", words);
        held_ = words;
        return !words.empty();
    }

    /// False where something failed, which is logged, and where runs are held: it is tried again.
    bool reconcile_by(const Config& config) {
        try {
            const Lock lock("", kLockTimeout, "lock", [&] { return is_over(); });
            if (are_runs_held()) return false;
            Request request;
            request.needs_no_more_routes = true;
            request.by = RunBy::watch;
            request.leaves_iptables = true;  // it needs raw sockets, which the sandbox has not
            if (is_managed_gone_) request.absent = Absent::forget;
            Outcome outcome = reconcile(
                config, request, [&](Changes& changes) { fights_.amend(changes, last_run_); });
            if (!lock.complaint().empty()) outcome.failures.push_back(lock.complaint());
            const bool has_vanished =
                monitor_->know(outcome.facts.kernel.links, outcome.change_set.plan);
            tell_fights(outcome);
            log_.log(outcome, "", "watch", now());
            const bool is_well = outcome.failures.empty();
            if (is_well) is_managed_gone_ = false;
            if (has_vanished && request.absent != Absent::forget)
                is_managed_gone_ = needs_run_ = true;
            return is_well;
        } catch (const LockGivenUp&) {
            return true;
        } catch (const std::exception& error) {
            log_.log_failures({error.what()}, "", now());
            return false;
        }
    }

    /// What fails for a reason that a new process does not have is left to that one.
    void end_if_stale() {
        const std::string directory = mounts_->stale();
        if (directory.empty()) return;
        log_message(LogLevel::warning, "",
                    directory +
                        " was made anew, and in its sandbox this process can write only to "
                        "the old one: it ends, for systemd to start another");
        is_stale_ = true;
    }

    bool wants_metrics() const {
        return config_ && config_->metrics;
    }

    /// Another program does it: to judge the host takes libraries that are not to stay in memory.
    void write_metrics() {
        notify_service_manager("WATCHDOG=1");
        std::vector<std::string> failures;
        try {
            const ProgramResult result = run_program({command_program(), "metrics", "--write"});
            if (result.status != 0)
                failures.push_back("the metrics are not written: " +
                                   result.errors.substr(0, result.errors.find('\n')));
        } catch (const std::exception& error) {
            failures.push_back(std::string("the metrics are not written: ") + error.what());
        }
        metrics_.written(now());
        log_lines(metrics_failures_.news(failures, now()), "failures");
    }

    void tell_fights(Outcome& outcome) {
        const std::vector<Fight> begun = fights_.made(
            outcome.change_set.changes,
            [&](const std::string& subject) { return monitor_->take_who(subject); }, last_run_);
        std::vector<LogLine> lines;
        for (const Fight& fight : begun)
            lines.push_back({LogLevel::warning, fight.ifname, words(fight)});
        log_lines(lines, "changes that were undone three times in ten seconds");
        std::vector<FightFact> facts;
        for (const Fight& fight : fights_.all()) facts.push_back({fight.ifname, words(fight)});
        try {
            file_->write(facts);
        } catch (const std::exception& error) {
            outcome.failures.push_back(error.what());
        }
    }

    static std::string words(const Fight& fight) {
        return "'" + fight.what + "' was undone three times in ten seconds, the last time by " +
               fight.who + ": it is repaired once a minute now";
    }

    Signals signals_;
    std::optional<Config> config_;  // none: it was never right
    std::string held_;              // why it changes nothing
    OutcomeLog log_{kTriedAgain};
    OutcomeLog step_log_{kTriedAgain};  // of what is no run
    FailureLog config_failures_;
    FailureLog metrics_failures_;
    MetricsTimer metrics_;
    Backoff backoff_;       // of what a run does
    Backoff step_backoff_;  // of all else
    std::optional<WritableMounts> mounts_;
    std::optional<WatchFile> file_;
    std::optional<Monitor> monitor_;
    Fights fights_;
    bool is_listening_ = false;
    bool is_ready_ = false;
    bool is_stale_ = false;
    bool needs_run_ = false;
    bool is_managed_gone_ = false;
    Time last_run_{0};
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
