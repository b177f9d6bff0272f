// From rtnetlink's messages to the nouns of model.hpp: pure functions, no socket. Must not ask
// who made a thing, nor leave out what the plan has no use for.
//
// x_from: of addresses, routes and rules also what is told of one that went (RTM_DEL...). A message
// of another kind, or about what no noun can hold, is nothing; one that is cut short or contradicts
// itself throws std::runtime_error. No byte outside of it is read.
#pragma once

#include <linux/netlink.h>

#include <map>
#include <optional>
#include <string>

#include "lookup.hpp"
#include "model.hpp"

namespace eni {

using LinkNames = std::map<int, std::string>;  // ifindex -> ifname

std::optional<Link> link_from(const nlmsghdr& message);

/// Secondary addresses too. Nothing where the link is unknown.
std::optional<Address> address_from(const nlmsghdr& message, const LinkNames& links);

/// Nothing where the neighbour is not a router, is a proxy entry, or could not be reached (FAILED).
std::optional<Neighbour> router_neighbour_from(const nlmsghdr& message, const LinkNames& links);

/// Nothing but a neighbour, of either family, that has not answered (FAILED), or not yet
/// (INCOMPLETE): one that packets are sent to is asked again and again, and hardly ever FAILED.
std::optional<Neighbour> failed_neighbour_from(const nlmsghdr& message, const LinkNames& links);

/// Routes of every table, of the types that RouteType has. Nothing for cloned (cache) entries and
/// where a link is unknown.
std::optional<Route> route_from(const nlmsghdr& message, const LinkNames& links);

std::optional<Rule> rule_from(const nlmsghdr& message);

/// The table of a route that came or went; nothing for a cloned one and for other messages.
std::optional<TableId> table_of_route(const nlmsghdr& message);

/// The index of a link that came, changed or went; nothing for what a bridge tells of its ports.
std::optional<int> index_of_link(const nlmsghdr& message);

/// The answer to route_query_message.
RouteAnswer route_answer_from(const nlmsghdr& message, const LinkNames& links);

}  // namespace eni
