// See basic_mode.hpp.
#include "basic_mode.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "ownership.hpp"
#include "prefix_set.hpp"

namespace eni {

namespace {

bool leaves_by_another_eni(const Route& route, const Interface& interface,
                           const Interfaces& interfaces) {
    return !route.hops.empty() && !leaves_by(route, interface.name()) &&
           std::all_of(route.hops.begin(), route.hops.end(), [&](const NextHop& hop) {
               return std::any_of(
                   interfaces.begin(), interfaces.end(),
                   [&](const Interface& other) { return other.name() == hop.ifname; });
           });
}

}  // namespace

const Interface* default_holder(const MainTable& main, const Interfaces& interfaces) {
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

std::vector<Route> borrowed_routes(const MainTable& main, const Interface& interface,
                                   const Interfaces& interfaces, Family family, bool is_holder) {
    const IpConfig& ip = interface.ip(family);
    // What it has itself goes before what it borrows.
    std::set<std::pair<Prefix, std::uint8_t>> own;
    for (const Route& route : ip.own_routes) own.insert({route.dst, route.tos});
    std::vector<Route> borrowed, others;
    PrefixSet detours;
    for (const Route* route : main.usable) {
        if (is_default_like(*route) || leaves_by(*route, interface.name())) continue;
        if (!leaves_by_another_eni(*route, interface, interfaces)) {
            others.push_back(*route);
        } else if (ip.gateway) {
            Route detour;
            detour.dst = route->dst;
            detour.tos = route->tos;
            detour.metric = usual_metric(family);
            detour.hops = {{interface.name(), ip.gateway->address, 1, ip.gateway->onlink}};
            borrowed.push_back(std::move(detour));
            detours.insert(route->dst);
        }
    }
    for (const Route& other : others)
        if (!is_holder || detours.shortest_around(other.dst)) borrowed.push_back(other);
    for (Route& route : borrowed) {
        route.table = interface.table.id;
        route.protocol = kOurProtocol;
    }
    borrowed.erase(std::remove_if(borrowed.begin(), borrowed.end(),
                                  [&](const Route& route) {
                                      return own.count({route.dst, route.tos}) != 0;
                                  }),
                   borrowed.end());
    keep_first_of_each_identity(borrowed);
    return borrowed;
}

}  // namespace eni
