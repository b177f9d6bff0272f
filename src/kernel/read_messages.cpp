// See read_messages.hpp. The layouts are those of include/uapi/linux/ of the kernel.
#include "read_messages.hpp"

#include <linux/fib_rules.h>
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
#include <initializer_list>
#include <stdexcept>
#include <vector>

#include "rtnetlink_numbers.hpp"

namespace eni {

namespace {

// ---- Headers and attributes ---------------------------------------------------------------------

/// The attributes of a message or of a nest by their type; null where absent.
using Attributes = std::array<nlattr*, 64>;

[[noreturn]] void throw_malformed(const std::string& what) {
    throw std::runtime_error("rtnetlink: malformed message: " + what);
}

[[noreturn]] void throw_malformed(const nlattr* attribute) {
    throw_malformed("attribute " + std::to_string(nla_type(attribute)) + " has " +
                    std::to_string(nla_len(attribute)) + " bytes");
}

template <class Header>
Header header_of(const nlmsghdr& message) {
    Header header;
    if (nlmsg_datalen(&message) < static_cast<int>(sizeof header))
        throw_malformed("type " + std::to_string(message.nlmsg_type) + " has " +
                        std::to_string(message.nlmsg_len) + " bytes");
    std::memcpy(&header, nlmsg_data(&message), sizeof header);
    return header;
}

Attributes attributes_of(const void* begin, int size) {
    Attributes attributes{};
    // nla_parse only reads, but takes no pointers to const.
    auto* first = static_cast<nlattr*>(const_cast<void*>(begin));
    if (nla_parse(attributes.data(), static_cast<int>(attributes.size()) - 1, first, size,
                  nullptr) < 0)
        throw_malformed("attributes");
    return attributes;
}

template <class Header>
Attributes attributes_after(const nlmsghdr& message, const Header& header) {
    const int size = static_cast<int>(sizeof header);
    return attributes_of(nlmsg_attrdata(&message, size), nlmsg_attrlen(&message, size));
}

Attributes nested(const nlattr* attribute) {
    if (attribute == nullptr) return {};
    return attributes_of(nla_data(attribute), nla_len(attribute));
}

template <class T>
T value_of(const nlattr* attribute) {
    T value;
    if (nla_len(attribute) < static_cast<int>(sizeof value)) throw_malformed(attribute);
    std::memcpy(&value, nla_data(attribute), sizeof value);
    return value;
}

template <class T>
T value_or(const nlattr* attribute, T otherwise) {
    return attribute == nullptr ? otherwise : value_of<T>(attribute);
}

std::string text_of(const nlattr* attribute) {
    if (attribute == nullptr) return "";
    const char* begin = static_cast<const char*>(nla_data(attribute));
    return std::string(begin, strnlen(begin, static_cast<std::size_t>(nla_len(attribute))));
}

/// An array of 32-bit numbers; what an older kernel's is too short for is 0.
std::int32_t element_of(const nlattr* attribute, std::size_t index) {
    std::int32_t value = 0;
    if (attribute == nullptr) return value;
    const std::size_t offset = index * sizeof value;
    if (static_cast<std::size_t>(nla_len(attribute)) < offset + sizeof value) return value;
    std::memcpy(&value, static_cast<const char*>(nla_data(attribute)) + offset, sizeof value);
    return value;
}

std::optional<Family> family_from(int family) {
    if (family == AF_INET) return Family::v4;
    if (family == AF_INET6) return Family::v6;
    return std::nullopt;
}

IpAddress address_of(const nlattr* attribute, Family family) {
    const auto address =
        IpAddress::from_bytes(nla_data(attribute), static_cast<std::size_t>(nla_len(attribute)));
    if (!address || address->family() != family) throw_malformed(attribute);
    return *address;
}

/// A length of 0 goes without an address.
Prefix prefix_of(const nlattr* attribute, std::uint8_t length, Family family) {
    if (length == 0) return Prefix::any(family);
    if (attribute == nullptr) throw_malformed("a prefix has no address");
    const IpAddress address = address_of(attribute, family);
    if (length > address.bits()) throw_malformed("prefix length " + std::to_string(length));
    return {address, length};
}

/// struct rtvia: an address family in 16 bits, and the address.
IpAddress via_of(const nlattr* attribute) {
    const auto family = family_from(value_of<std::uint16_t>(attribute));
    const std::size_t size = static_cast<std::size_t>(nla_len(attribute)) - sizeof(std::uint16_t);
    const auto address = IpAddress::from_bytes(
        static_cast<const char*>(nla_data(attribute)) + sizeof(std::uint16_t), size);
    if (!address || family != address->family()) throw_malformed(attribute);
    return *address;
}

bool has_others(const Attributes& attributes, std::initializer_list<int> known) {
    for (std::size_t type = 1; type < attributes.size(); ++type)
        if (attributes[type] != nullptr &&
            std::find(known.begin(), known.end(), static_cast<int>(type)) == known.end())
            return true;
    return false;
}

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

/// What a message says of one hop: the attributes are the route's own where it has only one.
struct RawHop {
    std::uint32_t ifindex = 0;
    std::uint32_t flags = 0;
    std::uint8_t weight = 1;
    Attributes attributes{};
};

std::vector<RawHop> multipath_of(const nlattr* attribute) {
    std::vector<RawHop> hops;
    const char* at = static_cast<const char*>(nla_data(attribute));
    int rest = nla_len(attribute);
    while (rest > 0) {
        rtnexthop hop{};
        const int header = static_cast<int>(sizeof hop);
        if (rest >= header) std::memcpy(&hop, at, sizeof hop);
        if (hop.rtnh_len < header || hop.rtnh_len > rest) throw_malformed(attribute);
        hops.push_back({static_cast<std::uint32_t>(hop.rtnh_ifindex), hop.rtnh_flags,
                        static_cast<std::uint8_t>(hop.rtnh_hops + 1),
                        attributes_of(at + header, hop.rtnh_len - header)});
        const int step = std::min(static_cast<int>(NLMSG_ALIGN(hop.rtnh_len)), rest);
        at += step;
        rest -= step;
    }
    return hops;
}

std::vector<RawHop> raw_hops_of(const rtmsg& header, const Attributes& attributes) {
    if (attributes[RTA_MULTIPATH] != nullptr) return multipath_of(attributes[RTA_MULTIPATH]);
    if (attributes[RTA_OIF] == nullptr) return {};
    return {{value_of<std::uint32_t>(attributes[RTA_OIF]), header.rtm_flags, 1, attributes}};
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
    const Attributes attributes = nested(attribute);
    for (std::size_t type = 1; type < attributes.size(); ++type) {
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
    return has_others(attributes, {RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC,
                                   RTA_METRICS, RTA_MULTIPATH, RTA_FLOW, RTA_CACHEINFO, RTA_TABLE,
                                   kRtaVia, kRtaPref, kRtaExpires, kRtaPad, kRtaNhId});
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
    const bool has_hops = route.type == RouteType::unicast || route.type == RouteType::local;
    if (!has_hops) return route;  // IPv6 says "dev lo"

    const std::vector<RawHop> raw_hops = raw_hops_of(header, attributes);
    if (raw_hops.empty()) route.is_exotic = true;  // a nexthop object's number alone
    for (const RawHop& raw : raw_hops) {
        const auto hop = hop_from(raw, *family, links);
        if (!hop) return std::nullopt;
        // A multipath route's realm stands in each hop, and may differ.
        const auto realm = value_or<std::uint32_t>(raw.attributes[RTA_FLOW], 0);
        if (route.hops.empty()) route.realm = realm;
        if (realm != route.realm || is_exotic(raw.attributes)) route.is_exotic = true;
        route.hops.push_back(*hop);
    }
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
    answer.is_local = header.rtm_type == RTN_LOCAL;
    // IPv6 may answer with the route that refuses, instead of an error.
    if (!answer.is_local && header.rtm_type != RTN_UNICAST) answer.error = EHOSTUNREACH;
    for (const RawHop& raw : raw_hops_of(header, attributes))
        if (const auto hop = hop_from(raw, *family, links)) {
            answer.ifname = hop->ifname;
            answer.gateway = hop->gateway;
        }
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
    return address;
}

std::optional<RouterNeighbour> router_neighbour_from(const nlmsghdr& message,
                                                     const LinkNames& links) {
    if (message.nlmsg_type != RTM_NEWNEIGH) return std::nullopt;
    const auto header = header_of<ndmsg>(message);
    const auto ifname = name_of(links, static_cast<std::uint32_t>(header.ndm_ifindex));
    const Attributes attributes = attributes_after(message, header);
    if (header.ndm_family != AF_INET6 || (header.ndm_flags & NTF_ROUTER) == 0 ||
        (header.ndm_flags & NTF_PROXY) != 0 || (header.ndm_state & NUD_FAILED) != 0 || !ifname ||
        attributes[NDA_DST] == nullptr)
        return std::nullopt;
    return RouterNeighbour{*ifname, address_of(attributes[NDA_DST], Family::v6)};
}

namespace {

/// Another action than a table's lookup, or a selector that Rule has no member for.
bool is_exotic(const fib_rule_hdr& header, const Attributes& attributes) {
    using Range = std::array<std::uint32_t, 2>;  // struct fib_rule_uid_range
    constexpr Range kAllUsers = {0, 0xffffffff};
    return header.action != FR_ACT_TO_TBL || (header.flags & FIB_RULE_INVERT) != 0 ||
           header.tos != 0 || value_or(attributes[kFraUidRange], kAllUsers) != kAllUsers ||
           has_others(attributes, {FRA_DST, FRA_SRC, FRA_IIFNAME, FRA_PRIORITY, FRA_FWMARK,
                                   kFraSuppressIfgroup, kFraSuppressPrefixlen, FRA_TABLE,
                                   FRA_FWMASK, FRA_OIFNAME, kFraPad, kFraUidRange, kFraProtocol});
}

std::optional<std::uint32_t> suppress_of(const nlattr* attribute) {
    constexpr std::uint32_t kNoSuppress = 0xffffffff;
    const auto value = value_or<std::uint32_t>(attribute, kNoSuppress);
    if (value == kNoSuppress) return std::nullopt;
    return value;
}

std::optional<Prefix> selector_of(const nlattr* attribute, std::uint8_t length, Family family) {
    if (length == 0) return std::nullopt;
    return prefix_of(attribute, length, family);
}

}  // namespace

std::optional<Rule> rule_from(const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWRULE && message.nlmsg_type != RTM_DELRULE) return std::nullopt;
    const auto header = header_of<fib_rule_hdr>(message);
    const auto family = family_from(header.family);
    if (!family) return std::nullopt;  // those of multicast routing
    const Attributes attributes = attributes_after(message, header);
    Rule rule;
    rule.family = *family;
    rule.priority = Priority{value_or<std::uint32_t>(attributes[FRA_PRIORITY], 0)};
    rule.from = selector_of(attributes[FRA_SRC], header.src_len, *family);
    rule.to = selector_of(attributes[FRA_DST], header.dst_len, *family);
    rule.iif = text_of(attributes[FRA_IIFNAME]);
    rule.oif = text_of(attributes[FRA_OIFNAME]);
    rule.table = TableId{value_or<std::uint32_t>(attributes[FRA_TABLE], header.table)};
    rule.suppress_prefixlength = suppress_of(attributes[kFraSuppressPrefixlen]);
    rule.suppress_ifgroup = suppress_of(attributes[kFraSuppressIfgroup]);
    rule.fwmark = value_or<std::uint32_t>(attributes[FRA_FWMARK], 0);
    rule.fwmask = value_or<std::uint32_t>(attributes[FRA_FWMASK], 0);
    rule.is_exotic = is_exotic(header, attributes);
    return rule;
}

}  // namespace eni
