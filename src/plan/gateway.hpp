// The gateway of an interface in one family: the same from every event, in a fixed order of
// sources. Pure; must not ask whether it answers.
#pragma once

#include <optional>
#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "model.hpp"

namespace eni {

/// The configuration; main's default by this interface; a DHCP lease's router (IPv4) or a neighbour
/// that says that it is a router (IPv6); a default by it in another program's table; what an
/// earlier run left in its table, unless that is in none of EC2's subnets; of IPv4, by EC2's
/// convention, the first address of EC2's subnet; what an earlier run left; the first address of
/// the subnet that its first address is in. Never an address of this host, the number of a subnet
/// or its broadcast address; but for the configuration and main none outside of its subnets, unless
/// it has but single addresses. `host` are the host's addresses after the run, `subnets` those of
/// the interface's, in order.
std::optional<Gateway> find_gateway(const Facts& facts, const Config& config,
                                    const std::vector<Address>& host, const Interface& interface,
                                    const std::vector<Prefix>& subnets,
                                    const std::optional<Route>& main_default, Family family);

/// What would be assumed where nothing names a gateway; IPv4 alone.
std::optional<IpAddress> assumed_gateway(const std::vector<Address>& host,
                                         const Interface& interface,
                                         const std::vector<Prefix>& subnets);

/// A default on the link that an earlier run left in its table: it stays where no gateway is known,
/// though main has lost its own.
std::optional<Route> default_to_keep(const Facts& facts, const std::vector<Address>& host,
                                     const Interface& interface, Family family);

/// The routers that a lease named for the interface: told just now, or kept from an earlier event.
std::vector<IpAddress> lease_routers(const Facts& facts, const Link& link);

/// The first of these that can be the gateway of an interface with these subnets.
std::optional<IpAddress> usable_lease_router(const Facts& facts, const std::vector<Address>& host,
                                             const Interface& interface,
                                             const std::vector<Prefix>& subnets);

/// Whether a host in these subnets can reach it without a gateway.
bool in_subnets(const IpAddress& address, const std::vector<Prefix>& subnets);

}  // namespace eni
