// Why a packet goes astray: the walk through the kernel's rules as they are beside the walk through
// those that the plan wants. Pure.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "format.hpp"
#include "lookup.hpp"
#include "model.hpp"

namespace eni {

/// A walk through each: `kernel` as it is, `changed` with all changes made, `wanted` without the
/// rules of others as well.
struct Comparison {
    const Plan& plan;
    const KernelSnapshot& kernel;
    std::unique_ptr<const KernelSnapshot> after;  // all changes
    std::unique_ptr<const std::vector<Rule>> rules_wanted;
    Lookup actual, changed, wanted;
    TableNames names;
    /// Those for which rules are planned, and not one is in the kernel.
    std::set<Family> families_without_policy;
};

/// `names` are those of format.hpp's table_names.
Comparison compare(const Plan& plan, const KernelSnapshot& kernel, TableNames names);

struct Cause {
    std::string text;            // names the rule or route; empty where there is none
    std::string fix;             // empty: what mends the policy as a whole, where it can
    bool is_as_planned = false;  // the plan has the same way: it cannot mend this
    // Which difference between plan and kernel it is, or whose rule.
    std::optional<Rule> rule;
    std::optional<TableId> table;
    std::string group_of;
};

/// `answer` is the kernel's own.
Cause find_cause(const Comparison& comparison, const RouteQuery& query, const RouteAnswer& answer);

/// The three that every network namespace begins with.
bool is_kernels_own(const Rule& rule);

/// rule "20101: from 10.0.2.0/24 iif lo lookup eth1"
std::string quoted_rule(const Rule& rule, const TableNames& names);
/// "default via 10.0.2.1 dev eth1 table eth1", in its quotes
std::string quoted_route(const Route& route, const TableNames& names);

}  // namespace eni
