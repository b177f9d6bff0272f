// See route_index.hpp. Prefixes are sorted by address and length: what a packet's longest prefix
// is, is then the one before its address, or one that this one is a part of. Must not know rules.
#include "route_index.hpp"

#include <algorithm>

namespace eni {

namespace {

/// IPv4 keeps the routes to one prefix in this order (fib_alias); IPv6 has no TOS.
bool goes_before(const Route& a, const Route& b) {
    return std::tie(a.table, a.dst, b.tos, a.metric) < std::tie(b.table, b.dst, a.tos, b.metric);
}

std::vector<const Route*> sorted(const std::vector<Route>& routes) {
    std::vector<const Route*> pointers(routes.size());
    std::transform(routes.begin(), routes.end(), pointers.begin(),
                   [](const Route& route) { return &route; });
    std::stable_sort(pointers.begin(), pointers.end(),
                     [](const Route* a, const Route* b) { return goes_before(*a, *b); });
    return pointers;
}

/// IPv6 prefers such routes only among equals.
bool is_by(const Route& route, const std::string& oif) {
    const auto& hops = route.hops;
    return oif.empty() || route.family() == Family::v6 || hops.empty() ||
           std::any_of(hops.begin(), hops.end(),
                       [&](const NextHop& hop) { return hop.ifname == oif; });
}

}  // namespace

RouteIndex::RouteIndex(const KernelSnapshot& kernel)
    : routes_(sorted(kernel.routes)), rp_filter_all_(kernel.rp_filter_all) {
    add_nodes();
    for (const Address& own : kernel.addresses) {
        own_addresses_.push_back(own.address);
        if (own.is_global)
            first_addresses_.insert({{own.ifname, own.address.family()}, own.address});
    }
    std::sort(own_addresses_.begin(), own_addresses_.end());
    for (const Link& link : kernel.links) links_.insert({link.ifname, &link});
    has_local_table_ = std::any_of(routes_.begin(), routes_.end(), [&](const Route* route) {
        return route->table == kTableLocal && route->type == RouteType::local &&
               route->dst.is_host() &&
               std::binary_search(own_addresses_.begin(), own_addresses_.end(),
                                  route->dst.address());
    });
}

void RouteIndex::add_nodes() {
    std::vector<std::size_t> around;  // the prefixes that the last one is a part of, and itself
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        const Route& route = *routes_[i];
        if (!nodes_.empty() && nodes_.back().table == route.table &&
            nodes_.back().prefix == route.dst) {
            nodes_.back().last = i + 1;
            continue;
        }
        while (!around.empty() && (nodes_[around.back()].table != route.table ||
                                   !nodes_[around.back()].prefix.contains(route.dst)))
            around.pop_back();
        const std::size_t number = nodes_.size();
        nodes_.push_back(
            {route.table, route.dst, i, i + 1, around.empty() ? number : around.back()});
        around.push_back(number);
    }
}

const Route* RouteIndex::longest_match(TableId table, const IpAddress& dst, std::uint8_t tos,
                                       const std::string& oif) const {
    const auto behind =
        std::upper_bound(nodes_.begin(), nodes_.end(), std::tuple(table, dst, dst.bits()),
                         [](const auto& key, const Node& node) { return key < node.key(); });
    if (behind == nodes_.begin()) return nullptr;
    for (auto at = static_cast<std::size_t>(behind - nodes_.begin()) - 1;;) {
        const Node& node = nodes_[at];
        if (node.table != table) return nullptr;
        for (std::size_t i = node.first; i < node.last && node.prefix.contains(dst); ++i)
            if ((routes_[i]->tos == 0 || routes_[i]->tos == tos) && is_by(*routes_[i], oif))
                return routes_[i];
        if (node.parent == at) return nullptr;
        at = node.parent;
    }
}

bool RouteIndex::has_any(TableId table, Family family) const {
    const auto first = std::lower_bound(
        nodes_.begin(), nodes_.end(), std::tuple(table, IpAddress::any(family), std::uint8_t{0}),
        [](const Node& node, const auto& key) { return node.key() < key; });
    return first != nodes_.end() && first->table == table && first->prefix.family() == family;
}

std::optional<IpAddress> RouteIndex::first_address(const std::string& ifname, Family family) const {
    const auto found = first_addresses_.find({ifname, family});
    if (found == first_addresses_.end()) return std::nullopt;
    return found->second;
}

bool RouteIndex::is_own_address(const IpAddress& address) const {
    return address.is_loopback() ||
           std::binary_search(own_addresses_.begin(), own_addresses_.end(), address);
}

const Link* RouteIndex::find_link(const std::string& ifname) const {
    const auto found = links_.find(ifname);
    return found == links_.end() ? nullptr : found->second;
}

int RouteIndex::effective_rp_filter(const std::string& ifname) const {
    const Link* link = find_link(ifname);
    return std::max(rp_filter_all_, link != nullptr ? link->rp_filter : 0);
}

}  // namespace eni
