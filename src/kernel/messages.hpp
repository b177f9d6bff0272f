// Between rtnetlink's messages and the nouns of model.hpp: pure functions in both directions,
// no socket. What is written is what is read: route_from(route_message(..., route)) == route.
//
// x_from: of addresses, routes and rules also what is told of one that went (RTM_DEL...). A message
// of another kind, or one that is none of our business, is nothing; one that is cut short or
// contradicts itself throws std::runtime_error. No byte outside of it is read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "lookup.hpp"
#include "model.hpp"
#include "socket.hpp"

namespace eni {

using LinkNames = std::map<int, std::string>;    // ifindex -> ifname
using LinkIndexes = std::map<std::string, int>;  // ifname -> ifindex

std::optional<Link> link_from(const nlmsghdr& message);

/// Secondary addresses too. Nothing where the link is unknown.
std::optional<Address> address_from(const nlmsghdr& message, const LinkNames& links);

/// Nothing where the neighbour is not a router, is a proxy entry, or could not be reached (FAILED).
std::optional<RouterNeighbour> router_neighbour_from(const nlmsghdr& message,
                                                     const LinkNames& links);

/// Routes of every table but local, and of that table our own; of the types that RouteType has.
/// Nothing for cloned (cache) entries and where a link is unknown.
std::optional<Route> route_from(const nlmsghdr& message, const LinkNames& links);

std::optional<Rule> rule_from(const nlmsghdr& message);

/// The table of a route that came or went; nothing for a cloned one and for other messages.
std::optional<TableId> table_of_route(const nlmsghdr& message);

/// The index of a link that came, changed or went; nothing for what a bridge tells of its ports.
std::optional<int> index_of_link(const nlmsghdr& message);

/// The answer to route_query_message.
RouteAnswer route_answer_from(const nlmsghdr& message, const LinkNames& links);

/// RTM_GETROUTE: by which way a packet goes. Throws std::system_error with ENODEV where the link
/// that it comes in by has no index.
NetlinkMessage route_query_message(const RouteQuery& query, const LinkIndexes& links);

/// RTM_NEWROUTE or RTM_DELROUTE, and NLM_F_CREATE, _EXCL, _REPLACE. Names all that the route has,
/// so that a deletion hits no other; but the kernel takes a metric of 0, a missing prefsrc and a
/// protocol of 0 in a deletion for "any". A new route without a protocol gets RTPROT_BOOT, as from
/// `ip`. Throws std::system_error with ENODEV where a link has no index, std::length_error where
/// the hops are more than 4 KiB hold.
NetlinkMessage route_message(int type, int flags, const Route& route, const LinkIndexes& links);

/// RTM_NEWRULE or RTM_DELRULE, to look a table up. Names all that the rule has; but the kernel
/// takes a missing selector in a deletion for "any", and deletes the first rule that fits.
NetlinkMessage rule_message(int type, int flags, const Rule& rule);

/// RTM_NEWADDR or RTM_DELADDR. A new one makes no route to its prefix, and nobody is asked whether
/// he has it (DAD): EC2 knows whose it is. Who is bound to no address goes on with the one that he
/// had: a new IPv6 address is deprecated, which is to be used by those alone who ask for it. Throws
/// std::system_error with ENODEV where the link has no index.
NetlinkMessage address_message(int type, int flags, const Address& address,
                               const LinkIndexes& links);

/// Puts a link into a group. Throws std::system_error with ENODEV where it has no index.
NetlinkMessage group_message(const std::string& ifname, std::uint32_t group,
                             const LinkIndexes& links);

}  // namespace eni
