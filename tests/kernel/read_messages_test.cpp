// Messages to nouns, without a socket.
#include "read_messages.hpp"

#include <linux/if_addr.h>
#include <linux/neighbour.h>

#include <cerrno>
#include <stdexcept>

#include "message_examples.hpp"

namespace eni {
namespace {

// Attributes that are newer than the oldest headers that eni-routes is built with, and that it does
// not know.
constexpr int kRtaEncapType = 21, kRtaEncap = 22;
constexpr int kFraL3mdev = 19, kFraIpProto = 22, kFraDportRange = 24, kFraDscp = 25;

// ---- The answer to a query ----------------------------------------------------------------------

TEST(RouteAnswer, HasTheWay) {
    const auto message = route_message_of(AF_INET, RTN_UNICAST, 32);
    put(message, RTA_TABLE, 10001);
    put(message, RTA_OIF, 3);
    put(message, RTA_GATEWAY, address("10.0.2.1"));
    put(message, RTA_PREFSRC, address("10.0.2.37"));
    const RouteAnswer answer = route_answer_from(header(message), kNames);
    EXPECT_EQ(answer.error, 0);
    EXPECT_FALSE(answer.is_local());
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
    EXPECT_TRUE(read(AF_INET, RTN_LOCAL).is_local());
    EXPECT_EQ(read(AF_INET, RTN_LOCAL).error, 0);
    EXPECT_EQ(read(AF_INET, RTN_BROADCAST).type, RouteType::broadcast);
    EXPECT_EQ(read(AF_INET6, RTN_MULTICAST).error, 0);
    for (const unsigned char type : {RTN_UNREACHABLE, RTN_BLACKHOLE, RTN_PROHIBIT, RTN_THROW}) {
        EXPECT_EQ(read(AF_INET6, type).error, EHOSTUNREACH);
        EXPECT_FALSE(read(AF_INET6, type).is_local());
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

TEST(Rtnetlink, RoutesOfOtherTypesAndFamiliesAreNothing) {
    const auto read = [](unsigned char family, unsigned char type, auto change) {
        const auto message = route_message_of(family, type);
        put(message, RTA_OIF, 2);
        change(message);
        return route_from(header(message), kNames);
    };
    const auto as_is = [](const NetlinkMessage&) {};
    EXPECT_TRUE(read(AF_INET, RTN_UNICAST, as_is));
    EXPECT_TRUE(read(AF_INET, RTN_LOCAL, as_is));
    EXPECT_FALSE(read(AF_INET, RTN_NAT, as_is));
    EXPECT_TRUE(read(AF_INET6, RTN_MULTICAST, as_is));
    EXPECT_TRUE(read(AF_INET6, RTN_ANYCAST, as_is));
    EXPECT_FALSE(read(28 /* AF_MPLS */, RTN_UNICAST, as_is));
    EXPECT_TRUE(read(AF_INET, RTN_UNICAST,
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

TEST(Rtnetlink, WhatIsNotKnownOfARuleMakesItExotic) {
    const auto read = [](auto change) {
        const auto message = rule_message_of();
        change(message);
        return rule_from(header(message))->is_exotic;
    };
    EXPECT_FALSE(read([](const NetlinkMessage& m) { put_bytes(m, kFraProtocol, {3}); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put_bytes(m, kFraL3mdev, {1}); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put_bytes(m, kFraDscp, {8}); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put(m, FRA_FLOW, 5); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put(m, 50, 1); }));  // not invented yet
    EXPECT_TRUE(rule_from(header(rule_message_of(200)))->is_exotic);    // an action
    EXPECT_FALSE(read([](const NetlinkMessage& m) { put_bytes(m, kFraDportMask, {0xff, 0xff}); }));
    EXPECT_TRUE(read([](const NetlinkMessage& m) { put_bytes(m, kFraDportMask, {0xf0, 0xff}); }));
}

TEST(Rtnetlink, ASelectorThatLeavesNothingOutIsNone) {
    const auto read = [](int type, std::vector<std::uint8_t> bytes) {
        const auto message = rule_message_of();
        put_bytes(message, type, bytes);
        return rule_from(header(message)).value();
    };
    EXPECT_FALSE(read(kFraUidRange, {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}).users);
    EXPECT_FALSE(read(kFraDportRange, {0, 0, 0, 0}).dport);
    EXPECT_EQ(read(kFraDportRange, {1, 0, 2, 0}).dport, (NumberRange{1, 2}));
    EXPECT_EQ(read(kFraUidRange, {1, 0, 0, 0, 1, 0, 0, 0}).users, (NumberRange{1, 1}));
}

TEST(Rtnetlink, OnlyARuleThatLooksUpHasATable) {
    const Rule refuses = rule_from(header(rule_message_of(FR_ACT_BLACKHOLE))).value();
    EXPECT_EQ(refuses.action, RuleAction::blackhole);
    EXPECT_EQ(refuses.table, TableId{0});
}

TEST(Rtnetlink, OnlyAGotoHasATarget) {
    for (const unsigned char action : {FR_ACT_TO_TBL, FR_ACT_GOTO, FR_ACT_PROHIBIT}) {
        const auto message = rule_message_of(action);
        put(message, FRA_GOTO, 20000);
        EXPECT_EQ(rule_from(header(message))->target, Priority{action == FR_ACT_GOTO ? 20000U : 0U})
            << int{action};
    }
}

TEST(Rtnetlink, RulesOfMulticastRoutingAreNothing) {
    const auto message = rule_message_of();
    static_cast<fib_rule_hdr*>(nlmsg_data(nlmsg_hdr(message.get())))->family = 128;
    EXPECT_FALSE(rule_from(header(message)));
}

// ---- Links, addresses, neighbours ---------------------------------------------------------------

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

TEST(Rtnetlink, AddressesAreTentativeUntilTheyAreInUse) {
    const IpAddress six = address("2001:db8::1");
    EXPECT_TRUE(read_address(six, IFA_F_TENTATIVE)->is_tentative);
    EXPECT_FALSE(read_address(six, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)->is_tentative);
    EXPECT_FALSE(read_address(six, IFA_F_PERMANENT)->is_tentative);
}

TEST(Rtnetlink, OnlyScopesUniverseAndSiteAreGlobal) {
    const IpAddress four = address("10.0.2.37");
    EXPECT_TRUE(read_address(four, 0, {}, RT_SCOPE_SITE)->is_global);
    EXPECT_FALSE(read_address(four, 0, {}, RT_SCOPE_LINK)->is_global);
    EXPECT_FALSE(read_address(four, 0, {}, RT_SCOPE_HOST)->is_global);
}

NetlinkMessage neighbour_message(unsigned char flags, std::uint16_t state, int ifindex,
                                 unsigned char family) {
    ndmsg neighbour{};
    neighbour.ndm_family = family;
    neighbour.ndm_ifindex = ifindex;
    neighbour.ndm_state = state;
    neighbour.ndm_flags = flags;
    auto message = make_message(RTM_NEWNEIGH, 0, neighbour);
    put(message, NDA_DST, address(family == AF_INET6 ? "fe80::1" : "10.0.2.1"));
    return message;
}

TEST(Rtnetlink, OnlyNeighboursThatAreRoutersAreRead) {
    const auto read = [](unsigned char flags, std::uint16_t state, int ifindex = 3,
                         unsigned char family = AF_INET6) {
        return router_neighbour_from(header(neighbour_message(flags, state, ifindex, family)),
                                     kNames);
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

TEST(Rtnetlink, OnlyNeighboursThatHaveNotAnsweredAreRead) {
    const auto read = [](std::uint16_t state, unsigned char family, unsigned char flags = 0,
                         int ifindex = 3) {
        return failed_neighbour_from(header(neighbour_message(flags, state, ifindex, family)),
                                     kNames);
    };
    ASSERT_TRUE(read(NUD_FAILED, AF_INET));
    EXPECT_EQ(read(NUD_FAILED, AF_INET)->ifname, "eth1");
    EXPECT_EQ(read(NUD_FAILED, AF_INET)->address, address("10.0.2.1"));
    ASSERT_TRUE(read(NUD_FAILED, AF_INET6));
    EXPECT_EQ(read(NUD_FAILED, AF_INET6)->address, address("fe80::1"));
    EXPECT_TRUE(read(NUD_INCOMPLETE, AF_INET));
    for (const std::uint16_t state : {NUD_REACHABLE, NUD_STALE, NUD_NOARP})
        EXPECT_FALSE(read(state, AF_INET)) << state;
    EXPECT_FALSE(read(NUD_FAILED, AF_INET, NTF_PROXY));
    EXPECT_FALSE(read(NUD_FAILED, AF_INET, 0, 9));
    EXPECT_FALSE(read(NUD_FAILED, AF_BRIDGE));
}

}  // namespace
}  // namespace eni
