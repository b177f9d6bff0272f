// See bookkeeping.hpp.
#include "bookkeeping.hpp"

#include <algorithm>
#include <iterator>

#include "addresses.hpp"
#include "gateway.hpp"
#include "our_files.hpp"
#include "ownership.hpp"
#include "script_files.hpp"
#include "tables.hpp"
#include "tables_read.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// By MAC: the name may be another interface's by now. The loopback device's address has a protocol
/// on every kernel that keeps it (IFAPROT_KERNEL_LO).
void own_addresses(Ownership& ownership, const Facts& facts) {
    for (const Link& link : facts.kernel.links)
        for (const auto& [former_name, state] : facts.run.interfaces)
            if (!state.mac.empty() && state.mac == link.mac)
                for (const IpAddress& address : state.added)
                    ownership.addresses.insert({link.ifname, address});
    ownership.has_address_protocol =
        std::any_of(facts.kernel.addresses.begin(), facts.kernel.addresses.end(),
                    [](const Address& address) { return address.protocol != 0; });
}

/// As the lines of our files have it; empty where it has none.
std::string name_of_table(const TableEntries& entries, TableId id) {
    const auto& known = entries.of(id);
    return known.empty() ? "" : entries.word_for({id, known.front()->name});
}

/// By main's best default; nothing where there is none, or its source is not known.
std::optional<Outgoing> outgoing_now(const std::vector<Address>& addresses, const MainTable& main,
                                     Family family) {
    std::vector<Route> defaults;
    for (const Route* route : main.all) {
        if (!route->is_default()) break;  // sorted: these come first
        if (!route->hops.empty()) defaults.push_back(*route);
    }
    const auto best = preferred_default(defaults);
    if (!best) return std::nullopt;
    const std::string& ifname = best->hops.front().ifname;
    if (best->prefsrc) return Outgoing{ifname, *best->prefsrc};
    for (const Address& address : addresses)
        if (address.ifname == ifname && address.is_global && address.address.family() == family)
            return Outgoing{ifname, address.address};
    return std::nullopt;
}

/// The group that a link has without us.
std::uint32_t group_before(const Facts& facts, const Ownership& ownership, const Link& link) {
    if (ownership.link_groups.count(link.group) == 0) return link.group;
    const auto known = facts.run.interfaces.find(link.ifname);
    return known != facts.run.interfaces.end() ? known->second.group_before : 0;
}

}  // namespace

Ownership make_ownership(const Facts& facts, const Config& config, const Interfaces& interfaces) {
    Ownership ownership;
    ownership.priority_bases = facts.run.priority_bases;
    ownership.priority_bases.insert(config.priority_base);
    ownership.link_groups = facts.run.link_groups;
    ownership.link_groups.insert(config.link_group);
    ownership.tables_given = facts.run.tables_given;
    std::set<TableId> named = facts.run.tables_named;
    for (const TableName& entry : facts.disk.table_names)
        if (entry.is_ours && !is_reserved(entry.id))
            (is_automatic(entry.id, config) || facts.run.tables_given.count(entry.id) != 0
                 ? ownership.tables_given
                 : named)
                .insert(entry.id);
    for (const Interface& interface : interfaces)
        (interface.table_is_given ? ownership.tables_given : named).insert(interface.table.id);
    const TableEntries entries(facts.disk);
    for (const TableId id : named) {
        ownership.tables_named[id] = name_of_table(entries, id);
        ownership.tables_given.erase(id);
    }
    for (const auto& [path, bytes] : facts.disk.files)
        if (marked_owner(bytes))
            for (const std::string& line : lines_of(bytes)) ownership.file_lines.insert(line);
    if (config.forwarded != Forwarded::off) ownership.mark_masks.insert(config.mark_mask);
    if (facts.run.marking) ownership.mark_masks.insert(facts.run.marking->marking.mask);
    ownership.adopted_rules = facts.adoption.rules;
    ownership.adopted_routes = facts.adoption.routes;
    own_addresses(ownership, facts);
    return ownership;
}

bool has_group_of_its_own(const Facts& facts, const Ownership& ownership,
                          const Interface& interface) {
    return group_before(facts, ownership, *interface.link) != 0;
}

std::set<std::string> interfaces_on_disk(const DiskFacts& disk) {
    std::set<std::string> names;
    for (const auto& [path, bytes] : disk.files)
        if (const auto owner = marked_owner(bytes)) names.insert(*owner);
    for (const TableName& entry : disk.table_names)
        if (entry.is_ours && entry.name != kOthersName) names.insert(entry.name);
    return names;
}

std::set<std::string> interfaces_away(const Facts& facts, const Config& config,
                                      const Interfaces& interfaces) {
    std::set<std::string> names = interfaces_on_disk(facts.disk);
    for (const Link& link : facts.kernel.links) names.erase(link.ifname);
    // One managed interface alone has nothing of ours, but its neighbour may be back in a moment.
    if (interfaces.size() == 1) names.insert(interfaces.front().name());
    for (auto name = names.begin(); name != names.end();)
        name = is_switched_off(facts, config, *name) ? names.erase(name) : std::next(name);
    return names;
}

std::vector<TableName> plan_table_names(const Plan& plan, const DiskFacts& disk,
                                        const Interfaces& interfaces) {
    std::vector<TableName> names;
    const TableEntries entries(disk);
    std::set<TableId> taken;
    std::set<std::string> named;
    if (plan.is_active)
        for (const Interface& interface : interfaces) {
            taken.insert(interface.table.id);
            named.insert(interface.name());
        }
    if (plan.is_active)
        for (const Interface& interface : interfaces)
            if (!interface.table_is_nameless && entries.foreign(interface.table.id) == nullptr)
                names.push_back({interface.table.id, interface.table.name, true});
    if (plan.others) names.push_back({plan.others->id, plan.others->name, true});
    // Of one that is away: its number may be another's by now, or its own under another name.
    for (const TableName& entry : disk.table_names)
        if (entry.is_ours && plan.keep_files_of.count(entry.name) != 0 &&
            taken.count(entry.id) == 0 && named.count(entry.name) == 0)
            names.push_back(entry);
    std::sort(names.begin(), names.end());
    return names;
}

LinkGroups plan_link_groups(const Plan& plan, const Facts& facts, const Config& config,
                            const Interfaces& interfaces) {
    LinkGroups groups;
    for (const Link& link : facts.kernel.links) {
        const bool is_in_ours = plan.ownership.link_groups.count(link.group) != 0;
        const std::uint32_t before = group_before(facts, plan.ownership, link);
        const bool belongs = plan.has_suppress_rule &&
                             std::any_of(interfaces.begin(), interfaces.end(),
                                         [&](const Interface& i) { return i.link == &link; });
        if (belongs) {
            groups.wanted[link.ifname] = config.link_group;
            groups.before[link.ifname] = before;
        } else if (is_in_ours) {
            groups.wanted[link.ifname] = before;
        }
    }
    return groups;
}

RunState plan_run_state(const Plan& plan, const Facts& facts, const Config& config,
                        const MainTables& mains, const Interfaces& interfaces,
                        const LinkGroups& groups,
                        const std::map<std::string, std::vector<IpAddress>>& addresses_added) {
    RunState run;
    const std::vector<Address> addresses = addresses_afterwards(facts.kernel, plan);
    run.has_suppress = facts.run.has_suppress;
    run.unneeded_routes = unneeded_routes(facts, config);
    for (const auto& [ifname, group] : groups.before) run.interfaces[ifname].group_before = group;
    for (const auto& [ifname, added] : addresses_added) run.interfaces[ifname].added = added;
    for (const Interface& interface : interfaces) {
        InterfaceState& state = run.interfaces[interface.name()];
        state.mac = interface.link->mac;
        state.profile = active_profile(facts, *interface.link);
        if (plan.is_active) {
            state.slot = interface.slot;
            state.table = interface.table.id;
        }
        // The one that is used, as the next run may know no other.
        const auto routers = lease_routers(facts, *interface.link);
        if (!routers.empty())
            state.lease_router =
                usable_lease_router(facts, addresses, interface, interface.ip4.subnets)
                    .value_or(routers.front());
        if (!plan.is_active) continue;
        (interface.table_is_given ? run.tables_given : run.tables_named).insert(interface.table.id);
    }
    if (!plan.is_active) return run;
    for (const Family family : kFamilies) {
        run.outgoing(family) = outgoing_now(addresses, mains.of(family), family);
        if (!run.outgoing(family)) run.outgoing(family) = facts.run.outgoing(family);
    }
    run.priority_bases = {config.priority_base};
    if (plan.has_suppress_rule) run.link_groups = {config.link_group};
    if (plan.others) run.tables_given.insert(plan.others->id);
    return run;
}

RunState merged_run_state(const RunState& before, RunState after) {
    after.priority_bases.insert(before.priority_bases.begin(), before.priority_bases.end());
    after.link_groups.insert(before.link_groups.begin(), before.link_groups.end());
    after.tables_given.insert(before.tables_given.begin(), before.tables_given.end());
    after.tables_named.insert(before.tables_named.begin(), before.tables_named.end());
    if (!after.marking) after.marking = before.marking;
    for (const auto& [ifname, interface] : before.interfaces) {
        const auto [place, is_new] = after.interfaces.insert({ifname, interface});
        if (is_new || place->second.mac != interface.mac) continue;
        if (interface.set_src_valid_mark) place->second.set_src_valid_mark = true;
        std::vector<IpAddress>& added = place->second.added;
        added.insert(added.end(), interface.added.begin(), interface.added.end());
        std::sort(added.begin(), added.end());
        added.erase(std::unique(added.begin(), added.end()), added.end());
    }
    return after;
}

}  // namespace eni
