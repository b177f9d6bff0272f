// The policy's third sentence: a rule that another program made for certain packets comes before
// those of eni-routes; one for all packets comes after. Pure.
#pragma once

#include <set>
#include <vector>

#include "config.hpp"
#include "model.hpp"

namespace eni {

/// A rule that leaves hardly any packets out: `not`, `iif lo`, no mark, one half of all addresses.
bool is_for_all(const Selectors& rule);

/// Whether what finds nothing in the tables of ours is main's: no other program's rule for all
/// packets is asked in between.
bool is_main_next(const KernelSnapshot& kernel, const Ownership& ownership, const Config& config,
                  Family family);

struct ForeignRules {
    /// Which rules for certain packets there is no way to, so that ours come first.
    std::vector<Note> notes;
    /// What is in these decides which ways there are.
    std::set<TableId> tables;
};

/// Adds to OURS, the planned rules of a family (ROUTES are the planned routes), those by which
/// others have their say. All of these are `goto`: one follows the rule that it leads to and goes
/// with it, as the kernel passes over a `goto` whose target is gone; and `ip rule del`, which takes
/// the first that fits, does not take it for that rule.
ForeignRules make_way(const KernelSnapshot& kernel, const Ownership& ownership,
                      const Config& config, Family family,
                      const std::vector<Planned<Route>>& routes, std::vector<Planned<Rule>>& ours);

}  // namespace eni
