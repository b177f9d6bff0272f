// See read_messages.hpp. The layouts are those of include/uapi/linux/ of the kernel.
#include "read_messages.hpp"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "attributes.hpp"
#include "rtnetlink_numbers.hpp"

namespace eni {

namespace {

std::string mac_of(const nlattr* attribute) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string mac;
    if (attribute == nullptr) return mac;
    const auto* bytes = static_cast<const std::uint8_t*>(nla_data(attribute));
    for (int i = 0; i < nla_len(attribute); ++i) {
        if (i > 0) mac += ':';
        mac += kDigits[bytes[i] >> 4];
        mac += kDigits[bytes[i] & 0xf];
    }
    return mac;
}

std::optional<std::string> name_of(const LinkNames& links, std::uint32_t ifindex) {
    const auto found = links.find(static_cast<int>(ifindex));
    if (found == links.end()) return std::nullopt;
    return found->second;
}

// ---- Routes -------------------------------------------------------------------------------------

std::optional<RouteType> route_type_from(std::uint8_t number) {
    for (const RouteTypeNumber& known : kRouteTypes)
        if (known.number == number) return known.type;
    return std::nullopt;
}

bool leads_nowhere(RouteType type) {
    return refuses(type) || type == RouteType::throw_;
}

/// What a message says of one hop: the attributes are the route's own where it has only one.
struct RawHop {
    std::uint32_t ifindex = 0;
    std::uint32_t flags = 0;
    std::uint8_t weight = 1;
    const Attributes& attributes;
};

template <class Take>
void take_hops_of(const nlattr* attribute, Take take) {
    const char* at = static_cast<const char*>(nla_data(attribute));
    int rest = nla_len(attribute);
    while (rest > 0) {
        rtnexthop hop{};
        const int header = static_cast<int>(sizeof hop);
        if (rest >= header) std::memcpy(&hop, at, sizeof hop);
        if (hop.rtnh_len < header || hop.rtnh_len > rest) throw_malformed(attribute);
        const Attributes attributes = attributes_of(at + header, hop.rtnh_len - header);
        take(RawHop{static_cast<std::uint32_t>(hop.rtnh_ifindex), hop.rtnh_flags,
                    static_cast<std::uint8_t>(hop.rtnh_hops + 1), attributes});
        const int step = std::min(static_cast<int>(NLMSG_ALIGN(hop.rtnh_len)), rest);
        at += step;
        rest -= step;
    }
}

/// Calls `take` with each.
template <class Take>
void take_hops(const rtmsg& header, const Attributes& attributes, Take take) {
    if (attributes[RTA_MULTIPATH] != nullptr)
        take_hops_of(attributes[RTA_MULTIPATH], take);
    else if (attributes[RTA_OIF] != nullptr)
        take(RawHop{value_of<std::uint32_t>(attributes[RTA_OIF]), header.rtm_flags, 1, attributes});
}

std::optional<NextHop> hop_from(const RawHop& raw, Family family, const LinkNames& links) {
    const auto ifname = name_of(links, raw.ifindex);
    if (!ifname) return std::nullopt;
    NextHop hop;
    hop.ifname = *ifname;
    if (raw.attributes[RTA_GATEWAY] != nullptr)
        hop.gateway = address_of(raw.attributes[RTA_GATEWAY], family);
    else if (raw.attributes[kRtaVia] != nullptr)
        hop.gateway = via_of(raw.attributes[kRtaVia]);
    hop.weight = raw.weight;
    hop.onlink = (raw.flags & RTNH_F_ONLINK) != 0;
    return hop;
}

Metrics metrics_of(const nlattr* attribute) {
    Metrics metrics;
    if (attribute == nullptr) return metrics;
    const Attributes attributes = nested(attribute);
    for (std::size_t type = 1; type < Attributes::kSize; ++type) {
        if (attributes[type] == nullptr) continue;
        if (type == kRtaxCcAlgo)
            metrics.congctl = text_of(attributes[type]);
        else if (type == RTAX_LOCK)
            metrics.lock = value_of<std::uint32_t>(attributes[type]);
        else
            metrics.values[static_cast<std::uint16_t>(type)] =
                value_of<std::uint32_t>(attributes[type]);
    }
    return metrics;
}

/// An encapsulation, a source prefix, a type of attribute that is newer than this program.
bool is_exotic(const Attributes& attributes) {
    return attributes.has_other_than(
        {RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_METRICS, RTA_MULTIPATH,
         RTA_FLOW, RTA_CACHEINFO, RTA_TABLE, kRtaVia, kRtaPref, kRtaExpires, kRtaPad, kRtaNhId});
}

/// The route with all but its hops.
Route route_without_hops(const rtmsg& header, const Attributes& attributes, Family family,
                         RouteType type) {
    Route route;
    route.table = TableId{value_or<std::uint32_t>(attributes[RTA_TABLE], header.rtm_table)};
    route.type = type;
    route.dst = prefix_of(attributes[RTA_DST], header.rtm_dst_len, family);
    route.tos = header.rtm_tos;
    route.metric = value_or<std::uint32_t>(attributes[RTA_PRIORITY], 0);
    if (family == Family::v4) route.scope = static_cast<Scope>(header.rtm_scope);
    if (attributes[RTA_PREFSRC] != nullptr)
        route.prefsrc = address_of(attributes[RTA_PREFSRC], family);
    route.metrics = metrics_of(attributes[RTA_METRICS]);
    route.realm = value_or<std::uint32_t>(attributes[RTA_FLOW], 0);
    route.pref = value_or<std::uint8_t>(attributes[kRtaPref], 0);
    route.protocol = header.rtm_protocol;
    route.is_exotic = header.rtm_src_len != 0 || is_exotic(attributes);
    return route;
}

// ---- Neighbours ---------------------------------------------------------------------------------

template <class Condition>
std::optional<Neighbour> neighbour_from(const nlmsghdr& message, const LinkNames& links,
                                        Condition is_wanted) {
    if (message.nlmsg_type != RTM_NEWNEIGH) return std::nullopt;
    const auto header = header_of<ndmsg>(message);
    const auto family = family_from(header.ndm_family);
    const auto ifname = name_of(links, static_cast<std::uint32_t>(header.ndm_ifindex));
    const Attributes attributes = attributes_after(message, header);
    if (!family || !ifname || (header.ndm_flags & NTF_PROXY) != 0 || !is_wanted(header) ||
        attributes[NDA_DST] == nullptr)
        return std::nullopt;
    return Neighbour{*ifname, address_of(attributes[NDA_DST], *family)};
}

}  // namespace

std::optional<Route> route_from(const nlmsghdr& message, const LinkNames& links) {
    if (message.nlmsg_type != RTM_NEWROUTE && message.nlmsg_type != RTM_DELROUTE)
        return std::nullopt;
    const auto header = header_of<rtmsg>(message);
    const auto family = family_from(header.rtm_family);
    const auto type = route_type_from(header.rtm_type);
    if (!family || !type || (header.rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
    const Attributes attributes = attributes_after(message, header);
    Route route = route_without_hops(header, attributes, *family, *type);
    if (leads_nowhere(route.type)) return route;  // IPv6 says "dev lo"

    bool are_links_known = true;
    take_hops(header, attributes, [&](const RawHop& raw) {
        auto hop = hop_from(raw, *family, links);
        if (!hop) {
            are_links_known = false;
            return;
        }
        // A multipath route's realm stands in each hop, and may differ.
        const auto realm = value_or<std::uint32_t>(raw.attributes[RTA_FLOW], 0);
        if (route.hops.empty()) route.realm = realm;
        if (realm != route.realm || is_exotic(raw.attributes)) route.is_exotic = true;
        route.hops.push_back(std::move(*hop));
    });
    if (!are_links_known) return std::nullopt;
    if (route.hops.empty()) route.is_exotic = true;  // a nexthop object's number alone
    return route;
}

std::optional<TableId> table_of_route(const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWROUTE && message.nlmsg_type != RTM_DELROUTE)
        return std::nullopt;
    const auto header = header_of<rtmsg>(message);
    if ((header.rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
    return TableId{
        value_or<std::uint32_t>(attributes_after(message, header)[RTA_TABLE], header.rtm_table)};
}

std::optional<int> index_of_link(const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWLINK && message.nlmsg_type != RTM_DELLINK) return std::nullopt;
    const auto header = header_of<ifinfomsg>(message);
    if (header.ifi_family != AF_UNSPEC) return std::nullopt;
    return header.ifi_index;
}

RouteAnswer route_answer_from(const nlmsghdr& message, const LinkNames& links) {
    const auto header = header_of<rtmsg>(message);
    const auto family = family_from(header.rtm_family);
    if (message.nlmsg_type != RTM_NEWROUTE || !family) throw_malformed("not the answer to a route");
    const Attributes attributes = attributes_after(message, header);
    RouteAnswer answer;
    answer.table = TableId{value_or<std::uint32_t>(attributes[RTA_TABLE], header.rtm_table)};
    answer.type = route_type_from(header.rtm_type).value_or(RouteType::unreachable);
    // IPv6 may answer with the route that refuses, instead of an error.
    if (leads_nowhere(answer.type)) answer.error = EHOSTUNREACH;
    take_hops(header, attributes, [&](const RawHop& raw) {
        if (const auto hop = hop_from(raw, *family, links)) {
            answer.ifname = hop->ifname;
            answer.gateway = hop->gateway;
        }
    });
    if (attributes[RTA_PREFSRC] != nullptr)
        answer.prefsrc = address_of(attributes[RTA_PREFSRC], *family);
    return answer;
}

// ---- Links, addresses, neighbours, rules --------------------------------------------------------

std::optional<Link> link_from(const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWLINK) return std::nullopt;
    const auto header = header_of<ifinfomsg>(message);
    const Attributes attributes = attributes_after(message, header);
    if (header.ifi_family != AF_UNSPEC || attributes[IFLA_IFNAME] == nullptr) return std::nullopt;
    const Attributes by_family = nested(attributes[IFLA_AF_SPEC]);
    const nlattr* conf4 = nested(by_family[AF_INET])[IFLA_INET_CONF];
    const nlattr* conf6 = nested(by_family[AF_INET6])[IFLA_INET6_CONF];
    Link link;
    link.ifname = text_of(attributes[IFLA_IFNAME]);
    link.ifindex = header.ifi_index;
    link.mac = mac_of(attributes[IFLA_ADDRESS]);
    link.kind = text_of(nested(attributes[IFLA_LINKINFO])[IFLA_INFO_KIND]);
    link.ethernet = header.ifi_type == ARPHRD_ETHER;
    link.is_port = value_or<std::uint32_t>(attributes[IFLA_MASTER], 0) != 0;
    link.is_up = (header.ifi_flags & IFF_UP) != 0;
    link.has_carrier = (header.ifi_flags & IFF_RUNNING) != 0;
    link.group = value_or<std::uint32_t>(attributes[IFLA_GROUP], 0);
    link.forwarding4 = element_of(conf4, kInet4Forwarding) != 0;
    link.forwarding6 = element_of(conf6, kInet6Forwarding) != 0;
    link.rp_filter = element_of(conf4, kInet4RpFilter);
    link.src_valid_mark = element_of(conf4, kInet4SrcValidMark) != 0;
    return link;
}

std::optional<Address> address_from(const nlmsghdr& message, const LinkNames& links) {
    if (message.nlmsg_type != RTM_NEWADDR && message.nlmsg_type != RTM_DELADDR) return std::nullopt;
    const auto header = header_of<ifaddrmsg>(message);
    const auto family = family_from(header.ifa_family);
    const auto ifname = name_of(links, header.ifa_index);
    if (!family || !ifname) return std::nullopt;
    const Attributes attributes = attributes_after(message, header);
    // On a point-to-point link IFA_ADDRESS is the peer's.
    const nlattr* own = attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
    if (own == nullptr) return std::nullopt;
    const auto flags = value_or<std::uint32_t>(attributes[kIfaFlags], header.ifa_flags);
    Address address;
    address.ifname = *ifname;
    address.address = address_of(own, *family);
    address.prefix_length = header.ifa_prefixlen;
    if (address.prefix_length > address.address.bits())
        throw_malformed("prefix length " + std::to_string(address.prefix_length));
    address.is_global = header.ifa_scope <= RT_SCOPE_SITE;
    address.is_duplicate = (flags & IFA_F_DADFAILED) != 0;
    address.protocol = value_or<std::uint8_t>(attributes[kIfaProtocol], 0);
    // An optimistic one is in use while DAD runs.
    address.is_tentative = (flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) == IFA_F_TENTATIVE;
    return address;
}

std::optional<Neighbour> router_neighbour_from(const nlmsghdr& message, const LinkNames& links) {
    return neighbour_from(message, links, [](const ndmsg& header) {
        return header.ndm_family == AF_INET6 && (header.ndm_flags & NTF_ROUTER) != 0 &&
               (header.ndm_state & NUD_FAILED) == 0;
    });
}

std::optional<Neighbour> failed_neighbour_from(const nlmsghdr& message, const LinkNames& links) {
    return neighbour_from(message, links, [](const ndmsg& header) {
        return (header.ndm_state & (NUD_FAILED | NUD_INCOMPLETE)) != 0;
    });
}

}  // namespace eni
