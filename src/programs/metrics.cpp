// See metrics.hpp.
#include "metrics.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

#include "build_config.hpp"
#include "inspection.hpp"
#include "lock.hpp"
#include "metrics_file.hpp"
#include "metrics_text.hpp"
#include "run_record.hpp"

namespace eni {

namespace {

std::uint32_t unix_time() {
    using namespace std::chrono;
    return static_cast<std::uint32_t>(
        duration_cast<seconds>(system_clock::now().time_since_epoch()).count());
}

/// Two that write at once would take each other's temporary file.
Lock lock_of_metrics() {
    return Lock("", kLockTimeout, "metrics.lock");
}

}  // namespace

std::string metrics_of(const Session& session) {
    Session unasked = session;
    unasked.told.emplace();  // as if NetworkManager had not answered
    Inspection inspection = inspect(std::move(unasked));
    const CheckResult result = judge(inspection);
    log_unread(inspection.facts);
    const bool is_here = session.target.is_this_host();
    return render_metrics({inspection.facts, inspection.session.config, inspection.change_set,
                           result, watch_status(inspection),
                           is_here ? load_run_record("") : RunRecord{}, ENI_VERSION, unix_time()});
}

void write_metrics(const Session& session) {
    if (!session.config.metrics) return;
    const Lock lock = lock_of_metrics();
    write_metrics_file(*session.config.metrics, metrics_of(session));
}

void remove_metrics(const Config& config) {
    if (!config.metrics) return;
    const Lock lock = lock_of_metrics();
    remove_metrics_file(*config.metrics);
}

}  // namespace eni
