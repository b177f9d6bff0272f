// What stands around the policy, for `check`: the hook's files, the dispatcher's unit, UDP servers,
// multicast groups, other tools, ports that are published by NAT. Reads and asks; must not decide
// what is wrong, nor fail where something is not to be known: it is then left out.
#pragma once

#include <string>
#include <vector>

#include "host.hpp"

namespace eni {

/// `forwards`: the host forwards packets at all. Where it does, and is root, nft(8) and
/// iptables-save(8) are asked for published ports; each has at most 5 s.
HostFacts gather_host(bool forwards);

/// Whether systemd starts eni-routes-watch at boot; false where systemd does not run.
bool is_watch_enabled();

/// The parts, each of text that others wrote; what is malformed is left out.
///
/// /proc/net/udp or udp6: the ports of sockets that are bound to every address and connected to
/// no peer, with their inodes; without those that DHCP clients have, and without those the kernel
/// gave out itself (from `first_ephemeral` to `last_ephemeral`).
struct UdpSocket {
    std::uint16_t port = 0;
    std::string inode;
};
std::vector<UdpSocket> wildcard_sockets_from(const std::string& text, int first_ephemeral,
                                             int last_ephemeral);

/// /proc/net/igmp, without the groups of a link's own housekeeping, 224.0.0.0/24.
std::vector<MulticastGroup> multicast_groups_from(const std::string& text);

/// The output of `iptables-save`: -j DNAT rules with a --dport.
std::vector<PublishedPort> ports_from_iptables(const std::string& text);

/// The output of `nft -j list ruleset`: rules with dnat and a dport. Rules that iptables made are
/// opaque there, and come from iptables-save.
std::vector<PublishedPort> ports_from_nft(const std::string& json);

}  // namespace eni
