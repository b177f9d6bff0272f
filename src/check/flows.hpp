// The flows that `check` judges: who talks with this host, and through it. Which there are follows
// from the plan; by which way each goes the kernel says, that is asked through `Ask`; whether it is
// the right one is decided here. No I/O of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host.hpp"
#include "lookup.hpp"
#include "model.hpp"

namespace eni {

using Ask = std::function<RouteAnswer(const RouteQuery&)>;

/// One whom the host talks with.
struct Peer {
    IpAddress address;
    std::string name;  // for people: "the internet", "neighbours in 10.0.2.0/24"
    std::string home;  // the link that it lives behind, where that is none of ours (docker0)
    bool is_configured = false;  // one of check.peers
    bool is_internet = false;
    bool is_neighbour = false;  // in one of the host's subnets
};

enum class FlowKind : std::uint8_t {
    bound,      // between an address of the host's and a peer, whoever begins
    unbound,    // from a program that is bound to no address
    forwarded,  // from a peer through this host to another
    published,  // from a peer to a published port
};

enum class Fault : std::uint8_t {
    none,
    no_address,  // EC2 delivers to an address that its interface does not have
    link_down,
    no_carrier,      // the kernel sends, and nothing gets out
    silent_gateway,  // the right one, which does not answer ARP
    no_way,          // the kernel has no route
    wrong_link,      // it leaves by another interface than the one that holds the address
    wrong_gateway,   // by the right interface, but to a host that does not pass it on
    refused,         // the way out is right; what comes in is dropped (rp_filter)
};

struct Flow {
    FlowKind kind = FlowKind::bound;
    std::string ifname;              // the interface that holds `local`
    std::optional<IpAddress> local;  // the host's address; none: forwarded, or none is chosen
    /// Of a bound flow: all addresses of the interface that the kernel does not tell apart, `local`
    /// the first of them. One is tried for all.
    std::vector<IpAddress> locals = {};
    Peer peer;
    std::optional<IpAddress> behind;  // forwarded, published: whom this host does it for
    std::uint16_t port = 0;           // published
    std::string expected;             // the link that it has to leave and to come in by
    RouteQuery query;                 // how the kernel was asked for the way out
    RouteAnswer out;
    int refusal = 0;  // errno for what comes in by `expected`; 0: it is accepted
    bool is_dropped_by_rp_filter = false;
    Fault fault = Fault::none;
};

/// What the peer sends: "requests", or "answers" to what this host begins or passes on.
const char* arrivals_word(const Flow& flow);

/// Every flow between the plan's interfaces and the internet, a neighbour in each of their subnets,
/// a host in each block of the VPC, and `peers`; what this host forwards for those of `peers`
/// that live behind it; the published ports; and of each Elastic IP of `enis` that leads to this
/// host and to none of the plan's addresses, the one with the internet. `marking` is what netfilter
/// has: by it the answers of published ports are marked.
std::vector<Flow> judge_flows(const KernelSnapshot& kernel, const Plan& plan,
                              const std::vector<IpAddress>& peers,
                              const std::vector<PublishedPort>& ports, const Ask& ask,
                              const Enis& enis = {}, const std::optional<Marking>& marking = {});

}  // namespace eni
