// Messages to nouns and back, without a socket: messages are built in memory, as the kernel lays
// them out, and compared as structs.
#include "messages.hpp"

#include <gtest/gtest.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace eni {
namespace {

const LinkNames kNames = {{2, "eth0"}, {3, "eth1"}};
const LinkIndexes kIndexes = {{"eth0", 2}, {"eth1", 3}};

// Newer than the oldest headers that eni-routes is built with.
constexpr int kRtaVia = 18, kRtaPref = 20, kRtaEncapType = 21, kRtaEncap = 22, kRtaNhId = 30;
constexpr int kFraSuppressPrefixlen = 14, kFraL3mdev = 19, kFraUidRange = 20, kFraProtocol = 21;
constexpr int kFraIpProto = 22, kFraDportRange = 24, kFraDscp = 25;
constexpr int kIfaFlags = 8, kIfaProtocol = 11;
constexpr unsigned kLookupTable = 0x1000;  // RTM_F_LOOKUP_TABLE

IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}
Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

const nlmsghdr& header(const NetlinkMessage& message) {
    return *nlmsg_hdr(message.get());
}

void put(const NetlinkMessage& message, int type, std::uint32_t value) {
    ASSERT_EQ(nla_put_u32(message.get(), type, value), 0);
}
void put(const NetlinkMessage& message, int type, const char* text) {
    ASSERT_EQ(nla_put_string(message.get(), type, text), 0);
}
void put(const NetlinkMessage& message, int type, const IpAddress& value) {
    ASSERT_EQ(nla_put(message.get(), type, value.size(), value.bytes()), 0);
}
void put_bytes(const NetlinkMessage& message, int type, const std::vector<std::uint8_t>& bytes) {
    ASSERT_EQ(nla_put(message.get(), type, static_cast<int>(bytes.size()), bytes.data()), 0);
}

NetlinkMessage route_message_of(unsigned char family, unsigned char type = RTN_UNICAST,
                                unsigned char dst_len = 0) {
    rtmsg route{};
    route.rtm_family = family;
    route.rtm_dst_len = dst_len;
    route.rtm_table = RT_TABLE_MAIN;
    route.rtm_type = type;
    return make_message(RTM_NEWROUTE, 0, route);
}

NetlinkMessage rule_message_of(unsigned char action = FR_ACT_TO_TBL, std::uint32_t flags = 0) {
    fib_rule_hdr rule{};
    rule.family = AF_INET;
    rule.table = RT_TABLE_MAIN;
    rule.action = action;
    rule.flags = flags;
    return make_message(RTM_NEWRULE, 0, rule);
}

std::optional<Route> there_and_back(const Route& route) {
    return route_from(header(route_message(RTM_NEWROUTE, 0, route, kIndexes)), kNames);
}

Route route_to(const char* dst, const char* ifname, const char* gateway = nullptr) {
    Route route;
    route.dst = prefix(dst);
    route.hops = {{ifname, std::nullopt, 1, false}};
    if (gateway != nullptr) route.hops[0].gateway = address(gateway);
    return route;
}

// ---- Round trips --------------------------------------------------------------------------------

std::vector<Route> all_kinds_of_routes() {
    std::vector<Route> routes;
    const auto add = [&](Route route, auto change) {
        change(route);
        routes.push_back(route);
    };
    const auto v4 = [] { return route_to("10.0.2.0/24", "eth1"); };
    const auto v6 = [] { return route_to("2001:db8:2::/64", "eth1"); };
    add(v4(), [](Route& r) { r.scope = Scope::link; });
    add(v4(), [](Route& r) { r.scope = Scope::host; });
    add(v4(), [](Route& r) { r.scope = static_cast<Scope>(42); });
    add(v4(), [](Route& r) { r.table = TableId{10001}; });
    add(v4(), [](Route& r) { r.table = TableId{255 + 1}; });
    add(v4(), [](Route& r) { r.table = TableId{0xffffffff}; });
    add(v4(), [](Route& r) { r.table = kTableDefault; });
    add(v4(), [](Route& r) { r.metric = 0xffffffff; });
    add(v4(), [](Route& r) { r.tos = 0x10; });
    add(v4(), [](Route& r) { r.prefsrc = address("10.0.2.37"); });
    add(v4(), [](Route& r) { r.realm = 0x00050006; });
    add(v4(), [](Route& r) { r.metrics.values = {{RTAX_MTU, 1400}, {RTAX_INITCWND, 10}}; });
    add(v4(), [](Route& r) { r.metrics.congctl = "cubic"; });
    add(v4(), [](Route& r) {
        r.metrics.values = {{RTAX_MTU, 1400}};
        r.metrics.lock = 1u << RTAX_MTU;
    });
    add(route_to("0.0.0.0/0", "eth1", "10.0.2.1"), [](Route&) {});
    add(route_to("0.0.0.0/0", "eth1", "192.0.2.1"), [](Route& r) { r.hops[0].onlink = true; });
    add(route_to("0.0.0.0/0", "eth1", "fe80::1"), [](Route&) {});
    add(route_to("10.9.0.0/16", "eth0", "10.0.0.1"), [](Route& r) {
        r.realm = 7;
        r.hops.push_back({"eth1", address("10.0.2.1"), 1, true});
        r.hops.push_back({"eth1", address("fe80::1"), 255, false});
        r.hops.push_back({"eth1", std::nullopt, 3, false});
    });
    add(v6(), [](Route& r) { r.metric = 256; });
    add(v6(), [](Route& r) { r.pref = 1; });
    add(v6(), [](Route& r) { r.pref = 3; });
    add(v6(), [](Route& r) { r.prefsrc = address("2001:db8:2::37"); });
    add(route_to("::/0", "eth1", "fe80::1"), [](Route& r) { r.hops[0].onlink = true; });
    add(route_to("2001:db8:9::/64", "eth0", "fe80::1"), [](Route& r) {
        r.hops.push_back({"eth1", address("fe80::2"), 2, true});
    });
    for (const RouteType type :
         {RouteType::blackhole, RouteType::unreachable, RouteType::prohibit, RouteType::throw_})
        for (const char* dst : {"0.0.0.0/0", "10.7.0.1/32", "::/0", "2001:db8:7::/48"})
            add(route_to(dst, "eth0"), [&](Route& r) {
                r.type = type;
                r.hops.clear();
            });
    return routes;
}

TEST(Rtnetlink, RoutesOfEveryKindComeBackAsTheyWere) {
    for (const Route& route : all_kinds_of_routes()) {
        const auto back = there_and_back(route);
        ASSERT_TRUE(back) << route.dst.to_string();
        EXPECT_TRUE(*back == route) << route.dst.to_string();
    }
}

/// Of the local table: every address of the prefix is this host's.
Route local_route(const char* dst) {
    Route route = route_to(dst, "eth1");
    route.table = kTableLocal;
    route.type = RouteType::local;
    route.protocol = 206;
    if (route.family() == Family::v4) route.scope = Scope::host;
    return route;
}

TEST(Rtnetlink, OurOwnLocalRoutesComeBackAsTheyWere) {
    for (const char* dst : {"10.0.2.64/28", "2001:db8:2:0:1::/80"}) {
        const Route route = local_route(dst);
        const auto back = there_and_back(route);
        ASSERT_TRUE(back) << dst;
        EXPECT_TRUE(*back == route) << dst;
        EXPECT_EQ(back->protocol, 206) << dst;
    }
}

TEST(Rtnetlink, OtherLocalRoutesAreNothing) {
    Route kernels = local_route("10.0.2.37/32");
    kernels.protocol = RTPROT_KERNEL;
    EXPECT_FALSE(there_and_back(kernels));
    Route elsewhere = local_route("10.0.2.64/28");
    elsewhere.table = TableId{10001};
    EXPECT_FALSE(there_and_back(elsewhere));
    Route unicast = route_to("10.0.2.64/28", "eth1");
    unicast.table = kTableLocal;
    unicast.protocol = 206;
    EXPECT_FALSE(there_and_back(unicast));
}

TEST(Rtnetlink, AddressesComeBackAsTheyWere) {
    for (const char* text : {"10.0.2.50", "2001:db8:2::50"}) {
        Address ours;
        ours.ifname = "eth1";
        ours.address = address(text);
        ours.prefix_length = ours.address.bits();
        ours.protocol = 206;
        for (const int type : {RTM_NEWADDR, RTM_DELADDR}) {
            const auto message = address_message(type, 0, ours, kIndexes);
            EXPECT_EQ(header(message).nlmsg_type, type);
            const auto back = address_from(header(message), kNames);
            ASSERT_TRUE(back) << text;
            EXPECT_EQ(back->ifname, "eth1");
            EXPECT_EQ(back->address, ours.address);
            EXPECT_EQ(back->prefix_length, ours.prefix_length);
            EXPECT_TRUE(back->is_global && !back->is_duplicate);
            EXPECT_EQ(back->protocol, type == RTM_NEWADDR ? 206 : 0);
        }
    }
}

TEST(Rtnetlink, RulesOfEveryKindComeBackAsTheyWere) {
    const auto check = [](auto change) {
        Rule rule;
        rule.priority = Priority{20101};
        rule.table = TableId{10001};
        change(rule);
        const auto back = rule_from(header(rule_message(RTM_NEWRULE, 0, rule)));
        ASSERT_TRUE(back);
        EXPECT_TRUE(*back == rule);
    };
    check([](Rule&) {});
    check([](Rule& r) { r.from = prefix("10.0.2.0/24"); });
    check([](Rule& r) { r.to = prefix("10.0.2.37/32"); });
    check([](Rule& r) { r.priority = Priority{0}; });
    check([](Rule& r) { r.table = TableId{100}; });
    check([](Rule& r) { r.iif = "lo"; });
    check([](Rule& r) { r.oif = "abcdefghijklmno"; });
    check([](Rule& r) { r.suppress_prefixlength = 1; });
    check([](Rule& r) { r.suppress_prefixlength = 0; });
    check([](Rule& r) { r.suppress_ifgroup = 10000; });
    check([](Rule& r) { r.fwmask = 0xff; });
    check([](Rule& r) {
        r.family = Family::v6;
        r.from = prefix("2001:db8:2::/64");
        r.to = prefix("2001:db8::1/128");
        r.fwmark = 5;
        r.fwmask = 0xffffffff;
    });
}

// ---- What is written ----------------------------------------------------------------------------

TEST(Rtnetlink, ANewRouteWithoutAProtocolIsBootsAndADeletionNamesNone) {
    const Route route = route_to("10.0.2.0/24", "eth1");
    const auto protocol = [](const NetlinkMessage& message) {
        return static_cast<const rtmsg*>(nlmsg_data(nlmsg_hdr(message.get())))->rtm_protocol;
    };
    EXPECT_EQ(protocol(route_message(RTM_NEWROUTE, 0, route, kIndexes)), RTPROT_BOOT);
    EXPECT_EQ(protocol(route_message(RTM_DELROUTE, 0, route, kIndexes)), RTPROT_UNSPEC);
    Route ours = route;
    ours.protocol = 206;
    EXPECT_EQ(protocol(route_message(RTM_NEWROUTE, 0, ours, kIndexes)), 206);
    EXPECT_EQ(protocol(route_message(RTM_DELROUTE, 0, ours, kIndexes)), 206);
    EXPECT_EQ(there_and_back(ours)->protocol, 206);
}

TEST(Rtnetlink, TypeAndFlagsArePassedOn) {
    const Route route = route_to("10.0.2.0/24", "eth1");
    const auto message = route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, kIndexes);
    EXPECT_EQ(header(message).nlmsg_type, RTM_NEWROUTE);
    EXPECT_EQ(header(message).nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL | NLM_F_REPLACE),
              NLM_F_CREATE | NLM_F_EXCL);
    EXPECT_EQ(header(rule_message(RTM_DELRULE, 0, Rule{})).nlmsg_type, RTM_DELRULE);
}

TEST(Rtnetlink, ALinkThatIsNotThereIsNoDevice) {
    try {
        route_message(RTM_NEWROUTE, 0, route_to("10.0.2.0/24", "eth7"), kIndexes);
        FAIL();
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code().value(), ENODEV);
        EXPECT_NE(std::string(error.what()).find("eth7"), std::string::npos);
    }
    EXPECT_THROW(group_message("eth7", 1, kIndexes), std::system_error);
}

TEST(Rtnetlink, TooManyHopsAreRefusedAndNotCutOff) {
    Route route = route_to("10.9.0.0/16", "eth0", "10.0.0.1");
    route.hops.resize(1000, route.hops[0]);
    EXPECT_THROW(route_message(RTM_NEWROUTE, 0, route, kIndexes), std::length_error);
}

TEST(Rtnetlink, AGroupIsSetByIndex) {
    const auto message = group_message("eth1", 10000, kIndexes);
    EXPECT_EQ(header(message).nlmsg_type, RTM_SETLINK);
    const auto* link = static_cast<const ifinfomsg*>(nlmsg_data(nlmsg_hdr(message.get())));
    EXPECT_EQ(link->ifi_index, 3);
    const nlattr* group = nlmsg_find_attr(nlmsg_hdr(message.get()), sizeof *link, IFLA_GROUP);
    ASSERT_NE(group, nullptr);
    EXPECT_EQ(nla_get_u32(group), 10000u);
}

TEST(Rtnetlink, ANewAddressMakesNoRouteAndAsksNobody) {
    Address ours;
    ours.ifname = "eth1";
    ours.address = address("2001:db8:2::50");
    ours.prefix_length = 128;
    const auto message = address_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ours, kIndexes);
    EXPECT_EQ(header(message).nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL | NLM_F_REPLACE),
              NLM_F_CREATE | NLM_F_EXCL);
    const nlattr* flags = nlmsg_find_attr(nlmsg_hdr(message.get()), sizeof(ifaddrmsg), kIfaFlags);
    ASSERT_NE(flags, nullptr);
    EXPECT_EQ(nla_get_u32(flags), 0x202u) << "IFA_F_NOPREFIXROUTE, IFA_F_NODAD";
    const nlattr* lifetimes =
        nlmsg_find_attr(nlmsg_hdr(message.get()), sizeof(ifaddrmsg), IFA_CACHEINFO);
    ASSERT_NE(lifetimes, nullptr);
    const auto* cacheinfo = static_cast<const ifa_cacheinfo*>(nla_data(lifetimes));
    EXPECT_EQ(cacheinfo->ifa_prefered, 0u) << "deprecated";
    EXPECT_EQ(cacheinfo->ifa_valid, 0xffffffffu) << "for ever";
    ours.ifname = "eth7";
    EXPECT_THROW(address_message(RTM_NEWADDR, 0, ours, kIndexes), std::system_error);
}

// ---- Asking for a way ---------------------------------------------------------------------------

TEST(RouteQuery, NamesWhatIsKnownOfThePacket) {
    RouteQuery query;
    query.dst = address("192.0.2.1");
    const auto attribute = [](const NetlinkMessage& message, int type) {
        return nlmsg_find_attr(nlmsg_hdr(message.get()), sizeof(rtmsg), type);
    };
    const auto header_in = [](const NetlinkMessage& message) {
        return *static_cast<const rtmsg*>(nlmsg_data(nlmsg_hdr(message.get())));
    };
    const NetlinkMessage bare = route_query_message(query, kIndexes);
    EXPECT_EQ(header(bare).nlmsg_type, RTM_GETROUTE);
    EXPECT_EQ(header(bare).nlmsg_flags & NLM_F_DUMP, 0) << "one answer, not all routes";
    EXPECT_EQ(header_in(bare).rtm_family, AF_INET);
    EXPECT_EQ(header_in(bare).rtm_dst_len, 32);
    EXPECT_EQ(header_in(bare).rtm_src_len, 0);
    EXPECT_NE(header_in(bare).rtm_flags & kLookupTable, 0u) << "else the table is main";
    for (const int absent : {RTA_SRC, RTA_IIF, RTA_MARK, RTA_OIF})
        EXPECT_EQ(attribute(bare, absent), nullptr) << absent;

    query = {address("2001:db8::1"), address("2001:db8:2::37"), "eth1", 0x80};
    const NetlinkMessage full = route_query_message(query, kIndexes);
    EXPECT_EQ(header_in(full).rtm_family, AF_INET6);
    EXPECT_EQ(header_in(full).rtm_dst_len, 128);
    EXPECT_EQ(header_in(full).rtm_src_len, 128);
    ASSERT_NE(attribute(full, RTA_DST), nullptr);
    EXPECT_EQ(std::memcmp(nla_data(attribute(full, RTA_DST)), query.dst.bytes(), 16), 0);
    ASSERT_NE(attribute(full, RTA_SRC), nullptr);
    EXPECT_EQ(std::memcmp(nla_data(attribute(full, RTA_SRC)), query.src->bytes(), 16), 0);
    EXPECT_EQ(nla_get_u32(attribute(full, RTA_IIF)), 3u);
    EXPECT_EQ(nla_get_u32(attribute(full, RTA_MARK)), 0x80u);

    query.iif = "eth7";
    EXPECT_THROW(route_query_message(query, kIndexes), std::system_error);
}

TEST(RouteAnswer, HasTheWay) {
    const auto message = route_message_of(AF_INET, RTN_UNICAST, 32);
    put(message, RTA_TABLE, 10001);
    put(message, RTA_OIF, 3);
    put(message, RTA_GATEWAY, address("10.0.2.1"));
    put(message, RTA_PREFSRC, address("10.0.2.37"));
    const RouteAnswer answer = route_answer_from(header(message), kNames);
    EXPECT_EQ(answer.error, 0);
    EXPECT_FALSE(answer.is_local);
    EXPECT_EQ(answer.table, TableId{10001});
    EXPECT_EQ(answer.ifname, "eth1");
    EXPECT_EQ(answer.gateway, address("10.0.2.1"));
    EXPECT_EQ(answer.prefsrc, address("10.0.2.37"));
}

TEST(RouteAnswer, OfOtherTypesThanUnicast) {
    const auto read = [](unsigned char family, unsigned char type) {
        const auto message = route_message_of(family, type);
        put(message, RTA_OIF, 1);  // lo, which is not even in kNames
        return route_answer_from(header(message), kNames);
    };
    EXPECT_TRUE(read(AF_INET, RTN_LOCAL).is_local);
    EXPECT_EQ(read(AF_INET, RTN_LOCAL).error, 0);
    for (const unsigned char type : {RTN_UNREACHABLE, RTN_BLACKHOLE, RTN_PROHIBIT, RTN_THROW}) {
        EXPECT_EQ(read(AF_INET6, type).error, EHOSTUNREACH);
        EXPECT_FALSE(read(AF_INET6, type).is_local);
    }
    EXPECT_EQ(read(AF_INET, RTN_UNICAST).ifname, "") << "a link that came meanwhile";
}

TEST(RouteAnswer, TooShortOrOfAnotherKindThrows) {
    const auto message = route_message_of(AF_INET, RTN_UNICAST, 32);
    put(message, RTA_OIF, 3);
    put(message, RTA_GATEWAY, address("10.0.2.1"));
    nlmsghdr* start = nlmsg_hdr(message.get());
    const auto whole = start->nlmsg_len;
    for (const std::size_t size : {std::size_t{0}, sizeof(rtmsg) - 1}) {
        start->nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(size));
        EXPECT_THROW(route_answer_from(*start, kNames), std::runtime_error) << size;
    }
    start->nlmsg_len = whole;
    EXPECT_NO_THROW(route_answer_from(*start, kNames));
    start->nlmsg_type = RTM_DELROUTE;
    EXPECT_THROW(route_answer_from(*start, kNames), std::runtime_error);
    EXPECT_THROW(route_answer_from(header(route_message_of(28 /* AF_MPLS */)), kNames),
                 std::runtime_error);
    for (const int type : {RTA_TABLE, RTA_OIF, RTA_GATEWAY, RTA_PREFSRC}) {
        const auto bad = route_message_of(AF_INET);
        if (type != RTA_OIF) put(bad, RTA_OIF, 3);
        put_bytes(bad, type, {1, 2});
        EXPECT_THROW(route_answer_from(header(bad), kNames), std::runtime_error) << type;
    }
}

// ---- Routes -------------------------------------------------------------------------------------

TEST(Rtnetlink, RoutesThatAreNoneOfOurBusinessAreNothing) {
    const auto read = [](unsigned char family, unsigned char type, auto change) {
        const auto message = route_message_of(family, type);
        put(message, RTA_OIF, 2);
        change(message);
        return route_from(header(message), kNames);
    };
    const auto as_is = [](const NetlinkMessage&) {};
    EXPECT_TRUE(read(AF_INET, RTN_UNICAST, as_is));
    EXPECT_FALSE(read(AF_INET, RTN_LOCAL, as_is));
    EXPECT_FALSE(read(AF_INET, RTN_BROADCAST, as_is));
    EXPECT_FALSE(read(AF_INET6, RTN_MULTICAST, as_is));
    EXPECT_FALSE(read(AF_INET6, RTN_ANYCAST, as_is));
    EXPECT_FALSE(read(28 /* AF_MPLS */, RTN_UNICAST, as_is));
    EXPECT_FALSE(read(AF_INET, RTN_UNICAST,
                      [](const NetlinkMessage& m) { put(m, RTA_TABLE, RT_TABLE_LOCAL); }));
    EXPECT_FALSE(read(AF_INET6, RTN_UNICAST, [](const NetlinkMessage& m) {
        static_cast<rtmsg*>(nlmsg_data(nlmsg_hdr(m.get())))->rtm_flags |= RTM_F_CLONED;
    }));
    EXPECT_FALSE(read(AF_INET, RTN_UNICAST, [](const NetlinkMessage& m) {
        nlmsg_hdr(m.get())->nlmsg_type = RTM_NEWNEIGH;
    }));
    EXPECT_TRUE(read(AF_INET, RTN_UNICAST, [](const NetlinkMessage& m) {
        nlmsg_hdr(m.get())->nlmsg_type = RTM_DELROUTE;  // one that went is told in the same words
    }));
}

TEST(Rtnetlink, NotificationsTellWhatTheyAreAbout) {
    Rule rule;
    rule.priority = Priority{20101};
    rule.from = *Prefix::parse("10.0.2.0/24");
    rule.table = TableId{10001};
    EXPECT_EQ(rule_from(header(rule_message(RTM_DELRULE, 0, rule))), rule);

    const auto route = route_message_of(AF_INET, RTN_UNICAST);
    put(route, RTA_TABLE, 10001);
    EXPECT_EQ(table_of_route(header(route)), TableId{10001});
    nlmsg_hdr(route.get())->nlmsg_type = RTM_DELROUTE;
    EXPECT_EQ(table_of_route(header(route)), TableId{10001});
    static_cast<rtmsg*>(nlmsg_data(nlmsg_hdr(route.get())))->rtm_flags |= RTM_F_CLONED;
    EXPECT_FALSE(table_of_route(header(route)));
    EXPECT_FALSE(index_of_link(header(route)));

    ifinfomsg link{};
    link.ifi_index = 7;
    EXPECT_EQ(index_of_link(header(make_message(RTM_NEWLINK, 0, link))), 7);
    EXPECT_EQ(index_of_link(header(make_message(RTM_DELLINK, 0, link))), 7);
    link.ifi_family = AF_BRIDGE;
    EXPECT_FALSE(index_of_link(header(make_message(RTM_DELLINK, 0, link))));
    EXPECT_FALSE(table_of_route(header(make_message(RTM_DELLINK, 0, link))));
}

TEST(Rtnetlink, ARouteByAnUnknownLinkIsNothing) {
    const auto single = route_message_of(AF_INET);
    put(single, RTA_OIF, 9);
    EXPECT_FALSE(route_from(header(single), kNames));
    Route multipath = route_to("10.9.0.0/16", "eth0", "10.0.0.1");
    multipath.hops.push_back({"eth1", address("10.0.2.1"), 1, false});
    const auto message = route_message(RTM_NEWROUTE, 0, multipath, kIndexes);
    EXPECT_FALSE(route_from(header(message), {{2, "eth0"}}));
}

TEST(Rtnetlink, TheTableAttributeCountsBeforeTheHeaders) {
    const auto message = route_message_of(AF_INET);
    put(message, RTA_OIF, 2);
    EXPECT_TRUE(route_from(header(message), kNames)->table == kTableMain);
    put(message, RTA_TABLE, 10001);
    EXPECT_TRUE(route_from(header(message), kNames)->table == TableId{10001});
}

TEST(Rtnetlink, AnIpv6BlackholeIsNotByLo) {
    const auto message = route_message_of(AF_INET6, RTN_BLACKHOLE, 128);
    put(message, RTA_DST, address("2001:db8::1"));
    put(message, RTA_OIF, 1);  // lo, which is not even in kNames
    const auto route = route_from(header(message), kNames);
    ASSERT_TRUE(route);
    EXPECT_TRUE(route->hops.empty());
    EXPECT_FALSE(route->is_exotic);
}

TEST(Rtnetlink, Ipv6HasNoScopes) {
    const auto message = route_message_of(AF_INET6);
    put(message, RTA_OIF, 2);
    static_cast<rtmsg*>(nlmsg_data(nlmsg_hdr(message.get())))->rtm_scope = RT_SCOPE_LINK;
    EXPECT_EQ(route_from(header(message), kNames).value().scope, Scope::global);
}

TEST(Rtnetlink, WhatARouteHasBesidesMakesItExotic) {
    const auto read = [](auto change) {
        const auto message = route_message_of(AF_INET);
        put(message, RTA_OIF, 2);
        change(message);
        return route_from(header(message), kNames)->is_exotic;
    };
    EXPECT_FALSE(read([](const NetlinkMessage& m) { put_bytes(m, kRtaPref, {0}); }));
    EXPECT_FALSE(read([](const NetlinkMessage& m) {
        put_bytes(m, RTA_CACHEINFO, std::vector<std::uint8_t>(sizeof(rta_cacheinfo)));
    }));
    EXPECT_FALSE(read([](const NetlinkMessage& m) { put(m, kRtaNhId, 5); }));  // with its hop
    EXPECT_TRUE(read([](const NetlinkMessage& m) {
        put_bytes(m, kRtaEncapType, {1, 0});
        put_bytes(m, kRtaEncap, {0, 0, 0, 0});
    }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put(m, RTA_SRC, address("10.0.0.0")); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) {
        static_cast<rtmsg*>(nlmsg_data(nlmsg_hdr(m.get())))->rtm_src_len = 64;
    }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put(m, 45, 1); }));  // not invented yet
}

TEST(Rtnetlink, ANexthopObjectWithoutItsHopsIsExotic) {
    const auto message = route_message_of(AF_INET);
    put(message, kRtaNhId, 5);
    EXPECT_TRUE(route_from(header(message), kNames).value().is_exotic);
}

TEST(Rtnetlink, HopsOfDifferentRealmsAreExotic) {
    const auto message = route_message_of(AF_INET);
    nlattr* nest = nla_nest_start(message.get(), RTA_MULTIPATH);
    for (const std::uint32_t realm : {5u, 6u}) {
        auto* hop = static_cast<rtnexthop*>(nlmsg_reserve(message.get(), sizeof(rtnexthop), 4));
        *hop = {sizeof(rtnexthop) + 8, 0, 0, 2};
        put(message, RTA_FLOW, realm);
    }
    nla_nest_end(message.get(), nest);
    const auto route = route_from(header(message), kNames);
    ASSERT_TRUE(route);
    EXPECT_EQ(route->hops.size(), 2u);
    EXPECT_TRUE(route->is_exotic);
}

TEST(Rtnetlink, ARouteThatContradictsItselfThrows) {
    const auto expect_malformed = [](unsigned char family, unsigned char dst_len, auto change) {
        const auto message = route_message_of(family, RTN_UNICAST, dst_len);
        put(message, RTA_OIF, 2);
        change(message);
        EXPECT_THROW(route_from(header(message), kNames), std::runtime_error);
    };
    expect_malformed(AF_INET, 24, [](const NetlinkMessage&) {});  // and no RTA_DST
    expect_malformed(AF_INET, 33,
                     [](const NetlinkMessage& m) { put(m, RTA_DST, address("10.0.0.0")); });
    expect_malformed(AF_INET, 24,
                     [](const NetlinkMessage& m) { put(m, RTA_DST, address("2001:db8::")); });
    expect_malformed(AF_INET, 0,
                     [](const NetlinkMessage& m) { put(m, RTA_GATEWAY, address("fe80::1")); });
    expect_malformed(AF_INET, 0, [](const NetlinkMessage& m) { put_bytes(m, RTA_PRIORITY, {1}); });
    expect_malformed(AF_INET, 0, [](const NetlinkMessage& m) { put_bytes(m, kRtaVia, {10}); });
    expect_malformed(AF_INET, 0, [](const NetlinkMessage& m) {
        put_bytes(m, kRtaVia, {10, 0, 1, 2, 3, 4});
    });
    expect_malformed(AF_INET, 0, [](const NetlinkMessage& m) {
        put_bytes(m, RTA_MULTIPATH, {64, 0, 0, 0, 2, 0, 0, 0});  // a hop longer than the attribute
    });
    expect_malformed(AF_INET, 0, [](const NetlinkMessage& m) {
        put_bytes(m, RTA_MULTIPATH, {0, 0, 0, 0, 2, 0, 0, 0});  // one that never ends
    });
}

// ---- Rules --------------------------------------------------------------------------------------

TEST(Rtnetlink, ARuleWithoutAPriorityHasTheHighest) {
    const auto rule = rule_from(header(rule_message_of()));
    ASSERT_TRUE(rule);
    EXPECT_TRUE(rule->priority == Priority{0});
    EXPECT_TRUE(rule->table == kTableMain);
    EXPECT_FALSE(rule->is_exotic);
}

TEST(Rtnetlink, ASuppressPrefixlengthOfMinusOneIsNone) {
    const auto message = rule_message_of();
    put(message, kFraSuppressPrefixlen, 0xffffffff);
    EXPECT_FALSE(rule_from(header(message))->suppress_prefixlength);
}

TEST(Rtnetlink, WhatARuleHasBesidesMakesItExotic) {
    const auto read = [](auto change) {
        const auto message = rule_message_of();
        change(message);
        return rule_from(header(message))->is_exotic;
    };
    const std::vector<std::uint8_t> all_users = {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    const std::vector<std::uint8_t> one_user = {1, 0, 0, 0, 1, 0, 0, 0};
    EXPECT_FALSE(read([](const NetlinkMessage& m) { put_bytes(m, kFraProtocol, {3}); }));
    EXPECT_FALSE(read([&](const NetlinkMessage& m) { put_bytes(m, kFraUidRange, all_users); }));
    EXPECT_TRUE(read([&](const NetlinkMessage& m) { put_bytes(m, kFraUidRange, one_user); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put_bytes(m, kFraL3mdev, {1}); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put_bytes(m, kFraIpProto, {6}); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put_bytes(m, kFraDportRange, {1, 0, 2, 0}); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put_bytes(m, kFraDscp, {8}); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put(m, FRA_FLOW, 5); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put(m, FRA_GOTO, 100); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put(m, 50, 1); }));  // not invented yet
    EXPECT_TRUE(rule_from(header(rule_message_of(FR_ACT_BLACKHOLE)))->is_exotic);
    EXPECT_TRUE(rule_from(header(rule_message_of(FR_ACT_TO_TBL, FIB_RULE_INVERT)))->is_exotic);
    EXPECT_TRUE(read([](const NetlinkMessage& m) {
        static_cast<fib_rule_hdr*>(nlmsg_data(nlmsg_hdr(m.get())))->tos = 0x10;
    }));
}

TEST(Rtnetlink, RulesOfMulticastRoutingAreNothing) {
    const auto message = rule_message_of();
    static_cast<fib_rule_hdr*>(nlmsg_data(nlmsg_hdr(message.get())))->family = 128;
    EXPECT_FALSE(rule_from(header(message)));
}

// ---- Links, addresses, neighbours ---------------------------------------------------------------

NetlinkMessage link_message(unsigned flags, unsigned short type = ARPHRD_ETHER) {
    ifinfomsg link{};
    link.ifi_index = 3;
    link.ifi_type = type;
    link.ifi_flags = flags;
    return make_message(RTM_NEWLINK, 0, link);
}

void put_conf(const NetlinkMessage& message, int family, int type,
              const std::vector<std::uint32_t>& values) {
    nlattr* nest = nla_nest_start(message.get(), family);
    ASSERT_EQ(nla_put(message.get(), type, static_cast<int>(values.size() * 4), values.data()), 0);
    nla_nest_end(message.get(), nest);
}

NetlinkMessage full_link_message() {
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

TEST(Rtnetlink, ALinkIsReadWhole) {
    const auto message = full_link_message();
    const auto link = link_from(header(message));
    ASSERT_TRUE(link);
    EXPECT_EQ(link->ifname, "eth1");
    EXPECT_EQ(link->ifindex, 3);
    EXPECT_EQ(link->mac, "02:00:00:ab:cd:01");
    EXPECT_EQ(link->kind, "veth");
    EXPECT_EQ(link->group, 10000u);
    EXPECT_EQ(link->rp_filter, 2);
    EXPECT_TRUE(link->ethernet && link->is_port && link->is_up && link->forwarding4);
    EXPECT_FALSE(link->has_carrier);
    EXPECT_FALSE(link->forwarding6);
}

TEST(Rtnetlink, WhatAShorterArrayDoesNotHoldIsZero) {
    const auto message = link_message(0);
    put(message, IFLA_IFNAME, "eth1");
    nlattr* spec = nla_nest_start(message.get(), IFLA_AF_SPEC);
    put_conf(message, AF_INET, IFLA_INET_CONF, {1, 0, 0, 0, 0, 0, 0});
    put_conf(message, AF_INET6, IFLA_INET6_CONF, {});
    nla_nest_end(message.get(), spec);
    put(message, IFLA_GROUP, 7);
    const auto link = link_from(header(message));
    ASSERT_TRUE(link);
    EXPECT_TRUE(link->forwarding4);
    EXPECT_EQ(link->rp_filter, 0);
    EXPECT_FALSE(link->forwarding6);
}

TEST(Rtnetlink, ALinkWithLittleHasTheRestEmpty) {
    const auto message = link_message(0, ARPHRD_NONE);
    EXPECT_FALSE(link_from(header(message)));  // it has no name
    put(message, IFLA_IFNAME, "tun0");
    const auto link = link_from(header(message));
    ASSERT_TRUE(link);
    EXPECT_EQ(link->mac + link->kind, "");
    EXPECT_FALSE(link->ethernet || link->is_port || link->is_up || link->forwarding4);
    EXPECT_EQ(link->rp_filter, 0);
}

std::optional<Address> read_address(const IpAddress& local, std::uint8_t flags,
                                    std::optional<std::uint32_t> more_flags = std::nullopt,
                                    std::uint8_t scope = RT_SCOPE_UNIVERSE) {
    ifaddrmsg address{};
    address.ifa_family = local.family() == Family::v4 ? AF_INET : AF_INET6;
    address.ifa_prefixlen = 24;
    address.ifa_flags = flags;
    address.ifa_scope = scope;
    address.ifa_index = 3;
    const auto message = make_message(RTM_NEWADDR, 0, address);
    put(message, IFA_ADDRESS, local);
    if (more_flags) put(message, kIfaFlags, *more_flags);
    return address_from(header(message), kNames);
}

TEST(Rtnetlink, AnAddressIsReadWhole) {
    const auto found = read_address(address("10.0.2.37"), IFA_F_SECONDARY | IFA_F_PERMANENT);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ifname, "eth1");
    EXPECT_EQ(found->address, address("10.0.2.37"));
    EXPECT_EQ(found->prefix_length, 24);
    EXPECT_TRUE(found->is_global && !found->is_duplicate);
}

TEST(Rtnetlink, WhoMadeAnAddressIsReadWhereTheKernelSaysIt) {
    EXPECT_EQ(read_address(address("10.0.2.37"), 0)->protocol, 0);
    ifaddrmsg raw{};
    raw.ifa_family = AF_INET;
    raw.ifa_prefixlen = 32;
    raw.ifa_index = 2;
    const auto message = make_message(RTM_DELADDR, 0, raw);
    put(message, IFA_LOCAL, address("10.9.9.1"));
    put_bytes(message, kIfaProtocol, {206});
    EXPECT_EQ(address_from(header(message), kNames).value().protocol, 206);
    nlmsg_hdr(message.get())->nlmsg_type = RTM_NEWLINK;
    EXPECT_FALSE(address_from(header(message), kNames));
}

TEST(Rtnetlink, TheLocalAddressCountsBeforeThePeers) {
    ifaddrmsg raw{};
    raw.ifa_family = AF_INET;
    raw.ifa_prefixlen = 32;
    raw.ifa_index = 2;
    const auto message = make_message(RTM_NEWADDR, 0, raw);
    put(message, IFA_ADDRESS, address("10.9.9.2"));
    put(message, IFA_LOCAL, address("10.9.9.1"));
    EXPECT_EQ(address_from(header(message), kNames).value().address, address("10.9.9.1"));
}

TEST(Rtnetlink, AddressesWhoseDetectionFailedAreDuplicate) {
    const IpAddress six = address("2001:db8::1");
    EXPECT_FALSE(read_address(six, IFA_F_TENTATIVE)->is_duplicate);
    EXPECT_TRUE(read_address(six, IFA_F_TENTATIVE | IFA_F_DADFAILED)->is_duplicate);
    EXPECT_FALSE(read_address(six, IFA_F_DEPRECATED)->is_duplicate);
    EXPECT_TRUE(read_address(six, 0, IFA_F_DADFAILED)->is_duplicate);
    EXPECT_FALSE(read_address(six, IFA_F_DADFAILED, 0x200)->is_duplicate);
}

TEST(Rtnetlink, OnlyScopesUniverseAndSiteAreGlobal) {
    const IpAddress four = address("10.0.2.37");
    EXPECT_TRUE(read_address(four, 0, {}, RT_SCOPE_SITE)->is_global);
    EXPECT_FALSE(read_address(four, 0, {}, RT_SCOPE_LINK)->is_global);
    EXPECT_FALSE(read_address(four, 0, {}, RT_SCOPE_HOST)->is_global);
}

TEST(Rtnetlink, OnlyNeighboursThatAreRoutersAreRead) {
    const auto read = [](unsigned char flags, std::uint16_t state, int ifindex = 3,
                         unsigned char family = AF_INET6) {
        ndmsg neighbour{};
        neighbour.ndm_family = family;
        neighbour.ndm_ifindex = ifindex;
        neighbour.ndm_state = state;
        neighbour.ndm_flags = flags;
        const auto message = make_message(RTM_NEWNEIGH, 0, neighbour);
        put(message, NDA_DST, address("fe80::1"));
        return router_neighbour_from(header(message), kNames);
    };
    const auto router = read(NTF_ROUTER, NUD_STALE);
    ASSERT_TRUE(router);
    EXPECT_EQ(router->ifname, "eth1");
    EXPECT_EQ(router->address, address("fe80::1"));
    EXPECT_TRUE(read(NTF_ROUTER, NUD_PERMANENT));
    EXPECT_FALSE(read(0, NUD_REACHABLE));
    EXPECT_FALSE(read(NTF_ROUTER | NTF_PROXY, 0));
    EXPECT_FALSE(read(NTF_ROUTER, NUD_FAILED));
    EXPECT_FALSE(read(NTF_ROUTER, NUD_REACHABLE, 9));
    EXPECT_FALSE(read(NTF_ROUTER, NUD_REACHABLE, 3, AF_INET));
}

// ---- Whatever comes -----------------------------------------------------------------------------

void read_as_everything(std::vector<char> bytes) {
    auto& message = *reinterpret_cast<nlmsghdr*>(bytes.data());
    message.nlmsg_len = static_cast<std::uint32_t>(bytes.size());
    const auto read_as = [&](std::uint16_t type, auto from) {
        message.nlmsg_type = type;
        try {
            (void)from();
        } catch (const std::runtime_error&) {
        }
    };
    read_as(RTM_NEWLINK, [&] { return link_from(message); });
    read_as(RTM_NEWADDR, [&] { return address_from(message, kNames); });
    read_as(RTM_NEWNEIGH, [&] { return router_neighbour_from(message, kNames); });
    read_as(RTM_NEWROUTE, [&] { return route_from(message, kNames); });
    read_as(RTM_NEWRULE, [&] { return rule_from(message); });
}

/// Heap blocks of exactly a message's length: a sanitizer or valgrind sees each byte read beyond.
TEST(Rtnetlink, CutAndGarbledMessagesAreNeverReadBeyondTheirEnd) {
    std::vector<NetlinkMessage> messages;
    for (const Route& route : all_kinds_of_routes())
        messages.push_back(route_message(RTM_NEWROUTE, 0, route, kIndexes));
    Rule rule;
    rule.from = prefix("10.0.2.0/24");
    rule.iif = "lo";
    messages.push_back(rule_message(RTM_NEWRULE, 0, rule));
    messages.push_back(full_link_message());
    Address ours;
    ours.ifname = "eth1";
    messages.push_back(address_message(RTM_NEWADDR, 0, ours, kIndexes));
    std::mt19937 random(1);
    for (const NetlinkMessage& message : messages) {
        const auto* begin = reinterpret_cast<const char*>(nlmsg_hdr(message.get()));
        for (std::uint32_t size = NLMSG_HDRLEN; size <= header(message).nlmsg_len; ++size) {
            read_as_everything({begin, begin + size});
            if (size == NLMSG_HDRLEN) continue;
            std::vector<char> garbled(begin, begin + size);
            garbled[NLMSG_HDRLEN + random() % (size - NLMSG_HDRLEN)] = static_cast<char>(random());
            read_as_everything(garbled);
        }
    }
    SUCCEED();
}

}  // namespace
}  // namespace eni
