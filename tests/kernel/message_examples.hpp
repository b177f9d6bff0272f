// Messages built in memory as the kernel lays them out, attribute by attribute: what the tests of
// reading and writing have in common.
#pragma once

#include <gtest/gtest.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <cstdint>
#include <vector>

#include "read_messages.hpp"
#include "rtnetlink_numbers.hpp"
#include "socket.hpp"
#include "write_messages.hpp"

namespace eni {

inline const LinkNames kNames = {{2, "eth0"}, {3, "eth1"}};
inline const LinkIndexes kIndexes = {{"eth0", 2}, {"eth1", 3}};

inline IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}
inline Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

inline const nlmsghdr& header(const NetlinkMessage& message) {
    return *nlmsg_hdr(message.get());
}

inline void put(const NetlinkMessage& message, int type, std::uint32_t value) {
    ASSERT_EQ(nla_put_u32(message.get(), type, value), 0);
}
inline void put(const NetlinkMessage& message, int type, const char* text) {
    ASSERT_EQ(nla_put_string(message.get(), type, text), 0);
}
inline void put(const NetlinkMessage& message, int type, const IpAddress& value) {
    ASSERT_EQ(nla_put(message.get(), type, value.size(), value.bytes()), 0);
}
inline void put_bytes(const NetlinkMessage& message, int type,
                      const std::vector<std::uint8_t>& bytes) {
    ASSERT_EQ(nla_put(message.get(), type, static_cast<int>(bytes.size()), bytes.data()), 0);
}

inline NetlinkMessage route_message_of(unsigned char family, unsigned char type = RTN_UNICAST,
                                       unsigned char dst_len = 0) {
    rtmsg route{};
    route.rtm_family = family;
    route.rtm_dst_len = dst_len;
    route.rtm_table = RT_TABLE_MAIN;
    route.rtm_type = type;
    return make_message(RTM_NEWROUTE, 0, route);
}

inline NetlinkMessage rule_message_of(unsigned char action = FR_ACT_TO_TBL,
                                      std::uint32_t flags = 0) {
    fib_rule_hdr rule{};
    rule.family = AF_INET;
    rule.table = RT_TABLE_MAIN;
    rule.action = action;
    rule.flags = flags;
    return make_message(RTM_NEWRULE, 0, rule);
}

inline Route route_to(const char* dst, const char* ifname, const char* gateway = nullptr) {
    Route route;
    route.dst = prefix(dst);
    route.hops = {{ifname, std::nullopt, 1, false}};
    if (gateway != nullptr) route.hops[0].gateway = address(gateway);
    return route;
}

inline NetlinkMessage link_message(unsigned flags, unsigned short type = ARPHRD_ETHER) {
    ifinfomsg link{};
    link.ifi_index = 3;
    link.ifi_type = type;
    link.ifi_flags = flags;
    return make_message(RTM_NEWLINK, 0, link);
}

inline void put_conf(const NetlinkMessage& message, int family, int type,
                     const std::vector<std::uint32_t>& values) {
    nlattr* nest = nla_nest_start(message.get(), family);
    ASSERT_EQ(nla_put(message.get(), type, static_cast<int>(values.size() * 4), values.data()), 0);
    nla_nest_end(message.get(), nest);
}

inline NetlinkMessage full_link_message() {
    NetlinkMessage message = link_message(IFF_UP);
    put(message, IFLA_IFNAME, "eth1");
    put_bytes(message, IFLA_ADDRESS, {0x02, 0, 0, 0xAB, 0xcd, 0x01});
    put(message, IFLA_GROUP, 10000);
    put(message, IFLA_MASTER, 7);
    nlattr* info = nla_nest_start(message.get(), IFLA_LINKINFO);
    put(message, IFLA_INFO_KIND, "veth");
    nla_nest_end(message.get(), info);
    nlattr* spec = nla_nest_start(message.get(), IFLA_AF_SPEC);
    put_conf(message, AF_INET, IFLA_INET_CONF, {1, 0, 0, 0, 0, 0, 0, 2, 0});
    put_conf(message, AF_INET6, IFLA_INET6_CONF, {0, 64, 1500});
    nla_nest_end(message.get(), spec);
    return message;
}

}  // namespace eni
