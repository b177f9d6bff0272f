// See main_table.hpp.
#include "main_table.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "everything.hpp"

namespace eni {

namespace {

bool is_special(const Prefix& dst) {
    return dst.address().is_link_local() || dst.address().is_multicast();
}

/// With the interface that each is on.
using Owned = std::set<std::pair<IpAddress, std::string_view>>;

bool is_to_this_host(const Route& route, const Owned& own) {
    return is_onlink(route) && route.dst.is_host() &&
           own.count({route.dst.address(), route.hops[0].ifname}) != 0;
}

MainTable main_table(const KernelSnapshot& kernel, Family family, const Owned& own,
                     const std::set<std::string>& enis) {
    MainTable main;
    for (const Route& route : kernel.routes)
        if (route.table == kTableMain && route.family() == family &&
            route.type != RouteType::local &&  // that leads to this host itself
            !is_for_a_group(route.type))
            main.all.push_back(&route);
    const auto is_before = [](const Route* a, const Route* b) { return a->dst < b->dst; };
    if (!std::is_sorted(main.all.begin(), main.all.end(), is_before))
        std::stable_sort(main.all.begin(), main.all.end(), is_before);
    for (const Route* route : main.all)
        if (!route->is_exotic && !is_special(route->dst) && !is_to_this_host(*route, own))
            main.usable.push_back(route);
    main.everything = parts_of_everything(main.usable, enis);
    main.enis = enis;
    return main;
}

}  // namespace

MainTables main_tables(const KernelSnapshot& kernel, const std::vector<Address>& own,
                       const std::set<std::string>& enis) {
    Owned owned;
    for (const Address& address : own) owned.emplace(address.address, address.ifname);
    return {main_table(kernel, Family::v4, owned, enis),
            main_table(kernel, Family::v6, owned, enis)};
}

void pass_over_routes_to(MainTables& mains, const std::vector<Planned<Address>>& added) {
    if (added.empty()) return;
    Owned owned;
    for (const Planned<Address>& planned : added)
        owned.emplace(planned.object.address, planned.object.ifname);
    for (MainTable* main : {&mains.v4, &mains.v6})
        main->usable.erase(
            std::remove_if(main->usable.begin(), main->usable.end(),
                           [&](const Route* route) { return is_to_this_host(*route, owned); }),
            main->usable.end());
}

MainTables main_tables(const KernelSnapshot& kernel, const Plan& plan) {
    std::set<std::string> names;
    for (const InterfacePlan& interface : plan.interfaces) names.insert(interface.ifname);
    return main_tables(kernel, kernel.addresses, names);
}

bool MainTable::is_default(const Route& route) const {
    return is_default_like(route) || everything.count(&route) != 0;
}

bool MainTable::is_by_an_eni(const Route& route) const {
    return !route.hops.empty() &&
           std::all_of(route.hops.begin(), route.hops.end(),
                       [&](const NextHop& hop) { return enis.count(hop.ifname) != 0; });
}

bool MainTable::leads_behind(const Prefix& prefix, const Eni* eni) const {
    const auto before = [](const Route* route, const Prefix& dst) { return route->dst < dst; };
    const auto from = [&](const Prefix& dst) {
        return std::lower_bound(usable.begin(), usable.end(), dst, before);
    };
    const auto is_in_subnet = [&](const Prefix& dst) {
        return eni == nullptr || eni->subnets.empty() ||
               std::any_of(eni->subnets.begin(), eni->subnets.end(),
                           [&](const Prefix& subnet) { return subnet.contains(dst); });
    };
    const auto is_behind = [&](const Route& route) {
        return !is_default(route) && !route.hops.empty() && !is_by_an_eni(route) &&
               is_in_subnet(route.dst);
    };
    for (auto inside = from(prefix); inside != usable.end() && prefix.contains((*inside)->dst);
         ++inside)
        if (is_behind(**inside)) return true;
    for (std::uint8_t length = prefix.length(); length > 0; --length) {
        const Prefix around(prefix.address(), length);
        const auto found = from(around);
        if (found != usable.end() && (*found)->dst == around) return is_behind(**found);
    }
    return false;
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
    if (!std::is_sorted(routes.begin(), routes.end(), ByIdentity{}))
        std::stable_sort(routes.begin(), routes.end(), ByIdentity{});
    const auto same = [](const Route& a, const Route& b) { return a.identity() == b.identity(); };
    routes.erase(std::unique(routes.begin(), routes.end(), same), routes.end());
}

}  // namespace eni
