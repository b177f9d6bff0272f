// See line_verdict.hpp. In doubt a line says more: then it stays the user's.
#include "line_verdict.hpp"

#include <algorithm>

#include "main_table.hpp"

namespace eni {

TableNumbers numbers_of_tables(const Plan& plan, const DiskFacts& disk) {
    TableNumbers numbers = {
        {"main", kTableMain}, {"local", kTableLocal}, {"default", kTableDefault}};
    for (const TableName& entry : disk.table_names)
        if (!entry.is_ours) numbers.emplace(entry.name, entry.id);
    for (const InterfacePlan& interface : plan.interfaces)
        numbers.emplace(interface.table.name, interface.table.id);
    return numbers;
}

bool is_made_by(const Rule& rule, const ScriptLine& line) {
    if (!line.is_rule || !line.beyond.empty() || !line.error.empty()) return false;
    Rule wanted = line.rule;
    if (!line.names_priority) wanted.priority = rule.priority;
    return rule == wanted;
}

LineJudge::LineJudge(const Facts& facts, const Plan& plan, const InterfacePlan& interface,
                     const std::vector<ScriptLine>& lines)
    : facts_(facts),
      plan_(plan),
      interface_(interface),
      names_(names_of_tables(plan, facts.disk)),
      own_tables_({interface.table.id}) {
    std::set<TableId> spare;
    for (const ScriptLine& line : lines)
        if (!line.is_rule && line.error.empty()) spare.insert(line.route.table);
    for (const TableId table : spare)
        if (!is_own(table) && is_spare(table, lines)) own_tables_.insert(table);
}

std::string LineJudge::why_more(const ScriptLine& line) const {
    if (!line.error.empty()) return line.error;
    if (!line.beyond.empty()) return "it has '" + line.beyond + "'";
    if (line.is_rule) return why_more(line.rule);
    const TableId table = line.route.table;
    if (table == kTableMain) return why_more_in_main(route_of(line));
    if (!is_own(table))
        return "table " + name_of(table, names_) + " is not " + interface_.ifname + "'s own";
    return why_more(route_of(line));
}

Route LineJudge::route_of(const ScriptLine& line) const {
    Route route = line.route;
    for (NextHop& hop : route.hops)
        if (hop.ifname.empty()) hop.ifname = interface_.ifname;
    return route;
}

std::string LineJudge::why_more(const Rule& rule) const {
    const std::string& ifname = interface_.ifname;
    if (rule.fwmark != 0 || rule.fwmask != 0) return "it has 'fwmark'";
    if (rule.suppress_prefixlength) return "it has 'suppress_prefixlength'";
    if (!rule.from && !rule.to && rule.oif.empty()) return "it is for all packets";
    if (!is_own(rule.table))
        return "table " + name_of(rule.table, names_) + " is not " + ifname + "'s own";
    if (!rule.iif.empty() && rule.iif != "lo") return "it is for what comes in by " + rule.iif;
    if (!rule.oif.empty() && rule.oif != ifname) return "it is for what leaves by " + rule.oif;
    for (const auto& prefix : {rule.from, rule.to})
        if (prefix && !why_not_its_own(*prefix).empty()) return why_not_its_own(*prefix);
    return "";
}

/// In a table of its own.
std::string LineJudge::why_more(const Route& route) const {
    const std::string& ifname = interface_.ifname;
    const NextHop& hop = route.hops.front();
    if (hop.ifname != ifname) return "it leaves by " + hop.ifname;
    if (route.prefsrc && !is_address(*route.prefsrc))
        return route.prefsrc->to_string() + " is no address of " + ifname;
    if (route.is_default()) return why_more_than_a_default(route);
    if (!hop.gateway && is_subnet(route.dst)) return "";
    const bool is_planned =
        std::any_of(plan_.routes.begin(), plan_.routes.end(), [&](const Planned<Route>& planned) {
            const Route& ours = planned.object;
            return planned.ifname == ifname && ours.dst == route.dst && ours.hops.size() == 1 &&
                   ours.hops.front().ifname == ifname && ours.hops.front().gateway == hop.gateway;
        });
    return is_planned ? "" : "main has no such route by " + ifname;
}

/// A gateway that nothing but a table of the user's names is not known any more when that is empty.
std::string LineJudge::why_more_than_a_default(const Route& route) const {
    const auto& wanted = route.hops.front().gateway;
    const auto& gateway = interface_.gateway(route.family());
    if (!wanted || !gateway || gateway->address != *wanted)
        return "it has another gateway than eni-routes knows: " +
               (gateway ? gateway->address.to_string() : "none");
    const bool is_first = std::any_of(
        interface_.subnets.begin(), interface_.subnets.end(), [&](const Prefix& subnet) {
            return subnet.family() == Family::v4 && subnet.address().next() == *wanted;
        });
    const bool is_a_tables = gateway->source == GatewaySource::own_table ||
                             gateway->source == GatewaySource::other_table;
    if (is_a_tables && !is_first)
        return "nothing else names its gateway; 'interface: {" + interface_.ifname +
               ": {gateway: " + wanted->to_string() + "}}' in the configuration does";
    return "";
}

/// The kernel has a subnet's route by itself. Of several interfaces in a subnet a line prefers one.
std::string LineJudge::why_more_in_main(const Route& route) const {
    const NextHop& hop = route.hops.front();
    const bool is_shared = std::any_of(
        plan_.interfaces.begin(), plan_.interfaces.end(), [&](const InterfacePlan& other) {
            return other.ifname != interface_.ifname &&
                   std::count(other.subnets.begin(), other.subnets.end(), route.dst) != 0;
        });
    const bool is_connected =
        hop.ifname == interface_.ifname && !hop.gateway && is_subnet(route.dst) && !is_shared;
    return is_connected ? "" : "eni-routes makes no routes in main";
}

std::string LineJudge::why_not_its_own(const Prefix& prefix) const {
    if (prefix.is_host() ? is_address(prefix.address()) : is_subnet(prefix)) return "";
    const bool is_part = std::any_of(
        interface_.subnets.begin(), interface_.subnets.end(),
        [&](const Prefix& subnet) { return !prefix.is_host() && subnet.contains(prefix); });
    if (is_part) return "";
    return prefix.to_string() + " is neither a subnet nor an address of " + interface_.ifname;
}

bool LineJudge::is_subnet(const Prefix& prefix) const {
    return std::count(interface_.subnets.begin(), interface_.subnets.end(), prefix) != 0;
}

bool LineJudge::is_address(const IpAddress& address) const {
    return std::count(interface_.addresses.begin(), interface_.addresses.end(), address) != 0;
}

bool LineJudge::is_spare(TableId table, const std::vector<ScriptLine>& lines) const {
    if (is_reserved(table) || plan_.ownership.tables_given.count(table) != 0 ||
        plan_.ownership.tables_named.count(table) != 0)
        return false;
    std::set<Route> said;
    for (const ScriptLine& line : lines) {
        if (line.is_rule || !line.error.empty() || line.route.table != table) continue;
        const Route route = route_of(line);
        if (!line.beyond.empty() || !why_more(route).empty()) return false;
        said.insert(route);
    }
    const auto& routes = facts_.kernel.routes;
    const auto& rules = facts_.kernel.rules;
    const bool has_others_routes = std::any_of(
        routes.begin(), routes.end(),
        [&](const Route& route) { return route.table == table && said.count(route) == 0; });
    const bool has_others_rules = std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
        return rule.table == table &&
               std::none_of(lines.begin(), lines.end(),
                            [&](const ScriptLine& line) { return is_made_by(rule, line); });
    });
    return !has_others_routes && !has_others_rules;
}

}  // namespace eni
