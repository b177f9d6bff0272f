// What is done to the kernel, in a network namespace: see kernel_fixture.hpp.
#include "apply_kernel.hpp"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <string>
#include <vector>

#include "error_words.hpp"
#include "format.hpp"
#include "kernel_abilities.hpp"
#include "kernel_fixture.hpp"

namespace eni {
namespace {

std::vector<Route> some_routes() {
    Route full = route_to("10.11.0.0/24", "eth1", "10.0.2.1");
    full.metric = 5;
    full.prefsrc = address("10.0.2.37");
    full.metrics.values = {{RTAX_MTU, 1400}, {RTAX_INITCWND, 10}};
    full.metrics.lock = 1u << RTAX_MTU;
    full.realm = 0x50006;
    Route onlink = route_to("10.12.0.0/24", "eth1", "192.0.2.1");
    onlink.hops[0].onlink = true;
    Route multipath = route_to("10.13.0.0/24", "eth1", "10.0.2.1");
    multipath.realm = 7;
    multipath.hops.push_back({"eth0", address("192.0.2.1"), 9, true});
    Route tos = route_to("10.11.0.0/24", "eth1", "10.0.2.1");
    tos.tos = 0x10;
    Route blackhole = route_to("10.14.0.0/24", "eth1");
    blackhole.type = RouteType::blackhole;
    blackhole.scope = Scope::global;
    blackhole.hops.clear();
    Route blackhole6 = route_to("2001:db8:14::/64", "eth1");
    blackhole6.type = RouteType::throw_;
    blackhole6.hops.clear();
    Route full6 = route_to("2001:db8:11::/64", "eth1", "fe80::1");
    full6.prefsrc = address("2001:db8:2::37");
    full6.metrics.values = {{RTAX_MTU, 1400}, {RTAX_HOPLIMIT, 44}};
    return {route_to("10.0.2.0/24", "eth1"),
            route_to("0.0.0.0/0", "eth1", "10.0.2.1"),
            route_to("2001:db8:2::/64", "eth1"),
            route_to("::/0", "eth1", "fe80::1"),
            full,
            onlink,
            multipath,
            tos,
            blackhole,
            blackhole6,
            full6};
}

Rule suppress_rule(Family family) {
    Rule suppress;
    suppress.family = family;
    suppress.priority = Priority{20000};
    suppress.suppress_prefixlength = 1;
    suppress.suppress_ifgroup = 10000;
    return suppress;
}

std::vector<Rule> some_rules() {
    Rule to;
    to.priority = Priority{25101};
    to.to = Prefix::parse("10.0.2.0/24");
    to.table = TableId{10001};
    Rule oif;
    oif.priority = Priority{29101};
    oif.oif = "eth1";
    oif.table = TableId{77};
    Rule local = rule_from_to_table("10.0.2.0/24", 20101);
    local.iif = "lo";
    return {to, oif, local, rule_from_to_table("2001:db8:2::/64", 20101)};
}

class KernelApplied : public Kernel {
  protected:
    /// What is applied is what is read, and what is deleted is gone.
    void expect_there_and_gone(const std::vector<Route>& routes,
                               const std::vector<Rule>& rules = {}) const {
        const KernelSnapshot before = look();
        ASSERT_EQ(words(apply(additions(routes, rules))), "");
        const KernelSnapshot after = look();
        for (const Route& route : routes)
            EXPECT_EQ(std::count(after.routes.begin(), after.routes.end(), route), 1)
                << format_route(route);
        for (const Rule& rule : rules)
            EXPECT_EQ(std::count(after.rules.begin(), after.rules.end(), rule), 1)
                << format_rule(rule);
        ASSERT_EQ(words(apply(deletions(routes, rules))), "");
        const KernelSnapshot restored = look();
        EXPECT_TRUE(restored.routes == before.routes);
        EXPECT_TRUE(restored.rules == before.rules);
    }
};

TEST_F(KernelApplied, IsWhatIsReadAndWhatIsDeletedIsGone) {
    expect_there_and_gone(some_routes(), some_rules());
}

TEST_F(KernelApplied, WithAGatewayOfTheOtherFamily) {
    if (lacks(kGatewayOfOtherFamily)) GTEST_SKIP() << kGatewayOfOtherFamily.missing;
    expect_there_and_gone({route_to("10.15.0.0/24", "eth1", "fe80::1")});
}

TEST_F(KernelApplied, WithACongestionControl) {
    if (lacks(kCongestionControl)) GTEST_SKIP() << kCongestionControl.missing;
    Route route = route_to("10.11.0.0/24", "eth1", "10.0.2.1");
    route.metrics.values = {{RTAX_MTU, 1400}};
    route.metrics.congctl = "reno";
    expect_there_and_gone({route});
}

TEST_F(KernelApplied, WithAPreference) {
    if (lacks(kPreference6)) GTEST_SKIP() << kPreference6.missing;
    Route route = route_to("2001:db8:11::/64", "eth1", "fe80::1");
    route.pref = 1;
    expect_there_and_gone({route});
}

TEST_F(KernelApplied, WithManyNextHopsOfIpv6) {
    if (lacks(kMultipath6)) GTEST_SKIP() << kMultipath6.missing;
    Route route = route_to("2001:db8:13::/64", "eth0", "fe80::1");
    route.hops.push_back({"eth1", address("fe80::1"), 1, false});
    expect_there_and_gone({route});
}

TEST_F(KernelApplied, WithTheSuppressAttributes) {
    if (lacks(kSuppress)) GTEST_SKIP() << kSuppress.missing;
    expect_there_and_gone({}, {suppress_rule(Family::v4), suppress_rule(Family::v6)});
}

TEST_F(Kernel, WhatIsThereOrGoneAlreadyIsNoFailure) {
    ASSERT_EQ(words(apply(additions(some_routes(), some_rules()))), "");
    const KernelSnapshot once = look();
    EXPECT_EQ(words(apply(additions(some_routes(), some_rules()))), "");
    EXPECT_TRUE(look().routes == once.routes);
    EXPECT_TRUE(look().rules == once.rules);
    ASSERT_EQ(words(apply(deletions(some_routes(), some_rules()))), "");
    EXPECT_EQ(words(apply(deletions(some_routes(), some_rules()))), "");
    EXPECT_EQ(words(apply(deletions({route_to("10.0.7.0/24", "gone0")}))), "");
}

TEST_F(Kernel, TheProtocolIsKept) {
    Route route = route_to("10.0.2.0/24", "eth1");
    route.protocol = 206;
    ASSERT_EQ(words(apply(additions({route}))), "");
    for (const Route& found : look().routes)
        EXPECT_EQ(found.protocol == 206, found == route) << format_route(found);
    Route of_another = route;
    of_another.protocol = 4;
    EXPECT_EQ(words(apply(deletions({of_another}))), "");
    EXPECT_EQ(table(10001).size(), 1u);
    EXPECT_EQ(words(apply(deletions({route}))), "");
    EXPECT_EQ(table(10001).size(), 0u);
}

TEST_F(Kernel, NothingToDoIsNothingDone) {
    EXPECT_TRUE(apply(Changes{}).empty());
}

// ---- What stands in the way ---------------------------------------------------------------------

TEST_F(Kernel, ARouteIsReplacedInItsPlace) {
    const Route before = route_to("0.0.0.0/0", "eth1", "10.0.2.1");
    Route after = before;
    after.hops[0].gateway = address("10.0.2.2");
    after.metrics.values = {{RTAX_MTU, 1400}};
    ASSERT_EQ(words(apply(additions({before}))), "");
    Changes changes;
    changes.routes_added.push_back({RouteAction::replace, {after, "", ""}});
    EXPECT_EQ(words(apply(changes)), "");
    EXPECT_EQ(table(10001), Words{format_route(after, "T")});
}

TEST_F(Kernel, AnAddedRouteTakesNobodysPlace) {
    ip("route add 10.9.0.0/24 dev eth0 table 10001");
    ip("-6 route add 2001:db8:9::/64 dev eth0 table 10001");
    const Words before = table(10001);
    (void)apply(additions({route_to("10.9.0.0/24", "eth1"), route_to("2001:db8:9::/64", "eth1")}));
    EXPECT_EQ(table(10001), before);
}

TEST_F(Kernel, ADeletedRouteIsTheOneThatWasNamed) {
    for (const char* twin :
         {"10.9.0.0/24 dev eth1 metric 100", "10.9.0.0/24 dev eth1 metric 200",
          "10.9.0.0/24 dev eth1 metric 300", "10.9.0.0/24 dev eth0 metric 201",
          "10.9.0.0/24 via 10.0.2.1 dev eth1 metric 202", "10.9.0.0/25 dev eth1 metric 200",
          "10.9.0.0/24 tos 0x10 dev eth1 metric 200", "blackhole 10.9.0.0/24 metric 203"}) {
        ip("route add table 10001 " + std::string(twin));
        ip("route add table 10002 " + std::string(twin));
    }
    ip("route append table 10001 10.9.0.0/24 dev eth0 metric 200");
    Words expected = table(10001);
    const Words other = table(10002);
    Route named = route_to("10.9.0.0/24", "eth1");
    named.metric = 200;
    expected.erase(std::find(expected.begin(), expected.end(), format_route(named, "T")));
    ASSERT_EQ(words(apply(deletions({named}))), "");
    EXPECT_EQ(table(10001), expected);
    ASSERT_EQ(words(apply(deletions({named}))), "");  // it is gone: nothing stands in for it
    EXPECT_EQ(table(10001), expected);
    EXPECT_EQ(table(10002), other);
}

TEST_F(Kernel, ADeletedIpv6RouteIsTheOneThatWasNamed) {
    for (const char* twin :
         {"2001:db8:9::/64 dev eth1 metric 100", "2001:db8:9::/64 dev eth1 metric 200",
          "2001:db8:9::/64 dev eth0 metric 201", "2001:db8:9::/64 via fe80::2 dev eth1 metric 202",
          "2001:db8:9::/63 dev eth1 metric 200", "unreachable 2001:db8:9::/64 metric 203"})
        ip("-6 route add table 10001 " + std::string(twin));
    ip("-6 route append table 10001 2001:db8:9::/64 dev eth0 metric 200");
    Words expected = table(10001);
    Route named = route_to("2001:db8:9::/64", "eth1");
    named.metric = 200;
    expected.erase(std::find(expected.begin(), expected.end(), format_route(named, "T")));
    ASSERT_EQ(words(apply(deletions({named, named}))), "");
    EXPECT_EQ(table(10001), expected);
}

TEST_F(Kernel, ADeletedRuleIsTheOneThatWasNamed) {
    for (const char* twin : {"from 10.0.2.0/25", "from 10.0.3.0/24", "from 10.0.2.0/24 iif eth0",
                             "from 10.0.2.0/24 iif lo", "to 10.0.2.0/24", "fwmark 5", "oif eth1"})
        ip("rule add priority 20101 table 10001 " + std::string(twin));
    ip("rule add priority 20101 table 10002 from 10.0.2.0/24 iif lo");
    ip("rule add priority 20102 table 10001 from 10.0.2.0/24 iif lo");
    Words expected = rules(20101);
    Rule named = rule_from_to_table("10.0.2.0/24", 20101);
    named.iif = "lo";
    expected.erase(std::find(expected.begin(), expected.end(), format_rule(named)));
    ASSERT_EQ(words(apply(deletions({}, {named, named}))), "");
    EXPECT_EQ(rules(20101), expected);
    EXPECT_EQ(rules(20102).size(), 1u);
}

TEST_F(Kernel, ADeletedSuppressRuleIsTheOneThatWasNamed) {
    if (lacks(kSuppress)) GTEST_SKIP() << kSuppress.missing;
    for (const char* twin : {"suppress_prefixlength 0 suppress_ifgroup 10000",
                             "suppress_prefixlength 1 suppress_ifgroup 10001",
                             "suppress_prefixlength 1 suppress_ifgroup 10000", "from 10.0.2.0/24"})
        ip("rule add priority 20000 table main " + std::string(twin));
    Words expected = rules(20000);
    const Rule named = suppress_rule(Family::v4);
    expected.erase(std::find(expected.begin(), expected.end(), format_rule(named)));
    ASSERT_EQ(words(apply(deletions({}, {named, named}))), "");
    EXPECT_EQ(rules(20000), expected);
}

// ---- Refusals -----------------------------------------------------------------------------------

TEST_F(Kernel, ARefusedChangeIsReturnedAndTheOthersAreMade) {
    Changes changes =
        additions({route_to("10.1.0.0/24", "eth1"), route_to("10.2.0.0/24", "eth1", "192.0.2.1"),
                   route_to("10.3.0.0/24", "eth7"), route_to("10.4.0.0/24", "eth1", "10.0.2.1")},
                  {rule_from_to_table("10.0.2.0/24", 20101)});
    changes.groups = {{"eth1", 0, 10000}, {"eth8", 0, 10000}};
    const std::vector<Failure> failures = apply(changes);
    ASSERT_EQ(failures.size(), 3u) << words(failures);
    EXPECT_EQ(words({failures[0]}),
              "ip link set dev eth8 group 10000: "
              "there is no interface eth8: No such device\n");
    EXPECT_EQ(words({failures[1]}),
              "ip route add 10.3.0.0/24 dev eth7 table 10001 scope link: "
              "there is no interface eth7: No such device\n");
    EXPECT_EQ(failures[2].what, "ip route add 10.2.0.0/24 via 192.0.2.1 dev eth1 table 10001");
    EXPECT_EQ(failures[2].error.find("its gateway is not reachable"), 0u) << failures[2].error;
    EXPECT_EQ(table(10001), (Words{"10.1.0.0/24 dev eth1 table T scope link",
                                   "10.4.0.0/24 via 10.0.2.1 dev eth1 table T"}));
    EXPECT_EQ(rules(20101).size(), 1u);
    EXPECT_EQ(link_named(look(), "eth1").group, 10000u);
}

TEST_F(Kernel, ARouteThatIsTooLargeForAMessageDoesNotStopTheOthers) {
    Route large = route_to("10.5.0.0/24", "eth1", "10.0.2.1");
    large.hops.resize(1000, large.hops[0]);
    const std::vector<Failure> failures =
        apply(additions({large, route_to("10.6.0.0/24", "eth1")}));
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_NE(failures[0].error.find("no room"), std::string::npos) << failures[0].error;
    EXPECT_EQ(table(10001), Words{"10.6.0.0/24 dev eth1 table T scope link"});
}

TEST_F(Kernel, TheKernelsOwnWordsAreInTheError) {
    if (lacks(kReasons)) GTEST_SKIP() << kReasons.missing;
    EXPECT_EQ(words(apply(additions({route_to("10.2.0.0/24", "eth1", "192.0.2.1")}))),
              "ip route add 10.2.0.0/24 via 192.0.2.1 dev eth1 table 10001: "
              "its gateway is not reachable: Nexthop has invalid gateway\n");
    EXPECT_EQ(words(apply(additions({route_to("::/0", "eth1", "2001:db8:2::37")}))),
              "ip -6 route add default via 2001:db8:2::37 dev eth1 table 10001: "
              "the kernel refuses it: Gateway can not be a local address\n");
}

/// As it would be said of a file or a process: nowhere.
TEST_F(Kernel, ARefusalIsToldInWordsOfRoutesAndRules) {
    Route replaced = route_to("10.2.0.0/24", "eth1", "192.0.2.1");
    ip("link set eth1 down");
    Changes changes = additions({replaced, route_to("10.3.0.0/24", "eth1")},
                                {rule_from_to_table("10.0.2.0/24", 20101)});
    changes.addresses_added.push_back({Address{}, "", ""});
    changes.addresses_added.back().object.ifname = "eth1";
    changes.addresses_added.back().object.address = address("127.0.0.1");
    const std::string said = words(apply(changes));
    EXPECT_NE(said.find("table 10001 scope link: the interface is down"), std::string::npos)
        << said;
    for (const int error : {EEXIST, ESRCH, ENOENT, ENODEV, ENETUNREACH, EHOSTUNREACH, ENETDOWN,
                            EPERM, EINVAL, EOPNOTSUPP, ENOMEM, EAGAIN, EADDRNOTAVAIL}) {
        EXPECT_EQ(said.find(std::strerror(error)), std::string::npos) << said;
        EXPECT_EQ(refusal_words({error, ""}).find(std::strerror(error)), std::string::npos);
    }
    EXPECT_EQ(refusal_words({EEXIST, ""}), "it exists already");
    EXPECT_EQ(refusal_words({ESRCH, ""}), "it is not there (any more)");
    EXPECT_EQ(refusal_words({EPERM, "No"}), "not permitted, it needs root (CAP_NET_ADMIN): No");
    EXPECT_EQ(refusal_words({ENOSPC, ""}), "No space left on device");
}

TEST_F(Kernel, ABatchOfThousandsIsDoneWhole) {
    const KernelSnapshot before = look();
    std::vector<Route> routes;
    std::vector<Rule> rules;
    for (int i = 0; i < 750; ++i) {
        const std::string net = std::to_string(i / 250) + "." + std::to_string(i % 250);
        routes.push_back(route_to(("10." + net + ".0/24").c_str(), "eth1"));
        rules.push_back(rule_from_to_table("10." + net + ".0/24", 20101));
    }
    routes[400].hops[0].gateway = address("192.0.2.1");  // refused, far from either end
    const std::vector<Failure> failures = apply(additions(routes, rules));
    ASSERT_EQ(failures.size(), 1u) << words(failures);
    EXPECT_EQ(failures[0].what, "ip route add " + format_route(routes[400]));
    KernelSnapshot after = look();
    EXPECT_EQ(after.routes.size(), before.routes.size() + 749);
    EXPECT_EQ(after.rules.size(), before.rules.size() + 750);
    ASSERT_EQ(words(apply(deletions(routes, rules))), "");
    after = look();
    EXPECT_TRUE(after.routes == before.routes);
    EXPECT_TRUE(after.rules == before.rules);
}

}  // namespace
}  // namespace eni
