// Other programs' rules: which of them are led to, which are led past, and which are left to
// themselves; each case worked out by hand from the policy's third sentence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "example.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

using Lines = std::vector<std::string>;

constexpr TableId kTheirs{500};

Route in_table(TableId table, Route route) {
    route.table = table;
    return route;
}

/// By a device that is no interface of ours.
Route by_tunnel(const std::string& dst) {
    return in_table(kTheirs, onlink(dst, "tun0", "", 0));
}

/// A host with a rule of another program's, and routes in its table.
struct Host {
    Facts facts = two_interfaces();
    Config config;

    Host& add(const Rule& rule) {
        facts.kernel.rules.push_back(rule);
        return *this;
    }
    Host& add(const Route& route) {
        facts.kernel.routes.push_back(route);
        return *this;
    }
    Plan plan() const { return make_plan(facts, config, Absent::keep); }

    Lines warnings() const {
        Lines lines;
        for (const Note& note : plan().notes)
            if (note.severity == Severity::warning) lines.push_back(note.text);
        return lines;
    }

    /// The planned rules of IPv4, but for those of the interfaces' own tables.
    Lines around() const {
        Lines lines;
        for (const auto& planned : plan().rules)
            if (planned.object.family == Family::v4 && planned.object.table != TableId{10000} &&
                planned.object.table != TableId{10001})
                lines.push_back(format_rule(planned.object));
        return lines;
    }
};

Rule theirs(std::uint32_t priority) {
    return rule(Family::v4, priority, kTheirs);
}

Rule to(const std::string& dst, std::uint32_t priority) {
    Rule rule = theirs(priority);
    rule.to = net(dst);
    return rule;
}

std::string others(std::uint32_t priority) {
    return "from all table 10900 priority " + std::to_string(priority);
}

std::string suppress(std::uint32_t priority) {
    return "from all table main suppress_prefixlength 1 suppress_ifgroup 10000 priority " +
           std::to_string(priority);
}

const Lines kNothing = {suppress(20000)};

/// Past a rule at the next priority.
Lines past(std::uint32_t priority) {
    const std::string end = " iif lo goto 20000 priority " + std::to_string(priority);
    return {suppress(20000), "from 10.0.0.0/24" + end, "from 10.0.2.0/24" + end};
}

// ---- For all packets ----------------------------------------------------------------------------

TEST(ForAllPackets, WhatIsSentFromOurAddressesIsLedPast) {
    EXPECT_EQ(Host().add(theirs(19999)).add(by_tunnel("0.0.0.0/0")).around(), past(19998));
}

TEST(ForAllPackets, PastTheFirstOfThemAllAreLedPast) {
    EXPECT_EQ(Host().add(theirs(5270)).add(theirs(19999)).add(by_tunnel("0.0.0.0/0")).around(),
              past(5269));
}

TEST(ForAllPackets, InEveryForm) {
    const auto is_led_past = [](auto change) {
        Rule rule = theirs(19999);
        change(rule);
        return Host().add(rule).add(by_tunnel("0.0.0.0/0")).around() == past(19998);
    };
    EXPECT_TRUE(is_led_past([](Rule& r) { r.is_inverted = true, r.fwmark = r.fwmask = 0xca6c; }));
    EXPECT_TRUE(is_led_past([](Rule& r) { r.is_inverted = true, r.to = net("192.168.0.0/16"); }));
    EXPECT_TRUE(is_led_past([](Rule& r) { r.fwmask = 0xffff; }));  // what carries no mark
    EXPECT_TRUE(is_led_past([](Rule& r) { r.iif = "lo"; }));
    EXPECT_TRUE(is_led_past([](Rule& r) { r.from = net("128.0.0.0/1"); }));
    EXPECT_TRUE(is_led_past([](Rule& r) { r.to = net("0.0.0.0/1"); }));
    for (const auto refuses :
         {RuleAction::blackhole, RuleAction::unreachable, RuleAction::prohibit})
        EXPECT_TRUE(is_led_past([&](Rule& r) { r.action = refuses, r.table = TableId{0}; }));
    EXPECT_TRUE(is_led_past([](Rule& r) {
        r.action = RuleAction::go_to, r.table = TableId{0}, r.target = Priority{32766};
    }));
    EXPECT_TRUE(is_led_past([](Rule& r) { r.table = kTableMain; }));
    EXPECT_TRUE(is_led_past([](Rule& r) { r.table = kTableMain, r.suppress_prefixlength = 0; }))
        << "main has what leaves by our interfaces";
    EXPECT_FALSE(is_led_past([](Rule& r) { r.suppress_prefixlength = 0; }));
    EXPECT_FALSE(is_led_past([](Rule& r) { r.table = TableId{501}; })) << "it is empty";
    EXPECT_FALSE(is_led_past([](Rule& r) { r.action = RuleAction::nop, r.table = TableId{0}; }));
    EXPECT_FALSE(is_led_past([](Rule& r) {
        r.action = RuleAction::go_to, r.table = TableId{0}, r.target = Priority{20000};
    }));
    EXPECT_FALSE(is_led_past([](Rule& r) { r.from = net("192.168.0.0/16"); }));
    EXPECT_FALSE(is_led_past([](Rule& r) { r.fwmark = r.fwmask = 1; }));
    EXPECT_FALSE(is_led_past([](Rule& r) { r.is_exotic = true; }));
}

/// tailscale without an exit node, strongSwan: its table has what is behind the tunnel.
TEST(ForAllPackets, WhatTakesOnlyTheTunnelsPacketsIsNotLedPast) {
    EXPECT_EQ(Host().add(theirs(5270)).add(by_tunnel("100.64.0.0/10")).around(), kNothing);
}

TEST(ForAllPackets, ItsTableIsListenedTo) {
    const Plan plan = Host().add(theirs(5270)).add(to("10.9.0.0/16", 5271)).plan();
    EXPECT_EQ(plan.tables_asked, std::set<TableId>{kTheirs});
}

TEST(ForAllPackets, BehindOursItStays) {
    EXPECT_EQ(Host().add(theirs(32765)).add(by_tunnel("0.0.0.0/0")).around(), kNothing);
}

TEST(ForAllPackets, HasToLeaveRoomForAPriority) {
    EXPECT_EQ(Host().add(theirs(2)).add(by_tunnel("0.0.0.0/0")).around(), past(1));
    EXPECT_EQ(Host().add(theirs(1)).add(by_tunnel("0.0.0.0/0")).around(), kNothing);
}

TEST(ForAllPackets, InBasicModeTheWayLeadsToTheFirstOfOurs) {
    Host host;
    host.config.suppress = Suppress::off;
    host.add(theirs(19999)).add(by_tunnel("0.0.0.0/0"));
    EXPECT_EQ(host.around(), Lines({others(20000), "from 10.0.0.0/24 goto 20000 priority 19998",
                                    "from 10.0.2.0/24 goto 20000 priority 19998"}));
}

/// Between the rule that is for all of ours and those of the sources.
TEST(ForAllPackets, OneInTheBandIsLedPastAsWell) {
    for (const Suppress mode : {Suppress::automatic, Suppress::off}) {
        const bool is_basic = mode == Suppress::off;
        const auto first = is_basic ? others : suppress;
        const std::string iif = is_basic ? "" : "iif lo ";
        Host host;
        host.config.suppress = mode;
        host.add(theirs(20099)).add(by_tunnel("0.0.0.0/0"));
        EXPECT_EQ(host.around(),
                  Lines({first(20000), "from 10.0.0.0/24 " + iif + "goto 20100 priority 20098",
                         "from 10.0.2.0/24 " + iif + "goto 20100 priority 20098"}));
        host.add(to("10.99.0.0/24", 32765));
        EXPECT_EQ(host.around(), Lines({"to 10.99.0.0/24 goto 32765 priority 20000", first(20001),
                                        "from 10.0.0.0/24 " + iif + "goto 20100 priority 20098",
                                        "from 10.0.2.0/24 " + iif + "goto 20100 priority 20098"}));
    }
}

// ---- For certain packets ------------------------------------------------------------------------

/// A table that has a way for everything.
Host with_routes() {
    return Host().add(by_tunnel("0.0.0.0/0"));
}

TEST(ForCertainPackets, BehindOursItIsLedTo) {
    EXPECT_EQ(with_routes().add(to("10.99.0.0/24", 32765)).around(),
              Lines({"to 10.99.0.0/24 goto 32765 priority 20000", suppress(20001)}));
}

TEST(ForCertainPackets, BeforeOursItIsLeftToItself) {
    EXPECT_EQ(with_routes().add(to("10.99.0.0/24", 19999)).around(), kNothing);
}

TEST(ForCertainPackets, SeveralKeepTheirOrderAndEachOfItsSelectors) {
    Rule ports = theirs(32000);
    ports.ip_protocol = 6;
    ports.dport = NumberRange{80, 90};
    ports.users = NumberRange{1000, 1000};
    EXPECT_EQ(with_routes().add(to("10.99.0.0/24", 32765)).add(ports).around(),
              Lines({"uidrange 1000-1000 ipproto tcp dport 80-90 goto 32000 priority 20000",
                     "to 10.99.0.0/24 goto 32765 priority 20001", suppress(20002)}));
}

TEST(ForCertainPackets, TwoWithTheSameSelectorsAreLedToOnce) {
    EXPECT_EQ(with_routes().add(to("10.99.0.0/24", 32764)).add(to("10.99.0.0/24", 32765)).around(),
              Lines({"to 10.99.0.0/24 goto 32764 priority 20000", suppress(20001)}));
}

TEST(ForCertainPackets, BehindOneThatTakesAllItHasNoSayAnyway) {
    EXPECT_EQ(Host()
                  .add(theirs(32000))
                  .add(by_tunnel("0.0.0.0/0"))
                  .add(to("10.99.0.0/24", 32765))
                  .around(),
              kNothing);
    EXPECT_EQ(with_routes().add(to("10.99.0.0/24", 32766)).around(), kNothing)
        << "behind main's own";
}

TEST(ForCertainPackets, BetweenOneThatTakesAllAndOursItIsNamed) {
    Host host;
    host.add(theirs(100)).add(by_tunnel("0.0.0.0/0")).add(to("10.99.0.0/24", 101));
    EXPECT_EQ(host.around(), past(99));
    EXPECT_EQ(host.warnings(),
              Lines{"rule \"101: from all to 10.99.0.0/24 lookup 500\" of other programs are for "
                    "certain packets, but eni-routes' rules come first: give them a priority "
                    "below 100"});
}

TEST(ForCertainPackets, WithOneThatTakesAllBeforeOursTheWayPastLeadsToTheWayTo) {
    Host host;
    host.add(theirs(100)).add(by_tunnel("0.0.0.0/0")).add(to("10.99.0.0/24", 32765));
    EXPECT_EQ(host.around(), Lines({"to 10.99.0.0/24 goto 32765 priority 20000", suppress(20001),
                                    "from 10.0.0.0/24 iif lo goto 20000 priority 99",
                                    "from 10.0.2.0/24 iif lo goto 20000 priority 99"}));
}

TEST(ForCertainPackets, OneThatCannotBeReadIsNamed) {
    Rule exotic = to("10.99.0.0/24", 32765);
    exotic.is_exotic = true;
    EXPECT_EQ(Host().add(exotic).around(), kNothing);
    EXPECT_THAT(Host().add(exotic).warnings(),
                testing::ElementsAre(testing::HasSubstr("(and more)\" of other programs")));
}

TEST(ForCertainPackets, MoreThanThereIsRoomForAreNamed) {
    Host host = with_routes();
    for (std::uint32_t i = 0; i < 101; ++i)
        host.add(to("10.99." + std::to_string(i) + ".0/24", 31000 + i));
    EXPECT_EQ(host.around().size(), 97u + 1);
    EXPECT_EQ(host.around().back(), suppress(20097)) << "20098 and 20099 are those by marks";
    EXPECT_THAT(host.warnings(), testing::ElementsAre(testing::HasSubstr(" and 3 more of")));
}

TEST(ForCertainPackets, InBasicModeItIsLedToAsWell) {
    Host host;
    host.config.suppress = Suppress::off;
    host.add(by_tunnel("0.0.0.0/0")).add(to("10.99.0.0/24", 32765));
    EXPECT_EQ(host.around(), Lines({"to 10.99.0.0/24 goto 32765 priority 20000", others(20001)}));
}

/// What its table has no route for is ours.
TEST(ForCertainPackets, WhatFindsNothingInItsTableIsNotLedTo) {
    Rule rule = theirs(32765);
    rule.from = net("10.0.2.37/32");
    EXPECT_EQ(Host().add(rule).around(), kNothing);
    Host host = Host().add(rule).add(by_tunnel("192.168.0.0/16")).add(by_tunnel("10.9.0.0/16"));
    EXPECT_EQ(host.around(), Lines({"from 10.0.2.37/32 to 192.168.0.0/16 goto 32765 priority 20000",
                                    "from 10.0.2.37/32 to 10.9.0.0/16 goto 32765 priority 20001",
                                    suppress(20002)}));
    host.facts.kernel.rules.back().suppress_prefixlength = 16;
    EXPECT_EQ(host.around(), kNothing);
}

TEST(ForCertainPackets, OfItsDestinationsOnlyThoseThatFindARouteAreLedTo) {
    EXPECT_EQ(Host().add(to("10.0.0.0/8", 32765)).add(by_tunnel("10.9.0.0/16")).around(),
              Lines({"to 10.9.0.0/16 goto 32765 priority 20000", suppress(20001)}));
    EXPECT_EQ(Host().add(to("10.9.9.0/24", 32765)).add(by_tunnel("10.9.0.0/16")).around(),
              Lines({"to 10.9.9.0/24 goto 32765 priority 20000", suppress(20001)}));
    EXPECT_EQ(Host().add(to("10.8.0.0/16", 32765)).add(by_tunnel("10.9.0.0/16")).around(),
              kNothing);
}

// ---- The recipe, by hand ------------------------------------------------------------------------

/// What it says of an interface ours say as well, and more.
TEST(Recipe, OfAnInterfaceIsNotLedTo) {
    const auto around = [](auto change) {
        Rule rule = theirs(32765);
        change(rule);
        return Host()
            .add(rule)
            .add(in_table(kTheirs, via("0.0.0.0/0", "10.0.2.1", "eth1", 0)))
            .around();
    };
    EXPECT_EQ(around([](Rule& r) { r.from = net("10.0.2.37/32"); }), kNothing);
    EXPECT_EQ(around([](Rule& r) { r.from = net("10.0.2.0/24"), r.iif = "lo"; }), kNothing);
    EXPECT_EQ(around([](Rule& r) { r.to = net("10.0.2.0/24"); }), kNothing);
    EXPECT_NE(around([](Rule& r) { r.from = net("10.0.0.0/24"); }), kNothing) << "eth0's";
    EXPECT_NE(around([](Rule& r) { r.from = net("10.0.0.0/16"); }), kNothing) << "more than eth1's";
    EXPECT_NE(around([](Rule& r) { r.to = net("10.99.0.0/24"); }), kNothing);
    EXPECT_NE(around([](Rule& r) { r.from = net("10.0.2.37/32"), r.ip_protocol = 6; }), kNothing);
}

TEST(Recipe, WithAnythingElseInItsTableIsLedTo) {
    Rule rule = theirs(32765);
    rule.from = net("10.0.2.0/24");
    Host host;
    host.add(rule).add(in_table(kTheirs, via("0.0.0.0/0", "10.0.2.1", "eth1", 0)));
    ASSERT_EQ(host.around(), kNothing);
    const Lines led_to = {"from 10.0.2.0/24 goto 32765 priority 20000", suppress(20001)};
    EXPECT_EQ(Host(host).add(by_tunnel("192.168.0.0/16")).around(), led_to);
    EXPECT_EQ(
        Host(host).add(in_table(kTheirs, via("192.168.0.0/16", "10.0.2.99", "eth1", 0))).around(),
        led_to);
    EXPECT_EQ(
        Host().add(rule).add(in_table(kTheirs, via("0.0.0.0/0", "10.0.2.99", "eth1", 0))).around(),
        led_to)
        << "another gateway";
}

// ---- All of it ----------------------------------------------------------------------------------

TEST(ForeignRules, CarriedOutNothingIsLeftToDoAndAllIsOurs) {
    Host host;
    host.add(theirs(100)).add(by_tunnel("0.0.0.0/0")).add(to("10.99.0.0/24", 32765));
    const Facts after = carried_out(host.facts, host.plan());
    Host again;
    again.facts = after;
    EXPECT_TRUE(diff(again.plan(), after.kernel).empty());
    again.config.enabled = false;
    again.facts.run = host.plan().run;
    EXPECT_EQ(applied(diff(again.plan(), after.kernel), after.kernel).rules,
              host.facts.kernel.rules);
}

TEST(ForeignRules, WithOneInterfaceThereIsNothing) {
    Host host;
    host.add(theirs(100)).add(by_tunnel("0.0.0.0/0"));
    host.facts.kernel.links.pop_back();
    EXPECT_EQ(host.plan().rules.size(), 0u);
}

// ---- Our own tables -----------------------------------------------------------------------------

/// What is planned before a run, and what once it is done. Our tables were given before, so that
/// another program's rule that leads to one does not make it that program's.
std::pair<Lines, Lines> before_and_after(Host host) {
    host.facts.run.tables_given = {TableId{10000}, TableId{10001}};
    const Lines before = host.around();
    const Plan plan = host.plan();
    host.facts.kernel = applied(diff(plan, host.facts.kernel), host.facts.kernel);
    host.facts.run = plan.run;
    return {before, host.around()};
}

TEST(OwnTable, IsFilledByTheRunThatOthersRulesAreLedIn) {
    Rule forwarded;
    forwarded.priority = Priority{30500};
    forwarded.iif = "tun0";
    forwarded.table = TableId{10001};
    const auto [before, after] = before_and_after(Host().add(forwarded));
    EXPECT_EQ(before, after) << "a second run has nothing to do";
    EXPECT_THAT(before, testing::Contains("iif tun0 goto 30500 priority 20000"));
}

TEST(OwnTable, IsEmptiedOfWhatIsNotInThePlan) {
    Rule forwarded;
    forwarded.priority = Priority{30500};
    forwarded.to = net("192.0.2.0/24");
    forwarded.iif = "tun0";
    forwarded.table = TableId{10001};
    Host host;
    host.add(forwarded).add(in_table(TableId{10001}, onlink("192.0.2.128/25", "tun0", "", 7)));
    const auto [before, after] = before_and_after(host);
    EXPECT_EQ(before, after) << "a second run has nothing to do";
}

}  // namespace
}  // namespace eni
