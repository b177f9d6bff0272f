// See handle_event.hpp.
#include "handle_event.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "confirmation.hpp"
#include "lock.hpp"
#include "log.hpp"
#include "outcome_log.hpp"
#include "reconcile.hpp"

namespace eni {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// `end`: until then it waits for the lock.
ExitStatus reconcile_once(const Event& event, const Config& config, const Request& request,
                          OutcomeLog& log, steady_clock::time_point end) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
    const Lock lock("", std::max(left, milliseconds(0)));
    if (const Confirmation confirmation = load_confirmation(); confirmation.holds_runs()) {
        log_message(LogLevel::info, event.ifname, event.action + ": " + words_for(confirmation));
        return ExitStatus::ok;
    }
    Outcome outcome = reconcile(config, request);
    if (!lock.complaint().empty()) outcome.failures.push_back(lock.complaint());
    log.log(outcome, event.ifname, event.action);
    return outcome.failures.empty() ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace

ExitStatus handle_event(const Event& event, const Config& config) {
    set_log_level(config.log_level);
    Request request;
    request.by = RunBy::event;
    request.waits_for_motion = true;
    request.needs_no_more_routes = true;
    if (event.lease) request.leases = {*event.lease};
    if (event.profile) request.profiles[event.ifname] = *event.profile;
    if (event.action == "down") request.down = event.ifname;
    OutcomeLog log;
    const auto end = steady_clock::now() + kLockTimeout;  // for all runs together
    ExitStatus result = reconcile_once(event, config, request, log, end);
    // `reapply` is told before it happens: reconcile until the motion is over.
    for (int more = event.action == "reapply" ? 4 : 0; more > 0; --more) {
        std::this_thread::sleep_for(kMotion);
        result = reconcile_once(event, config, request, log, end);
    }
    return result;
}

}  // namespace eni
