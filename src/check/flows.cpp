// See flows.hpp. What is right is the policy's two sentences (make_plan.hpp), said of a single
// packet.
#include "flows.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "main_table.hpp"

namespace eni {

namespace {

struct Judge {
    const KernelSnapshot& kernel;
    const RouteIndex& routes;
    const Plan& plan;
    const MainTables& mains;
    const Ask& ask;
};

const InterfacePlan* planned(const Plan& plan, const std::string& ifname) {
    for (const InterfacePlan& interface : plan.interfaces)
        if (interface.ifname == ifname) return &interface;
    return nullptr;
}

const InterfacePlan* holder_of(const Plan& plan, const IpAddress& address) {
    for (const InterfacePlan& interface : plan.interfaces)
        if (std::find(interface.addresses.begin(), interface.addresses.end(), address) !=
            interface.addresses.end())
            return &interface;
    return nullptr;
}

bool is_in(const IpAddress& address, const std::vector<Prefix>& subnets) {
    return std::any_of(subnets.begin(), subnets.end(),
                       [&](const Prefix& subnet) { return subnet.contains(address); });
}

bool forwards(const KernelSnapshot& kernel, const std::string& ifname, Family family) {
    const Link* link = find_link(kernel, ifname);
    return link != nullptr && (family == Family::v4 ? link->forwarding4 : link->forwarding6);
}

// ---- Peers --------------------------------------------------------------------------------------

/// "Goes as main says, unless main would send it out of an ENI or by a default."
std::string home_of(const Judge& judge, const IpAddress& address) {
    const Route* route = judge.routes.longest_match(kTableMain, address);
    if (route == nullptr || judge.mains.of(address.family()).is_default(*route) ||
        route->hops.empty() || route->type == RouteType::local)
        return "";
    const std::string& ifname = route->hops[0].ifname;
    return planned(judge.plan, ifname) != nullptr ? "" : ifname;
}

/// An address that is neither ours nor a router's, nor reached by a route of its own.
std::optional<IpAddress> neighbour_in(const Judge& judge, const Prefix& subnet) {
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
        const auto& interfaces = judge.plan.interfaces;
        const Route* route = judge.routes.longest_match(kTableMain, address);
        if (!judge.routes.is_own_address(address) &&
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

Peer internet_peer(Family family) {
    return {internet(family), family == Family::v4 ? "the internet" : "the internet (IPv6)", "",
            false};
}

std::vector<Peer> peers_of(const Judge& judge, const std::vector<IpAddress>& configured) {
    std::vector<Peer> peers;
    for (const Family family : kFamilies)
        if (std::any_of(judge.plan.interfaces.begin(), judge.plan.interfaces.end(),
                        [&](const InterfacePlan& i) { return i.gateway(family).has_value(); }))
            peers.push_back(internet_peer(family));
    std::set<Prefix> subnets;
    for (const InterfacePlan& interface : judge.plan.interfaces)
        for (const Prefix& subnet : interface.subnets)
            if (!subnet.is_host()) subnets.insert(subnet);
    for (const Prefix& subnet : subnets)
        if (const auto address = neighbour_in(judge, subnet))
            peers.push_back({*address, "neighbours in " + subnet.to_string(), "", false});
    std::set<Prefix> blocks;
    for (const InterfacePlan& interface : judge.plan.interfaces)
        blocks.insert(interface.vpc_blocks.begin(), interface.vpc_blocks.end());
    for (const Prefix& block : blocks)
        if (const auto address = elsewhere_in(block, subnets))
            peers.push_back({*address, "the rest of the VPC's " + block.to_string(),
                             home_of(judge, *address), false});
    for (const IpAddress& address : configured)
        if (!judge.routes.is_own_address(address))
            peers.push_back({address, address.to_string(), home_of(judge, address), true});
    return peers;
}

// ---- One flow -----------------------------------------------------------------------------------

/// Main may have several defaults by an interface; none of them is a fault.
bool is_a_default_gateway(const Judge& judge, const InterfacePlan& interface,
                          const IpAddress& gateway) {
    return std::any_of(
        judge.kernel.routes.begin(), judge.kernel.routes.end(), [&](const Route& route) {
            return route.table == kTableMain && route.is_default() && route.hops.size() == 1 &&
                   route.hops[0].ifname == interface.ifname && route.hops[0].gateway == gateway;
        });
}

/// What the kernel made of a netmask that is not EC2's.
bool is_mistaken(const Route& route, const InterfacePlan& interface) {
    return is_onlink(route) &&
           std::any_of(interface.subnets.begin(), interface.subnets.end(),
                       [&](const Prefix& subnet) {
                           return subnet != route.dst &&
                                  (subnet.contains(route.dst) || route.dst.contains(subnet));
                       });
}

/// Whether it gets on from there: the next hop of main's own route by this interface, or its
/// gateway; a neighbour needs none.
bool is_good_gateway(const Judge& judge, const InterfacePlan& interface, const IpAddress& peer,
                     const std::optional<IpAddress>& gateway) {
    const Route* best = nullptr;
    for (const Route& route : judge.kernel.routes)
        if (route.table == kTableMain && !is_default_like(route) && route.dst.contains(peer) &&
            route.hops.size() == 1 && route.hops[0].ifname == interface.ifname &&
            !is_mistaken(route, interface) &&
            (best == nullptr || route.dst.length() > best->dst.length()))
            best = &route;
    if (best != nullptr && best->hops[0].gateway == gateway) return true;
    const bool is_neighbour = is_in(peer, interface.subnets);
    if (best != nullptr && !is_neighbour) return false;
    const auto& own = interface.gateway(peer.family());
    if (!own) return true;  // none is known
    return gateway ? *gateway == own->address || is_a_default_gateway(judge, interface, *gateway)
                   : is_neighbour;
}

Fault fault_of(const Judge& judge, const RouteAnswer& out, const std::string& expected,
               const IpAddress& peer) {
    if (out.error != 0) return Fault::no_way;
    if (out.ifname != expected) return Fault::wrong_link;
    const InterfacePlan* interface = planned(judge.plan, expected);
    const bool gets_on =
        interface == nullptr || is_good_gateway(judge, *interface, peer, out.gateway);
    return gets_on ? Fault::none : Fault::wrong_gateway;
}

/// What the peer sends to `to`, coming in by the expected link. Linux 6.18 has one errno for a drop
/// by rp_filter and for a blackhole: it was the filter where the way back is another link.
void judge_arrival(const Judge& judge, Flow& flow, const IpAddress& to) {
    flow.refusal = judge.ask({to, flow.peer.address, flow.expected, 0}).error;
    if (flow.refusal == 0) return;
    const bool leaves_elsewhere = flow.out.error == 0 && flow.out.ifname != flow.expected;
    flow.is_dropped_by_rp_filter =
        flow.refusal == EXDEV || (flow.refusal == EINVAL && leaves_elsewhere &&
                                  judge.routes.effective_rp_filter(flow.expected) == 1);
    if (flow.fault == Fault::none) flow.fault = Fault::refused;
}

Flow bound_flow(const Judge& judge, const InterfacePlan& interface, const IpAddress& local,
                const Peer& peer) {
    Flow flow;
    flow.kind = FlowKind::bound;
    flow.ifname = interface.ifname;
    flow.local = local;
    flow.peer = peer;
    flow.expected = peer.home.empty() ? interface.ifname : peer.home;
    flow.query = {peer.address, local, "", 0};
    flow.out = judge.ask(flow.query);
    flow.fault = fault_of(judge, flow.out, flow.expected, peer.address);
    judge_arrival(judge, flow, local);
    return flow;
}

/// The kernel chooses a way, and by that a source; a connection asks once more with it.
Flow unbound_flow(const Judge& judge, const Peer& peer) {
    Flow flow;
    flow.kind = FlowKind::unbound;
    flow.peer = peer;
    flow.query = {peer.address, std::nullopt, "", 0};
    flow.out = judge.ask(flow.query);
    flow.expected = flow.out.ifname;
    flow.fault = fault_of(judge, flow.out, flow.expected, peer.address);
    const bool is_ours = planned(judge.plan, flow.expected) != nullptr || !peer.home.empty();
    if (flow.fault != Fault::none || !is_ours || !flow.out.prefsrc) return flow;
    flow.local = flow.out.prefsrc;
    const InterfacePlan* holder = holder_of(judge.plan, *flow.local);
    if (holder != nullptr) flow.ifname = holder->ifname;
    if (holder != nullptr && peer.home.empty() && holder->ifname != flow.expected)
        flow.fault = Fault::wrong_link;
    const RouteQuery connected{peer.address, flow.local, "", 0};
    const RouteAnswer again = judge.ask(connected);
    const Fault second = fault_of(judge, again, flow.expected, peer.address);
    if (flow.fault == Fault::none && second != Fault::none) {
        flow.query = connected;
        flow.out = again;
        flow.fault = second;
    }
    judge_arrival(judge, flow, *flow.local);
    return flow;
}

/// From `client`, which comes in by `link`, to `peer`. By which interface it leaves main says.
Flow forwarded_flow(const Judge& judge, const Peer& client, const std::string& link,
                    const Peer& peer) {
    Flow flow;
    flow.kind = FlowKind::forwarded;
    flow.peer = peer;
    flow.behind = client.address;
    flow.query = {peer.address, client.address, link, 0};
    flow.out = judge.ask(flow.query);
    flow.expected = flow.out.ifname;
    flow.fault = fault_of(judge, flow.out, flow.expected, peer.address);
    if (flow.fault == Fault::none) judge_arrival(judge, flow, client.address);
    return flow;
}

/// The target answers from its own address, which is put back into the host's only on the way out.
Flow published_flow(const Judge& judge, const InterfacePlan& interface, const IpAddress& local,
                    const PublishedPort& port) {
    Flow flow;
    flow.kind = FlowKind::published;
    flow.ifname = interface.ifname;
    flow.local = local;
    flow.peer = internet_peer(local.family());
    flow.behind = port.target;
    flow.port = port.port;
    flow.expected = interface.ifname;
    flow.query = {flow.peer.address, port.target, home_of(judge, port.target), 0};
    flow.out = judge.ask(flow.query);
    flow.fault = fault_of(judge, flow.out, flow.expected, flow.peer.address);
    judge_arrival(judge, flow, port.target);
    return flow;
}

// ---- All of them --------------------------------------------------------------------------------

void add_bound_flows(std::vector<Flow>& flows, const Judge& judge, const std::vector<Peer>& peers) {
    for (const InterfacePlan& interface : judge.plan.interfaces)
        for (const IpAddress& local : interface.addresses)
            for (const Peer& peer : peers)
                if (peer.address.family() == local.family())
                    flows.push_back(bound_flow(judge, interface, local, peer));
}

/// One that lives behind this host goes everywhere through it; another uses it for the internet.
void add_forwarded_flows(std::vector<Flow>& flows, const Judge& judge,
                         const std::vector<Peer>& peers) {
    for (const Peer& client : peers) {
        if (!client.is_configured) continue;
        const Family family = client.address.family();
        const std::string link = client.home.empty()
                                     ? judge.ask({client.address, std::nullopt, "", 0}).ifname
                                     : client.home;
        if (!forwards(judge.kernel, link, family)) continue;
        for (const Peer& peer : peers)
            if (peer.address.family() == family && !peer.is_configured &&
                (peer.address == internet(family) || !client.home.empty()))
                flows.push_back(forwarded_flow(judge, client, link, peer));
    }
}

void add_published_flows(std::vector<Flow>& flows, const Judge& judge,
                         const std::vector<PublishedPort>& ports) {
    for (const PublishedPort& port : ports)
        for (const InterfacePlan& interface : judge.plan.interfaces)
            for (const IpAddress& local : interface.addresses)
                if (local.family() == port.target.family() &&
                    port.address.value_or(local) == local && !home_of(judge, port.target).empty())
                    flows.push_back(published_flow(judge, interface, local, port));
}

}  // namespace

const char* arrivals_word(const Flow& flow) {
    const bool is_served = flow.kind == FlowKind::bound || flow.kind == FlowKind::published;
    return is_served ? "requests" : "answers";
}

IpAddress internet(Family family) {
    return IpAddress::parse(family == Family::v4 ? "192.0.2.1" : "3fff::1").value_or(IpAddress());
}

std::vector<Flow> judge_flows(const KernelSnapshot& kernel, const Plan& plan,
                              const std::vector<IpAddress>& peers,
                              const std::vector<PublishedPort>& ports, const Ask& ask) {
    const MainTables mains = main_tables(kernel, plan);
    const RouteIndex routes(kernel);
    const Judge judge{kernel, routes, plan, mains, ask};
    const std::vector<Peer> all = peers_of(judge, peers);
    std::vector<Flow> flows;
    add_bound_flows(flows, judge, all);
    for (const Peer& peer : all)
        if (std::any_of(plan.interfaces.begin(), plan.interfaces.end(), [&](const auto& i) {
                return std::any_of(i.addresses.begin(), i.addresses.end(), [&](const auto& own) {
                    return own.family() == peer.address.family();
                });
            }))
            flows.push_back(unbound_flow(judge, peer));
    add_forwarded_flows(flows, judge, all);
    add_published_flows(flows, judge, ports);
    return flows;
}

}  // namespace eni
