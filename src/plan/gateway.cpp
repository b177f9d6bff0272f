// See gateway.hpp.
#include "gateway.hpp"

#include <algorithm>
#include <tuple>

#include "ownership.hpp"

namespace eni {

namespace {

/// With nothing but /32 addresses every gateway is outside of the subnets, and yet the right one.
bool is_plausible_gateway(const IpAddress& gateway, const std::vector<Prefix>& subnets) {
    return in_subnets(gateway, subnets) ||
           std::all_of(subnets.begin(), subnets.end(),
                       [](const Prefix& subnet) { return subnet.is_host(); });
}

/// Its first or its last number; a /31 has neither.
bool is_number_of(const Prefix& subnet, const IpAddress& address) {
    return address.family() == Family::v4 && subnet.length() < 31 && subnet.contains(address) &&
           (address == subnet.address() || !subnet.contains(address.next()));
}

/// Of this host; a link-local one of this link, as another's may have the same (docker0: fe80::1).
bool is_of_this_host(const std::vector<Address>& host, const std::string& ifname,
                     const IpAddress& address) {
    return std::any_of(host.begin(), host.end(), [&](const Address& own) {
        return own.address == address && (!address.is_link_local() || own.ifname == ifname);
    });
}

bool can_be_a_gateway(const std::vector<Address>& host, const std::string& ifname,
                      const IpAddress& address, const std::vector<Prefix>& subnets) {
    return !is_of_this_host(host, ifname, address) && !address.is_loopback() &&
           std::none_of(subnets.begin(), subnets.end(),
                        [&](const Prefix& subnet) { return is_number_of(subnet, address); });
}

/// Whether a rule leads certain packets to the table, by what is no address: its default is for
/// those packets alone.
bool is_for_others(const KernelSnapshot& kernel, TableId table) {
    return std::any_of(kernel.rules.begin(), kernel.rules.end(), [&](const Rule& rule) {
        return rule.table == table && !selects_by_address(rule);
    });
}

/// An earlier run made it, in the table that the interface has, or in one that it had.
bool is_of_an_earlier_run(const Facts& facts, const Interface& interface, const Route& route) {
    return route.protocol == kOurProtocol &&
           (route.table == interface.table.id || facts.run.tables_given.count(route.table) != 0);
}

bool is_default_by(const Route& route, const std::string& ifname, Family family) {
    return route.family() == family && route.is_default() && route.hops.size() == 1 &&
           route.hops[0].ifname == ifname;
}

/// Of the tables by their numbers, its own first: one of an earlier run, or one that is not.
const Route* default_in_a_table(const Facts& facts, const std::vector<Address>& host,
                                const Interface& interface, const std::vector<Prefix>& subnets,
                                Family family, bool is_ours) {
    const Route* found = nullptr;
    const auto rank = [&](const Route& route) {
        return std::make_tuple(is_ours && route.table != interface.table.id, route.table,
                               route.metric);
    };
    for (const Route& route : facts.kernel.routes) {
        if (!is_default_by(route, interface.name(), family) || !route.hops[0].gateway ||
            route.table == kTableMain || is_of_an_earlier_run(facts, interface, route) != is_ours)
            continue;
        const IpAddress& gateway = *route.hops[0].gateway;
        // In basic mode a rule for what is bound to the interface leads to a table of ours too.
        if ((!is_ours && route.table != interface.table.id &&
             is_for_others(facts.kernel, route.table)) ||
            !is_plausible_gateway(gateway, subnets) ||
            !can_be_a_gateway(host, interface.name(), gateway, subnets))
            continue;
        if (found == nullptr || rank(route) < rank(*found)) found = &route;
    }
    return found;
}

/// The lowest one, so that two routers on a link do not take turns.
std::optional<IpAddress> router_neighbour(const KernelSnapshot& kernel, const std::string& ifname) {
    std::optional<IpAddress> lowest;
    for (const Neighbour& router : kernel.routers)
        if (router.ifname == ifname && (!lowest || router.address < *lowest))
            lowest = router.address;
    return lowest;
}

/// EC2's router, if one of the interface's addresses is in that subnet or all are single ones.
std::optional<IpAddress> first_of_ec2s_subnet(const Interface& interface,
                                              const std::vector<Prefix>& subnets) {
    for (const Prefix& subnet : interface.subnets_in_ec2(Family::v4))
        if (is_plausible_gateway(subnet.address().next(), subnets)) return subnet.address().next();
    return std::nullopt;
}

std::optional<IpAddress> first_of_its_subnet(const std::vector<Prefix>& subnets) {
    for (const Prefix& subnet : subnets)
        if (!subnet.is_host()) return subnet.address().next();
    return std::nullopt;
}

}  // namespace

std::optional<Gateway> find_gateway(const Facts& facts, const Config& config,
                                    const std::vector<Address>& host, const Interface& interface,
                                    const std::vector<Prefix>& subnets,
                                    const std::optional<Route>& main_default, Family family) {
    const InterfaceConfig& own = config.of(interface.name());
    std::optional<Gateway> found;
    const auto is_it = [&](const std::optional<IpAddress>& address, GatewaySource source) {
        if (!address || !can_be_a_gateway(host, interface.name(), *address, subnets)) return false;
        found = Gateway{*address, /* onlink= */ !in_subnets(*address, subnets), source};
        return true;
    };
    const bool is_v4 = family == Family::v4;
    if (is_it(is_v4 ? own.gateway : own.gateway6, GatewaySource::configuration)) return found;
    if (main_default && is_it(main_default->hops[0].gateway, GatewaySource::main_table)) {
        found->onlink = main_default->hops[0].onlink;
        return found;
    }
    if (is_v4 &&
        is_it(usable_lease_router(facts, host, interface, subnets), GatewaySource::dhcp_lease))
        return found;
    if (!is_v4 &&
        is_it(router_neighbour(facts.kernel, interface.name()), GatewaySource::router_neighbour))
        return found;
    const Route* const other =
        default_in_a_table(facts, host, interface, subnets, family, /* is_ours= */ false);
    if (other != nullptr && is_it(other->hops[0].gateway, other->table == interface.table.id
                                                              ? GatewaySource::own_table
                                                              : GatewaySource::other_table))
        return found;
    // What works goes before a guess, unless EC2 says that it cannot be.
    const auto ec2s = interface.subnets_in_ec2(family);
    const Route* const left =
        default_in_a_table(facts, host, interface, subnets, family, /* is_ours= */ true);
    const auto is_left = [&] {
        return left != nullptr && is_it(left->hops[0].gateway, GatewaySource::own_table);
    };
    const bool may_be =
        left != nullptr && (ec2s.empty() || in_subnets(*left->hops[0].gateway, ec2s));
    if ((may_be && is_left()) ||
        (is_v4 && is_it(first_of_ec2s_subnet(interface, subnets), GatewaySource::first_address)) ||
        is_left() || (is_v4 && is_it(first_of_its_subnet(subnets), GatewaySource::first_address)))
        return found;
    return std::nullopt;
}

std::optional<IpAddress> assumed_gateway(const std::vector<Address>& host,
                                         const Interface& interface,
                                         const std::vector<Prefix>& subnets) {
    for (const auto& guess :
         {first_of_ec2s_subnet(interface, subnets), first_of_its_subnet(subnets)})
        if (guess && guess->family() == Family::v4 &&
            can_be_a_gateway(host, interface.name(), *guess, subnets))
            return guess;
    return std::nullopt;
}

std::optional<Route> default_to_keep(const Facts& facts, const std::vector<Address>& host,
                                     const Interface& interface, Family family) {
    for (const Route& route : facts.kernel.routes)
        if (is_default_by(route, interface.name(), family) && !route.hops[0].gateway &&
            route.type == RouteType::unicast && !route.is_exotic &&
            route.table == interface.table.id && route.protocol == kOurProtocol &&
            (!route.prefsrc || is_of_this_host(host, interface.name(), *route.prefsrc)))
            return route;
    return std::nullopt;
}

std::vector<IpAddress> lease_routers(const Facts& facts, const Link& link) {
    std::vector<IpAddress> routers;
    for (const Lease& lease : facts.leases)
        if (lease.ifname == link.ifname)
            routers.insert(routers.end(), lease.routers.begin(), lease.routers.end());
    const auto known = facts.run.interfaces.find(link.ifname);
    if (known != facts.run.interfaces.end() && known->second.mac == link.mac &&
        known->second.lease_router)
        routers.push_back(*known->second.lease_router);
    return routers;
}

std::optional<IpAddress> usable_lease_router(const Facts& facts, const std::vector<Address>& host,
                                             const Interface& interface,
                                             const std::vector<Prefix>& subnets) {
    for (const IpAddress& router : lease_routers(facts, *interface.link))
        if (is_plausible_gateway(router, subnets) &&
            can_be_a_gateway(host, interface.name(), router, subnets))
            return router;
    return std::nullopt;
}

bool in_subnets(const IpAddress& address, const std::vector<Prefix>& subnets) {
    const bool is_on_every_link = address.family() == Family::v6 && address.is_link_local();
    return is_on_every_link ||
           std::any_of(subnets.begin(), subnets.end(),
                       [&](const Prefix& subnet) { return subnet.contains(address); });
}

}  // namespace eni
