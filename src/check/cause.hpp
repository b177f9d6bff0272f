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

/// A walk through each: `kernel` as it is, `changed` with all changes made and the kernel's own
/// rules there, `wanted` without the rules of others as well.
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
    enum class Kind : std::uint8_t {
        as_planned,  // the plan has the same way: it cannot mend this
        rule_unknown,
        rule_missing,
        rule_left_over,
        rule_foreign,
        link_group,
        table  // it has not what it should have
    };
    Kind kind = Kind::as_planned;
    std::string text;            // names the rule or route; empty where there is none
    std::optional<Rule> rule;    // missing, or that decides
    std::optional<Route> route;  // that is missing, or that is taken
    std::optional<TableId> table;
    std::string group_of;
};

/// `answer` is the kernel's own.
Cause find_cause(const Comparison& comparison, const RouteQuery& query, const RouteAnswer& answer);

/// Those without which no packet is for this host, or takes main's ways: of each family that has
/// rules, `lookup local` and `lookup main` where no rule for all packets says it.
std::vector<Rule> missing_kernel_rules(const KernelSnapshot& kernel);

/// The three that every network namespace begins with.
bool is_kernels_own(const Rule& rule);

/// rule "20101: from 10.0.2.0/24 iif lo lookup eth1"
std::string quoted_rule(const Rule& rule, const TableNames& names);
/// "default via 10.0.2.1 dev eth1 table eth1", in its quotes
std::string quoted_route(const Route& route, const TableNames& names);

}  // namespace eni
