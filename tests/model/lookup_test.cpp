// The walk of a packet through rules and tables, and the answer that follows from it: each case
// against net/core/fib_rules.c and net/ipv4/fib_frontend.c, read by hand.
#include "lookup.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>

#include "example.hpp"

namespace eni {
namespace {

using Lines = std::vector<std::string>;

constexpr TableId kIsp{500};

std::string result_word(StepResult result) {
    switch (result) {
        case StepResult::no_match:
            return "no";
        case StepResult::unknown:
            return "unknown";
        case StepResult::nothing:
            return "nothing";
        case StepResult::suppressed:
            return "suppressed";
        case StepResult::jumped:
            return "jumped";
        case StepResult::refused:
            return "refused";
        case StepResult::found:
            return "found";
    }
    return "";
}

std::string reason(const Step& step) {
    switch (step.suppression) {
        case Suppression::prefix_length:
            return ": prefix";
        case Suppression::group:
            return ": group";
        case Suppression::none:
            break;
    }
    constexpr const char* kMismatches[] = {"",      "no source", "source",  "destination", "iif",
                                           "oif",   "mark",      "tos",     "protocol",    "sport",
                                           "dport", "user",      "left out"};
    const std::string word = kMismatches[static_cast<std::size_t>(step.mismatch)];
    return word.empty() ? "" : ": " + word;
}

/// The walk that is shown. The one that leaves out what does not match has to say the same.
Walk walk_all(const KernelSnapshot& kernel, const RouteQuery& query) {
    const Lookup lookup(kernel);
    const Walk all = lookup.walk_all(query);
    std::vector<const Rule*> matching, quick;
    for (const Step& step : all.steps)
        if (step.result != StepResult::no_match) matching.push_back(step.rule);
    for (const Step& step : lookup.walk(query).steps) quick.push_back(step.rule);
    EXPECT_EQ(matching, quick);
    return all;
}

/// "100 no: source", "32766 found default via 10.0.0.1 ..."
Lines steps_of(const KernelSnapshot& kernel, const RouteQuery& query) {
    Lines lines;
    for (const Step& step : walk_all(kernel, query).steps)
        lines.push_back(
            std::to_string(number(step.rule->priority)) + " " + result_word(step.result) +
            (step.route != nullptr ? " " + format_route(*step.route) : "") + reason(step));
    return lines;
}

Route in_table(TableId table, Route route) {
    route.table = table;
    return route;
}

Route of_type(RouteType type, const std::string& dst) {
    Route route;
    route.type = type;
    route.dst = net(dst);
    if (route.family() == Family::v6) route.metric = 1024;
    return route;
}

/// A rule of priority 100 that leads to a default of its own by 10.0.0.9.
KernelSnapshot with_rule(const std::function<void(Rule&)>& change, Family family = Family::v4) {
    KernelSnapshot kernel = two_interfaces().kernel;
    kernel.rules.push_back(rule(family, 100, kIsp));
    change(kernel.rules.back());
    kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.9", "eth0", 0)));
    return kernel;
}

/// What becomes of the rule of priority 100.
std::string verdict_of(const std::function<void(Rule&)>& change, const RouteQuery& query) {
    for (const std::string& line : steps_of(with_rule(change), query))
        if (line.compare(0, 4, "100 ") == 0) return line.substr(4);
    return "not asked";
}

constexpr char kFound[] = "found default via 10.0.0.9 dev eth0 table 500";

// ---- Does a rule match? -------------------------------------------------------------------------

TEST(Walk, SaysWhyARuleDoesNotMatch) {
    const RouteQuery plain = sent("192.0.2.1", "10.0.2.37");
    const RouteQuery unbound = sent("192.0.2.1");
    const RouteQuery incoming = received("eth1", "192.0.2.1", "10.9.9.9");
    RouteQuery marked = plain;
    marked.mark = 0x180;
    const struct {
        std::function<void(Rule&)> change;
        RouteQuery query;
        std::string verdict;
    } cases[] = {
        {[](Rule&) {}, plain, kFound},
        {[](Rule& r) { r.from = net("10.0.2.0/24"); }, plain, kFound},
        {[](Rule& r) { r.from = net("10.0.0.0/24"); }, plain, "no: source"},
        {[](Rule& r) { r.from = net("10.0.2.0/24"); }, unbound, "no: no source"},
        {[](Rule& r) { r.to = net("192.0.2.0/24"); }, plain, kFound},
        {[](Rule& r) { r.to = net("192.0.3.0/24"); }, plain, "no: destination"},
        {[](Rule& r) { r.iif = "lo"; }, plain, kFound},
        {[](Rule& r) { r.iif = "lo"; }, incoming, "no: iif"},
        {[](Rule& r) { r.iif = "eth1"; }, incoming, kFound},
        {[](Rule& r) { r.iif = "eth0"; }, incoming, "no: iif"},
        {[](Rule& r) { r.iif = "eth0"; }, plain, "no: iif"},
        {[](Rule& r) { r.oif = "eth1"; }, plain, "no: oif"},
        {[](Rule& r) { r.fwmark = 0x80, r.fwmask = 0x80; }, plain, "no: mark"},
        {[](Rule& r) { r.fwmark = 0x80, r.fwmask = 0x80; }, marked, kFound},
        {[](Rule& r) { r.fwmark = 0x80, r.fwmask = 0xfff; }, marked, "no: mark"},
        {[](Rule& r) { r.fwmark = 0, r.fwmask = 0x80; }, marked, "no: mark"},
        {[](Rule& r) { r.is_exotic = true; }, plain, "unknown"},
    };
    for (const auto& each : cases) EXPECT_EQ(verdict_of(each.change, each.query), each.verdict);
}

TEST(Walk, RulesOfTheOtherFamilyAreNotAsked) {
    const KernelSnapshot kernel = with_rule([](Rule&) {}, Family::v6);
    EXPECT_EQ(steps_of(kernel, sent("192.0.2.1"))[0], "0 nothing");
    EXPECT_EQ(steps_of(kernel, sent("2001:db8::9")), Lines({"100 nothing"}));
}

// ---- In which order? ----------------------------------------------------------------------------

TEST(Walk, GoesByPriorityThenByTheKernelsOrderAndEndsWithTheFirstFound) {
    KernelSnapshot kernel = two_interfaces().kernel;
    kernel.rules = {rule(Family::v4, 32766, kTableMain), rule(Family::v4, 200, TableId{2}),
                    rule(Family::v4, 200, TableId{1}), rule(Family::v4, 100, kIsp),
                    rule(Family::v4, 0, kTableLocal)};
    const auto tables = [&] {
        std::vector<std::uint32_t> numbers;
        for (const Step& step : walk_all(kernel, sent("192.0.2.1")).steps)
            numbers.push_back(number(step.rule->table));
        return numbers;
    };
    EXPECT_EQ(tables(), (std::vector<std::uint32_t>{255, 500, 2, 1, 254}));
    kernel.routes.push_back(in_table(TableId{2}, via("0.0.0.0/0", "10.0.0.9", "eth0", 0)));
    EXPECT_EQ(tables(), (std::vector<std::uint32_t>{255, 500, 2}));
}

TEST(Walk, KeepsTheKernelsOrderAmongMany) {
    KernelSnapshot kernel;
    for (std::uint32_t i = 1; i <= 100; ++i)
        kernel.rules.push_back(rule(Family::v4, 5, TableId{i}));
    const Walk steps = walk_all(kernel, sent("192.0.2.1"));
    for (std::uint32_t i = 0; i < 100; ++i) ASSERT_EQ(steps.steps[i].rule->table, TableId{i + 1});
}

TEST(Agrees, IsThatTheKernelTakesTheWayOfTheWalk) {
    KernelSnapshot kernel = two_interfaces().kernel;
    RouteAnswer answer;
    answer.ifname = "eth0";
    answer.gateway = ip("10.0.0.1");
    const auto agreed = [&](const char* dst) {
        return agrees(walk_all(kernel, sent(dst)), answer);
    };
    EXPECT_TRUE(agreed("192.0.2.1"));
    EXPECT_FALSE(agreed("10.0.2.99")) << "another way";
    EXPECT_FALSE(agreed("10.0.2.37")) << "it is local";
    answer.gateway = ip("10.0.0.9");
    EXPECT_FALSE(agreed("192.0.2.1")) << "another gateway";
    kernel.routes[0].hops.push_back({"eth0", ip("10.0.0.9"), 1, false});
    EXPECT_TRUE(agreed("192.0.2.1")) << "one of two hops";
    answer.error = EACCES;
    EXPECT_FALSE(agreed("192.0.2.1"));
    kernel.routes.push_back(of_type(RouteType::blackhole, "192.0.2.0/24"));
    EXPECT_TRUE(agreed("192.0.2.1")) << "errno is not compared";
    kernel.routes.clear();
    EXPECT_TRUE(agreed("192.0.2.1"));
    answer.error = 0;
    EXPECT_FALSE(agreed("192.0.2.1"));
}

TEST(Walk, WithoutADecisionEveryRuleWasAsked) {
    KernelSnapshot kernel = two_interfaces().kernel;
    kernel.routes.clear();
    const Walk steps = walk_all(kernel, sent("192.0.2.1"));
    EXPECT_EQ(steps.steps.size(), 3u);
    EXPECT_EQ(steps.decision(), nullptr);
    kernel.rules.clear();
    EXPECT_EQ(walk_all(kernel, sent("192.0.2.1")).decision(), nullptr);
}

TEST(Walk, TheHostsOwnAddressesAreInTheLocalTable) {
    const KernelSnapshot kernel = two_interfaces().kernel;
    for (const char* own : {"10.0.2.37", "127.0.0.1", "127.1.2.3"}) {
        const Walk steps = walk_all(kernel, sent(own));
        ASSERT_NE(steps.decision(), nullptr) << own;
        EXPECT_EQ(steps.decision()->rule->table, kTableLocal);
        EXPECT_FALSE(steps.decision()->route);
        EXPECT_TRUE(answer_by_walk(kernel, sent(own)).is_local());
    }
    EXPECT_FALSE(answer_by_walk(kernel, sent("10.0.2.38")).is_local());
}

TEST(Walk, ADelegatedPrefixIsThisHostsAsAWhole) {
    KernelSnapshot kernel = two_interfaces().kernel;
    Route local = onlink("10.0.2.64/28", "eth1", "", 0);
    local.table = kTableLocal;
    local.type = RouteType::local;
    kernel.routes.push_back(local);
    for (const char* own : {"10.0.2.64", "10.0.2.79"}) {
        EXPECT_EQ(walk_all(kernel, sent(own)).steps.size(), 1u) << own;
        EXPECT_TRUE(answer_by_walk(kernel, sent(own)).is_local()) << own;
    }
    for (const char* other : {"10.0.2.63", "10.0.2.80"})
        EXPECT_FALSE(answer_by_walk(kernel, sent(other)).is_local()) << other;
}

TEST(Walk, TheLocalTableMayHoldOtherRoutesToo) {
    KernelSnapshot kernel = two_interfaces().kernel;
    for (const char* dst : {"10.5.0.0/16", "224.0.0.0/4"})
        kernel.routes.push_back(in_table(kTableLocal, onlink(dst, "eth1", "", 0)));
    for (const char* dst : {"10.5.0.1", "224.0.0.5"}) {
        EXPECT_EQ(steps_of(kernel, sent(dst)).size(), 1u) << dst;
        EXPECT_FALSE(answer_by_walk(kernel, sent(dst)).is_local()) << dst;
        EXPECT_EQ(answer_by_walk(kernel, sent(dst)).ifname, "eth1") << dst;
    }
}

/// As a transparent proxy (TPROXY) has it behind a mark.
TEST(Walk, ARouteOfTypeLocalIsThisHostWhicheverTableItIsIn) {
    KernelSnapshot kernel = with_rule([](Rule& r) { r.fwmark = r.fwmask = 1; });
    kernel.routes.back() = in_table(kIsp, of_type(RouteType::local, "0.0.0.0/0"));
    kernel.routes.back().hops = {{"lo", std::nullopt, 1, false}};
    RouteQuery marked = sent("192.0.2.1");
    marked.mark = 1;
    EXPECT_EQ(steps_of(kernel, marked),
              Lines({"0 nothing", "100 found local default dev lo table 500 scope global"}));
    const RouteAnswer answer = answer_by_walk(kernel, marked);
    EXPECT_TRUE(answer.is_local());
    EXPECT_EQ(answer.error, 0);
    EXPECT_EQ(answer.table, kIsp);
    EXPECT_TRUE(agrees(walk_all(kernel, marked), answer));
    RouteAnswer elsewhere;
    elsewhere.ifname = "lo";
    EXPECT_FALSE(agrees(walk_all(kernel, marked), elsewhere));
    EXPECT_FALSE(answer_by_walk(kernel, sent("192.0.2.1")).is_local()) << "it has no mark";
}

// ---- What is found in the table? ----------------------------------------------------------------

TEST(Walk, ATableWithoutARouteAndAThrowGoOn) {
    for (const bool has_throw : {false, true}) {
        KernelSnapshot kernel = with_rule([](Rule&) {});
        kernel.routes.pop_back();
        if (has_throw)
            kernel.routes.push_back(in_table(kIsp, of_type(RouteType::throw_, "192.0.2.0/24")));
        EXPECT_EQ(steps_of(kernel, sent("192.0.2.1")),
                  Lines({"0 nothing", "100 nothing",
                         "32766 found default via 10.0.0.1 dev eth0 table main metric 100"}));
    }
}

TEST(Walk, AThrowEndsNotOnlyAShorterPrefix) {
    KernelSnapshot kernel = with_rule([](Rule&) {});
    kernel.routes.push_back(in_table(kIsp, of_type(RouteType::throw_, "192.0.2.0/24")));
    EXPECT_EQ(steps_of(kernel, sent("192.0.2.1"))[1], "100 nothing") << "not by its default";
    EXPECT_EQ(steps_of(kernel, sent("192.0.3.1"))[1], std::string("100 ") + kFound);
}

TEST(Walk, SuppressPrefixlengthTakesLongerPrefixesOnly) {
    KernelSnapshot kernel = with_rule([](Rule& r) { r.suppress_prefixlength = 1; });
    kernel.routes.push_back(in_table(kIsp, via("128.0.0.0/1", "10.0.0.8", "eth0", 0)));
    kernel.routes.push_back(in_table(kIsp, via("192.0.0.0/2", "10.0.0.7", "eth0", 0)));
    const auto step = [&](const char* dst) { return steps_of(kernel, sent(dst))[1]; };
    EXPECT_EQ(step("100.64.0.1"), "100 suppressed default via 10.0.0.9 dev eth0 table 500: prefix");
    EXPECT_EQ(step("172.16.0.1"),
              "100 suppressed 128.0.0.0/1 via 10.0.0.8 dev eth0 table 500: prefix");
    EXPECT_EQ(step("192.0.2.1"), "100 found 192.0.0.0/2 via 10.0.0.7 dev eth0 table 500");
}

TEST(Walk, ARouteToThisHostCanBeSuppressedToo) {
    for (const Family family : kFamilies) {
        const bool is_v4 = family == Family::v4;
        KernelSnapshot kernel = two_interfaces().kernel;
        kernel.links[1].group = 10000;
        kernel.rules = {rule(family, 100, kTableMain)};
        kernel.rules[0].suppress_prefixlength = 1;
        kernel.rules[0].suppress_ifgroup = 10000;
        kernel.routes = {of_type(RouteType::local, is_v4 ? "10.5.0.0/16" : "2001:db8::/32")};
        const auto step = [&] {
            return steps_of(kernel, sent(is_v4 ? "10.5.0.1" : "2001:db8::1"))[0];
        };
        kernel.routes[0].hops = {{"lo", std::nullopt, 1, false}};
        EXPECT_EQ(step().find("100 found local "), 0u) << step();
        kernel.routes[0].hops[0].ifname = "eth1";
        EXPECT_NE(step().find("suppressed"), std::string::npos) << step();
        kernel.routes[0].dst = Prefix::any(family);
        kernel.routes[0].hops[0].ifname = "lo";
        EXPECT_NE(step().find(": prefix"), std::string::npos) << step();
    }
}

TEST(Walk, SuppressIfgroupTakesOtherLinksOnly) {
    KernelSnapshot kernel = with_rule([](Rule& r) { r.suppress_ifgroup = 10000; });
    const auto step = [&] { return steps_of(kernel, sent("192.0.2.1"))[1]; };
    EXPECT_EQ(step(), std::string("100 ") + kFound);
    kernel.links[1].group = 10000;
    EXPECT_EQ(step(), std::string("100 ") + kFound) << "that is the other link";
    kernel.links[0].group = 10000;
    EXPECT_EQ(step(), "100 suppressed default via 10.0.0.9 dev eth0 table 500: group");
    kernel.links.clear();
    EXPECT_EQ(step(), std::string("100 ") + kFound) << "a link that nobody knows is in no group";
}

TEST(Walk, WhatRefusesIsTheLastWord) {
    for (const RouteType type : {RouteType::blackhole, RouteType::unreachable, RouteType::prohibit})
        for (const Family family : kFamilies) {
            const bool is_v4 = family == Family::v4;
            KernelSnapshot kernel;
            kernel.rules = {rule(family, 100, kTableMain)};
            kernel.rules[0].suppress_prefixlength = 1;
            kernel.routes = {of_type(type, is_v4 ? "0.0.0.0/0" : "::/0")};
            const Walk steps = walk_all(kernel, sent(is_v4 ? "192.0.2.1" : "2001:db8::1"));
            ASSERT_EQ(steps.steps.size(), 1u);
            EXPECT_EQ(steps.steps[0].result, StepResult::found);
        }
}

// ---- longest_match ------------------------------------------------------------------------------

TEST(LongestMatch, PrefixThenMetricAndNoTos) {
    KernelSnapshot kernel;
    const auto gateway = [&](const char* dst) {
        const Route* route = RouteIndex(kernel).longest_match(kTableMain, ip(dst));
        return route == nullptr ? "none" : route->hops[0].gateway->to_string();
    };
    EXPECT_EQ(gateway("10.1.2.3"), "none");
    kernel.routes = {via("10.0.0.0/8", "10.0.0.1", "eth0", 0),
                     via("10.1.0.0/16", "10.0.0.2", "eth0", 50),
                     via("10.1.0.0/16", "10.0.0.3", "eth0", 20),
                     via("10.1.0.0/16", "10.0.0.4", "eth0", 30),
                     in_table(kIsp, via("10.1.2.0/24", "10.0.0.5", "eth0", 0)),
                     via("10.1.2.3/32", "10.0.0.6", "eth0", 0)};
    kernel.routes.back().tos = 0x10;
    EXPECT_EQ(gateway("10.1.2.3"), "10.0.0.3");
    EXPECT_EQ(gateway("10.2.2.3"), "10.0.0.1");
    EXPECT_EQ(gateway("11.0.0.1"), "none");
    EXPECT_EQ(gateway("2001:db8::1"), "none");
}

// ---- answer_by_walk -----------------------------------------------------------------------------

TEST(Answer, ErrorsAreThoseOfTheType) {
    const struct {
        RouteType type;
        int error;
    } cases[] = {{RouteType::blackhole, EINVAL},
                 {RouteType::prohibit, EACCES},
                 {RouteType::unreachable, EHOSTUNREACH}};
    for (const auto& each : cases) {
        KernelSnapshot kernel = two_interfaces().kernel;
        kernel.routes.push_back(of_type(each.type, "192.0.2.0/24"));
        const RouteAnswer answer = answer_by_walk(kernel, sent("192.0.2.1"));
        EXPECT_EQ(answer.error, each.error);
        EXPECT_EQ(answer.ifname, "");
    }
    KernelSnapshot nothing = two_interfaces().kernel;
    nothing.routes.clear();
    EXPECT_EQ(answer_by_walk(nothing, sent("192.0.2.1")).error, ENETUNREACH);
}

TEST(Answer, HasTheWayAndTheSource) {
    KernelSnapshot kernel = two_interfaces().kernel;
    RouteAnswer answer = answer_by_walk(kernel, sent("192.0.2.1"));
    EXPECT_EQ(answer.error, 0);
    EXPECT_EQ(answer.table, kTableMain);
    EXPECT_EQ(answer.ifname, "eth0");
    EXPECT_EQ(answer.gateway, ip("10.0.0.1"));
    EXPECT_EQ(answer.prefsrc, ip("10.0.0.29")) << "eth0's first address";
    kernel.routes[0].prefsrc = ip("10.0.0.30");
    EXPECT_EQ(answer_by_walk(kernel, sent("192.0.2.1")).prefsrc, ip("10.0.0.30"));
    answer = answer_by_walk(kernel, sent("10.0.2.99"));
    EXPECT_EQ(answer.ifname, "eth1");
    EXPECT_FALSE(answer.gateway);
}

TEST(Answer, TheFirstAddressIsAGlobalOneOfTheFamily) {
    KernelSnapshot kernel;
    kernel.addresses = {address("eth1", "10.0.2.1/24"), address("eth0", "2001:db8::1/64"),
                        address("eth0", "10.0.0.1/24"), address("eth0", "10.0.0.2/24")};
    EXPECT_EQ(RouteIndex(kernel).first_address("eth0", Family::v4), ip("10.0.0.1"));
    EXPECT_EQ(RouteIndex(kernel).first_address("eth0", Family::v6), ip("2001:db8::1"));
    kernel.addresses[2].is_global = false;
    EXPECT_EQ(RouteIndex(kernel).first_address("eth0", Family::v4), ip("10.0.0.2"));
    EXPECT_FALSE(RouteIndex(kernel).first_address("eth2", Family::v4));
}

// ---- rp_filter ----------------------------------------------------------------------------------

TEST(RpFilter, TheLargerOfBothCounts) {
    KernelSnapshot kernel = two_interfaces().kernel;
    for (const int all : {0, 1, 2})
        for (const int own : {0, 1, 2}) {
            kernel.rp_filter_all = all;
            kernel.links[0].rp_filter = own;
            EXPECT_EQ(effective_rp_filter(kernel, "eth0"), std::max(all, own));
            EXPECT_EQ(effective_rp_filter(kernel, "eth9"), all);
        }
}

/// The error of what comes in, with rp_filter off, strict and loose.
std::vector<int> errors_of(KernelSnapshot kernel, const RouteQuery& query) {
    std::vector<int> errors;
    for (const int filter : {0, 1, 2}) {
        kernel.rp_filter_all = filter;
        errors.push_back(answer_by_walk(kernel, query).error);
    }
    return errors;
}

TEST(RpFilter, ForWhatIsForThisHost) {
    KernelSnapshot kernel = two_interfaces().kernel;
    const auto errors = [&](const char* iif, const char* src) {
        return errors_of(kernel, received(iif, src, "10.0.2.37"));
    };
    EXPECT_EQ(errors("eth0", "192.0.2.1"), (std::vector<int>{0, 0, 0})) << "main's default";
    EXPECT_EQ(errors("eth1", "192.0.2.1"), (std::vector<int>{0, EXDEV, 0}));
    EXPECT_EQ(errors("eth1", "10.0.2.99"), (std::vector<int>{0, 0, 0})) << "a neighbour";
    kernel.routes.push_back(of_type(RouteType::unreachable, "192.0.2.0/24"));
    EXPECT_EQ(errors("eth1", "192.0.2.1"), (std::vector<int>{0, EXDEV, EXDEV})) << "no way back";
}

/// The way back is looked up as a packet of this host's own: `iif lo` and `from` rules count.
TEST(RpFilter, TheWayBackIsSentByThisHostFromTheAddressThatWasAsked) {
    KernelSnapshot kernel = with_rule([](Rule& r) {
        r.from = net("10.0.2.0/24");
        r.iif = "lo";
    });
    kernel.routes.back().hops[0].ifname = "eth1";
    EXPECT_EQ(errors_of(kernel, received("eth1", "192.0.2.1", "10.0.2.37"))[1], 0);
    EXPECT_EQ(errors_of(kernel, received("eth1", "192.0.2.1", "10.0.0.29"))[1], EXDEV);
}

/// There it is looked up as if it came in by the link that the packet leaves by.
TEST(RpFilter, ForWhatIsForwarded) {
    KernelSnapshot kernel = with_rule([](Rule& r) { r.iif = "eth1"; });
    kernel.routes.back().hops[0] = {"eth0", ip("10.0.0.9"), 1, false};
    const auto errors = [&](const char* iif, const char* src, const char* dst) {
        return errors_of(kernel, received(iif, src, dst));
    };
    EXPECT_EQ(errors("eth0", "192.0.2.1", "10.0.2.99"), (std::vector<int>{0, 0, 0}));
    EXPECT_EQ(errors("eth2", "10.0.0.99", "10.0.2.99"), (std::vector<int>{0, EXDEV, 0}));
    // To 10.0.0.99 it leaves by eth0, so that the rule for eth1 does not help the way back.
    EXPECT_EQ(errors("eth0", "10.0.2.99", "10.0.0.99"), (std::vector<int>{0, EXDEV, 0}));
    // To 10.0.2.99 it leaves by eth1: the way back to 10.0.2.50 is that rule's, by eth0.
    EXPECT_EQ(errors("eth0", "10.0.2.50", "10.0.2.99"), (std::vector<int>{0, 0, 0}));
}

/// A rule by that mark leads to eth1; the request carries it, and goes to a neighbour of eth0's.
TEST(RpFilter, CountsTheMarkWhereTheLinkDoes) {
    KernelSnapshot kernel = with_rule([](Rule& r) { r.fwmark = 0x2, r.fwmask = 0x7f; });
    kernel.routes.back().hops[0] = {"eth1", ip("10.0.2.1"), 1, false};
    const Route to_guest = onlink("172.17.0.0/16", "docker0", "172.17.0.1", 0);
    kernel.routes.insert(kernel.routes.begin(), in_table(kernel.routes.back().table, to_guest));
    kernel.routes.insert(kernel.routes.begin(), to_guest);
    RouteQuery request = received("eth1", "192.0.2.1", "172.17.0.2");
    EXPECT_EQ(errors_of(kernel, request), (std::vector<int>{0, EXDEV, 0}));
    request.mark = 0x2;
    EXPECT_EQ(errors_of(kernel, request), (std::vector<int>{0, EXDEV, 0}));
    kernel.links[0].src_valid_mark = true;
    EXPECT_EQ(errors_of(kernel, request), (std::vector<int>{0, EXDEV, 0})) << "eth0's is not asked";
    kernel.links[1].src_valid_mark = true;
    EXPECT_EQ(errors_of(kernel, request), (std::vector<int>{0, 0, 0}));
    request.mark = 0x82;  // the mask leaves the other bits to others
    EXPECT_EQ(errors_of(kernel, request), (std::vector<int>{0, 0, 0}));
    request.mark = 0x1;
    EXPECT_EQ(errors_of(kernel, request), (std::vector<int>{0, EXDEV, 0})) << "another's mark";
}

TEST(RpFilter, AnErrorOfTheWayItselfComesFirst) {
    KernelSnapshot kernel = two_interfaces().kernel;
    kernel.routes.push_back(of_type(RouteType::prohibit, "10.9.0.0/16"));
    EXPECT_EQ(errors_of(kernel, received("eth1", "192.0.2.1", "10.9.9.9")),
              (std::vector<int>{EACCES, EACCES, EACCES}));
}

TEST(RpFilter, OnlyForWhatComesInAndNotForIpv6) {
    KernelSnapshot kernel = two_interfaces().kernel;
    kernel.rp_filter_all = 1;
    EXPECT_EQ(answer_by_walk(kernel, sent("192.0.2.1", "10.0.2.37")).error, 0);
    kernel.rules.push_back(rule(Family::v6, 32766, kTableMain));
    kernel.routes.push_back(via("::/0", "fe80::1", "eth0", 1024));
    kernel.routes.push_back(via("2001:db8:5::/64", "fe80::1", "eth1", 1024));
    EXPECT_EQ(answer_by_walk(kernel, received("eth1", "2001:db8::9", "2001:db8:5::1")).error, 0);
}

}  // namespace
}  // namespace eni
