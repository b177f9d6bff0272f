// `eni-routes status`: the plan, interface by interface, and whether the kernel and the disk have
// it.
#pragma once

#include <optional>
#include <string>

#include "change_set.hpp"
#include "check.hpp"
#include "paint.hpp"

namespace eni {

/// What is known of the watch.
struct WatchStatus {
    std::optional<WatchFacts> watch;  // none: it does not run
    bool is_enabled = false;
};

/// A block for each interface; what the kernel or the disk has not is marked behind it.
std::string render_status(const Facts& facts, const ChangeSet& change_set,
                          const std::optional<WatchStatus>& watch, const Paint& paint);

/// docs/json.md describes it.
std::string render_status_json(const Facts& facts, const ChangeSet& change_set,
                               const std::optional<WatchStatus>& watch);

}  // namespace eni
