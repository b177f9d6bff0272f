// The words of rule- and route- files, in each spelling that `ip` takes, and what is none.
#include "script_lines.hpp"

#include <gtest/gtest.h>

#include "example.hpp"

namespace eni {
namespace {

const TableNumbers kTables = {{"main", kTableMain}, {"eth1", TableId{501}}};

ScriptLine rule_of(const std::string& text, Family family = Family::v4) {
    const auto lines = rule_lines(text, family, kTables);
    EXPECT_EQ(lines.size(), 1U) << text;
    return lines.empty() ? ScriptLine{} : lines.front();
}

ScriptLine route_of(const std::string& text, Family family = Family::v4) {
    const auto lines = route_lines(text, family, kTables);
    EXPECT_EQ(lines.size(), 1U) << text;
    return lines.empty() ? ScriptLine{} : lines.front();
}

TEST(RuleLines, OneRuleInEachSpelling) {
    for (const char* text :
         {"from 10.0.2.0/24 table 501 priority 77", "from 10.0.2.0/24 lookup eth1 pref 77",
          "  table eth1\tfrom 10.0.2.0/255.255.255.0 prio 77  ",
          "from 10.0.2.0/24 to all tab 0x1f5 order 77",
          "priority 0x4d from 10.0.2.0/24 to default t eth1 protocol static"}) {
        const ScriptLine line = rule_of(text);
        EXPECT_EQ(line.error, "") << text;
        EXPECT_EQ(line.beyond, "") << text;
        EXPECT_TRUE(line.names_priority) << text;
        EXPECT_EQ(format_rule(line.rule), "from 10.0.2.0/24 table 501 priority 77") << text;
        EXPECT_EQ(line.text, text);
    }
}

TEST(RuleLines, EverySelectorThatARuleHas) {
    const ScriptLine line =
        rule_of("to 10.0.2.37 iif lo oif eth1 fwmark 0x1/0xff lookup main sup_pl 0");
    EXPECT_EQ(line.error, "");
    EXPECT_FALSE(line.names_priority);
    EXPECT_EQ(format_rule(line.rule),
              "to 10.0.2.37/32 fwmark 0x1/0xff iif lo oif eth1 table main suppress_prefixlength 0 "
              "priority 0");
    EXPECT_EQ(rule_of("dev eth1 table main").rule.iif, "eth1");
    EXPECT_EQ(rule_of("fwmark 7").rule.fwmask, 0xffffffffU);
    EXPECT_EQ(rule_of("from 2001:db8::/64 table eth1", Family::v6).rule.from, net("2001:db8::/64"));
}

TEST(RuleLines, SayWhatIsBeyondARule) {
    for (const auto& [text, word] :
         {std::pair("from 10.0.2.0/24 uidrange 0-9 table eth1", "uidrange"),
          {"not from 10.0.2.0/24 table eth1", "not"},
          {"from 10.0.2.0/24 blackhole", "blackhole"},
          {"ipproto tcp sport 22 table eth1", "ipproto"},
          {"from 10.0.2.0/24 tos 0x10 table eth1", "tos"},
          {"from 10.0.2.0/24 goto 30000", "goto"}}) {
        EXPECT_EQ(rule_of(text).error, "") << text;
        EXPECT_EQ(rule_of(text).beyond, word) << text;
    }
}

TEST(RuleLines, WhatIpWouldRefuseCannotBeRead) {
    for (const auto& [text, error] :
         {std::pair("from 10.0.2.0/24 table isp", "'isp' is no table"),
          {"from 10.0.2.0/24 table", "'table' has no value"},
          {"from 10.0.2.37/24 table eth1", "'10.0.2.37/24' is no network"},
          {"from 10.0.2.0/33 table eth1", "'10.0.2.0/33' is no network"},
          {"from 10.0.2.0/255.0.255.0 table eth1", "'10.0.2.0/255.0.255.0' is no network"},
          {"from 2001:db8::/64 table eth1", "'2001:db8::/64' is no network"},
          {"from 10.0.2.0/24 table eth1 # mine", "'#' is no word of ip-rule(8)"},
          {"from 10.0.2.0/24 table eth1\r", "'eth1?' is no table"},
          {"10.0.2.0/24 table eth1", "'10.0.2.0/24' is no word of ip-rule(8)"},
          {"from 10.0.2.0/24 table \"eth1\"", "'\"eth1\"' is no table"},
          {"from 10.0.2.0/24 \\", "'\\' is no word of ip-rule(8)"},
          {"from 10.0.2.0/24 priority -1 table eth1", "'-1' is no priority"}})
        EXPECT_EQ(rule_of(text).error, error) << text;
}

TEST(RuleLines, AreNumberedWithoutBlanksAndComments) {
    const auto lines = rule_lines(
        "# a\n\nfrom 10.0.2.0/24 table eth1\n  # b\n \t\nto 10.0.2.0/24 "
        "table eth1",
        Family::v4, kTables);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].number, 3U);
    EXPECT_EQ(lines[1].number, 6U);
    EXPECT_TRUE(rule_lines("", Family::v4, kTables).empty());
}

TEST(RouteLines, OneRouteInEachSpelling) {
    for (const char* text :
         {"default via 10.0.2.1 dev eth1 table eth1", "0.0.0.0/0 via 10.0.2.1 dev eth1 table 501",
          "via 10.0.2.1 table eth1 dev eth1 proto static",
          "to default dev eth1 via 10.0.2.1 t eth1 scope global",
          "unicast any via 10.0.2.1 oif eth1 table eth1 metric 0"}) {
        const ScriptLine line = route_of(text);
        EXPECT_EQ(line.error, "") << text;
        EXPECT_EQ(format_route(line.route), "default via 10.0.2.1 dev eth1 table 501") << text;
    }
}

TEST(RouteLines, AreWhatTheKernelWouldHave) {
    EXPECT_EQ(route_of("10.0.2.0/24 dev eth1 src 10.0.2.37 table eth1").route, [] {
        Route route = onlink("10.0.2.0/24", "eth1", "10.0.2.37", 0);
        route.table = TableId{501};
        return route;
    }());
    EXPECT_EQ(route_of("default via fe80::1 dev eth1", Family::v6).route.metric, kMetric6);
    EXPECT_EQ(route_of("default via 10.0.2.1").route.table, kTableMain);
    EXPECT_TRUE(route_of("default via 10.0.2.1 dev eth1 onlink").route.hops.front().onlink);
}

TEST(RouteLines, SayWhatIsBeyondARoute) {
    for (const auto& [text, word] : {std::pair("default via 10.0.2.1 dev eth1 mtu 1400", "mtu"),
                                     {"blackhole 10.1.0.0/16 table eth1", "blackhole"},
                                     {"default nexthop via 10.0.2.1 dev eth1 weight 1", "nexthop"},
                                     {"default via 10.0.2.1 initcwnd 20", "initcwnd"}}) {
        EXPECT_EQ(route_of(text).error, "") << text;
        EXPECT_EQ(route_of(text).beyond, word) << text;
    }
    EXPECT_EQ(route_of("default 10.0.2.0/24").error, "'10.0.2.0/24' is no word of ip-route(8)");
    EXPECT_EQ(route_of("default via").error, "'via' has no value");
    EXPECT_EQ(route_of("default via inet6 fe80::1").error, "'inet6' is no gateway");
}

TEST(RouteLines, OfTheOlderForm) {
    const std::string text =
        "# by system-config-network\nADDRESS0=10.50.0.0\nNETMASK0=255.255.0.0\nGATEWAY0='10.0.2.9'\n"
        "ADDRESS1=\"10.0.2.0\"\nNETMASK1=24\n";
    EXPECT_TRUE(is_assignments(text));
    EXPECT_FALSE(is_assignments("default via 10.0.2.1\n#ADDRESS0=1.2.3.4\n"));
    const auto lines = route_lines(text, Family::v4, kTables);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].number, 2U);
    EXPECT_EQ(lines[0].route.dst, net("10.50.0.0/16"));
    EXPECT_EQ(lines[0].route.hops.front().gateway, ip("10.0.2.9"));
    EXPECT_EQ(lines[1].number, 5U);
    EXPECT_EQ(lines[1].route.dst, net("10.0.2.0/24"));
    EXPECT_EQ(lines[1].route.scope, Scope::link);
    const auto odd =
        route_lines("ADDRESS0=10.50.0.0\nNETMASK0=255.255.0.0\nOPTIONS0=\"mtu 1\"\nrm x\n",
                    Family::v4, kTables);
    ASSERT_EQ(odd.size(), 3U);
    EXPECT_EQ(odd[1].error, "'OPTIONS0=\"mtu 1\"' is not understood");
    EXPECT_EQ(odd[2].error, "'rm x' is not understood");
}

TEST(RouteLines, AScopeSaysNothingOfAnIpv6Route) {
    const auto lines = route_lines("default dev eth1 scope host\n", Family::v6, {});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].error, "");
    EXPECT_EQ(lines[0].route.scope, Scope::global);
}

}  // namespace
}  // namespace eni
