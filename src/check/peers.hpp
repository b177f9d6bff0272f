// Whom the flows of `check` are between: one for each kind of destination that the host has. What
// they are asked is flows.cpp's business. For the files of this room.
#pragma once

#include <string>
#include <vector>

#include "flows.hpp"
#include "main_table.hpp"
#include "model.hpp"
#include "route_index.hpp"

namespace eni {

/// What flows are judged by; made once for all.
struct FlowFacts {
    const KernelSnapshot& kernel;
    const RouteIndex& routes;
    const Plan& plan;
    const MainTables& mains;
};

/// Null where the plan has none of this name.
const InterfacePlan* planned(const Plan& plan, const std::string& ifname);

/// Whether the kernel has asked a gateway for its MAC, and had no answer.
bool has_not_answered(const KernelSnapshot& kernel, const std::string& ifname,
                      const IpAddress& gateway);

/// The link that an address lives behind: "goes as main says, unless main would send it out of an
/// ENI or by a default". Empty where there is none.
std::string home_of(const FlowFacts& facts, const IpAddress& address);

/// An address that main sends by its default; where a route of its own takes each that was tried,
/// one that lives behind that.
Peer internet_peer(const FlowFacts& facts, Family family);

/// The internet, a neighbour in each subnet, a host in each block of the VPC, and `configured`.
std::vector<Peer> peers_of(const FlowFacts& facts, const std::vector<IpAddress>& configured);

}  // namespace eni
