// See flows.hpp. What is right is the policy's two sentences (make_plan.hpp), said of a single
// packet.
#include "flows.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "address_classes.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "peers.hpp"
#include "subjects.hpp"

namespace eni {

namespace {

/// Main's own routes by each link: with one hop, and no default.
using WaysByLink = std::map<std::string, std::vector<const Route*>>;

struct Judge : FlowFacts {
    const Ask& ask;
    const std::optional<Marking>& marking;
    WaysByLink ways_by_link;
    /// Main's own route to a peer by an interface, for is_good_gateway: it is the same for each
    /// address, and main is long.
    mutable std::map<std::pair<std::string, IpAddress>, const Route*> own_ways = {};
};

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

WaysByLink ways_by_link(const KernelSnapshot& kernel) {
    WaysByLink ways;
    for (const Route& route : kernel.routes)
        if (route.table == kTableMain && !is_default_like(route) && route.hops.size() == 1)
            ways[route.hops[0].ifname].push_back(&route);
    return ways;
}

const Route* own_way(const Judge& judge, const InterfacePlan& interface, const IpAddress& peer) {
    const auto [found, is_new] = judge.own_ways.emplace(std::pair(interface.ifname, peer), nullptr);
    const Route*& best = found->second;
    if (!is_new) return best;
    const auto own = judge.ways_by_link.find(interface.ifname);
    if (own == judge.ways_by_link.end()) return best;
    for (const Route* route : own->second)
        if (route->dst.contains(peer) && !is_mistaken(*route, interface) &&
            (best == nullptr || route->dst.length() > best->dst.length()))
            best = route;
    return best;
}

/// Whether it gets on from there: the next hop of main's own route by this interface, or its
/// gateway; a neighbour needs none.
bool is_good_gateway(const Judge& judge, const InterfacePlan& interface, const IpAddress& peer,
                     const std::optional<IpAddress>& gateway) {
    const Route* const best = own_way(judge, interface, peer);
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
    if (interface == nullptr) return Fault::none;
    if (!is_good_gateway(judge, *interface, peer, out.gateway)) return Fault::wrong_gateway;
    const Link* link = judge.routes.find_link(expected);
    if (link != nullptr && !link->has_carrier) return Fault::no_carrier;
    const bool is_silent = out.gateway && has_not_answered(judge.kernel, expected, *out.gateway);
    return is_silent ? Fault::silent_gateway : Fault::none;
}

/// What the peer sends to `to`, coming in by the expected link. Linux 6.18 has one errno for a drop
/// by rp_filter and for a blackhole: it was the filter where the way back is another link.
void judge_arrival(const Judge& judge, Flow& flow, const IpAddress& to, std::uint32_t mark = 0) {
    flow.refusal = judge.ask({to, flow.peer.address, flow.expected, mark}).error;
    if (flow.refusal == 0) return;
    const bool leaves_elsewhere = flow.out.error == 0 && flow.out.ifname != flow.expected;
    flow.is_dropped_by_rp_filter =
        flow.refusal == EXDEV || (flow.refusal == EINVAL && leaves_elsewhere &&
                                  judge.routes.effective_rp_filter(flow.expected) == 1);
    if (flow.fault == Fault::none) flow.fault = Fault::refused;
}

Flow bound_flow(const Judge& judge, const Subject& subject, const std::vector<IpAddress>& locals,
                const Peer& peer) {
    Flow flow;
    flow.kind = FlowKind::bound;
    flow.ifname = subject.ifname;
    flow.local = locals.front();
    flow.locals = locals;
    flow.peer = peer;
    flow.expected = peer.home.empty() ? subject.ifname : peer.home;
    flow.query = {peer.address, flow.local, "", 0};
    flow.fault = subject.fault;
    if (flow.fault != Fault::none) return flow;
    flow.out = judge.ask(flow.query);
    flow.fault = fault_of(judge, flow.out, flow.expected, peer.address);
    const Link* const home = judge.routes.find_link(flow.expected);
    if (flow.fault == Fault::none && peer.is_configured && home != nullptr && !home->has_carrier)
        flow.fault = Fault::no_carrier;
    judge_arrival(judge, flow, *flow.local);
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
/// Where connections are marked its answer carries the mark of the interface.
Flow published_flow(const Judge& judge, const InterfacePlan& interface, const IpAddress& local,
                    const PublishedPort& port) {
    Flow flow;
    flow.kind = FlowKind::published;
    flow.ifname = interface.ifname;
    flow.local = local;
    flow.peer = internet_peer(judge, local.family());
    flow.behind = port.target;
    flow.port = port.port;
    flow.expected = interface.ifname;
    const InterfaceMark* const mark = judge.marking ? judge.marking->of(interface.ifname) : nullptr;
    flow.query = {flow.peer.address, port.target, home_of(judge, port.target),
                  mark != nullptr ? mark->mark : 0};
    flow.out = judge.ask(flow.query);
    flow.fault = fault_of(judge, flow.out, flow.expected, flow.peer.address);
    const bool is_marked = mark != nullptr && mark->marks_requests(port.target.family());
    judge_arrival(judge, flow, port.target, is_marked ? mark->mark : 0);
    return flow;
}

// ---- All of them --------------------------------------------------------------------------------

/// Where hundreds of addresses have a rule of their own each, the rest is tried with the internet
/// alone: a kernel with thousands of rules takes its time for each question.
constexpr std::size_t kTriedWithAllPeers = 16;

/// Where there are more subnets than EC2 gives an instance interfaces, each interface is tried with
/// the neighbours in its own and in some others, which are others for each: else what is asked
/// would grow with the square of the interfaces, and what the kernel does for it with the cube.
constexpr std::ptrdiff_t kTriedWithAllSubnets = 64;
constexpr std::ptrdiff_t kOtherSubnets = 16;

std::vector<const Peer*> peers_for(const Judge& judge, const std::string& ifname,
                                   std::ptrdiff_t number, const std::vector<Peer>& peers) {
    const InterfacePlan* const interface = planned(judge.plan, ifname);
    const auto subnets = std::count_if(peers.begin(), peers.end(),
                                       [](const Peer& peer) { return peer.is_neighbour; });
    std::vector<const Peer*> chosen;
    std::ptrdiff_t subnet = 0;
    for (const Peer& peer : peers) {
        const bool is_one_of_many = peer.is_neighbour && subnets > kTriedWithAllSubnets;
        if (peer.is_neighbour) ++subnet;
        const bool is_own = interface != nullptr && is_in(peer.address, interface->subnets);
        const bool is_near =
            is_one_of_many && (subnet - number % subnets + subnets) % subnets < kOtherSubnets;
        if (!is_one_of_many || is_own || is_near) chosen.push_back(&peer);
    }
    return chosen;
}

void add_bound_flows(std::vector<Flow>& flows, const Judge& judge, const Enis& enis,
                     const std::vector<Peer>& peers) {
    const AddressClasses classes(judge.kernel, judge.routes);
    std::ptrdiff_t number = 0;
    for (const Subject& subject : subjects_of(judge, enis)) {
        const auto chosen = peers_for(judge, subject.ifname, number++, peers);
        std::size_t tried = 0;
        for (const auto& locals : classes.classes_of(subject.addresses)) {
            const Family family = locals.front().family();
            if (!subject.is_planned || ++tried > kTriedWithAllPeers) {
                flows.push_back(bound_flow(judge, subject, locals, internet_peer(judge, family)));
                continue;
            }
            for (const Peer* peer : chosen)
                if (peer->address.family() == family)
                    flows.push_back(bound_flow(judge, subject, locals, *peer));
        }
    }
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
                (peer.is_internet || !client.home.empty()))
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

std::vector<Flow> judge_flows(const KernelSnapshot& kernel, const Plan& plan,
                              const std::vector<IpAddress>& peers,
                              const std::vector<PublishedPort>& ports, const Ask& ask,
                              const Enis& enis, const std::optional<Marking>& marking) {
    const MainTables mains = main_tables(kernel, plan);
    const RouteIndex routes(kernel);
    const Judge judge{{kernel, routes, plan, mains}, ask, marking, ways_by_link(kernel)};
    const std::vector<Peer> all = peers_of(judge, peers);
    std::vector<Flow> flows;
    add_bound_flows(flows, judge, enis, all);
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
