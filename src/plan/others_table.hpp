// The second sentence of the policy where the suppress rule cannot say it: what that rule passes
// on is written into one table for all, eni-others. Pure.
#pragma once

#include <optional>
#include <vector>

#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"

namespace eni {

/// In which way the policy is put down for a family.
struct Form {
    bool is_basic = false;          // RHEL 7's kernel: no rule with `iif lo` either
    std::optional<TableId> others;  // by table eni-others; none: by the suppress rule
    bool has_throw = true;          // the kernel goes on behind a `throw` of this family
    bool is_main_next = true;       // for what finds nothing in the tables of ours
};

/// Adds table eni-others: main's routes but for its defaults; where one by an ENI lies inside of
/// another's, `throw` stands for it: the look-up goes on to the next rule. (RHEL 7's kernel takes
/// an IPv6 `throw` for unreachable: main's own route stands there.) There can be 100,000.
void add_others(std::vector<Planned<Route>>& routes, const MainTable& main, TableId table,
                bool has_throw);

/// The interface that main sends everything else by; null where main's best default is not by an
/// ENI, another kind of default goes before it, the configuration names another gateway, or other
/// rules are asked before main's own (Form::is_main_next). Its table has no default, so that what
/// comes after it in main is reached at once.
const Interface* default_holder(const MainTable& main, const Interfaces& interfaces, Family family);

/// What the holder's table has in the place of a default: main's routes by another ENI, by its own
/// gateway.
std::vector<Route> detours(const MainTable& main, const Interface& holder, Family family);

}  // namespace eni
