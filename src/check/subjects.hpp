// Which addresses have to answer, and by which link: those of the plan, and those that EC2 delivers
// an Elastic IP to. What is known of them before the kernel is asked. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flows.hpp"
#include "model.hpp"
#include "peers.hpp"

namespace eni {

/// Addresses that packets come to by one link.
struct Subject {
    std::string ifname;
    std::vector<IpAddress> addresses;
    bool is_planned = true;     // the link and the addresses are the plan's
    Fault fault = Fault::none;  // no_address or link_down: the kernel need not be asked
};

/// The link that an ENI is known by here; null where there is none. A bridge, a bond or a vlan may
/// have the same MAC: the one with an address of it goes first.
const Link* link_of(const KernelSnapshot& kernel, const std::string& mac, const Eni& eni);

/// Where EC2 delivers each assigned address to, of the ENIs that have a link here.
using Deliveries = std::map<IpAddress, std::string>;
Deliveries deliveries(const KernelSnapshot& kernel, const Enis& enis);

/// What clients know: an address with an Elastic IP; one of IPv6, where this host uses IPv6.
std::vector<IpAddress> public_addresses(const KernelSnapshot& kernel, const Eni& eni);

std::vector<Subject> subjects_of(const FlowFacts& facts, const Enis& enis);

}  // namespace eni
