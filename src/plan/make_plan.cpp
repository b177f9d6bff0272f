// The policy, from top to bottom: an interface's subnets, its gateway, its routes, its rules, its
// files, and what to tell people. Which links are ours, and their numbers, is interfaces.cpp's
// part. Must not read or write anything; see make_plan.hpp.
#include "make_plan.hpp"

#include <algorithm>
#include <iterator>

#include "addresses.hpp"
#include "format.hpp"
#include "interfaces.hpp"
#include "lookup.hpp"
#include "names.hpp"
#include "our_files.hpp"
#include "ownership.hpp"
#include "text.hpp"

namespace eni {

namespace {

// Rules: one priority for each interface and kind, told apart by their selectors. The band ends
// before main's rule (32766) and before the numbers of the other tools (30000 and up).
constexpr std::uint32_t kFromOffset = 100;
constexpr std::uint32_t kToOffset = 5100;
constexpr std::uint32_t kOifOffset = 9100;

/// A default, or one half of the pair 0.0.0.0/1 and 128.0.0.0/1 by which a VPN overrides it.
bool is_default_like(const Route& route) {
    return route.dst.length() <= 1;
}

bool is_special(const Prefix& dst) {
    return dst.address().is_link_local() || dst.address().is_multicast();
}

bool is_onlink(const Route& route) {
    return route.type == RouteType::unicast && route.hops.size() == 1 && !route.hops[0].gateway;
}

// ---- Main, looked at once -----------------------------------------------------------------------

/// Main's routes of a family, sorted by their prefix: those inside of a prefix stand together.
struct Main {
    std::vector<const Route*> all;
    /// Those that can be of an interface's own table. Not the host's own /128s, which IPv6 has in
    /// main: the local table is looked at before any other.
    std::vector<const Route*> usable;
};

Main look_at_main(const KernelSnapshot& kernel, Family family) {
    std::set<IpAddress> own;
    for (const Address& address : kernel.addresses) own.insert(address.address);
    Main main;
    for (const Route& route : kernel.routes)
        if (route.table == kTableMain && route.family() == family) main.all.push_back(&route);
    std::stable_sort(main.all.begin(), main.all.end(),
                     [](const Route* a, const Route* b) { return a->dst < b->dst; });
    for (const Route* route : main.all) {
        const bool is_to_this_host =
            is_onlink(*route) && route->dst.is_host() && own.count(route->dst.address()) != 0;
        if (!route->is_exotic && !is_special(route->dst) && !is_to_this_host)
            main.usable.push_back(route);
    }
    return main;
}

/// Prefixes that can be asked for one around another. By their lengths, of which there are a few.
class Prefixes {
  public:
    void insert(const Prefix& prefix) { by_length_[prefix.length()].insert(prefix); }

    /// The shortest around `inner`, which may be that itself.
    std::optional<Prefix> shortest_around(const Prefix& inner) const {
        return first_around(by_length_.begin(), by_length_.end(), inner);
    }
    std::optional<Prefix> longest_around(const Prefix& inner) const {
        return first_around(by_length_.rbegin(), by_length_.rend(), inner);
    }

  private:
    template <class Iterator>
    static std::optional<Prefix> first_around(Iterator begin, Iterator end, const Prefix& inner) {
        for (Iterator it = begin; it != end; ++it) {
            const auto& [length, prefixes] = *it;
            const Prefix outer(inner.address(), length);
            if (length <= inner.length() && prefixes.count(outer) != 0) return outer;
        }
        return std::nullopt;
    }

    std::map<std::uint8_t, std::set<Prefix>> by_length_;
};

// ---- Its addresses and subnets ------------------------------------------------------------------

/// Main's routes by this interface, each with the hops by it only.
std::vector<Route> main_routes_by(const Main& main, const std::string& ifname) {
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
Prefixes onlink_networks(const std::vector<Route>& routes) {
    Prefixes networks;
    for (const Route& route : routes)
        if (is_onlink(route) && !is_default_like(route) && !route.dst.is_host())
            networks.insert(route.dst);
    return networks;
}

/// The network that an address is in. IPv4: the address's own length says it. A /32 or /128 (DHCPv6
/// gives those): the longest on-link route of main around it; else the address alone.
Prefix subnet_of(const Address& address, const Prefixes& networks) {
    const Prefix subnet(address.address, address.prefix_length);
    return subnet.is_host() ? networks.longest_around(subnet).value_or(subnet) : subnet;
}

Route connected_route(const Prefix& subnet, const IpAddress& source, const std::string& ifname) {
    Route route;
    route.dst = subnet;
    route.scope = Scope::link;
    route.prefsrc = source;
    route.hops = {{ifname, std::nullopt, 1, false}};
    return route;
}

/// What main has through the interface, but for a default, and (IPv4) the connected routes of its
/// addresses, which main lacks where the profile has a route-table of its own.
void gather_own_routes(Side& side, const std::vector<Route>& main_routes,
                       const std::vector<Address>& addresses, const std::string& ifname) {
    std::set<Prefix> connected;
    for (const Route& route : main_routes) {
        if (is_default_like(route)) continue;
        if (is_onlink(route)) connected.insert(route.dst);
        side.own.push_back(route);
    }
    for (const Address& address : addresses) {
        const Prefix subnet(address.address, address.prefix_length);
        if (address.address.family() != Family::v4 || subnet.is_host()) continue;
        if (connected.insert(subnet).second)
            side.own.push_back(connected_route(subnet, address.address, ifname));
    }
}

// ---- Its gateway, the same from every event -----------------------------------------------------

bool in_subnets(const IpAddress& address, const std::vector<Prefix>& subnets) {
    const bool is_on_every_link = address.family() == Family::v6 && address.is_link_local();
    return is_on_every_link ||
           std::any_of(subnets.begin(), subnets.end(),
                       [&](const Prefix& subnet) { return subnet.contains(address); });
}

/// With nothing but /32 addresses every gateway is outside of the subnets, and yet the right one.
bool is_plausible_gateway(const IpAddress& gateway, const Side& side) {
    return in_subnets(gateway, side.subnets) ||
           std::all_of(side.subnets.begin(), side.subnets.end(),
                       [](const Prefix& subnet) { return subnet.is_host(); });
}

constexpr char kFirstAddress[] = "first address of its subnet";

Gateway gateway_at(const IpAddress& address, const Side& side, std::string source) {
    return {address, !in_subnets(address, side.subnets), std::move(source)};
}

/// The routers that a lease named for the interface: told just now, or kept from an earlier event.
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

std::optional<IpAddress> gateway_in_own_table(const KernelSnapshot& kernel,
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

std::optional<Gateway> find_gateway(const Context& context, const Interface& interface,
                                    const Side& side, Family family) {
    const Facts& facts = context.facts;
    const InterfaceConfig& config = context.config.of(interface.name());
    if (const auto& configured = family == Family::v4 ? config.gateway : config.gateway6)
        return gateway_at(*configured, side, "configuration");
    if (side.default_route && !side.default_route->hops[0].gateway) return std::nullopt;
    if (side.default_route)
        return Gateway{*side.default_route->hops[0].gateway, side.default_route->hops[0].onlink,
                       "main table"};
    if (family == Family::v4)
        for (const IpAddress& router : lease_routers(facts, *interface.link))
            if (is_plausible_gateway(router, side)) return gateway_at(router, side, "DHCP lease");
    if (family == Family::v6)
        if (const auto router = router_neighbour(facts.kernel, interface.name()))
            return gateway_at(*router, side, "router neighbour");
    if (const auto known = gateway_in_own_table(facts.kernel, interface, family))
        if (is_plausible_gateway(*known, side)) return gateway_at(*known, side, "its own table");
    if (family == Family::v4)
        for (const Prefix& subnet : side.subnets)
            if (!subnet.is_host()) return gateway_at(subnet.address().next(), side, kFirstAddress);
    // With nothing but /32 addresses only EC2 knows the subnet.
    if (family == Family::v4 && interface.eni != nullptr)
        for (const Prefix& subnet : interface.eni->subnets)
            if (subnet.family() == family)
                return gateway_at(subnet.address().next(), side, kFirstAddress);
    return std::nullopt;
}

// ---- Its default --------------------------------------------------------------------------------

/// Main's default by this interface: the one that main itself prefers, should there be several.
std::optional<Route> preferred_default(const std::vector<Route>& routes) {
    std::optional<Route> best;
    for (const Route& route : routes)
        if (route.is_default() && route.type == RouteType::unicast && route.tos == 0 &&
            (!best || route.metric < best->metric))
            best = route;
    return best;
}

/// The default takes what main's default by this interface carries.
std::optional<Route> own_default(const Side& side, const std::string& ifname, Family family) {
    if (!side.gateway) return side.default_route;
    Route route = side.default_route.value_or(Route{});
    route.dst = Prefix::any(family);
    if (side.gateway->source != "main table") {
        route.hops = {{ifname, side.gateway->address, 1, side.gateway->onlink}};
        route.scope = Scope::global;
    }
    return route;
}

// ---- What belongs into its table ----------------------------------------------------------------

/// The metric ranks the interfaces of main against each other, and changes with every `nmcli con
/// up`; in a table of one interface the connected routes and the default need none.
void settle_into_table(Route& route, TableId table, const std::vector<Prefix>& subnets) {
    const bool is_connected =
        is_onlink(route) && std::binary_search(subnets.begin(), subnets.end(), route.dst);
    if (route.is_default() || is_connected) route.metric = usual_metric(route.family());
    route.table = table;
    route.protocol = kRouteProtocol;
}

/// The kernel allows an identity once. Of two routes the first is kept: main's own order.
void keep_first_of_each_identity(std::vector<Route>& routes) {
    std::stable_sort(routes.begin(), routes.end(), ByIdentity{});
    const auto same = [](const Route& a, const Route& b) { return a.identity() == b.identity(); };
    routes.erase(std::unique(routes.begin(), routes.end(), same), routes.end());
}

void study_side(const Plan& plan, const Context& context, const Main& main, Interface& interface,
                Family family) {
    Side& side = family == Family::v4 ? interface.v4 : interface.v6;
    const std::vector<Route> main_routes = main_routes_by(main, interface.name());
    const auto addresses = usable_addresses(plan, context, interface.name(), family);
    side.default_route = preferred_default(main_routes);
    side.has_main_default = side.default_route.has_value();
    // The kernel takes no route by a link that is down, though an IPv4 address stays on it.
    if (addresses.empty() || !interface.link->is_up) return;

    const Prefixes networks = onlink_networks(main_routes);
    for (const Address& address : addresses) {
        side.addresses.push_back(address.address);
        side.subnets.push_back(subnet_of(address, networks));
    }
    std::sort(side.subnets.begin(), side.subnets.end());
    side.subnets.erase(std::unique(side.subnets.begin(), side.subnets.end()), side.subnets.end());

    side.gateway = find_gateway(context, interface, side, family);
    side.default_route = own_default(side, interface.name(), family);
    gather_own_routes(side, main_routes, addresses, interface.name());
    for (Route& route : side.own) settle_into_table(route, interface.table.id, side.subnets);
    keep_first_of_each_identity(side.own);
    if (side.default_route)
        settle_into_table(*side.default_route, interface.table.id, side.subnets);
}

// ---- Its routes ---------------------------------------------------------------------------------

bool leaves_by_another_eni(const Route& route, const Interface& interface,
                           const Interfaces& interfaces) {
    return !route.hops.empty() && !leaves_by(route, interface.name()) &&
           std::all_of(route.hops.begin(), route.hops.end(), [&](const NextHop& hop) {
               return std::any_of(
                   interfaces.begin(), interfaces.end(),
                   [&](const Interface& other) { return other.name() == hop.ifname; });
           });
}

/// The interface that main sends everything else by; nobody, where main's best default is not by an
/// ENI or a VPN's /1 pair goes before it. (Used in basic mode only.)
const Interface* default_holder(const Main& main, const Interfaces& interfaces) {
    std::vector<Route> candidates;
    for (const Route* route : main.all) {
        if (!is_default_like(*route)) continue;
        if (!route->is_default()) return nullptr;
        candidates.push_back(*route);
    }
    const auto best = preferred_default(candidates);
    if (!best || best->hops.empty()) return nullptr;
    for (const Interface& interface : interfaces)
        if (interface.name() == best->hops[0].ifname) return &interface;
    return nullptr;
}

/// What basic mode has in the place of the suppress rule: main's routes by another ENI, with its
/// own gateway instead; and main's other routes, copied: all, or (the holder of main's default,
/// whose table has none and ends in main) those inside a prefix of the first kind.
std::vector<Route> borrowed_routes(const Main& main, const Interface& interface,
                                   const Interfaces& interfaces, Family family, bool is_holder) {
    const Side& side = interface.side(family);
    // What it has itself goes before what it borrows.
    std::set<std::pair<Prefix, std::uint8_t>> own;
    for (const Route& route : side.own) own.insert({route.dst, route.tos});
    std::vector<Route> borrowed, others;
    Prefixes detours;
    for (const Route* route : main.usable) {
        if (is_default_like(*route) || leaves_by(*route, interface.name())) continue;
        if (!leaves_by_another_eni(*route, interface, interfaces)) {
            others.push_back(*route);
        } else if (side.gateway) {
            Route detour;
            detour.dst = route->dst;
            detour.tos = route->tos;
            detour.metric = usual_metric(family);
            detour.hops = {{interface.name(), side.gateway->address, 1, side.gateway->onlink}};
            borrowed.push_back(std::move(detour));
            detours.insert(route->dst);
        }
    }
    for (const Route& other : others)
        if (!is_holder || detours.shortest_around(other.dst)) borrowed.push_back(other);
    for (Route& route : borrowed) {
        route.table = interface.table.id;
        route.protocol = kRouteProtocol;
    }
    borrowed.erase(std::remove_if(borrowed.begin(), borrowed.end(),
                                  [&](const Route& route) {
                                      return own.count({route.dst, route.tos}) != 0;
                                  }),
                   borrowed.end());
    keep_first_of_each_identity(borrowed);
    return borrowed;
}

void plan_routes(Plan& plan, const Main& main, const Interfaces& interfaces, Family family) {
    const Interface* holder = default_holder(main, interfaces);
    for (const Interface& interface : interfaces) {
        const Side& side = interface.side(family);
        if (side.addresses.empty()) continue;
        for (const Route& route : side.own)
            plan.routes.push_back({route, interface.name(), "main has it through this interface"});
        if (plan.is_basic)
            for (Route& route :
                 borrowed_routes(main, interface, interfaces, family, &interface == holder))
                plan.routes.push_back({std::move(route), interface.name(), "main has it elsewhere",
                                       /* in_kernel= */ true,
                                       /* in_file= */ false});
        if (!side.default_route) continue;
        const bool is_live = !plan.is_basic || &interface != holder;
        plan.routes.push_back(
            {*side.default_route, interface.name(),
             "its own gateway, from " + (side.gateway ? side.gateway->source : "main table"),
             is_live, /* in_file= */ true});
    }
}

// ---- Its rules ----------------------------------------------------------------------------------

/// The subnets of which another interface has a part, or which are a part of another's.
std::set<Prefix> shared_subnets(const Interfaces& interfaces, Family family) {
    using Subnet = std::pair<Prefix, const Interface*>;
    std::vector<Subnet> subnets;
    for (const Interface& interface : interfaces)
        for (const Prefix& subnet : interface.side(family).subnets)
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
std::set<Prefix> sources(const Context& context, const Interface& interface,
                         const std::set<Prefix>& shared, Family family, bool is_basic) {
    const Side& side = interface.side(family);
    const Match match = context.config.match;
    const bool by_address = match == Match::address ||
                            (match == Match::automatic && is_basic && interface.forwards(family));
    Prefixes subnets;
    for (const Prefix& subnet : side.subnets) subnets.insert(subnet);
    std::set<Prefix> result;
    const auto insert = [&](const Prefix& source) {
        const Prefix subnet = subnets.shortest_around(source).value_or(source);
        result.insert(by_address || shared.count(subnet) != 0 ? source : subnet);
    };
    for (const IpAddress& address : side.addresses) insert(Prefix::host(address));
    if (interface.eni != nullptr && !side.addresses.empty())
        for (const Prefix& delegated : interface.eni->delegated)
            if (delegated.family() == family) insert(delegated);
    return result;
}

/// The recipe's second line. Not for the primary, whose subnet main reaches anyway; and only where
/// nobody else has a part of the subnet.
bool gets_to_rule(const Main& main, const Prefix& subnet, const Interface& interface,
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

void plan_suppress_rule(Plan& plan, const Config& config, Family family) {
    Rule rule = table_rule(family, config.priority_base, kTableMain);
    rule.suppress_prefixlength = 1;
    rule.suppress_ifgroup = config.link_group;
    plan.rules.push_back({rule, "", "as main says, unless by an interface of ours or by a default",
                          /* in_kernel= */ true, /* in_file= */ false});
}

void plan_rules(Plan& plan, const Context& context, const Main& main, const Interfaces& interfaces,
                Family family) {
    const std::uint32_t base = context.config.priority_base;
    const std::set<Prefix> shared = shared_subnets(interfaces, family);
    const auto has_addresses = [&](const Interface& i) {
        return !i.side(family).addresses.empty();
    };
    if (!plan.is_basic && std::any_of(interfaces.begin(), interfaces.end(), has_addresses))
        plan_suppress_rule(plan, context.config, family);
    for (const Interface& interface : interfaces) {
        const Side& side = interface.side(family);
        const TableId table = interface.table.id;
        const bool is_primary = &interface == &interfaces.front();
        for (const Prefix& source : sources(context, interface, shared, family, plan.is_basic)) {
            Rule rule = table_rule(family, base + kFromOffset + interface.slot, table);
            rule.from = source;
            if (!plan.is_basic) rule.iif = "lo";
            plan.rules.push_back({rule, interface.name(), "what is sent from its addresses"});
        }
        for (const Prefix& subnet : side.subnets)
            if (gets_to_rule(main, subnet, interface, is_primary, shared)) {
                Rule rule = table_rule(family, base + kToOffset + interface.slot, table);
                rule.to = subnet;
                plan.rules.push_back({rule, interface.name(), "its neighbours"});
            }
        if (has_addresses(interface) && !side.has_main_default) {
            Rule rule = table_rule(family, base + kOifOffset + interface.slot, table);
            rule.oif = interface.name();
            plan.rules.push_back({rule, interface.name(),
                                  "programs that bind to the device: main has no default by it"});
        }
    }
}

// ---- Names, files, ownership --------------------------------------------------------------------

/// The interface's ifcfg file: the one of its own name before others.
const IfcfgProfile* profile_of(const DiskFacts& disk, const Link& link) {
    const IfcfgProfile* found = nullptr;
    for (const IfcfgProfile& profile : disk.profiles) {
        const bool is_its_own =
            profile.device == link.ifname ||
            (profile.device.empty() && !profile.hwaddr.empty() && profile.hwaddr == link.mac);
        if (is_its_own && (found == nullptr || profile.name == link.ifname)) found = &profile;
    }
    return found;
}

/// The NAME of the interface's rule- and route- files, where it is to have any.
std::optional<std::string> file_name(const Context& context, const Interface& interface,
                                     bool is_primary) {
    const DiskFacts& disk = context.facts.disk;
    const Files files = context.config.files;
    if (files == Files::none || !disk.has_network_scripts) return std::nullopt;
    const IfcfgProfile* profile = profile_of(disk, *interface.link);
    if (files == Files::automatic && (is_primary || profile == nullptr)) return std::nullopt;
    const std::string name = profile != nullptr ? profile->name : interface.name();
    if (!is_plain_name(name, 255)) {
        warn(context, interface.name(),
             "the name of its profile is not plain: no files are written");
        return std::nullopt;
    }
    for (const std::string& path : file_paths(name)) {
        const auto file = disk.files.find(path);
        if (file == disk.files.end() || marked_owner(file->second)) continue;
        note(context, interface.name(),
             path +
                 " is not eni-routes' and stays as it is; rules and routes are applied live only");
        return std::nullopt;
    }
    return name;
}

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

/// All that eni-routes made so far and is about to make, by the bases and numbers in force then.
Ownership make_ownership(const Context& context, const Interfaces& interfaces) {
    const auto& [facts, config, notes] = context;
    Ownership ownership;
    ownership.priority_bases = facts.run.priority_bases;
    ownership.priority_bases.insert(config.priority_base);
    ownership.link_groups = facts.run.link_groups;
    ownership.link_groups.insert(config.link_group);
    ownership.tables_given = facts.run.tables_given;
    std::set<TableId> named = facts.run.tables_named;
    for (const TableName& entry : facts.disk.table_names)
        if (entry.is_ours && !is_reserved(entry.id)) ownership.tables_given.insert(entry.id);
    for (const Interface& interface : interfaces)
        if (interface.table_is_given)
            ownership.tables_given.insert(interface.table.id);
        else
            named.insert(interface.table.id);
    for (const TableId id : named) {
        const TableName* entry = foreign_entry(facts.disk, id);
        ownership.tables_named[id] = entry != nullptr ? entry->name : "";
        ownership.tables_given.erase(id);
    }
    for (const auto& [path, bytes] : facts.disk.files)
        if (marked_owner(bytes))
            for (const std::string& line : lines_of(bytes)) ownership.file_lines.insert(line);
    own_addresses(ownership, facts);
    return ownership;
}

/// Interfaces that are away: what they have on disk stays until `regenerate` says that they are
/// gone.
std::set<std::string> away(const Context& context, const Interfaces& interfaces) {
    const Facts& facts = context.facts;
    std::set<std::string> names;
    for (const auto& [path, bytes] : facts.disk.files)
        if (const auto owner = marked_owner(bytes)) names.insert(*owner);
    for (const TableName& entry : facts.disk.table_names)
        if (entry.is_ours) names.insert(entry.name);
    for (const Link& link : facts.kernel.links) names.erase(link.ifname);
    // One managed interface alone has nothing of ours, but its neighbour may be back in a moment.
    if (interfaces.size() == 1) names.insert(interfaces.front().name());
    for (auto name = names.begin(); name != names.end();)
        name = is_switched_off(context, *name) ? names.erase(name) : std::next(name);
    return names;
}

void plan_table_names(Plan& plan, const Context& context, const Interfaces& interfaces) {
    if (plan.is_active)
        for (const Interface& interface : interfaces)
            if (foreign_entry(context.facts.disk, interface.table.id) == nullptr)
                plan.table_names.push_back({interface.table.id, interface.table.name, true});
    // Of one that is away: its number may be another's by now, or its own under another name.
    const auto is_taken = [&](TableId id) {
        return std::any_of(interfaces.begin(), interfaces.end(),
                           [&](const Interface& i) { return i.table.id == id; });
    };
    for (const TableName& entry : context.facts.disk.table_names)
        if (entry.is_ours && plan.keep_files_of.count(entry.name) != 0 &&
            !(plan.is_active && is_taken(entry.id)))
            plan.table_names.push_back(entry);
    std::sort(plan.table_names.begin(), plan.table_names.end());
}

/// Managed links are in our group (the suppress rule looks at it); a link that was ours gets the
/// group back that it had before.
void plan_link_groups(Plan& plan, const Context& context, const Interfaces& interfaces) {
    const auto& [facts, config, notes] = context;
    for (const Link& link : facts.kernel.links) {
        const auto known = facts.run.interfaces.find(link.ifname);
        const bool is_in_ours = plan.ownership.link_groups.count(link.group) != 0;
        std::uint32_t before = is_in_ours ? 0 : link.group;
        if (is_in_ours && known != facts.run.interfaces.end()) before = known->second.group_before;
        const bool belongs = plan.is_active && !plan.is_basic &&
                             std::any_of(interfaces.begin(), interfaces.end(),
                                         [&](const Interface& i) { return i.link == &link; });
        if (belongs) {
            plan.link_groups[link.ifname] = config.link_group;
            plan.run.interfaces[link.ifname].group_before = before;
        } else if (is_in_ours) {
            plan.link_groups[link.ifname] = before;
        }
    }
}

/// What the next look has to know of this one.
void plan_run_state(Plan& plan, const Context& context, const Interfaces& interfaces) {
    const auto& [facts, config, notes] = context;
    plan.run.has_suppress = facts.run.has_suppress;
    for (const Interface& interface : interfaces) {
        InterfaceState& state = plan.run.interfaces[interface.name()];
        state.mac = interface.link->mac;
        if (plan.is_active) state.slot = interface.slot;
        const auto routers = lease_routers(facts, *interface.link);
        const auto fitting = std::find_if(
            routers.begin(), routers.end(),
            [&](const IpAddress& router) { return in_subnets(router, interface.v4.subnets); });
        if (!routers.empty())
            state.lease_router = fitting != routers.end() ? *fitting : routers.front();
        if (!plan.is_active) continue;
        (interface.table_is_given ? plan.run.tables_given : plan.run.tables_named)
            .insert(interface.table.id);
    }
    if (!plan.is_active) return;
    plan.run.priority_bases = {config.priority_base};
    if (!plan.is_basic) plan.run.link_groups = {config.link_group};
}

// ---- What to tell people ------------------------------------------------------------------------

/// A route of somebody else's in the way (possible in a table that the administrator named): his
/// stays, ours is left out.
void yield_to_foreign_routes(Plan& plan, const Context& context) {
    std::multiset<Route, ByIdentity> foreign;
    for (const Route& route : context.facts.kernel.routes)
        if (plan.ownership.tables_named.count(route.table) != 0 && !is_ours(route, plan.ownership))
            foreign.insert(route);
    const auto in_the_way = [&](const Planned<Route>& planned) {
        const auto [begin, end] = foreign.equal_range(planned.object);
        return std::any_of(begin, end,
                           [&](const Route& route) { return !(route == planned.object); });
    };
    for (const Planned<Route>& planned : plan.routes)
        if (in_the_way(planned))
            warn(context, planned.ifname,
                 "the table has another route to " + planned.object.dst.to_string() +
                     " that is not eni-routes': it stays, and ours is left out");
    plan.routes.erase(std::remove_if(plan.routes.begin(), plan.routes.end(), in_the_way),
                      plan.routes.end());
}

void note_gateways(const Context& context, const Interfaces& interfaces) {
    for (const Interface& interface : interfaces)
        for (const Family family : kFamilies) {
            const Side& side = interface.side(family);
            const char* version = family == Family::v4 ? "IPv4" : "IPv6";
            if (side.addresses.empty()) continue;
            if (!side.default_route)
                warn(context, interface.name(),
                     std::string("no ") + version +
                         " gateway is known: its table has no default yet");
            else if (side.gateway && side.gateway->source == kFirstAddress)
                note(context, interface.name(),
                     "nobody named a gateway: " + side.gateway->address.to_string() +
                         " is assumed, the first address of its subnet, as on EC2");
        }
}

void note_first_files(const Plan& plan, const Context& context) {
    for (const InterfacePlan& interface : plan.interfaces) {
        const bool has_rules =
            std::any_of(plan.rules.begin(), plan.rules.end(),
                        [&](const Planned<Rule>& rule) { return rule.ifname == interface.ifname; });
        if (!interface.file_name || !has_rules ||
            context.facts.disk.files.count(file_paths(*interface.file_name)[0]) != 0)
            continue;
        const std::string& name = *interface.file_name;
        note(context, interface.ifname,
             "rule-" + name +
                 " is new. While it exists NetworkManager itself does not read route-" + name +
                 ", and nmcli refuses static routes for this profile;" +
                 " 'files: none' in the configuration says no");
    }
}

void note_foreign_rules(const Plan& plan, const Context& context) {
    for (const Rule& rule : context.facts.kernel.rules)
        if (in_band(rule.priority, plan.ownership) && !is_ours(rule, plan.ownership))
            note(context, "",
                 "a rule in our band is not eni-routes' and stays: " + format_rule(rule));
}

void plan_interfaces(Plan& plan, const Context& context, const Interfaces& interfaces) {
    const auto is_there = [&](const IpAddress& address) {
        const bool is_added = std::any_of(
            plan.addresses.begin(), plan.addresses.end(),
            [&](const Planned<Address>& added) { return added.object.address == address; });
        return !is_added || is_own_address(context.facts.kernel, address);
    };
    for (const Interface& interface : interfaces) {
        const bool is_primary = &interface == &interfaces.front();
        InterfacePlan planned{
            interface.name(),
            interface.table,
            is_primary,
            {},
            {},
            interface.eni != nullptr ? interface.eni->vpc_blocks : std::vector<Prefix>{},
            interface.v4.gateway,
            interface.v6.gateway,
            file_name(context, interface, is_primary)};
        for (const Side* side : {&interface.v4, &interface.v6}) {
            std::copy_if(side->addresses.begin(), side->addresses.end(),
                         std::back_inserter(planned.addresses), is_there);
            planned.subnets.insert(planned.subnets.end(), side->subnets.begin(),
                                   side->subnets.end());
        }
        plan.interfaces.push_back(std::move(planned));
    }
}

}  // namespace

Plan make_plan(const Facts& facts, const Config& config, Absent absent) {
    Plan plan;
    const Context context{facts, config, plan.notes};
    const bool is_on = config.enabled && facts.disk.disabled.count("*") == 0;

    Interfaces interfaces;
    if (is_on) interfaces = managed_interfaces(context);
    plan.is_active = interfaces.size() >= 2;  // with one there is nothing to separate
    plan.is_basic = config.suppress == Suppress::off || !facts.kernel.has_suppress;
    if (is_on && absent == Absent::keep) plan.keep_files_of = away(context, interfaces);
    plan.ownership = make_ownership(context, plan.is_active ? interfaces : Interfaces{});
    plan_addresses(plan, context, interfaces);

    if (plan.is_active) {
        const Main main4 = look_at_main(facts.kernel, Family::v4);
        const Main main6 = look_at_main(facts.kernel, Family::v6);
        for (Interface& interface : interfaces) {
            study_side(plan, context, main4, interface, Family::v4);
            study_side(plan, context, main6, interface, Family::v6);
        }
        plan_interfaces(plan, context, interfaces);
        for (const Family family : kFamilies) {
            const Main& main = family == Family::v4 ? main4 : main6;
            plan_routes(plan, main, interfaces, family);
            plan_rules(plan, context, main, interfaces, family);
        }
    }
    yield_to_foreign_routes(plan, context);
    plan_table_names(plan, context, interfaces);
    plan_link_groups(plan, context, interfaces);
    plan_run_state(plan, context, interfaces);
    if (plan.is_active) note_gateways(context, interfaces);
    note_first_files(plan, context);
    note_foreign_rules(plan, context);
    return plan;
}

}  // namespace eni
