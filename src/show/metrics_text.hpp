// `eni-routes metrics`: the Prometheus text format, version 0.0.4, as node_exporter's textfile
// collector reads it: of OpenMetrics neither `# EOF` nor timestamps nor exemplars. docs/fleet.md
// says what each means. Must not judge: that is check's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "check.hpp"
#include "runs.hpp"
#include "status.hpp"

namespace eni {

/// What the metrics are made from. The parts have to outlive it.
struct MetricsParts {
    const Facts& facts;
    const Config& config;
    const ChangeSet& change_set;  // what a run would change now
    const CheckResult& result;
    std::optional<WatchStatus> watch = {};  // none: recorded facts do not say
    RunRecord runs = {};
    std::string version = {};
    std::uint32_t now = 0;  // Unix time
};

std::string render_metrics(const MetricsParts& parts);

}  // namespace eni
