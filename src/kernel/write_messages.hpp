// From the nouns of model.hpp to rtnetlink's messages: pure functions, no socket. Must not decide
// what is written. What is written is what is read (read_messages.hpp):
// route_from(route_message(..., route)) == route.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "lookup.hpp"
#include "model.hpp"
#include "socket.hpp"

namespace eni {

using LinkIndexes = std::map<std::string, int>;  // ifname -> ifindex

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

/// RTM_NEWADDR or RTM_DELADDR. A new one makes no route to its prefix, and no host is asked whether
/// he has it (DAD): EC2 knows whose it is. Who is bound to no address goes on with the one that he
/// had: a new IPv6 address is deprecated, which is to be used by those alone who ask for it. Throws
/// std::system_error with ENODEV where the link has no index.
NetlinkMessage address_message(int type, int flags, const Address& address,
                               const LinkIndexes& links);

/// Puts a link into a group. Throws std::system_error with ENODEV where it has no index.
NetlinkMessage group_message(const std::string& ifname, std::uint32_t group,
                             const LinkIndexes& links);

/// Sets net.ipv4.conf.IFNAME.src_valid_mark. Throws as group_message does.
NetlinkMessage src_valid_mark_message(const std::string& ifname, bool value,
                                      const LinkIndexes& links);

}  // namespace eni
