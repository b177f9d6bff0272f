// See write_messages.hpp. The layouts are those of include/uapi/linux/ of the kernel.
#include "write_messages.hpp"

#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <type_traits>

#include "rtnetlink_numbers.hpp"

namespace eni {

namespace {

constexpr std::size_t kManyHopsSize = 4096;  // bytes

std::uint8_t number_of(RouteType type) {
    for (const RouteTypeNumber& known : kRouteTypes)
        if (known.type == type) return known.number;
    return RTN_UNSPEC;
}

void put_bytes(nl_msg* message, int type, const void* bytes, std::size_t size) {
    if (nla_put(message, type, static_cast<int>(size), bytes) < 0)
        throw std::length_error("rtnetlink: no room for attribute " + std::to_string(type));
}

template <class Number>
std::enable_if_t<std::is_integral<Number>::value> put(nl_msg* message, int type, Number value) {
    put_bytes(message, type, &value, sizeof value);
}

void put(nl_msg* message, int type, const std::string& text) {
    if (!text.empty()) put_bytes(message, type, text.c_str(), text.size() + 1);
}

void put(nl_msg* message, int type, const IpAddress& address) {
    put_bytes(message, type, address.bytes(), address.size());
}

/// Two bytes of family before the address, as in struct rtvia.
void put_via(nl_msg* message, const IpAddress& address) {
    const std::uint16_t family = address.family() == Family::v4 ? AF_INET : AF_INET6;
    std::array<std::uint8_t, sizeof family + 16> bytes{};
    std::memcpy(bytes.data(), &family, sizeof family);
    std::memcpy(bytes.data() + sizeof family, address.bytes(), address.size());
    put_bytes(message, kRtaVia, bytes.data(), sizeof family + address.size());
}

template <class Fill>
void put_nested(nl_msg* message, int type, Fill fill) {
    nlattr* nest = nla_nest_start(message, type);
    if (nest == nullptr)
        throw std::length_error("rtnetlink: no room for attribute " + std::to_string(type));
    fill();
    nla_nest_end(message, nest);  // which takes an empty one off again
}

/// A table's number for the header, where it has only eight bits.
std::uint8_t header_table(TableId table) {
    return static_cast<std::uint8_t>(number(table) < 256 ? number(table) : 0);  // RT_TABLE_UNSPEC
}

int index_of(const LinkIndexes& links, const std::string& ifname) {
    const auto found = links.find(ifname);
    if (found == links.end())
        throw std::system_error(ENODEV, std::generic_category(), "there is no interface " + ifname);
    return found->second;
}

void put_gateway(nl_msg* message, const NextHop& hop, Family family) {
    if (!hop.gateway) return;
    if (hop.gateway->family() == family)
        put(message, RTA_GATEWAY, *hop.gateway);
    else
        put_via(message, *hop.gateway);
}

void put_multipath_hop(nl_msg* message, const NextHop& hop, const Route& route, int ifindex) {
    auto* header =
        static_cast<rtnexthop*>(nlmsg_reserve(message, sizeof(rtnexthop), NLMSG_ALIGNTO));
    if (header == nullptr) throw std::length_error("rtnetlink: no room for all next hops");
    header->rtnh_flags = hop.onlink ? RTNH_F_ONLINK : 0;
    header->rtnh_hops = static_cast<std::uint8_t>(hop.weight - 1);
    header->rtnh_ifindex = ifindex;
    put_gateway(message, hop, route.family());
    if (route.realm != 0) put(message, RTA_FLOW, route.realm);
    const auto* end = static_cast<const char*>(nlmsg_tail(nlmsg_hdr(message)));
    header->rtnh_len = static_cast<std::uint16_t>(end - reinterpret_cast<const char*>(header));
}

void put_hops(nl_msg* message, const Route& route, const LinkIndexes& links) {
    if (route.hops.size() == 1) {
        put(message, RTA_OIF, index_of(links, route.hops[0].ifname));
        put_gateway(message, route.hops[0], route.family());
    } else if (route.hops.size() > 1) {
        put_nested(message, RTA_MULTIPATH, [&] {
            for (const NextHop& hop : route.hops)
                put_multipath_hop(message, hop, route, index_of(links, hop.ifname));
        });
    }
    if (route.hops.size() < 2 && route.realm != 0) put(message, RTA_FLOW, route.realm);
}

void put_metrics(nl_msg* message, const Metrics& metrics) {
    put_nested(message, RTA_METRICS, [&] {
        if (metrics.lock != 0) put(message, RTAX_LOCK, metrics.lock);
        for (const auto& [type, value] : metrics.values) put(message, type, value);
        put(message, kRtaxCcAlgo, metrics.congctl);
    });
}

rtmsg header_from(int type, const Route& route) {
    rtmsg header{};
    header.rtm_family = number_of(route.family());
    header.rtm_dst_len = route.dst.length();
    header.rtm_tos = route.tos;
    header.rtm_table = header_table(route.table);
    header.rtm_protocol = route.protocol;
    if (type == RTM_NEWROUTE && route.protocol == RTPROT_UNSPEC) header.rtm_protocol = RTPROT_BOOT;
    header.rtm_scope = static_cast<std::uint8_t>(route.scope);
    header.rtm_type = number_of(route.type);
    if (route.hops.size() == 1 && route.hops[0].onlink) header.rtm_flags = RTNH_F_ONLINK;
    return header;
}

std::uint8_t number_of(RuleAction action) {
    for (const RuleActionNumber& known : kRuleActions)
        if (known.action == action) return known.number;
    return FR_ACT_UNSPEC;
}

/// struct fib_rule_port_range, struct fib_rule_uid_range.
template <class Number>
void put_pair(nl_msg* message, int type, const NumberRange& range) {
    const std::array<Number, 2> pair = {static_cast<Number>(range.first),
                                        static_cast<Number>(range.last)};
    put_bytes(message, type, pair.data(), sizeof pair);
}

void put_selectors(nl_msg* message, const Selectors& selectors) {
    if (selectors.from && selectors.from->length() != 0)
        put(message, FRA_SRC, selectors.from->address());
    if (selectors.to && selectors.to->length() != 0) put(message, FRA_DST, selectors.to->address());
    put(message, FRA_IIFNAME, selectors.iif);
    put(message, FRA_OIFNAME, selectors.oif);
    // No mark is named as well: older kernels then delete no rule that has one.
    put(message, FRA_FWMARK, selectors.fwmark);
    put(message, FRA_FWMASK, selectors.fwmask);
    if (selectors.ip_protocol != 0) put(message, kFraIpProto, selectors.ip_protocol);
    if (selectors.sport) put_pair<std::uint16_t>(message, kFraSportRange, *selectors.sport);
    if (selectors.dport) put_pair<std::uint16_t>(message, kFraDportRange, *selectors.dport);
    if (selectors.users) put_pair<std::uint32_t>(message, kFraUidRange, *selectors.users);
}

}  // namespace

NetlinkMessage route_message(int type, int flags, const Route& route, const LinkIndexes& links) {
    const std::size_t size = route.hops.size() > 1 ? kManyHopsSize : kMessageSize;
    NetlinkMessage owner = make_message(type, flags, header_from(type, route), size);
    nl_msg* message = owner.get();
    if (!route.is_default()) put(message, RTA_DST, route.dst.address());
    put(message, RTA_TABLE, number(route.table));
    if (route.metric != 0) put(message, RTA_PRIORITY, route.metric);
    if (route.prefsrc) put(message, RTA_PREFSRC, *route.prefsrc);
    if (route.pref != 0) put(message, kRtaPref, route.pref);
    put_hops(message, route, links);
    put_metrics(message, route.metrics);
    return owner;
}

NetlinkMessage address_message(int type, int flags, const Address& address,
                               const LinkIndexes& links) {
    ifaddrmsg header{};
    header.ifa_family = number_of(address.address.family());
    header.ifa_prefixlen = address.prefix_length;
    header.ifa_index = static_cast<unsigned>(index_of(links, address.ifname));
    NetlinkMessage owner = make_message(type, flags, header);
    put(owner.get(), IFA_LOCAL, address.address);
    put(owner.get(), IFA_ADDRESS, address.address);
    if (type != RTM_NEWADDR) return owner;
    put(owner.get(), kIfaFlags, kIfaNoPrefixRoute | IFA_F_NODAD);
    put(owner.get(), kIfaProtocol, address.protocol);
    if (address.address.family() == Family::v4) return owner;
    // Of IPv6 addresses that are equally good the kernel prefers the one that came last.
    constexpr std::uint32_t kForever = 0xffffffff;
    ifa_cacheinfo lifetimes{};
    lifetimes.ifa_prefered = 0;
    lifetimes.ifa_valid = kForever;
    put_bytes(owner.get(), IFA_CACHEINFO, &lifetimes, sizeof lifetimes);
    return owner;
}

NetlinkMessage route_query_message(const RouteQuery& query, const LinkIndexes& links) {
    rtmsg header{};
    header.rtm_family = number_of(query.family());
    header.rtm_dst_len = query.dst.bits();
    header.rtm_src_len = query.src ? query.src->bits() : std::uint8_t{0};
    header.rtm_tos = query.tos;
    header.rtm_flags = kLookupTable;
    NetlinkMessage owner = make_message(RTM_GETROUTE, 0, header);
    nl_msg* message = owner.get();
    put(message, RTA_DST, query.dst);
    if (query.src) put(message, RTA_SRC, *query.src);
    if (!query.iif.empty()) put(message, RTA_IIF, index_of(links, query.iif));
    if (!query.oif.empty()) put(message, RTA_OIF, index_of(links, query.oif));
    if (query.mark != 0) put(message, RTA_MARK, query.mark);
    put(message, kRtaUid, query.user);  // else it is who asks, and nobody for what comes in
    if (query.protocol != 0) put(message, kRtaIpProto, query.protocol);
    // In network order.
    if (query.sport != 0) put(message, kRtaSport, htons(query.sport));
    if (query.dport != 0) put(message, kRtaDport, htons(query.dport));
    return owner;
}

NetlinkMessage rule_message(int type, int flags, const Rule& rule) {
    fib_rule_hdr header{};
    header.family = number_of(rule.family);
    header.src_len = rule.from ? rule.from->length() : std::uint8_t{0};
    header.dst_len = rule.to ? rule.to->length() : std::uint8_t{0};
    header.tos = rule.tos;
    header.table = header_table(rule.table);
    header.action = number_of(rule.action);
    header.flags = rule.is_inverted ? FIB_RULE_INVERT : 0;
    NetlinkMessage owner = make_message(type, flags, header);
    nl_msg* message = owner.get();
    put(message, FRA_PRIORITY, number(rule.priority));
    if (rule.action == RuleAction::lookup) put(message, FRA_TABLE, number(rule.table));
    if (rule.action == RuleAction::go_to) put(message, FRA_GOTO, number(rule.target));
    put_selectors(message, rule);
    if (rule.suppress_prefixlength)
        put(message, kFraSuppressPrefixlen, *rule.suppress_prefixlength);
    if (rule.suppress_ifgroup) put(message, kFraSuppressIfgroup, *rule.suppress_ifgroup);
    return owner;
}

NetlinkMessage group_message(const std::string& ifname, std::uint32_t group,
                             const LinkIndexes& links) {
    ifinfomsg header{};
    header.ifi_index = index_of(links, ifname);
    NetlinkMessage message = make_message(RTM_SETLINK, 0, header);
    put(message.get(), IFLA_GROUP, group);
    return message;
}

/// What is a sysctl for people, the kernel takes with a link as well (inet_set_link_af, 2.6.37).
NetlinkMessage src_valid_mark_message(const std::string& ifname, bool value,
                                      const LinkIndexes& links) {
    ifinfomsg header{};
    header.ifi_index = index_of(links, ifname);
    NetlinkMessage message = make_message(RTM_SETLINK, 0, header);
    put_nested(message.get(), IFLA_AF_SPEC, [&] {
        put_nested(message.get(), AF_INET, [&] {
            put_nested(message.get(), IFLA_INET_CONF, [&] {
                put(message.get(), static_cast<int>(kInet4SrcValidMark) + 1,
                    std::uint32_t{value ? 1U : 0U});
            });
        });
    });
    return message;
}

}  // namespace eni
