// See routes.hpp.
#include "routes.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "addresses.hpp"
#include "format.hpp"
#include "gateway.hpp"
#include "guests.hpp"
#include "ownership.hpp"
#include "prefix_set.hpp"

namespace eni {

namespace {

// ---- Its subnets --------------------------------------------------------------------------------

/// Main's routes by this interface, each with the hops by it only.
std::vector<Route> main_routes_by(const MainTable& main, const std::string& ifname) {
    std::vector<Route> routes;
    for (const Route* route : main.usable) {
        if (!leaves_by(*route, ifname)) continue;
        Route own = *route;
        own.hops.erase(std::remove_if(own.hops.begin(), own.hops.end(),
                                      [&](const NextHop& hop) { return hop.ifname != ifname; }),
                       own.hops.end());
        if (own.hops.size() == 1) own.hops[0].weight = 1;
        routes.push_back(std::move(own));
    }
    return routes;
}

/// The networks that are reached without a gateway.
PrefixSet onlink_networks(const std::vector<Route>& routes) {
    PrefixSet networks;
    for (const Route& route : routes)
        if (is_onlink(route) && !is_default_like(route) && !route.dst.is_host())
            networks.insert(route.dst);
    return networks;
}

/// What an address's own length says.
Prefix said_by(const Address& address) {
    return {address.address, address.prefix_length};
}

/// EC2's, as a netmask may be wrong; a single address is in none. One of all zeros says nothing: a
/// network that is everything would make a default of its route, and a gateway of 0.0.0.1.
Prefix network_of(const Interface& interface, const Address& address) {
    const Prefix said = said_by(address);
    if (said.is_host()) return said;
    const bool is_everything = said.length() <= 1;
    return interface.subnet_in_ec2(address.address)
        .value_or(is_everything ? Prefix::host(address.address) : said);
}

/// The network that an address is in. Of a /32 or /128 (DHCPv6 gives those): the longest on-link
/// route of main around it; else the address alone.
Prefix subnet_of(const Interface& interface, const Address& address, const PrefixSet& networks) {
    const Prefix network = network_of(interface, address);
    return network.is_host() ? networks.longest_around(network).value_or(network) : network;
}

Route connected_route(const Prefix& subnet, const IpAddress& source, const std::string& ifname) {
    Route route;
    route.dst = subnet;
    if (source.family() == Family::v4) {
        route.scope = Scope::link;
        route.prefsrc = source;
    }
    route.hops = {{ifname, std::nullopt, 1, false}};
    return route;
}

// ---- Its own table ------------------------------------------------------------------------------

/// What main has through the interface, but for a default, and the connected routes of its
/// addresses that main lacks: where the profile has a route-table of its own (IPv4), and where the
/// netmask is not EC2's, in the place of the kernel's route for that.
std::vector<Route> own_routes(const std::vector<Route>& main_routes, const Interface& interface,
                              const std::vector<Address>& addresses) {
    std::set<Prefix> connected, mistaken;
    std::vector<Route> routes;
    for (const Address& address : addresses)
        if (network_of(interface, address) != said_by(address)) mistaken.insert(said_by(address));
    for (const Route& route : main_routes) {
        if (is_default_like(route) || (is_onlink(route) && mistaken.count(route.dst) != 0))
            continue;
        if (is_onlink(route)) connected.insert(route.dst);
        routes.push_back(route);
    }
    for (const Address& address : addresses) {
        const Prefix said = said_by(address);
        if (said.is_host() || (said.family() == Family::v6 && mistaken.count(said) == 0)) continue;
        const Prefix network = network_of(interface, address);
        if (!network.is_host() && connected.insert(network).second)
            routes.push_back(connected_route(network, address.address, interface.name()));
    }
    return routes;
}

/// The one that main prefers; one on the link only where none has a gateway.
std::optional<Route> default_by(const std::vector<Route>& main_routes) {
    std::vector<Route> with_gateway;
    for (const Route& route : main_routes)
        if (!route.hops.empty() && route.hops[0].gateway) with_gateway.push_back(route);
    const auto best = preferred_default(with_gateway);
    return best ? best : preferred_default(main_routes);
}

/// The default takes what main's default by this interface carries.
std::optional<Route> own_default(const std::optional<Route>& main_default,
                                 const std::optional<Gateway>& gateway, const std::string& ifname,
                                 Family family) {
    if (!gateway)
        return main_default && !main_default->hops[0].gateway ? main_default : std::nullopt;
    Route route = main_default.value_or(Route{});
    route.dst = Prefix::any(family);
    if (gateway->source != GatewaySource::main_table) {
        route.hops = {{ifname, gateway->address, 1, gateway->onlink}};
        route.scope = Scope::global;
    }
    return route;
}

/// The metric ranks the interfaces of main against each other, and changes with every `nmcli con
/// up`; in a table of one interface the connected routes and the default need none.
void settle_into_table(Route& route, TableId table, const std::vector<Prefix>& subnets) {
    const bool is_connected =
        is_onlink(route) && std::binary_search(subnets.begin(), subnets.end(), route.dst);
    if (route.is_default() || is_connected) route.metric = usual_metric(route.family());
    route.table = table;
    route.protocol = kOurProtocol;
}

/// One for each source, as a reason stays in memory.
std::string_view why_default(GatewaySource source) {
    static const std::vector<std::string> kWords = [] {
        std::vector<std::string> words;
        for (int i = 0; i <= static_cast<int>(GatewaySource::first_address); ++i)
            words.push_back(std::string("its own gateway, from ") +
                            format_gateway_source(static_cast<GatewaySource>(i)));
        return words;
    }();
    return kWords[static_cast<std::size_t>(source)];
}

}  // namespace

IpConfig make_ip_config(const Facts& facts, const Config& config, const MainTable& main,
                        const Interface& interface, const std::vector<Address>& host,
                        Family family) {
    IpConfig ip;
    const auto addresses = usable_addresses(host, interface.name(), family);
    const std::vector<Route> main_routes = main_routes_by(main, interface.name());
    const std::optional<Route> main_default = default_by(main_routes);
    ip.has_main_default = main_default.has_value();
    // The kernel takes no route by a link that is down, though an IPv4 address stays on it.
    if (addresses.empty() || !interface.link->is_up) return ip;

    const PrefixSet networks = onlink_networks(main_routes);
    for (const Address& address : addresses) {
        ip.addresses.push_back(address.address);
        ip.subnets.push_back(subnet_of(interface, address, networks));
    }
    ip.gateway = find_gateway(facts, config, host, interface, ip.subnets, main_default, family);
    ip.is_default_kept = ip.gateway && ip.gateway->source == GatewaySource::own_table &&
                         ip.gateway->address != assumed_gateway(host, interface, ip.subnets);
    std::sort(ip.subnets.begin(), ip.subnets.end());
    ip.subnets.erase(std::unique(ip.subnets.begin(), ip.subnets.end()), ip.subnets.end());

    ip.default_route = own_default(main_default, ip.gateway, interface.name(), family);
    if (!ip.default_route) {
        ip.default_route = default_to_keep(facts, host, interface, family);
        ip.is_default_kept = ip.default_route.has_value();
    }
    ip.own_routes = own_routes(main_routes, interface, addresses);
    for (Route& route : ip.own_routes) settle_into_table(route, interface.table.id, ip.subnets);
    keep_first_of_each_identity(ip.own_routes);
    if (ip.default_route) settle_into_table(*ip.default_route, interface.table.id, ip.subnets);
    ip.guests = guest_sources(config, main, interface, family);
    return ip;
}

void plan_routes(std::vector<Planned<Route>>& routes, const MainTable& main,
                 const Interfaces& interfaces, Family family, const Form& form) {
    if (form.others) add_others(routes, main, *form.others, form.has_throw);
    const Interface* holder =
        form.others && form.is_main_next ? default_holder(main, interfaces, family) : nullptr;
    for (const Interface& interface : interfaces) {
        const IpConfig& ip = interface.ip(family);
        if (ip.addresses.empty()) continue;
        for (const Route& route : ip.own_routes)
            routes.push_back({route, interface.name(), "main has it through this interface"});
        if (&interface == holder)
            for (Route& detour : detours(main, interface, family))
                routes.push_back({std::move(detour), interface.name(),
                                  "main has it through another interface of ours",
                                  /* in_kernel= */ true, /* in_file= */ false});
        if (!ip.default_route) continue;
        const GatewaySource source = ip.gateway ? ip.gateway->source : GatewaySource::main_table;
        routes.push_back({*ip.default_route, interface.name(), why_default(source),
                          /* in_kernel= */ &interface != holder, /* in_file= */ true});
    }
}

std::vector<Planned<Route>> yield_to_foreign_routes(std::vector<Planned<Route>>& routes,
                                                    const KernelSnapshot& kernel,
                                                    const Ownership& ownership) {
    if (ownership.tables_named.empty()) return {};
    std::multiset<Route, ByIdentity> foreign;
    for (const Route& route : kernel.routes)
        if (ownership.tables_named.count(route.table) != 0 && !is_ours(route, ownership))
            foreign.insert(route);
    const auto is_free = [&](const Planned<Route>& planned) {
        const auto [begin, end] = foreign.equal_range(planned.object);
        return std::all_of(begin, end, [&](const Route& route) { return route == planned.object; });
    };
    const auto first = std::stable_partition(routes.begin(), routes.end(), is_free);
    // What is in our file is ours, whoever made it: what another has made need not be.
    for (auto planned = routes.begin(); planned != first; ++planned)
        if (foreign.count(planned->object) != 0) planned->in_file = false;
    // A recipe that names no source says the same: the kernel takes the interface's.
    const auto is_the_same = [&](const Planned<Route>& planned) {
        const auto [begin, end] = foreign.equal_range(planned.object);
        return std::all_of(begin, end, [&](Route route) {
            route.prefsrc = planned.object.prefsrc;
            return route == planned.object;
        });
    };
    std::vector<Planned<Route>> left_out;
    std::remove_copy_if(first, routes.end(), std::back_inserter(left_out), is_the_same);
    routes.erase(first, routes.end());
    return left_out;
}

}  // namespace eni
