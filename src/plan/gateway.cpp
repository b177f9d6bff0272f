// See gateway.hpp.
#include "gateway.hpp"

#include <algorithm>

namespace eni {

namespace {

/// With nothing but /32 addresses every gateway is outside of the subnets, and yet the right one.
bool is_plausible_gateway(const IpAddress& gateway, const std::vector<Prefix>& subnets) {
    return in_subnets(gateway, subnets) ||
           std::all_of(subnets.begin(), subnets.end(),
                       [](const Prefix& subnet) { return subnet.is_host(); });
}

std::optional<IpAddress> default_in_own_table(const KernelSnapshot& kernel,
                                              const Interface& interface, Family family) {
    for (const Route& route : kernel.routes)
        if (route.table == interface.table.id && route.family() == family && route.is_default() &&
            route.hops.size() == 1 && route.hops[0].ifname == interface.name())
            return route.hops[0].gateway;
    return std::nullopt;
}

/// The lowest one, so that two routers on a link do not take turns.
std::optional<IpAddress> router_neighbour(const KernelSnapshot& kernel, const std::string& ifname) {
    std::optional<IpAddress> lowest;
    for (const RouterNeighbour& router : kernel.routers)
        if (router.ifname == ifname && (!lowest || router.address < *lowest))
            lowest = router.address;
    return lowest;
}

/// With nothing but /32 addresses only EC2 knows the subnet.
std::optional<IpAddress> first_address_of_subnet(const Interface& interface,
                                                 const std::vector<Prefix>& subnets) {
    for (const Prefix& subnet : subnets)
        if (!subnet.is_host()) return subnet.address().next();
    if (interface.eni != nullptr)
        for (const Prefix& subnet : interface.eni->subnets)
            if (subnet.family() == Family::v4) return subnet.address().next();
    return std::nullopt;
}

}  // namespace

std::optional<Gateway> find_gateway(const Facts& facts, const Config& config,
                                    const Interface& interface, const std::vector<Prefix>& subnets,
                                    const std::optional<Route>& main_default, Family family) {
    const auto gateway_at = [&](const IpAddress& address, GatewaySource source) {
        return Gateway{address, /* onlink= */ !in_subnets(address, subnets), source};
    };
    const InterfaceConfig& own = config.of(interface.name());
    if (const auto& configured = family == Family::v4 ? own.gateway : own.gateway6)
        return gateway_at(*configured, GatewaySource::configuration);
    if (main_default) {
        const NextHop& hop = main_default->hops[0];
        if (!hop.gateway) return std::nullopt;
        return Gateway{*hop.gateway, hop.onlink, GatewaySource::main_table};
    }
    if (family == Family::v4)
        for (const IpAddress& router : lease_routers(facts, *interface.link))
            if (is_plausible_gateway(router, subnets))
                return gateway_at(router, GatewaySource::dhcp_lease);
    if (family == Family::v6)
        if (const auto router = router_neighbour(facts.kernel, interface.name()))
            return gateway_at(*router, GatewaySource::router_neighbour);
    if (const auto known = default_in_own_table(facts.kernel, interface, family))
        if (is_plausible_gateway(*known, subnets))
            return gateway_at(*known, GatewaySource::own_table);
    if (family == Family::v4)
        if (const auto first = first_address_of_subnet(interface, subnets))
            return gateway_at(*first, GatewaySource::first_address);
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

bool in_subnets(const IpAddress& address, const std::vector<Prefix>& subnets) {
    const bool is_on_every_link = address.family() == Family::v6 && address.is_link_local();
    return is_on_every_link ||
           std::any_of(subnets.begin(), subnets.end(),
                       [&](const Prefix& subnet) { return subnet.contains(address); });
}

}  // namespace eni
