// See peers.hpp.
#include "peers.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace eni {

namespace {

/// An address that is neither ours nor a router's, nor reached by a route of its own.
std::optional<IpAddress> neighbour_in(const FlowFacts& facts, const Prefix& subnet) {
    constexpr int kTries = 256;
    IpAddress address = subnet.address();
    for (int i = 0; i < kTries; ++i) {
        address = address.next();
        if (!subnet.contains(address) || address.next().masked(subnet.length()) != subnet.address())
            return std::nullopt;  // the last one is IPv4's broadcast address
        const auto is_router = [&](const InterfacePlan& interface) {
            const auto& gateway = interface.gateway(subnet.family());
            return gateway && gateway->address == address;
        };
        const auto& interfaces = facts.plan.interfaces;
        const Route* route = facts.routes.longest_match(kTableMain, address);
        if (!facts.routes.is_own_address(address) &&
            std::none_of(interfaces.begin(), interfaces.end(), is_router) &&
            (route == nullptr || route->dst.length() <= subnet.length()))
            return address;
    }
    return std::nullopt;
}

/// The first address behind a prefix.
IpAddress behind(const Prefix& prefix) {
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(prefix.address().bytes(), prefix.address().size(), bytes.begin());
    for (std::size_t bit = prefix.length(); bit < prefix.address().bits(); ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] | 0x80 >> bit % 8);
    return IpAddress::from_bytes(bytes.data(), prefix.address().size())
        .value_or(IpAddress())
        .next();
}

/// An address of the VPC that is in none of this host's subnets.
std::optional<IpAddress> elsewhere_in(const Prefix& block, const std::set<Prefix>& subnets) {
    IpAddress address = block.address().next();
    for (const Prefix& subnet : subnets)  // in the order of their addresses
        if (subnet.contains(address)) address = behind(subnet).next();
    return block.contains(address) ? std::make_optional(address) : std::nullopt;
}

/// To the network of an interface of EC2's, managed or not. Of one that is not: replies from an
/// address of ours arrive by its own link as well as by that one.
bool is_by_hardware(const FlowFacts& facts, const Route& route) {
    if (!is_onlink(route)) return false;
    const Link* link = facts.routes.find_link(route.hops[0].ifname);
    return link != nullptr && link->ethernet && link->kind.empty();
}

}  // namespace

const InterfacePlan* planned(const Plan& plan, const std::string& ifname) {
    for (const InterfacePlan& interface : plan.interfaces)
        if (interface.ifname == ifname) return &interface;
    return nullptr;
}

bool has_not_answered(const KernelSnapshot& kernel, const std::string& ifname,
                      const IpAddress& gateway) {
    const auto& failed = kernel.failed_neighbours;
    return std::any_of(failed.begin(), failed.end(), [&](const Neighbour& neighbour) {
        return neighbour.ifname == ifname && neighbour.address == gateway;
    });
}

std::string home_of(const FlowFacts& facts, const IpAddress& address) {
    const Route* route = facts.routes.longest_match(kTableMain, address);
    if (route == nullptr || facts.mains.of(address.family()).is_default(*route) ||
        route->hops.empty() || route->type == RouteType::local)
        return "";
    const std::string& ifname = route->hops[0].ifname;
    return planned(facts.plan, ifname) != nullptr ? "" : ifname;
}

Peer internet_peer(const FlowFacts& facts, Family family) {
    Peer first;
    // Documentation addresses (RFC 5737, RFC 9637, RFC 3849): no host has them, so main sends them
    // by its default, where it has none for a part of the internet.
    for (const char* text :
         {"192.0.2.1", "198.51.100.1", "203.0.113.1", "3fff::1", "2001:db8:ffff:ffff::1"}) {
        const auto address = IpAddress::parse(text);
        if (!address || address->family() != family) continue;
        Peer peer{*address, family == Family::v4 ? "the internet" : "the internet (IPv6)",
                  home_of(facts, *address), false, true};
        if (peer.home.empty()) return peer;
        if (first.name.empty()) first = peer;
    }
    return first;
}

std::vector<Peer> peers_of(const FlowFacts& facts, const std::vector<IpAddress>& configured) {
    std::vector<Peer> peers;
    for (const Family family : kFamilies)
        if (std::any_of(facts.plan.interfaces.begin(), facts.plan.interfaces.end(),
                        [&](const InterfacePlan& i) { return i.gateway(family).has_value(); }))
            peers.push_back(internet_peer(facts, family));
    std::set<Prefix> subnets;
    for (const InterfacePlan& interface : facts.plan.interfaces)
        for (const Prefix& subnet : interface.subnets)
            if (!subnet.is_host()) subnets.insert(subnet);
    for (const Prefix& subnet : subnets)
        if (const auto address = neighbour_in(facts, subnet))
            peers.push_back(
                {*address, "neighbours in " + subnet.to_string(), "", false, false, true});
    std::set<Prefix> blocks;
    for (const InterfacePlan& interface : facts.plan.interfaces)
        blocks.insert(interface.vpc_blocks.begin(), interface.vpc_blocks.end());
    for (const Prefix& block : blocks)
        for (const Route* route : facts.mains.of(block.family()).all)
            if (is_by_hardware(facts, *route) && block.contains(route->dst))
                subnets.insert(route->dst);
    for (const Prefix& block : blocks)
        if (const auto address = elsewhere_in(block, subnets))
            peers.push_back({*address, "the rest of the VPC's " + block.to_string(),
                             home_of(facts, *address), false, false});
    for (const IpAddress& address : configured)
        if (!facts.routes.is_own_address(address))
            peers.push_back({address, address.to_string(), home_of(facts, address), true, false});
    return peers;
}

}  // namespace eni
