// See make_plan.hpp. Read it beside the policy's sentences: each step is a file of this folder;
// which links are managed is interfaces.cpp, and there each gets its table's number (tables.cpp).
#include "make_plan.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "addresses.hpp"
#include "bookkeeping.hpp"
#include "foreign_rules.hpp"
#include "interfaces.hpp"
#include "lookup.hpp"
#include "main_table.hpp"
#include "marking.hpp"
#include "metadata.hpp"
#include "notes.hpp"
#include "others_table.hpp"
#include "routes.hpp"
#include "rules.hpp"
#include "script_files.hpp"
#include "tables.hpp"
#include "tables_read.hpp"

namespace eni {

namespace {

constexpr std::size_t kRoomForOwn = 1024;

template <class T>
void append(std::vector<T>& all, std::vector<T> more) {
    if (all.empty())
        all = std::move(more);
    else
        std::move(more.begin(), more.end(), std::back_inserter(all));
}

/// Without the addresses that eni-routes is only about to add.
std::vector<IpAddress> addresses_there(const Plan& plan, const Facts& facts,
                                       const std::vector<IpAddress>& addresses) {
    std::vector<IpAddress> there;
    for (const IpAddress& address : addresses) {
        const bool is_added =
            std::any_of(plan.addresses.begin(), plan.addresses.end(),
                        [&](const auto& added) { return added.object.address == address; });
        if (!is_added || is_own_address(facts.kernel, address)) there.push_back(address);
    }
    return there;
}

InterfacePlan plan_interface(const Plan& plan, const Facts& facts, const Interface& interface,
                             bool is_primary) {
    InterfacePlan planned;
    planned.ifname = interface.name();
    planned.table = interface.table;
    planned.is_primary = is_primary;
    if (interface.eni != nullptr) planned.vpc_blocks = interface.eni->vpc_blocks;
    planned.gateway4 = interface.ip4.gateway;
    planned.gateway6 = interface.ip6.gateway;
    planned.file_name = interface.file.name;
    for (const Family family : kFamilies) {
        const IpConfig& ip = interface.ip(family);
        append(planned.addresses, addresses_there(plan, facts, ip.addresses));
        append(planned.subnets, ip.subnets);
    }
    return planned;
}

/// The suppress rule, unless the kernel has none, it cannot say it, or a link is not to be in our
/// group: then table eni-others.
Form form_of(Plan& plan, const Facts& facts, const Config& config, const MainTable& main,
             const Interfaces& interfaces, Family family) {
    Form form;
    form.is_basic = plan.is_basic;
    form.has_throw = family == Family::v4 || facts.kernel.has_suppress;
    const bool has_other_group =
        std::any_of(interfaces.begin(), interfaces.end(), [&](const Interface& interface) {
            return has_group_of_its_own(facts, plan.ownership, interface);
        });
    if (!plan.is_basic && main.everything.empty() && !has_other_group) {
        plan.has_suppress_rule = true;
        return form;
    }
    if (!plan.others) plan.others = Table{others_number(facts, config, interfaces), kOthersName};
    plan.ownership.tables_given.insert(plan.others->id);
    form.others = plan.others->id;
    form.is_main_next = is_main_next(facts.kernel, plan.ownership, config, family);
    return form;
}

/// The tables and rules of both families, and what they are for.
void plan_policy(Plan& plan, const Facts& facts, const Config& config, const MainTables& mains,
                 Interfaces& interfaces) {
    const std::vector<Address> addresses = addresses_afterwards(facts.kernel, plan);
    // Those of table eni-others may be many, and are not to be moved for what comes behind them.
    plan.routes.reserve(mains.v4.usable.size() + mains.v6.usable.size() + kRoomForOwn);
    for (const Family family : kFamilies) {
        const MainTable& main = mains.of(family);
        const Form form = form_of(plan, facts, config, main, interfaces, family);
        for (Interface& interface : interfaces)
            interface.ip(family) =
                make_ip_config(facts, config, main, interface, addresses, family);
        plan_routes(plan.routes, main, interfaces, family, form);
        auto rules = plan_rules(config, main, interfaces, family, form);
        if (plan.marking) append(rules, mark_rules(*plan.marking, config, interfaces, family));
        ForeignRules foreign =
            make_way(facts.kernel, plan.ownership, config, family, plan.routes, rules);
        append(plan.rules, std::move(rules));
        append(plan.notes, std::move(foreign.notes));
        plan.tables_asked.merge(foreign.tables);
    }
    for (Interface& interface : interfaces) {
        const bool is_primary = &interface == &interfaces.front();
        interface.file = file_name_of(facts, config, interface, is_primary);
        if (interface.file.is_unknown) plan.keep_files_of.insert(interface.name());
        plan.interfaces.push_back(plan_interface(plan, facts, interface, is_primary));
    }
}

}  // namespace

Plan make_plan(const Facts& facts, const Config& config, Absent absent) {
    Plan plan;
    const bool is_on = !is_switched_off(facts, config);
    ManagedInterfaces managed;
    if (is_on) managed = managed_interfaces(facts, config);
    Interfaces& interfaces = managed.interfaces;

    plan.is_active = interfaces.size() >= 2;  // with one there is nothing to separate
    plan.only_adds = facts.disk.has_unread(Unread::Kind::state) ||
                     (is_on && facts.disk.has_unread(Unread::Kind::metadata));
    plan.is_basic = config.suppress == Suppress::off || !facts.kernel.has_suppress;
    plan.is_of_another_instance = !interfaces.empty() && is_of_another_instance(facts);
    if (is_on && absent == Absent::keep && !plan.is_of_another_instance)
        plan.keep_files_of = interfaces_away(facts, config, interfaces);
    plan.ownership = make_ownership(facts, config, plan.is_active ? interfaces : Interfaces{});

    std::set<std::string> names;
    for (const Interface& interface : interfaces) names.insert(interface.name());
    MainTables mains =
        main_tables(facts.kernel, addresses_of_others(facts.kernel, plan.ownership), names);
    AssignedAddresses assigned =
        assigned_addresses(facts, config, mains, plan.ownership, interfaces);
    plan.addresses = std::move(assigned.addresses);
    pass_over_routes_to(mains, plan.addresses);
    plan.routes = std::move(assigned.routes);
    plan.marking = plan_marking(plan, facts, config, interfaces);
    if (plan.is_active) plan_policy(plan, facts, config, mains, interfaces);
    const auto left_out = yield_to_foreign_routes(plan.routes, facts.kernel, plan.ownership);

    for (const Rule& rule : facts.adoption.moved)
        plan.rules.push_back({rule, "", "a user's own, at the priority that its line has now",
                              /* in_kernel= */ true, /* in_file= */ false});
    plan.adopted_files = facts.adoption.files;

    plan.table_names = plan_table_names(plan, facts.disk, interfaces);
    const LinkGroups groups = plan_link_groups(plan, facts, config, interfaces);
    plan.link_groups = groups.wanted;
    plan.run = plan_run_state(plan, facts, config, mains, interfaces, groups, assigned.remembered);
    keep_marking(plan, facts);
    plan.needs_all_routes = hangs_on_unread_routes(plan, facts.kernel, managed);
    append(plan.notes, make_notes(plan, facts, config, mains, managed, left_out));
    return plan;
}

}  // namespace eni
