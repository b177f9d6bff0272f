// What goes with the policy and is none: what is ours, names in rt_tables, link groups, what the
// next run has to know, what stays of interfaces that are away. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"

namespace eni {

/// All that eni-routes made so far and is about to make, by the bases and numbers in force then.
/// `interfaces` are those that get a table.
Ownership make_ownership(const Facts& facts, const Config& config, const Interfaces& interfaces);

/// The interfaces that our files and our entries of rt_tables are for.
std::set<std::string> interfaces_on_disk(const DiskFacts& disk);

/// Interfaces that are away: what they have on disk stays until `regenerate` says that they are
/// gone.
std::set<std::string> interfaces_away(const Facts& facts, const Config& config,
                                      const Interfaces& interfaces);

/// Whether an interface's link is in a group that is not 0 and not ours: firewalls match by those.
bool has_group_of_its_own(const Facts& facts, const Ownership& ownership,
                          const Interface& interface);

/// Our entries of rt_tables, sorted.
std::vector<TableName> plan_table_names(const Plan& plan, const DiskFacts& disk,
                                        const Interfaces& interfaces);

/// Managed links are in our group (the suppress rule tests it); a link that was ours gets the group
/// back that it had before.
struct LinkGroups {
    std::map<std::string, std::uint32_t> wanted;  // by ifname
    std::map<std::string, std::uint32_t> before;  // of those that are in ours from now on
};
LinkGroups plan_link_groups(const Plan& plan, const Facts& facts, const Config& config,
                            const Interfaces& interfaces);

/// What the next run has to know of this one; `plan` is complete but for that.
RunState plan_run_state(const Plan& plan, const Facts& facts, const Config& config,
                        const MainTables& mains, const Interfaces& interfaces,
                        const LinkGroups& groups,
                        const std::map<std::string, std::vector<IpAddress>>& addresses_added);

/// What was in force before a run that did not wholly succeed is still to be known as ours.
RunState merged_run_state(const RunState& before, RunState after);

}  // namespace eni
