// Rules and routes in `ip`'s words, each as `ip ... add` takes it.
#include "format.hpp"

#include <gtest/gtest.h>

#include "example.hpp"

namespace eni {
namespace {

TEST(RouteWords, ScopeIsSaidWhereIpWouldAssumeAnother) {
    Route route = onlink("10.0.2.0/24", "eth1", "", 0);
    EXPECT_EQ(format_route(route, "eth1"), "10.0.2.0/24 dev eth1 table eth1 scope link");
    route.scope = Scope::global;
    EXPECT_EQ(format_route(route, "eth1"), "10.0.2.0/24 dev eth1 table eth1 scope global");
    route.hops[0].gateway = ip("10.0.2.1");
    EXPECT_EQ(format_route(route, "eth1"), "10.0.2.0/24 via 10.0.2.1 dev eth1 table eth1");
}

TEST(RouteWords, MultipathAndOtherFamilysGateway) {
    Route route = via("0.0.0.0/0", "fe80::1", "eth1", 5);
    route.table = TableId{10001};
    EXPECT_EQ(format_route(route), "default via inet6 fe80::1 dev eth1 table 10001 metric 5");
    route.hops.push_back({"eth0", ip("10.0.0.1"), 2, true});
    EXPECT_EQ(
        format_route(route),
        "default table 10001 metric 5 nexthop via inet6 fe80::1 dev eth1 weight 1 nexthop via 10.0.0.1 dev eth0 weight 2 onlink");
}

TEST(RouteWords, TypesMetricsAndTheRest) {
    Route route;
    route.dst = net("2001:db8::/32");
    route.type = RouteType::throw_;
    route.metric = 1024;
    EXPECT_EQ(format_route(route), "throw 2001:db8::/32 table main");
    route = via("10.1.1.1/32", "10.0.2.1", "eth1", 0);
    route.realm = 0x20003;
    route.metrics.values = {{2, 9001}, {12, 1}, {10, 64}};
    route.metrics.lock = 1u << 2 | 1u << 16;
    route.metrics.congctl = "bbr";
    route.pref = 1;
    EXPECT_EQ(
        format_route(route),
        "10.1.1.1 via 10.0.2.1 dev eth1 table main realms 2/3 mtu lock 9001 hoplimit 64 features ecn congctl lock bbr pref high");
}

TEST(RuleWords, AllSelectors) {
    Rule r = rule(Family::v4, 7, TableId{500});
    EXPECT_EQ(format_rule(r), "from all table 500 priority 7");
    r.from = net("10.0.2.0/24");
    r.to = net("10.0.0.0/8");
    r.fwmark = 0x80;
    r.fwmask = 0xff;
    r.iif = "lo";
    r.oif = "eth1";
    EXPECT_EQ(
        format_rule(r, "isp"),
        "from 10.0.2.0/24 to 10.0.0.0/8 fwmark 0x80/0xff iif lo oif eth1 table isp priority 7");
}

TEST(MetricNames, GoBothWays) {
    for (std::uint16_t n = 0; n < 40; ++n)
        if (const char* name = metric_name(n)) {
            EXPECT_EQ(metric_number(name), n);
        }
    EXPECT_FALSE(metric_number("lock"));
}

TEST(Format, QuotesLinksThatAreNoWords) {
    Rule rule;
    rule.priority = Priority{100};
    rule.iif = "eth8;id";
    rule.table = TableId{300};
    EXPECT_EQ(format_rule(rule, "*;reboot"), "iif 'eth8;id' table 300 priority 100");
    rule.iif = "it's";
    EXPECT_EQ(format_rule_listing(rule), "100: from all iif 'it'\\''s' lookup 300");
}

}  // namespace
}  // namespace eni
