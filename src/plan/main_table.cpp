// See main_table.hpp.
#include "main_table.hpp"

#include <algorithm>
#include <set>

namespace eni {

namespace {

bool is_special(const Prefix& dst) {
    return dst.address().is_link_local() || dst.address().is_multicast();
}

}  // namespace

MainTable main_table(const KernelSnapshot& kernel, Family family) {
    std::set<IpAddress> own;
    for (const Address& address : kernel.addresses) own.insert(address.address);
    MainTable main;
    for (const Route& route : kernel.routes)
        if (route.table == kTableMain && route.family() == family &&
            route.type != RouteType::local)  // that leads to this host itself
            main.all.push_back(&route);
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

bool is_default_like(const Route& route) {
    return route.dst.length() <= 1;
}

bool is_onlink(const Route& route) {
    return route.type == RouteType::unicast && route.hops.size() == 1 && !route.hops[0].gateway;
}

bool leaves_by(const Route& route, const std::string& ifname) {
    return std::any_of(route.hops.begin(), route.hops.end(),
                       [&](const NextHop& hop) { return hop.ifname == ifname; });
}

std::optional<Route> preferred_default(const std::vector<Route>& routes) {
    std::optional<Route> best;
    for (const Route& route : routes)
        if (route.is_default() && route.type == RouteType::unicast && route.tos == 0 &&
            (!best || route.metric < best->metric))
            best = route;
    return best;
}

void keep_first_of_each_identity(std::vector<Route>& routes) {
    std::stable_sort(routes.begin(), routes.end(), ByIdentity{});
    const auto same = [](const Route& a, const Route& b) { return a.identity() == b.identity(); };
    routes.erase(std::unique(routes.begin(), routes.end(), same), routes.end());
}

}  // namespace eni
