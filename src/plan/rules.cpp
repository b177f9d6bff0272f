// See rules.hpp.
#include "rules.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "ownership.hpp"
#include "prefix_set.hpp"

namespace eni {

namespace {

/// The subnets of which another interface has a part, or which are a part of another's.
std::set<Prefix> shared_subnets(const Interfaces& interfaces, Family family) {
    using Subnet = std::pair<Prefix, const Interface*>;
    std::vector<Subnet> subnets;
    for (const Interface& interface : interfaces)
        for (const Prefix& subnet : interface.ip(family).subnets)
            subnets.push_back({subnet, &interface});
    std::sort(subnets.begin(), subnets.end());  // what is around another comes before it
    std::set<Prefix> shared;
    std::vector<Subnet> around;
    for (const auto& [subnet, interface] : subnets) {
        while (!around.empty() && !around.back().first.contains(subnet)) around.pop_back();
        for (const auto& [outer, other] : around)
            if (other != interface) shared.insert({outer, subnet});
        around.push_back({subnet, interface});
    }
    return shared;
}

/// What "sent from one of its addresses" is matched by. Every rule is walked for every packet:
/// subnets wherever they can be. Without `iif lo` (basic mode) a subnet's rule would also catch
/// what an interface forwards for its neighbours.
std::set<Prefix> sources(const Config& config, const Interface& interface,
                         const std::set<Prefix>& shared, Family family, bool is_basic) {
    const IpConfig& ip = interface.ip(family);
    const Match match = config.match;
    const bool by_address = match == Match::address ||
                            (match == Match::automatic && is_basic && interface.forwards(family));
    PrefixSet subnets;
    for (const Prefix& subnet : ip.subnets) subnets.insert(subnet);
    std::set<Prefix> result;
    const auto insert = [&](const Prefix& source) {
        if (std::count(ip.guests.begin(), ip.guests.end(), source) != 0) return;
        const Prefix subnet = subnets.shortest_around(source).value_or(source);
        result.insert(by_address || shared.count(subnet) != 0 ? source : subnet);
    };
    for (const IpAddress& address : ip.addresses) insert(Prefix::host(address));
    if (interface.eni != nullptr && !ip.addresses.empty())
        for (const Prefix& delegated : interface.eni->delegated)
            if (delegated.family() == family) insert(delegated);
    return result;
}

/// The recipe's second line. Not for the primary, whose subnet main reaches anyway; and only where
/// no other has a part of the subnet.
bool gets_to_rule(const MainTable& main, const Prefix& subnet, const Interface& interface,
                  bool is_primary, const std::set<Prefix>& shared) {
    if (is_primary || subnet.is_host() || shared.count(subnet) != 0) return false;
    auto inside = std::lower_bound(
        main.all.begin(), main.all.end(), subnet,
        [](const Route* route, const Prefix& prefix) { return route->dst < prefix; });
    for (; inside != main.all.end() && subnet.contains((*inside)->dst); ++inside)
        if (!leaves_by(**inside, interface.name())) return false;
    return true;
}

Rule table_rule(Family family, std::uint32_t priority, TableId table) {
    Rule rule;
    rule.family = family;
    rule.priority = Priority{priority};
    rule.table = table;
    return rule;
}

Planned<Rule> first_rule(const Config& config, Family family, const Form& form) {
    if (form.others)
        return {table_rule(family, config.priority_base, *form.others), "",
                "what main has, but what is by an interface of ours and the defaults",
                /* in_kernel= */ true, /* in_file= */ false};
    Rule rule = table_rule(family, config.priority_base, kTableMain);
    rule.suppress_prefixlength = 1;
    rule.suppress_ifgroup = config.link_group;
    return {rule, "", "by main, unless through a managed interface or by a default",
            /* in_kernel= */ true, /* in_file= */ false};
}

}  // namespace

std::vector<Planned<Rule>> plan_rules(const Config& config, const MainTable& main,
                                      const Interfaces& interfaces, Family family,
                                      const Form& form) {
    std::vector<Planned<Rule>> rules;
    const std::uint32_t base = config.priority_base;
    const std::set<Prefix> shared = shared_subnets(interfaces, family);
    const auto has_addresses = [&](const Interface& i) { return !i.ip(family).addresses.empty(); };
    if (std::any_of(interfaces.begin(), interfaces.end(), has_addresses))
        rules.push_back(first_rule(config, family, form));
    for (const Interface& interface : interfaces) {
        const IpConfig& ip = interface.ip(family);
        const TableId table = interface.table.id;
        const bool is_primary = &interface == &interfaces.front();
        const auto add_source = [&](const Prefix& source, bool is_sent_here, const char* why) {
            Rule rule = table_rule(family, base + kFromOffset + interface.slot, table);
            rule.from = source;
            if (is_sent_here && !form.is_basic) rule.iif = "lo";
            rules.push_back({rule, interface.name(), why});
        };
        for (const Prefix& source : sources(config, interface, shared, family, form.is_basic))
            add_source(source, true, "what is sent from its addresses");
        for (const Prefix& source : ip.guests)
            add_source(source, false, "what is sent from behind this host, by this interface only");
        for (const Prefix& subnet : ip.subnets)
            if (gets_to_rule(main, subnet, interface, is_primary, shared)) {
                Rule rule = table_rule(family, base + kToOffset + interface.slot, table);
                rule.to = subnet;
                rules.push_back({rule, interface.name(), "its neighbours"});
            }
        if (has_addresses(interface) && !ip.has_main_default) {
            Rule rule = table_rule(family, base + kOifOffset + interface.slot, table);
            rule.oif = interface.name();
            rules.push_back({rule, interface.name(),
                             "programs that bind to the device: main has no default by it"});
        }
    }
    return rules;
}

}  // namespace eni
