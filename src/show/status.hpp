// `eni-routes status` in words: a verdict, a line for each interface with what it lacks, and, where
// it is asked for, the plan. Must not judge by more than a run would change: that is check's.
#pragma once

#include <optional>
#include <string>

#include "change_set.hpp"
#include "config.hpp"
#include "host.hpp"
#include "paint.hpp"

namespace eni {

/// What is known of the watch.
struct WatchStatus {
    std::optional<WatchFacts> watch;  // none: it does not run
    bool is_enabled = false;
};

/// What status is made from. The parts have to outlive it.
struct StatusParts {
    const Facts& facts;
    const Config& config;
    const ChangeSet& change_set;
    std::optional<WatchStatus> watch = {};  // none: recorded facts do not say
    std::string unconfirmed = {};           // why runs are held, in words
};

/// `is_verbose`: with each interface's rules, routes and files.
std::string render_status(const StatusParts& parts, bool is_verbose, const Paint& paint);

/// docs/json.md describes it.
std::string render_status_json(const StatusParts& parts);

/// Whether something of the plan is missing.
bool is_incomplete(const ChangeSet& change_set);

}  // namespace eni
