// Nouns to messages, without a socket: what was written is read again, and compared as structs.
#include "write_messages.hpp"

#include <linux/if_addr.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>
#include <system_error>

#include "message_examples.hpp"

namespace eni {
namespace {

std::optional<Route> there_and_back(const Route& route) {
    return route_from(header(route_message(RTM_NEWROUTE, 0, route, kIndexes)), kNames);
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

TEST(Rtnetlink, LocalRoutesComeBackAsTheyWereWhoeverMadeThemInWhicheverTable) {
    for (const char* dst : {"10.0.2.64/28", "2001:db8:2:0:1::/80"})
        for (const std::uint8_t protocol : {std::uint8_t{206}, std::uint8_t{RTPROT_KERNEL}})
            for (const TableId table : {kTableLocal, kTableMain, TableId{100}})
                for (const RouteType type : {RouteType::local, RouteType::unicast}) {
                    Route route = local_route(dst);
                    route.protocol = protocol;
                    route.table = table;
                    route.type = type;
                    const auto back = there_and_back(route);
                    ASSERT_TRUE(back) << dst;
                    EXPECT_TRUE(*back == route) << dst;
                    EXPECT_EQ(back->protocol, protocol) << dst;
                }
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

    EXPECT_EQ(nla_get_u32(attribute(bare, kRtaUid)), 0u) << "root's, whoever asks";
    query = {address("192.0.2.1"), std::nullopt, "", 0, "eth1", 0x10, IPPROTO_TCP, 5, 443, 48};
    const NetlinkMessage more = route_query_message(query, kIndexes);
    EXPECT_EQ(header_in(more).rtm_tos, 0x10);
    EXPECT_EQ(nla_get_u32(attribute(more, RTA_OIF)), 3u);
    EXPECT_EQ(nla_get_u8(attribute(more, kRtaIpProto)), IPPROTO_TCP);
    EXPECT_EQ(nla_get_u16(attribute(more, kRtaSport)), htons(5));
    EXPECT_EQ(nla_get_u16(attribute(more, kRtaDport)), htons(443));
    EXPECT_EQ(nla_get_u32(attribute(more, kRtaUid)), 48u);

    query.iif = "eth7";
    EXPECT_THROW(route_query_message(query, kIndexes), std::system_error);
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
