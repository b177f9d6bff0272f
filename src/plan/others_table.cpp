// See others_table.hpp.
#include "others_table.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "ownership.hpp"

namespace eni {

namespace {

using Position = std::vector<const Route*>::const_iterator;

/// In the place of a route.
Route thrown(const Route& route) {
    Route result;
    result.type = RouteType::throw_;
    result.dst = route.dst;
    result.tos = route.tos;
    result.metric = route.metric;
    return result;
}

bool is_an_enis(const MainTable& main, const Route& route) {
    return !main.is_default(route) && main.is_by_an_eni(route);
}

bool is_anothers(const MainTable& main, const Route& route) {
    return !main.is_default(route) && !main.is_by_an_eni(route);
}

/// Among the routes to one prefix: main prefers none of the other kind.
bool has_a_say(const MainTable& main, Position begin, Position end, const Route& route) {
    return std::none_of(begin, end, [&](const Route* other) {
        return is_an_enis(main, *other) != is_an_enis(main, route) && other->tos == route.tos &&
               other->metric < route.metric;
    });
}

}  // namespace

void add_others(std::vector<Planned<Route>>& routes, const MainTable& main, TableId table,
                bool has_throw) {
    const std::size_t first = routes.size();
    const auto add = [&](Route route) {
        route.table = table;
        route.protocol = kOurProtocol;
        // The kernel allows an identity once; those of one prefix stand together.
        for (std::size_t i = routes.size(); i > first && routes[i - 1].object.dst == route.dst; --i)
            if (routes[i - 1].object.identity() == route.identity()) return;
        routes.push_back({std::move(route), "", "main has it, and not through an interface of ours",
                          /* in_kernel= */ true, /* in_file= */ false});
    };
    std::optional<Prefix> around;  // the last of another's that is in none other
    for (auto next = main.usable.begin(); next != main.usable.end();) {
        const Prefix& dst = (*next)->dst;
        const auto begin = next;
        while (next != main.usable.end() && (*next)->dst == dst) ++next;
        for (auto at = begin; at != next; ++at)
            if (is_anothers(main, **at) && has_a_say(main, begin, next, **at)) {
                add(**at);
                if (!around || !around->contains(dst)) around = dst;
            }
        for (auto at = begin; at != next; ++at)
            if (is_an_enis(main, **at) && has_a_say(main, begin, next, **at) && around &&
                around->contains(dst))
                add(has_throw ? thrown(**at) : **at);
    }
}

const Interface* default_holder(const MainTable& main, const Interfaces& interfaces,
                                Family family) {
    if (!main.everything.empty()) return nullptr;
    std::vector<Route> candidates;
    for (const Route* route : main.all) {
        if (!is_default_like(*route)) continue;
        if (!route->is_default()) return nullptr;
        candidates.push_back(*route);
    }
    const auto best = preferred_default(candidates);
    if (!best || best->hops.empty()) return nullptr;
    for (const Interface& interface : interfaces) {
        if (interface.name() != best->hops[0].ifname) continue;
        const auto& gateway = interface.ip(family).gateway;
        return gateway && gateway->address != best->hops[0].gateway ? nullptr : &interface;
    }
    return nullptr;
}

std::vector<Route> detours(const MainTable& main, const Interface& holder, Family family) {
    const IpConfig& ip = holder.ip(family);
    std::vector<Route> detours;
    if (!ip.gateway) return detours;
    std::set<std::pair<Prefix, std::uint8_t>> own;
    for (const Route& route : ip.own_routes) own.insert({route.dst, route.tos});
    for (const Route* route : main.usable) {
        if (main.is_default(*route) || leaves_by(*route, holder.name()) ||
            !main.is_by_an_eni(*route) || own.count({route->dst, route->tos}) != 0)
            continue;
        Route detour;
        detour.table = holder.table.id;
        detour.dst = route->dst;
        detour.tos = route->tos;
        detour.metric = usual_metric(family);
        detour.hops = {{holder.name(), ip.gateway->address, 1, ip.gateway->onlink}};
        detour.protocol = kOurProtocol;
        detours.push_back(std::move(detour));
    }
    keep_first_of_each_identity(detours);
    return detours;
}

}  // namespace eni
