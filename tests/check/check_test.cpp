// check() from end to end, with the walk in the kernel's place: each fault made by hand, and the
// exact sentences about it. What is not listed must not be complained of.
#include "check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "diff.hpp"
#include "example.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

using Lines = std::vector<std::string>;

constexpr char kScripts[] = "/etc/sysconfig/network-scripts/";
constexpr TableId kTable0{10000}, kTable1{10001}, kTable2{10002}, kIsp{500};

struct Host {
    Facts facts;
    Config config;
};

/// Both interfaces, rp_filter strict, nothing of eni-routes'.
Host before() {
    Host host{two_interfaces(), {}};
    host.facts.host.emplace();
    host.facts.kernel.rp_filter_all = 1;
    return host;
}

Ask walk_of(const KernelSnapshot& kernel) {
    return [&kernel](const RouteQuery& query) { return answer_by_walk(kernel, query); };
}

/// As after `eni-routes regenerate`, with the package installed.
Host installed(Host host) {
    host.facts = carried_out(host.facts, make_plan(host.facts, host.config, Absent::forget));
    const std::string hook = "/etc/NetworkManager/dispatcher.d/";
    host.facts.host->hooks.resize(2);
    host.facts.host->hooks[0].path = hook + "30-eni-routes";
    host.facts.host->hooks[1].path = hook + "pre-up.d/30-eni-routes";
    return host;
}
Host after() {
    return installed(before());
}

CheckResult checked(const Host& host, const Ask& ask) {
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    return check(host.facts, host.config,
                 {plan, diff(plan, host.facts.kernel), diff_files(plan, host.facts.disk)}, ask);
}
CheckResult checked(const Host& host) {
    return checked(host, walk_of(host.facts.kernel));
}

/// "BROKEN eth1: text -> fix", of these grades alone.
Lines lines_of(const CheckResult& result, Grade lowest, Grade highest = Grade::broken) {
    const char* words[] = {"good", "note", "warning", "BROKEN"};
    Lines lines;
    for (const Verdict& verdict : result.verdicts)
        if (verdict.grade >= lowest && verdict.grade <= highest)
            lines.push_back(std::string(words[static_cast<int>(verdict.grade)]) + " " +
                            (verdict.ifname.empty() ? "host" : verdict.ifname) + ": " +
                            verdict.text + (verdict.fix.empty() ? "" : " -> " + verdict.fix));
    return lines;
}
Lines complaints(const Host& host) {
    return lines_of(checked(host), Grade::warning);
}
Lines notes(const Host& host) {
    return lines_of(checked(host), Grade::note, Grade::note);
}
Lines praise(const Host& host) {
    return lines_of(checked(host), Grade::good, Grade::good);
}

Rule from_rule(std::uint32_t priority, const std::string& from, TableId table) {
    Rule result = rule(net(from).family(), priority, table);
    result.from = net(from);
    return result;
}

Route in_table(TableId table, Route route) {
    route.table = table;
    return route;
}

Route blackhole(const std::string& dst) {
    Route route;
    route.type = RouteType::blackhole;
    route.dst = net(dst);
    return route;
}

template <class Is>
void erase_rules(Host& host, Is is_it) {
    auto& rules = host.facts.kernel.rules;
    rules.erase(std::remove_if(rules.begin(), rules.end(), is_it), rules.end());
}
template <class Is>
void erase_routes(Host& host, Is is_it) {
    auto& routes = host.facts.kernel.routes;
    routes.erase(std::remove_if(routes.begin(), routes.end(), is_it), routes.end());
}
void erase_rule(Host& host, std::uint32_t priority) {
    erase_rules(host, [&](const Rule& r) { return r.priority == Priority{priority}; });
}

Route& default_of(Host& host, TableId table) {
    for (Route& route : host.facts.kernel.routes)
        if (route.table == table && route.is_default()) return route;
    throw std::logic_error("no default");
}

/// 172.17.0.0/16 behind docker0, for which the host forwards.
void add_docker(Host& host) {
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.links.push_back(eth("docker0"));
    kernel.links.back().kind = "bridge";
    for (Link& link : kernel.links) link.forwarding4 = true;
    kernel.addresses.push_back(address("docker0", "172.17.0.1/16"));
    kernel.routes.push_back(onlink("172.17.0.0/16", "docker0", "172.17.0.1", 0));
}

Rule marked_rule(std::uint32_t priority, std::uint32_t mark, std::uint32_t mask, TableId table) {
    Rule result = rule(Family::v4, priority, table);
    result.fwmark = mark;
    result.fwmask = mask;
    return result;
}

/// What a transparent proxy (TPROXY) has behind its rule: whoever a packet is for, it stays here.
Route proxy_route(TableId table) {
    Route route = onlink("0.0.0.0/0", "lo", "", 0);
    route.table = table;
    route.type = RouteType::local;
    route.scope = Scope::host;
    return route;
}

void add_ipv6(Host& host) {
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.addresses.push_back(address("eth0", "2001:db8::29/64"));
    kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    for (const Route& route :
         {via("::/0", "fe80::1", "eth0", 100), via("::/0", "fe80::1", "eth1", 101),
          onlink("2001:db8::/64", "eth0", "", 256), onlink("2001:db8:2::/64", "eth1", "", 256)})
        kernel.routes.push_back(route);
    kernel.rules.push_back(rule(Family::v6, 0, kTableLocal));
    kernel.rules.push_back(rule(Family::v6, 32766, kTableMain));
}

// The sentences' pieces that come up again and again.
const std::string kDropped0 = "; requests are dropped on arrival, rp_filter is strict on eth0";
const std::string kDropped1 = "; requests are dropped on arrival, rp_filter is strict on eth1";
const std::string kMain = "rule \"32766: from all lookup main\"";
const std::string kOurs = "rule \"20101: from 10.0.2.0/24 iif lo lookup eth1\"";
const std::string kSuppress =
    "rule \"20000: from all lookup main suppress_prefixlength 1 suppress_ifgroup 10000\"";
const std::string kDefault0 = "\"default via 10.0.0.1 dev eth0 table main metric 100\"";
const std::string kRegenerate = " -> eni-routes regenerate";

// ---- Before and after ---------------------------------------------------------------------------

TEST(Check, BeforeInstallationItShowsTheProblem) {
    const CheckResult result = checked(before());
    EXPECT_EQ(
        lines_of(result, Grade::note),
        Lines({
            "BROKEN host: none of eni-routes' rules for IPv4 is in the kernel -> install eni-routes, then: eni-routes regenerate",
            "BROKEN eth0: answers from 10.0.0.29 to neighbours in 10.0.2.0/24 leave by eth1 (" +
                kMain +
                " finds \"10.0.2.0/24 dev eth1 table main metric 101 scope link src 10.0.2.37\")" +
                kDropped0 + " -> install eni-routes, then: eni-routes regenerate",
            "BROKEN eth1: answers from 10.0.2.37 to the internet leave by eth0 (" + kMain +
                " finds " + kDefault0 + ")" + kDropped1 +
                " -> install eni-routes, then: eni-routes regenerate",
            "BROKEN eth1: answers from 10.0.2.37 to neighbours in 10.0.0.0/24 leave by eth0 (" +
                kMain +
                " finds \"10.0.0.0/24 dev eth0 table main metric 100 scope link src 10.0.0.29\")" +
                kDropped1 + " -> install eni-routes, then: eni-routes regenerate",
            "BROKEN host: the hook is not installed: nothing is done when an interface comes up -> install eni-routes",
            "note eth0: rp_filter is strict (conf/all 1, conf/eth0 0): what comes in is dropped where its answer would leave elsewhere",
            "note eth1: rp_filter is strict (conf/all 1, conf/eth1 0): what comes in is dropped where its answer would leave elsewhere",
        }));
    EXPECT_EQ(
        lines_of(result, Grade::good, Grade::good),
        Lines({
            "good eth0: 10.0.0.29 answers the internet and neighbours in 10.0.0.0/24 by eth0",
            "good eth1: 10.0.2.37 answers neighbours in 10.0.2.0/24 by eth1",
            "good eth0: programs bound to no address reach the internet and neighbours in 10.0.0.0/24 by eth0",
            "good eth1: programs bound to no address reach neighbours in 10.0.2.0/24 by eth1",
        }));
    EXPECT_EQ(result.flows.size(), 9u) << "2 addresses and nobody, with 3 peers each";
    EXPECT_EQ(result.worst(), Grade::broken);
}

TEST(Check, AfterItEveryLineIsGood) {
    const CheckResult result = checked(after());
    EXPECT_EQ(
        lines_of(result, Grade::good),
        Lines({
            "good eth0: 10.0.0.29 answers the internet, neighbours in 10.0.0.0/24 and neighbours in 10.0.2.0/24 by eth0",
            "good eth1: 10.0.2.37 answers the internet, neighbours in 10.0.0.0/24 and neighbours in 10.0.2.0/24 by eth1",
            "good eth0: programs bound to no address reach the internet and neighbours in 10.0.0.0/24 by eth0",
            "good eth1: programs bound to no address reach neighbours in 10.0.2.0/24 by eth1",
            "good eth0: rp_filter is strict (conf/all 1, conf/eth0 0): nothing of the above is dropped",
            "good eth1: rp_filter is strict (conf/all 1, conf/eth1 0): nothing of the above is dropped",
            "good host: the hook is installed, and NetworkManager runs it",
        }));
    EXPECT_EQ(result.worst(), Grade::good);
}

TEST(Check, RpFilterIsToldForEachInterface) {
    Host host = after();
    host.facts.kernel.rp_filter_all = 0;
    host.facts.kernel.links[1].rp_filter = 2;
    EXPECT_THAT(
        praise(host),
        testing::IsSupersetOf(
            {"good eth0: rp_filter is off (conf/all 0, conf/eth0 0): whatever comes in is accepted",
             "good eth1: rp_filter is loose (conf/all 0, conf/eth1 2): what comes in is accepted where there is a way back, by any interface"}));
}

TEST(Check, ProgramsBoundToNoAddressAreOneLineForEachLink) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.0.30/24"));
    host.facts.kernel.routes[2].prefsrc = ip("10.0.0.30");
    EXPECT_THAT(
        praise(installed(host)),
        testing::Contains(
            "good eth0: programs bound to no address reach the internet and neighbours in 10.0.0.0/24 by eth0"));
}

TEST(Check, BasicModeIsAllRightToo) {
    Host host = before();
    host.config.suppress = Suppress::off;
    EXPECT_EQ(complaints(installed(host)), Lines());
}

TEST(Check, Ipv6IsAllRightAfterIt) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_EQ(
        praise(host)[1],
        "good eth0: 2001:db8::29 answers the internet (IPv6), neighbours in 2001:db8::/64 and neighbours in 2001:db8:2::/64 by eth0");
}

// ---- Faults in the kernel -----------------------------------------------------------------------

TEST(Check, RuleDeleted) {
    Host host = after();
    erase_rule(host, 20101);
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth1: answers from 10.0.2.37 to the internet and neighbours in 10.0.0.0/24 leave by eth0 (" +
             kOurs + " is missing, so that " + kMain + " decides)" + kDropped1 + kRegenerate}));
    EXPECT_EQ(
        notes(host),
        Lines(
            {"note eth1: rp_filter is strict (conf/all 1, conf/eth1 0): what comes in is dropped where its answer would leave elsewhere"}));
}

TEST(Check, TableEmptied) {
    Host host = after();
    erase_routes(host, [](const Route& r) { return r.table == kTable1; });
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth1: answers from 10.0.2.37 to the internet and neighbours in 10.0.0.0/24 leave by eth0 (table eth1 is empty, so that " +
             kMain + " decides)" + kDropped1 + kRegenerate}));
}

TEST(Check, DefaultMissing) {
    Host host = after();
    erase_routes(host, [](const Route& r) { return r.table == kTable1 && r.is_default(); });
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth1: answers from 10.0.2.37 to the internet and neighbours in 10.0.0.0/24 leave by eth0 (table eth1 has no \"default via 10.0.2.1 dev eth1 table eth1\", so that " +
             kMain + " decides)" + kDropped1 + kRegenerate}));
}

TEST(Check, DefaultByAWrongGateway) {
    Host host = after();
    default_of(host, kTable1).hops[0].gateway = ip("10.0.2.99");
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth1: answers from 10.0.2.37 to the internet and neighbours in 10.0.0.0/24 go to 10.0.2.99, which is not eth1's gateway (" +
             kOurs +
             " finds \"default via 10.0.2.99 dev eth1 table eth1\" instead of \"default via 10.0.2.1 dev eth1 table eth1\")" +
             kRegenerate}));
}

/// A program that is bound to no address gets eth0's for the internet, and with it eth0's table.
TEST(Check, WrongGatewayForProgramsBoundToNoAddress) {
    Host host = after();
    default_of(host, kTable0).hops[0].gateway = std::nullopt;
    const std::string cause =
        " (rule \"20100: from 10.0.0.0/24 iif lo lookup eth0\" finds \"default dev eth0 table eth0 scope global\" instead of \"default via 10.0.0.1 dev eth0 table eth0\")" +
        kRegenerate;
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth0: answers from 10.0.0.29 to the internet and neighbours in 10.0.2.0/24 are sent on the link itself, not to eth0's gateway" +
                 cause,
             "BROKEN eth0: packets of programs bound to no address to the internet are sent on the link itself, not to eth0's gateway" +
                 cause}));
}

/// By another's table, whatever the destination: also after the kernel itself has chosen the
/// source.
Lines hijacked(const std::string& theirs) {
    const std::string cause = " (rule \"" + theirs + "\" decides before " + kOurs + " is asked)" +
                              kDropped1 +
                              " -> find out who made the first of them, which is not eni-routes' "
                              "and says that it is for these packets";
    const std::string answers = "; answers" + kDropped1.substr(10);
    std::string unbound = cause;
    unbound.replace(unbound.find(kDropped1), kDropped1.size(), answers);
    return {
        "BROKEN eth1: answers from 10.0.2.37 to the internet, neighbours in 10.0.0.0/24 and neighbours in 10.0.2.0/24 leave by eth0" +
            cause,
        "BROKEN eth1: packets of programs bound to no address to neighbours in 10.0.2.0/24 leave by eth0 with eth1's 10.0.2.37" +
            unbound};
}

TEST(Check, ForeignRuleOfALowerPriority) {
    Host host = after();
    host.facts.kernel.rules.push_back(from_rule(100, "10.0.2.0/24", kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    EXPECT_EQ(complaints(host), hijacked("100: from 10.0.2.0/24 lookup 500"));
}

TEST(Check, ForeignRuleOfOurPriorityBeforeOurs) {
    Host host = after();
    auto& rules = host.facts.kernel.rules;
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    rules.push_back(from_rule(20101, "10.0.2.0/24", kIsp));
    std::rotate(rules.begin(), rules.end() - 1, rules.end());
    EXPECT_EQ(complaints(installed(host)), hijacked("20101: from 10.0.2.0/24 lookup 500"));
}

/// `ip rule add prohibit ...`: the walk passes over what it does not know, and so sees no fault.
TEST(Check, ForeignRuleThatCannotBeReadIsNamed) {
    Host host = after();
    Rule prohibit = from_rule(100, "10.0.2.0/24", TableId{0});
    prohibit.is_exotic = true;
    host.facts.kernel.rules.push_back(prohibit);
    const CheckResult result = checked(host, [&](const RouteQuery& query) {
        RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
        if (query.src == ip("10.0.2.37") && query.dst == ip("192.0.2.1")) answer.error = EACCES;
        return answer;
    });
    EXPECT_EQ(
        lines_of(result, Grade::warning),
        Lines({"BROKEN eth1: answers from 10.0.2.37 to the internet find no way: Permission denied "
               "(rule \"100: from 10.0.2.0/24 lookup 0 (and more)\", which has something that "
               "eni-routes does not know, may be why) -> find out who made that rule, which is not "
               "eni-routes'"}));
}

TEST(Check, ARuleThatCannotBeReadIsNotToBlameWhereTheWalkAgrees) {
    Host host = after();
    Rule prohibit = from_rule(100, "10.0.9.0/24", TableId{0});
    prohibit.is_exotic = true;
    host.facts.kernel.rules.push_back(prohibit);
    EXPECT_EQ(complaints(host), Lines());
    erase_rule(host, 20101);
    ASSERT_EQ(complaints(host).size(), 1u);
    EXPECT_THAT(complaints(host)[0], testing::HasSubstr("(" + kOurs + " is missing"));
}

TEST(Check, ALeftOverRuleOfOursThatDecidesIsToldOnce) {
    Host host = after();
    host.facts.kernel.rules.push_back(from_rule(20050, "10.0.2.0/24", kTable0));
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth1: answers from 10.0.2.37 to the internet, neighbours in 10.0.0.0/24 and neighbours in 10.0.2.0/24 leave by eth0 (rule \"20050: from 10.0.2.0/24 lookup eth0\" decides before " +
                 kOurs + " is asked)" + kDropped1 + kRegenerate,
             "BROKEN eth1: packets of programs bound to no address to neighbours in 10.0.2.0/24 leave by eth0 with eth1's 10.0.2.37 (rule \"20050: from 10.0.2.0/24 lookup eth0\" decides before " +
                 kOurs + " is asked); answers are dropped on arrival, rp_filter is strict on eth1" +
                 kRegenerate}));
}

TEST(Check, OneVerdictForEachLinkThatTheyLeaveBy) {
    Host host = before();
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.links.push_back(eth("eth2"));
    kernel.addresses.push_back(address("eth2", "10.0.4.11/24"));
    kernel.routes.push_back(onlink("10.0.4.0/24", "eth2", "10.0.4.11", 102));
    kernel.routes.push_back(via("10.9.0.0/16", "10.0.4.50", "eth2", 0));
    host.config.check_peers = {ip("10.9.0.1")};
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    erase_rule(host, 20101);
    const std::string cause =
        " (" + kOurs + " is missing, so that " + kMain + " decides)" + kDropped1 + kRegenerate;
    const Lines lines = complaints(host);
    ASSERT_GE(lines.size(), 2u);
    EXPECT_EQ(
        lines[0],
        "BROKEN eth1: answers from 10.0.2.37 to the internet and neighbours in 10.0.0.0/24 leave by eth0" +
            cause);
    EXPECT_THAT(
        lines,
        testing::Contains("BROKEN eth1: answers from 10.0.2.37 to 10.9.0.1 leave by eth2" + cause));
}

TEST(Check, Ipv6RoutesOfATableGone) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    erase_routes(host,
                 [](const Route& r) { return r.table == kTable1 && r.family() == Family::v6; });
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth1: answers from 2001:db8:2::37 to the internet (IPv6) and neighbours in 2001:db8::/64 leave by eth0 (table eth1 is empty, so that " +
             kMain + " decides)" + kRegenerate}));
}

TEST(Check, RulesOfOneFamilyGone) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    erase_rules(host, [](const Rule& r) {
        return r.family == Family::v6 && number(r.priority) >= 20000 && number(r.priority) < 30000;
    });
    const auto lost = [](const char* who, const char* to, const char* by, const char* route) {
        return std::string("BROKEN ") + who + " to " + to + " leave by " + by + " (" + kMain +
               " finds \"" + route + "\")" + kRegenerate;
    };
    EXPECT_EQ(
        complaints(host),
        Lines({"BROKEN host: none of eni-routes' rules for IPv6 is in the kernel" + kRegenerate,
               lost("eth0: answers from 2001:db8::29", "neighbours in 2001:db8:2::/64", "eth1",
                    "2001:db8:2::/64 dev eth1 table main metric 256"),
               lost("eth1: answers from 2001:db8:2::37", "the internet (IPv6)", "eth0",
                    "default via fe80::1 dev eth0 table main metric 100"),
               lost("eth1: answers from 2001:db8:2::37", "neighbours in 2001:db8::/64", "eth0",
                    "2001:db8::/64 dev eth0 table main metric 256")}));
}

TEST(Check, Ipv6RuleOfSomebodyElsesIsNamed) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    host.facts.kernel.rules.push_back(from_rule(100, "2001:db8:2::/64", kTableMain));
    const Lines lines = complaints(host);
    ASSERT_FALSE(lines.empty());
    EXPECT_THAT(lines[0], testing::HasSubstr("rule \"100: from 2001:db8:2::/64 lookup main\""));
}

TEST(Check, LinkNotInTheGroup) {
    Host host = after();
    host.facts.kernel.links[1].group = 0;
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth0: answers from 10.0.0.29 to neighbours in 10.0.2.0/24 leave by eth1 (eth1 is not in link group 10000, so that " +
             kSuppress + " decides)" + kDropped0 + kRegenerate}));
    host = after();
    erase_routes(
        host, [](const Route& r) { return r.table == kTableMain && r.dst == net("10.0.2.0/24"); });
    host = installed(host);
    host.facts.kernel.links[1].group = 0;
    EXPECT_EQ(complaints(host),
              Lines({"warning eth1: is in link group 0 instead of 10000" + kRegenerate}))
        << "no flow suffers";
}

// ---- What breaks no flow ------------------------------------------------------------------------

TEST(Check, MissingToRuleIsAWarningOnly) {
    Host host = after();
    erase_rule(host, 25101);
    EXPECT_EQ(complaints(host),
              Lines({"warning eth1: rule \"25101: from all to 10.0.2.0/24 lookup eth1\" "
                     "(its neighbours) is missing" +
                     kRegenerate}));
    EXPECT_EQ(checked(host).worst(), Grade::warning);
}

TEST(Check, WhatATableLacksOrHasTooMuchIsToldOnce) {
    Host host = after();
    erase_routes(host, [](const Route& r) { return r.table == kTable0 && !r.is_default(); });
    const std::string lacks =
        "warning eth0: table eth0 lacks \"10.0.0.0/24 dev eth0 table eth0 scope link src "
        "10.0.0.29\"" +
        kRegenerate;
    EXPECT_THAT(complaints(host), testing::Contains(lacks));
    host = after();
    for (const char* dst : {"10.98.0.0/16", "10.99.0.0/16"})
        host.facts.kernel.routes.push_back(in_table(kTable1, via(dst, "10.0.2.9", "eth1", 0)));
    EXPECT_EQ(complaints(host),
              Lines({"warning eth1: table eth1 has left over \"10.98.0.0/16 via 10.0.2.9 dev eth1 "
                     "table eth1\"" +
                     kRegenerate}));
}

TEST(Check, WhatATableLacksIsToldOfEachFamily) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    const Route stray = in_table(kTable1, via("2001:db8:98::/48", "fe80::9", "eth1", 1024));
    host.facts.kernel.routes.push_back(stray);
    erase_routes(host,
                 [](const Route& r) { return r.table == kTable1 && r.family() == Family::v4; });
    const Lines lines = complaints(host);
    EXPECT_THAT(lines, testing::Contains(testing::HasSubstr("(table eth1 is empty")));
    EXPECT_THAT(lines,
                testing::Contains("warning eth1: table eth1 has left over \"2001:db8:98::/48 via "
                                  "fe80::9 dev eth1 table eth1\"" +
                                  kRegenerate));
}

TEST(Check, LeftOversOfAnInterfaceThatIsGone) {
    Host host = after();
    host.facts.disk.table_names.push_back({kTable2, "eth2", true});
    Rule left = from_rule(20102, "10.0.3.0/24", kTable2);
    left.iif = "lo";
    host.facts.kernel.rules.push_back(left);
    host.facts.kernel.routes.push_back(in_table(kTable2, via("0.0.0.0/0", "10.0.0.9", "eth0", 0)));
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"warning host: rule \"20102: from 10.0.3.0/24 iif lo lookup eth2\" is left over (eth2 is gone)" +
                 kRegenerate,
             "warning host: table eth2 has left over \"default via 10.0.0.9 dev eth0 table eth2\" (eth2 is gone)" +
                 kRegenerate}));
}

TEST(Check, MainIsNotGone) {
    Host host = after();
    Rule twin = rule(Family::v4, 20000, kTableMain);
    twin.suppress_prefixlength = 1;
    twin.suppress_ifgroup = 10000;
    host.facts.kernel.rules.push_back(twin);
    EXPECT_EQ(complaints(host),
              Lines({"warning host: " + kSuppress + " is left over" + kRegenerate}));
}

TEST(Check, ForeignRulesBeforeOursAreNamed) {
    Host host = after();
    Rule unknown = from_rule(100, "10.0.2.37/32", kTableMain);
    unknown.is_exotic = true;  // one protocol, or one user
    host.facts.kernel.rules.push_back(unknown);
    Rule to_one = rule(Family::v4, 101, kTableMain);
    to_one.to = net("203.0.113.0/24");
    host.facts.kernel.rules.push_back(to_one);
    host.facts.kernel.rules.push_back(from_rule(33000, "10.0.2.37/32", kTableMain));  // behind
    const std::string words =
        "\", which is not eni-routes', comes before its rules: what it takes away was not tried";
    EXPECT_EQ(complaints(host),
              Lines({"warning host: rule \"100: from 10.0.2.37 lookup main (and more)" + words +
                     " -> find out who made it"}));
    EXPECT_EQ(notes(host),
              Lines({"note host: rule \"101: from all to 203.0.113.0/24 lookup main" + words}));
}

TEST(Check, AForeignRuleThatIsNotLedPastYetIsMendedByRegenerate) {
    Host host = after();
    host.facts.kernel.rules.push_back(rule(Family::v4, 19999, kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    EXPECT_THAT(complaints(host),
                testing::Contains(testing::AllOf(
                    testing::StartsWith("BROKEN eth1"),
                    testing::HasSubstr("(rule \"19999: from all lookup 500\" decides before " +
                                       kOurs + " is asked, and nothing leads past it yet)"),
                    testing::EndsWith(kRegenerate))));
    EXPECT_EQ(complaints(installed(host)), Lines());
}

TEST(Check, AForeignRuleForAllPacketsIsLedPast) {
    Host host = before();
    host.facts.kernel.rules.push_back(rule(Family::v4, 19999, kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    EXPECT_THAT(notes(installed(host)),
                testing::Contains("note host: rule \"19999: from all lookup 500\", which is not "
                                  "eni-routes', is for all packets: what is sent from its "
                                  "interfaces' addresses is led past it"));
}

TEST(Check, AnAddressOnTwoInterfacesIsBroken) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.2.37/24"));
    EXPECT_THAT(complaints(installed(host)),
                testing::Contains("BROKEN eth1: 10.0.2.37 is an address of eth0 as well -> take "
                                  "10.0.2.37 off eth0 or eth1, whichever it is not assigned to"));
    eni_of(host.facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    EXPECT_THAT(complaints(installed(host)),
                testing::Contains(testing::EndsWith(" -> take 10.0.2.37 off eth0")));
}

/// The plan for an address on two interfaces may take it from the one to which it belongs.
TEST(Check, WhileAnAddressIsOnTwoInterfacesNothingElseIsAdvised) {
    Host host = after();
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.2.37/24"));
    eni_of(host.facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    const Lines lines = complaints(host);
    EXPECT_GT(lines.size(), 1u);
    EXPECT_THAT(lines, testing::Not(testing::Contains(testing::EndsWith(kRegenerate))));
    EXPECT_THAT(lines, testing::Each(testing::EndsWith(" -> take 10.0.2.37 off eth0")));
}

TEST(Check, AnotherDefaultOfMainsIsNoWrongGatewayButWarnedOf) {
    Host host = after();
    host.facts.kernel.routes.push_back(via("0.0.0.0/0", "10.0.0.55", "eth0", 1));
    const std::string warning =
        "warning eth0: its gateway is 10.0.0.55, from main table: EC2's router is the first address "
        "of the subnet, 10.0.0.1 -> if that is not meant, take the default route by it out of main";
    const Lines lines = complaints(host);
    EXPECT_THAT(lines, testing::Contains(warning));
    EXPECT_THAT(lines, testing::Each(testing::Not(testing::HasSubstr("BROKEN"))));
    host.config.interfaces["eth0"].gateway = ip("10.0.0.55");
    EXPECT_THAT(complaints(host),
                testing::Not(testing::Contains(testing::HasSubstr("EC2's router"))));
}

TEST(Check, ForeignRuleToAnEmptyTableIsNoted) {
    Host host = after();
    host.facts.disk.table_names.push_back({kIsp, "isp2", false});
    host.facts.disk.table_names.push_back({TableId{501}, "eth5", false});
    host.facts.kernel.rules.push_back(from_rule(40, "10.9.0.1/32", kIsp));
    host.facts.kernel.rules.push_back(from_rule(41, "10.9.0.2/32", TableId{501}));
    for (const std::uint32_t mark : {1u, 2u})
        host.facts.kernel.rules.push_back(marked_rule(41 + mark, mark, mark, TableId{501 + mark}));
    host.facts.kernel.routes.push_back(proxy_route(TableId{502}));
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_EQ(
        notes(host),
        Lines(
            {"note host: rule \"40: from 10.9.0.1 lookup isp2\", which is not eni-routes', leads to an empty table",
             "note host: rule \"41: from 10.9.0.2 lookup eth5\", which is not eni-routes', leads to an empty table (eth5 is gone)",
             "note host: rule \"43: from all fwmark 0x2/0x2 lookup 503\", which is not eni-routes', leads to an empty table",
             "note host: rule \"42: from all fwmark 0x1/0x1 lookup 502\", which is not eni-routes', comes before its rules: what it takes away was not tried"}));
}

TEST(Check, APeerDoesNotLiveBehindARouteToThisHostItself) {
    Host host = after();
    host.config.check_peers = {ip("10.9.0.1")};
    host.facts.kernel.routes.push_back(proxy_route(kTableMain));
    host.facts.kernel.routes.back().dst = net("10.9.0.0/16");
    for (const Flow& flow : checked(host).flows) EXPECT_NE(flow.expected, "lo") << flow.peer.name;
}

TEST(Check, FilesThatDiffer) {
    Host host = after();
    auto& files = host.facts.disk.files;
    const std::string rules = std::string(kScripts) + "rule-eth1";
    const std::string boot = ": a boot starts with what the files say" + kRegenerate;
    ASSERT_EQ(files.count(rules), 1u);
    const std::string good = files[rules];
    files[rules] += "from 10.0.9.9 table eth1 priority 5\n";
    EXPECT_EQ(complaints(host),
              Lines({"warning eth1: " + rules + " is not what eni-routes would write" + boot}));
    files.erase(rules);
    EXPECT_EQ(complaints(host), Lines({"warning eth1: " + rules + " is missing" + boot}));
    files[rules] = good;
    files[std::string(kScripts) + "rule-eth9"] = "# eni-routes: eth9\n";
    EXPECT_EQ(complaints(host),
              Lines({"warning eth9: " + std::string(kScripts) + "rule-eth9 is left over" + boot}));
}

// ---- The hook, and the switch -------------------------------------------------------------------

TEST(Check, Hook) {
    const std::string etc = "/etc/NetworkManager/dispatcher.d/30-eni-routes";
    const std::string nothing_done = ": nothing is done when an interface comes up";
    const struct {
        void (*change)(HostFacts& host);
        std::string complaint;
    } cases[] = {
        {[](HostFacts& h) { h.hooks[0].is_there = h.hooks[1].is_there = false; },
         "the hook is not installed" + nothing_done + " -> install eni-routes"},
        {[](HostFacts& h) { h.hooks.clear(); },
         "the hook is not installed" + nothing_done + " -> install eni-routes"},
        {[](HostFacts& h) { h.hooks[1].is_there = false; },
         "/etc/NetworkManager/dispatcher.d/pre-up.d/30-eni-routes is missing: not every event is "
         "acted upon -> install eni-routes again"},
        {[](HostFacts& h) { h.hooks[0].problem = "is not executable"; },
         etc + " is not executable: NetworkManager does not run it -> chown root " + etc +
             " && chmod 755 " + etc},
        {[](HostFacts& h) { h.hooks[0].calls_us = false; },
         etc + " is not eni-routes' hook" + nothing_done + " -> move it away"},
        {[](HostFacts& h) { h.hooks[0].calls_us = false, h.hooks[0].hides_ours = true; },
         etc + " is not eni-routes' hook, and hides the one in /usr/lib" + nothing_done +
             " -> move it away"},
        {[](HostFacts& h) { h.dispatcher_is_enabled = false; },
         "NetworkManager-dispatcher is not enabled: no hook runs -> systemctl enable --now "
         "NetworkManager-dispatcher.service"},
    };
    for (const auto& each : cases) {
        Host host = after();
        each.change(*host.facts.host);
        EXPECT_EQ(complaints(host), Lines({"BROKEN host: " + each.complaint}));
        EXPECT_THAT(praise(host), testing::Not(testing::Contains(testing::HasSubstr("the hook"))));
    }
}

TEST(Check, OurOwnHookInEtcBeforeOneInUsrLibIsAllRight) {
    Host host = after();
    host.facts.host->hooks[0].hides_ours = true;
    EXPECT_EQ(complaints(host), Lines());
}

TEST(Check, AnEnabledWatchThatDoesNotRun) {
    Host host = after();
    EXPECT_EQ(complaints(host), Lines()) << "neither enabled nor running";
    host.facts.host->watch_is_enabled = true;
    EXPECT_EQ(complaints(host),
              Lines({"warning host: eni-routes-watch is enabled and does not run: what "
                     "NetworkManager sends no event for is not repaired -> systemctl restart "
                     "eni-routes-watch; why it ended: journalctl -u eni-routes-watch"}));
    host.facts.host->watch = WatchFacts{4711, {}};
    EXPECT_EQ(complaints(host), Lines());
    Host idle = before();
    idle.facts.kernel.links.pop_back();
    idle.facts.host->watch_is_enabled = true;
    EXPECT_EQ(complaints(idle), Lines()) << "there is nothing to repair";
}

TEST(Check, WhatSELinuxDenied) {
    const std::string event =
        "SELinux denied eni-routes-event (NetworkManager_dispatcher_custom_t) ";
    const std::string time = ", the last time 2026-11-26 08:00:00 UTC";
    Host host = after();
    host.facts.host->denials = {
        {"eni-routes-event", "NetworkManager_dispatcher_custom_t", "write", "rt_tables", "file",
         "etc_t", "2026-11-26 08:00:00 UTC"},
        {"eni-routes-event", "NetworkManager_dispatcher_custom_t", "create", "",
         "netlink_route_socket", "NetworkManager_dispatcher_custom_t", "2026-11-26 08:00:00 UTC"},
        {"nm-dispatcher", "NetworkManager_dispatcher_t", "execute",
         "/etc/NetworkManager/dispatcher.d/30-eni-routes", "file", "user_home_t",
         "2026-11-26 08:00:00 UTC"}};
    EXPECT_EQ(complaints(host),
              Lines({"BROKEN host: SELinux denied nm-dispatcher (NetworkManager_dispatcher_t) { "
                     "execute } on file /etc/NetworkManager/dispatcher.d/30-eni-routes "
                     "(user_home_t)" +
                         time +
                         " -> restorecon -Rv /etc/NetworkManager /usr/lib/NetworkManager "
                         "/usr/libexec/eni-routes-event; denied again: ausearch -m avc -c "
                         "nm-dispatcher",
                     "warning host: " + event + "{ write } on file rt_tables (etc_t)" + time +
                         " -> restorecon -Rv /etc/iproute2 /etc/sysconfig /etc/eni-routes "
                         "/run/eni-routes /var/lib/eni-routes; denied again: ausearch -m avc -c "
                         "eni-routes",
                     "warning host: " + event +
                         "{ create } on netlink_route_socket "
                         "(NetworkManager_dispatcher_custom_t)" +
                         time + " -> ausearch -m avc -c eni-routes"}));
}

/// Facts of before 0.2 do not say whether there is a hook: that is not to say that there is none.
TEST(Check, DoesNotJudgeWhatWasNotRecorded) {
    Host host = after();
    host.facts.disk.files[std::string(kScripts) + "rule-eth0"] = "";
    host.facts.disk.files[std::string(kScripts) + "route-eth0"] = "";
    EXPECT_THAT(complaints(host),
                testing::ElementsAre(testing::HasSubstr("route-eth0 is not read")));
    host.facts.host.reset();
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_THAT(notes(host), testing::ElementsAre(testing::HasSubstr("that is not judged")));
    EXPECT_THAT(praise(host), testing::Not(testing::Contains(testing::HasSubstr("the hook"))));
    erase_rule(host, 25101);
    EXPECT_THAT(complaints(host)[0], testing::EndsWith(kRegenerate));
}

TEST(Check, FewerThanTwoInterfacesAreNothingToSeparate) {
    Host host = before();
    host.facts.kernel.links.pop_back();
    const CheckResult result = checked(host);
    EXPECT_TRUE(result.flows.empty());
    EXPECT_EQ(
        lines_of(result, Grade::good),
        Lines(
            {"note host: the hook is not installed: nothing is done when an interface comes up -> install eni-routes",
             "good host: fewer than two managed interfaces: there is nothing to separate"}));
}

TEST(Check, SwitchedOffItShowsWhatWouldBeAndHowToGetIt) {
    const struct {
        void (*switch_off)(Host& host);
        std::string fix;
    } cases[] = {
        {[](Host& h) { h.facts.disk.disabled = {"*"}; }, " -> eni-routes enable"},
        {[](Host& h) { h.config.enabled = false; },
         " -> take 'enabled: false' out of the configuration, then: eni-routes regenerate"},
    };
    for (const auto& each : cases) {
        Host host = before();
        each.switch_off(host);
        const Lines lines = complaints(host);
        ASSERT_EQ(lines.size(), 3u) << "the three that are lost, and no hook";
        EXPECT_THAT(lines, testing::Each(testing::EndsWith(each.fix)));
        EXPECT_EQ(notes(host).back(), "note host: eni-routes is switched off" + each.fix);

        Host left = after();
        each.switch_off(left);
        for (const std::string& line : complaints(left))
            EXPECT_THAT(line, testing::EndsWith(kRegenerate));
        EXPECT_EQ(complaints(left)[0],
                  "warning eth0: is in link group 10000 instead of 0" + kRegenerate);
    }
}

TEST(Check, TheRemedyBeforeInstallationIsToInstall) {
    Host host = after();
    host.facts.host->hooks.clear();
    erase_rule(host, 25101);
    EXPECT_THAT(complaints(host)[1],
                testing::EndsWith("-> install eni-routes, then: eni-routes regenerate"));
}

TEST(Check, InterfacesThatAreDownOrHaveNoAddressAreNoted) {
    Host host = before();
    host.facts.kernel.links.push_back(eth("eth2"));
    host.facts.kernel.links.push_back(eth("eth3"));
    host.facts.kernel.links.back().is_up = false;
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_EQ(notes(host), Lines({"note eth2: has no address", "note eth3: is down"}));
}

TEST(Check, WarningsOfThePlanAreTold) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    host.facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 256));
    host.facts.kernel.rules.push_back(rule(Family::v6, 32766, kTableMain));
    EXPECT_EQ(complaints(installed(host)),
              Lines({"warning eth1: no IPv6 gateway is known: its table has no default yet"}));
}

TEST(Check, NoRulesAreAWarningWhereNothingIsLost) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    host.facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 256));
    host.facts.kernel.rules.push_back(rule(Family::v6, 32766, kTableMain));
    host = installed(host);
    erase_rules(host, [](const Rule& r) {
        return r.family == Family::v6 && r.priority != Priority{32766};
    });
    EXPECT_EQ(
        complaints(host),
        Lines({"warning host: none of eni-routes' rules for IPv6 is in the kernel" + kRegenerate,
               "warning eth1: no IPv6 gateway is known: its table has no default yet"}));
}

TEST(Check, AConfiguredGatewayAndADefaultThatNeedsNone) {
    Host host = before();
    host.config.interfaces["eth1"].gateway = ip("10.0.2.254");
    EXPECT_EQ(complaints(installed(host)), Lines());
    host = before();
    host.facts.kernel.routes[1] = onlink("0.0.0.0/0", "eth1", "", 101);
    EXPECT_EQ(complaints(installed(host)), Lines());
}

// ---- Others on the host -------------------------------------------------------------------------

TEST(Check, OtherToolsAreKnownByTheirNumbers) {
    const std::string cloud_setup =
        " -> systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service, then: "
        "reboot";
    const std::string net_utils = " -> remove that package, or this one";
    const auto at_work = [](const std::string& grade, const std::string& tool,
                            const std::string& words) {
        return grade + " host: " + tool + " is at work on this host as well: rule \"" + words +
               "\"";
    };
    const struct {
        Rule theirs;
        std::string line;
    } cases[] = {
        {from_rule(30200, "10.0.2.37/32", TableId{30200}),
         at_work("warning", "nm-cloud-setup", "30200: from 10.0.2.37 lookup 30200") + cloud_setup},
        {from_rule(30401, "10.0.2.37/32", TableId{30401}),
         at_work("warning", "nm-cloud-setup", "30401: from 10.0.2.37 lookup 30401") + cloud_setup},
        {rule(Family::v4, 30350, kTableMain),
         at_work("warning", "nm-cloud-setup", "30350: from all lookup main") + cloud_setup},
        {rule(Family::v4, 30399, kTableMain),
         at_work("warning", "cloud-netconfig", "30399: from all lookup main") +
             " -> systemctl disable --now cloud-netconfig.timer, then: reboot"},
        {from_rule(32765, "10.0.2.37/32", kTable1),
         at_work("warning", "amazon-ec2-net-utils", "32765: from 10.0.2.37 lookup eth1") +
             net_utils},
        {from_rule(10001, "10.0.2.37/32", kTable1),
         at_work("warning", "amazon-ec2-net-utils", "10001: from 10.0.2.37 lookup eth1") +
             net_utils},
        {marked_rule(1024, 0x80, 0x80, kTableMain),
         at_work("note", "amazon-vpc-cni", "1024: from all fwmark 0x80/0x80 lookup main")},
        {marked_rule(9, 0x200, 0xf00, TableId{2004}),
         at_work("note", "Cilium", "9: from all fwmark 0x200/0xf00 lookup 2004")},
    };
    for (const auto& each : cases) {
        Host host = after();
        host.facts.kernel.rules.push_back(each.theirs);
        if (each.theirs.from && each.theirs.table != kTable1)
            host.facts.kernel.routes.push_back(
                in_table(each.theirs.table, via("0.0.0.0/0", "10.0.2.1", "eth1", 0)));
        if (each.theirs.table == TableId{2004})
            host.facts.kernel.routes.push_back(proxy_route(each.theirs.table));
        EXPECT_EQ(lines_of(checked(host), Grade::note), Lines({each.line}));
    }
}

TEST(Check, NumbersBesideThoseOfTheTools) {
    for (const Rule& theirs :
         {from_rule(30199, "10.0.2.37/32", TableId{30199}),
          from_rule(30300, "10.0.2.37/32", TableId{30300}),
          from_rule(30500, "10.0.2.37/32", TableId{30500}),
          from_rule(30401, "10.0.2.37/32", TableId{30402}),
          from_rule(30401, "10.0.2.0/24", TableId{30401}), rule(Family::v4, 30351, kTableMain),
          rule(Family::v4, 30399, kIsp), from_rule(32000, "10.0.2.37/32", TableId{11000}),
          from_rule(31999, "10.0.2.37/32", TableId{10005}),
          from_rule(32001, "10.0.2.0/24", TableId{10005}),
          marked_rule(1025, 0x80, 0x80, kTableMain), marked_rule(1024, 0x80, 0xff, kTableMain),
          marked_rule(9, 0x200, 0xff, TableId{2004}),
          marked_rule(9, 0x200, 0xf00, TableId{2005})}) {
        Host host = after();
        host.facts.kernel.rules.push_back(theirs);
        EXPECT_THAT(lines_of(checked(host), Grade::note),
                    testing::Not(testing::Contains(testing::HasSubstr("at work"))))
            << format_rule(theirs);
    }
}

TEST(Check, OurOwnRulesAreNoOtherTools) {
    Host host = before();
    host.config.priority_base = 9900;  // eth1's rule: 10001, as its table
    host.config.match = Match::address;
    EXPECT_EQ(complaints(installed(host)), Lines());
}

TEST(Check, RouteFilesThatNobodyReads) {
    Host host = after();
    auto& files = host.facts.disk.files;
    files[std::string(kScripts) + "route-eth0"] = "10.9.0.0/16 via 10.0.0.1\n";
    EXPECT_EQ(complaints(host), Lines()) << "NetworkManager reads that one";
    files[std::string(kScripts) + "route-eth7"] = "10.9.0.0/16 via 10.0.0.1\n";
    EXPECT_EQ(
        complaints(host),
        Lines({"warning eth7: /etc/sysconfig/network-scripts/route-eth7 is read by no program: "
               "there is no ifcfg-eth7 beside it -> nmcli connection modify eth7 "
               "+ipv4.routes ..., then: rm /etc/sysconfig/network-scripts/route-eth7"}));
    files.erase(std::string(kScripts) + "route-eth7");
    files[std::string(kScripts) + "route6-eth7"] = "2001:db8:9::/64 via 2001:db8:1::9\n";
    EXPECT_THAT(complaints(host), testing::ElementsAre(testing::EndsWith(
                                      " -> nmcli connection modify eth7 +ipv6.routes ..., then: rm "
                                      "/etc/sysconfig/network-scripts/route6-eth7")));
    files.erase(std::string(kScripts) + "route6-eth7");
    for (const char* rules : {"rule-eth0", "rule6-eth0"}) {
        files[std::string(kScripts) + rules] = "to 10.9.0.0/16 table 500\n";
        EXPECT_EQ(complaints(host),
                  Lines({"warning eth0: /etc/sysconfig/network-scripts/route-eth0 is not read by "
                         "NetworkManager, because a rule file stands beside it -> yum install "
                         "NetworkManager-dispatcher-routing-rules"}));
        host.facts.host->has_stock_script = true;
        EXPECT_EQ(complaints(host), Lines());
        host.facts.host->has_stock_script = false;
        files.erase(std::string(kScripts) + rules);
    }
}

/// Only where `adopt` would take their place.
TEST(Check, NamesFilesThatWereMadeByHand) {
    Host host = after();
    auto& files = host.facts.disk.files;
    const std::string rules = std::string(kScripts) + "rule-eth0";
    const std::string text =
        "eth0: " + rules +
        " is made by hand and says what eni-routes does itself: when eth0 goes down and up, the "
        "rules of both are mixed up -> eni-routes adopt eth0";
    files[rules] = "from 10.0.0.0/24 table 10000\n";
    host.facts.host->has_stock_script = true;
    EXPECT_EQ(complaints(host), Lines({"warning " + text}));
    host.facts.host->has_stock_script = false;
    EXPECT_EQ(complaints(host), Lines()) << "nothing applies it";
    EXPECT_THAT(notes(host), testing::Contains("note " + text));
    for (const char* others : {"to 10.99.0.0/24 table 300\n", "from 10.0.0.0/24 tabel 10000\n"}) {
        files[rules] = others;
        EXPECT_THAT(notes(host), testing::Not(testing::Contains(testing::HasSubstr("adopt"))));
    }
}

/// Nobody has to search for who made it.
TEST(Check, ARuleOfAFileMadeByHandIsAdoptedAsWell) {
    Host host = after();
    host.facts.host->has_stock_script = true;
    host.facts.disk.files[std::string(kScripts) + "rule-eth0"] =
        "from 10.0.0.0/24 table 10000\nto 10.0.0.0/24 table 10000\n";
    host.facts.kernel.rules.push_back(from_rule(19998, "10.0.0.0/24", kTable0));
    host.facts.kernel.rules.push_back(rule(Family::v4, 19997, kTable0));
    host.facts.kernel.rules.back().to = net("10.0.0.0/24");
    const Lines lines = complaints(host);
    EXPECT_THAT(lines, testing::Contains(testing::StartsWith("BROKEN eth1")));
    EXPECT_THAT(lines, testing::Contains(testing::StartsWith("warning host")));
    EXPECT_THAT(lines, testing::Each(testing::EndsWith(" -> eni-routes adopt eth0")));
}

TEST(Check, WildcardUdpServersAnswerFromAnyAddress) {
    Host host = after();
    host.facts.host->udp_servers = {{53, "named"}, {514, ""}};
    const std::string rest =
        " of every address: unless it takes care itself, it answers from the address of the interface that main prefers, whichever it was asked at -> let it listen on each address by itself";
    EXPECT_EQ(complaints(host), Lines({"warning host: named listens on UDP port 53" + rest,
                                       "warning host: a server listens on UDP port 514" + rest}));
    host.facts.kernel.links.pop_back();
    EXPECT_THAT(complaints(host), testing::Not(testing::Contains(testing::HasSubstr("UDP"))));
}

// ---- Other flows --------------------------------------------------------------------------------

TEST(Check, PublishedPortAnswersByThePrimary) {
    Host host = before();
    add_docker(host);
    host = installed(host);
    host.facts.host->published_ports = {{"tcp", 8080, std::nullopt, ip("172.17.0.2")}};
    const std::string good0 =
        "good eth0: port 8080 of 10.0.0.29, which 172.17.0.2 serves, answers the internet by eth0";
    const std::string bad1 =
        "warning eth1: answers of 172.17.0.2 for port 8080 of 10.0.2.37 to the internet leave by eth0 (" +
        kMain + " finds " + kDefault0 + ")" + kDropped1 +
        " -> publish the port on an address of eth0, or let a proxy on this host listen on 10.0.2.37";
    EXPECT_EQ(complaints(host), Lines({bad1}));
    EXPECT_THAT(praise(host), testing::Contains(good0));
    host.facts.host->published_ports[0].address = ip("10.0.2.37");
    EXPECT_EQ(complaints(host), Lines({bad1}));
    EXPECT_THAT(praise(host), testing::Not(testing::Contains(good0)));
    host.facts.host->published_ports[0].address = ip("10.0.0.29");
    EXPECT_EQ(complaints(host), Lines());
    host.facts.host->published_ports[0] = {"tcp", 80, std::nullopt, ip("203.0.113.5")};
    EXPECT_EQ(complaints(host), Lines()) << "a target that is not behind this host";
}

TEST(Check, PublishedPortWithoutAnyWayHasNoSuchFix) {
    Host host = before();
    add_docker(host);
    host.facts.kernel.rp_filter_all = 0;
    Rule to_docker = rule(Family::v4, 50, kIsp);
    to_docker.iif = "docker0";
    host.facts.kernel.rules.push_back(to_docker);
    host.facts.kernel.routes.push_back(in_table(kIsp, blackhole("0.0.0.0/0")));
    host = installed(host);
    host.facts.host->published_ports = {{"tcp", 8080, ip("10.0.0.29"), ip("172.17.0.2")}};
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"warning eth0: answers of 172.17.0.2 for port 8080 of 10.0.0.29 to the internet find no way: Invalid argument (rule \"50: from all iif docker0 lookup 500\" decides before " +
             kMain +
             " is asked) -> find out who made the first of them, which is not eni-routes' and says that it is for these packets"}));
}

TEST(Check, ConfiguredPeerBehindDocker) {
    Host host = before();
    add_docker(host);
    host.config.check_peers = {ip("172.17.0.2"), ip("10.0.2.37")};  // the host itself is no peer
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_THAT(
        praise(host),
        testing::IsSupersetOf(
            {"good eth0: 10.0.0.29 answers 172.17.0.2 by docker0",
             "good eth1: 10.0.2.37 answers 172.17.0.2 by docker0",
             "good host: programs bound to no address reach 172.17.0.2 by docker0",
             "good host: 172.17.0.2 reaches, through this host, the internet and neighbours in 10.0.0.0/24 by eth0",
             "good host: 172.17.0.2 reaches, through this host, neighbours in 10.0.2.0/24 by eth1"}));
    for (Link& link : host.facts.kernel.links) link.forwarding4 = false;
    EXPECT_THAT(praise(host), testing::Not(testing::Contains(testing::HasSubstr("through"))));
}

/// The kernel chooses a link without carrier as it chooses any other.
TEST(Check, AnInterfaceWithoutCarrierAnswersNobody) {
    Host host = after();
    for (Link& link : host.facts.kernel.links)
        if (link.ifname == "eth1") link.has_carrier = false;
    EXPECT_EQ(complaints(host),
              Lines({"BROKEN eth1: has no carrier: the kernel chooses it, and nothing gets out -> "
                     "check that it is still attached to the instance"}));
    EXPECT_THAT(praise(host),
                testing::Not(testing::Contains(testing::HasSubstr("10.0.2.37 answers"))));
}

/// With two interfaces nothing is left to separate; that must not be all that is said.
TEST(Check, AnInterfaceThatIsSwitchedOffIsNamed) {
    Host host = before();
    host.facts.disk.disabled = {"eth1"};
    EXPECT_THAT(notes(host),
                testing::Contains("note eth1: is switched off: its addresses answer as main says "
                                  "-> eni-routes enable eth1"));
}

TEST(Check, WhatIsSentToDockerByItsOwnAddressOrAnotherOne) {
    Host host = before();
    add_docker(host);
    host.config.check_peers = {ip("172.17.0.2")};
    Host other = host;
    other.facts.kernel.routes.back().prefsrc = ip("10.0.0.29");
    EXPECT_EQ(complaints(installed(other)), Lines());

    host = installed(host);
    host.facts.kernel.rules.push_back(from_rule(100, "172.17.0.1/32", kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    const Lines lines = complaints(host);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(
        lines[0],
        testing::StartsWith(
            "BROKEN host: packets of programs bound to no address to 172.17.0.2 leave by eth0 with 172.17.0.1 (rule \"100: from 172.17.0.1 lookup 500\" decides before "));
}

/// Where main sends everything into a tunnel, that is what main says.
TEST(Check, ATunnelWithAnAddressOfOursIsNobodysFault) {
    Host host = before();
    host.facts.kernel.links.push_back(eth("tun0"));
    for (const char* half : {"0.0.0.0/1", "128.0.0.0/1"})
        host.facts.kernel.routes.push_back(onlink(half, "tun0", "10.0.0.29", 0));
    EXPECT_EQ(complaints(installed(host)), Lines());
}

/// 10.9.0.0/16 behind 10.0.2.50, a neighbour of eth1's.
Host with_appliance() {
    Host host = before();
    host.facts.kernel.routes.push_back(via("10.8.0.0/15", "10.0.2.51", "eth1", 0));
    host.facts.kernel.routes.push_back(via("10.9.0.0/16", "10.0.2.50", "eth1", 0));
    host.config.check_peers = {ip("10.9.0.1")};
    return installed(host);
}

TEST(Check, ConfiguredPeerBehindAnAppliance) {
    Host host = with_appliance();
    EXPECT_EQ(complaints(host), Lines());
    erase_routes(host, [](const Route& r) {
        return r.table == kTable1 && r.dst.length() < 24 && !r.is_default();
    });
    const std::string cause =
        " go to 10.0.2.1, eth1's gateway, though main knows another way (" + kOurs +
        " finds \"default via 10.0.2.1 dev eth1 table eth1\" instead of \"10.9.0.0/16 via 10.0.2.50 dev eth1 table eth1\")" +
        kRegenerate;
    EXPECT_EQ(complaints(host),
              Lines({"BROKEN eth1: answers from 10.0.2.37 to 10.9.0.1" + cause,
                     "BROKEN eth1: packets of programs bound to no address to 10.9.0.1" + cause}));
}

TEST(Check, WhatIsForwardedForWhoIsBehindAnAppliance) {
    Host host = with_appliance();
    for (Link& link : host.facts.kernel.links) link.forwarding4 = true;
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_THAT(
        praise(host),
        testing::Contains("good host: 10.9.0.1 reaches, through this host, the internet by eth0"));
    Rule theirs = rule(Family::v4, 100, kIsp);
    theirs.iif = "eth1";
    host.facts.kernel.rules.push_back(theirs);
    host.facts.kernel.routes.push_back(in_table(kIsp, blackhole("0.0.0.0/0")));
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN host: packets that this host forwards for 10.9.0.1 to the internet find no way: Invalid argument (rule \"100: from all iif eth1 lookup 500\" decides before " +
             kMain +
             " is asked) -> find out who made the first of them, which is not eni-routes' and says that it is for these packets"}));
}

TEST(Check, UnboundWithAnAddressOfAnotherInterface) {
    Host host = before();
    host.facts.kernel.routes[0].prefsrc = ip("10.0.2.37");
    host = installed(host);
    EXPECT_EQ(
        complaints(host),
        Lines(
            {"BROKEN eth1: packets of programs bound to no address to the internet leave by eth0 with eth1's 10.0.2.37 (" +
             kMain +
             " finds \"default via 10.0.0.1 dev eth0 table main metric 100 src 10.0.2.37\"); answers are dropped on arrival, rp_filter is strict on eth0"}))
        << "the plan leaves main alone, so that it has no remedy";
}

TEST(Check, BlackholedPeerHasNoWayAndNoRemedy) {
    Host host = before();
    host.facts.kernel.rp_filter_all = 0;
    host.facts.kernel.routes.push_back(blackhole("10.66.0.0/16"));
    host.config.check_peers = {ip("10.66.0.1")};
    const std::string rest = " to 10.66.0.1 find no way: Invalid argument (" + kSuppress +
                             " finds \"blackhole 10.66.0.0/16 table main\")";
    EXPECT_EQ(complaints(installed(host)),
              Lines({"BROKEN eth0: answers from 10.0.0.29" + rest,
                     "BROKEN eth1: answers from 10.0.2.37" + rest,
                     "BROKEN host: packets of programs bound to no address" + rest}));
}

// ---- What comes in ------------------------------------------------------------------------------

/// The walk, but for one errno where eth1's neighbour comes in.
CheckResult refusing(const Host& host, int error) {
    return checked(host, [&host, error](const RouteQuery& query) {
        RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
        if (query.iif == "eth1" && query.src == ip("10.0.2.2") && query.dst == ip("10.0.2.37"))
            answer.error = error;
        return answer;
    });
}

TEST(Check, RefusedOnArrivalThoughTheWayOutIsRight) {
    const Host host = after();
    const auto lines = [](const std::string& what) {
        return Lines(
            {"BROKEN eth1: answers from 10.0.2.37 to neighbours in 10.0.2.0/24 come to nothing: requests " +
                 what,
             "BROKEN eth1: packets of programs bound to no address to neighbours in 10.0.2.0/24 come to nothing: answers " +
                 what});
    };
    EXPECT_EQ(lines_of(refusing(host, EXDEV), Grade::warning),
              lines("are dropped on arrival, rp_filter is strict on eth1"));
    EXPECT_EQ(lines_of(refusing(host, EHOSTUNREACH), Grade::warning),
              lines("are refused by the kernel, No route to host"));
    EXPECT_EQ(lines_of(refusing(host, EINVAL), Grade::warning),
              lines("are refused by the kernel, Invalid argument"))
        << "a blackhole: the way back is eth1 itself";
}

TEST(Check, AnswersToWhatIsForwardedAreRefused) {
    Host host = before();
    add_docker(host);
    host.config.check_peers = {ip("172.17.0.2")};
    host = installed(host);
    const CheckResult result = checked(host, [&](const RouteQuery& query) {
        RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
        if (query.iif == "eth0" && query.dst == ip("172.17.0.2") && query.src == ip("192.0.2.1"))
            answer.error = EXDEV;
        return answer;
    });
    EXPECT_EQ(
        lines_of(result, Grade::warning),
        Lines(
            {"BROKEN host: packets that this host forwards for 172.17.0.2 to the internet come to nothing: answers are dropped on arrival, rp_filter is strict on eth0"}));
}

/// Linux 6.18 has EINVAL for a drop by rp_filter.
TEST(Flows, EinvalIsRpFiltersWhereItIsStrictAndTheWayBackIsAnotherLink) {
    for (const int filter : {0, 1, 2}) {
        Host host = before();
        host.facts.kernel.rp_filter_all = filter;
        const Plan plan = make_plan(host.facts, host.config, Absent::forget);
        const auto flows =
            judge_flows(host.facts.kernel, plan, {}, {}, [&](const RouteQuery& query) {
                RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
                if (query.iif == "eth1" && query.src == internet(Family::v4)) answer.error = EINVAL;
                return answer;
            });
        const Flow& flow = flows[3];
        ASSERT_EQ(flow.local, ip("10.0.2.37"));
        ASSERT_EQ(flow.peer.name, "the internet");
        EXPECT_EQ(flow.fault, Fault::wrong_link);
        EXPECT_EQ(flow.refusal, EINVAL);
        EXPECT_EQ(flow.is_dropped_by_rp_filter, filter == 1);
    }
}

// ---- Which flows there are ----------------------------------------------------------------------

std::vector<std::string> peers_of(const Host& host) {
    std::vector<std::string> peers;
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    for (const Flow& flow : judge_flows(host.facts.kernel, plan, host.config.peer_addresses(), {},
                                        walk_of(host.facts.kernel)))
        if (flow.kind == FlowKind::unbound) peers.push_back(flow.peer.address.to_string());
    return peers;
}

TEST(Flows, ANeighbourIsNoAddressOfOursNoRouterAndHasNoRouteOfItsOwn) {
    Host host = before();
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.2", "10.0.2.2"}));
    host.config.check_peers = {ip("2001:db8::99")};  // of a family that nobody has here
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.0.2/24"));
    host.facts.kernel.routes.push_back(via("10.0.2.2/32", "10.0.0.9", "eth0", 0));
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.3", "10.0.2.3"}));
}

TEST(Flows, ASubnetWithoutARoomHasNoNeighbour) {
    Host host = before();
    host.facts.kernel.addresses[1] = address("eth1", "10.0.2.38/30");  // .37 is the gateway
    host.facts.kernel.routes[1].hops[0].gateway = ip("10.0.2.37");
    host.facts.kernel.routes[3] = onlink("10.0.2.36/30", "eth1", "10.0.2.38", 101);
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.2"}));
}

TEST(Flows, TheInternetIsAPeerWhereThereIsAGateway) {
    Host host = before();
    host.facts.kernel.addresses[0] = address("eth0", "10.0.0.29/32");
    host.facts.kernel.addresses[1] = address("eth1", "10.0.2.37/32");
    host.facts.kernel.routes.clear();
    EXPECT_EQ(peers_of(host), Lines());
    add_ipv6(host);
    EXPECT_EQ(peers_of(host), Lines({"3fff::1", "2001:db8::1", "2001:db8:2::1"}));
}

TEST(Flows, AHomeIsALinkThatIsNotOursAndNoDefault) {
    Host host = before();
    host.facts.kernel.links.push_back(eth("tun0"));
    for (const char* half : {"0.0.0.0/1", "128.0.0.0/1"})
        host.facts.kernel.routes.push_back(onlink(half, "tun0", "", 0));
    host.facts.kernel.routes.push_back(onlink("10.8.0.0/24", "tun0", "", 0));
    host.config.check_peers = {ip("10.8.0.7"), ip("10.9.0.7"), ip("10.0.2.77")};
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    std::vector<std::string> homes;
    for (const Flow& flow : judge_flows(host.facts.kernel, plan, host.config.peer_addresses(), {},
                                        walk_of(host.facts.kernel)))
        if (flow.kind == FlowKind::unbound && flow.peer.is_configured)
            homes.push_back(flow.peer.home);
    EXPECT_EQ(homes, Lines({"tun0", "", ""}));
}

TEST(Flows, SomebodyInEachBlockOfTheVpcIsAPeer) {
    Host host = before();
    const Lines others = {"192.0.2.1", "10.0.0.2", "10.0.2.2"};
    const auto with_blocks = [&](const std::vector<std::string>& blocks) {
        std::vector<Prefix> prefixes;
        for (const std::string& block : blocks) prefixes.push_back(net(block));
        for (const char* ifname : {"eth0", "eth1"})
            eni_of(host.facts, ifname).vpc_blocks = prefixes;
        Lines peers = peers_of(host);
        EXPECT_EQ(Lines(peers.begin(), peers.begin() + 3), others);
        return Lines(peers.begin() + 3, peers.end());
    };
    EXPECT_EQ(with_blocks({"10.0.0.0/16"}), Lines({"10.0.1.1"})) << "behind eth0's subnet";
    EXPECT_EQ(with_blocks({"10.0.2.0/23"}), Lines({"10.0.3.1"})) << "behind eth1's";
    EXPECT_EQ(with_blocks({"10.1.0.0/16", "10.2.0.0/16"}), Lines({"10.1.0.1", "10.2.0.1"}));
    EXPECT_EQ(with_blocks({"10.0.0.0/24"}), Lines()) << "is eth0's subnet as a whole";
    EXPECT_EQ(with_blocks({"2001:db8::/56"}), Lines()) << "nobody here has IPv6";
}

TEST(Flows, TheVpcBehindSeveralSubnetsInARow) {
    Host host = before();
    host.facts.kernel.addresses[1] = address("eth1", "10.0.1.37/24");
    host.facts.kernel.routes[1].hops[0].gateway = ip("10.0.1.1");
    host.facts.kernel.routes[3] = onlink("10.0.1.0/24", "eth1", "10.0.1.37", 101);
    eni_of(host.facts, "eth0").vpc_blocks = {net("10.0.0.0/16")};
    EXPECT_EQ(peers_of(host).back(), "10.0.2.1");
    eni_of(host.facts, "eth0").vpc_blocks = {net("10.0.0.0/23")};
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.2", "10.0.1.2"})) << "there is no room";
    add_ipv6(host);
    eni_of(host.facts, "eth0").vpc_blocks = {net("2001:db8::/56")};
    EXPECT_EQ(peers_of(host).back(), "2001:db8:0:1::1");
}

TEST(Flows, TheVpcsBlockMayEndWhereAllAddressesEnd) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth1", "223.255.255.9/24"));
    eni_of(host.facts, "eth0").vpc_blocks = {net("223.255.255.0/24")};
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.2", "10.0.2.2", "223.255.255.1"}));
}

TEST(Flows, ThePeerOfTheVpcLivesWhereMainHasIt) {
    Host host = before();
    add_docker(host);
    host.facts.kernel.routes.push_back(onlink("10.0.1.0/24", "docker0", "", 0));
    eni_of(host.facts, "eth0").vpc_blocks = {net("10.0.0.0/16")};
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    std::vector<std::string> homes;
    for (const Flow& flow :
         judge_flows(host.facts.kernel, plan, {}, {}, walk_of(host.facts.kernel)))
        if (flow.peer.name == "the rest of the VPC's 10.0.0.0/16") homes.push_back(flow.peer.home);
    EXPECT_EQ(homes, Lines({"docker0", "docker0", "docker0"})) << "bound to each, and to none";
}

// ---- What EC2 says ------------------------------------------------------------------------------

/// EC2 has said just now what the two interfaces have, and of eth1 10.0.2.50 beside it.
Host on_ec2() {
    Host host = before();
    eni_of(host.facts, "eth0") = eni(0, {"10.0.0.0/24"}, {"10.0.0.29"});
    eni_of(host.facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50"});
    return host;
}

TEST(CheckOfEc2, TheVpcIsAnswered) {
    Host host = on_ec2();
    eni_of(host.facts, "eth1").addresses.pop_back();
    eni_of(host.facts, "eth1").vpc_blocks = {net("10.0.0.0/16")};
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_EQ(praise(host).at(1),
              "good eth1: 10.0.2.37 answers the internet, neighbours in 10.0.0.0/24, neighbours in "
              "10.0.2.0/24 and the rest of the VPC's 10.0.0.0/16 by eth1");
}

TEST(CheckOfEc2, AnAssignedAddressThatNoInterfaceHas) {
    Host host = installed(on_ec2());
    EXPECT_EQ(complaints(host),
              Lines({"warning eth1: 10.0.2.50 is assigned to it in EC2, and no interface has it -> "
                     "'addresses: imds' in the configuration, then: eni-routes regenerate"}));
    eni_of(host.facts, "eth1").is_fresh = false;
    EXPECT_EQ(complaints(host).size(), 1u) << "an earlier answer says it as well";
    eni_of(host.facts, "eth1").associations = {{ip("10.0.2.50"), ip("203.0.113.67")}};
    host.config.addresses = Addresses::imds;
    EXPECT_EQ(complaints(host),
              Lines({"warning eth1: 10.0.2.50 (203.0.113.67) is assigned to it in EC2, and no "
                     "interface has it" +
                     kRegenerate}));
    EXPECT_EQ(notes(host), Lines());
    host.facts.disk.disabled = {"*"};
    EXPECT_THAT(complaints(host),
                testing::Contains(testing::EndsWith("no interface has it -> eni-routes enable")))
        << "switched off, regenerate adds none";
}

/// The first address of a family is NetworkManager's to bring.
TEST(CheckOfEc2, AnAssignedAddressOfAFamilyThatTheInterfaceHasNoneOf) {
    Host host = installed(on_ec2());
    eni_of(host.facts, "eth1") =
        eni(1, {"10.0.2.0/24", "2001:db8:1::/64"}, {"10.0.2.37", "2001:db8:1::37"});
    host.config.addresses = Addresses::imds;
    EXPECT_EQ(complaints(host),
              Lines({"warning eth1: 2001:db8:1::37 is assigned to it in EC2, and no interface has "
                     "it -> nmcli connection up ifname eth1"}));
}

TEST(CheckOfEc2, AnAssignedAddressThatIsThereIsAllRight) {
    Host host = on_ec2();
    host.config.addresses = Addresses::imds;
    host.facts.run = make_plan(host.facts, host.config, Absent::forget).run;
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_EQ(notes(host), Lines());
    EXPECT_EQ(praise(host).at(2),
              "good eth1: 10.0.2.50 answers the internet, neighbours in 10.0.0.0/24 and neighbours "
              "in 10.0.2.0/24 by eth1");
}

TEST(CheckOfEc2, AnAssignedAddressThatAnotherInterfaceHas) {
    Host host = on_ec2();
    host.facts.kernel.addresses.push_back(address("lo", "10.0.2.50/32"));
    EXPECT_EQ(complaints(installed(host)),
              Lines({"warning eth1: 10.0.2.50 is assigned to it in EC2, but is an address of lo"}));
}

TEST(CheckOfEc2, AnAddressThatIsNotAssigned) {
    Host host = on_ec2();
    eni_of(host.facts, "eth1").addresses.pop_back();
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.2.60/24"));
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    EXPECT_EQ(notes(host),
              Lines({"note eth1: 10.0.2.60 is not assigned to it in EC2: nothing gets to it, and "
                     "with the source check nothing that is sent from it gets out"}));
    Host stale = host;
    eni_of(stale.facts, "eth1").is_fresh = false;
    EXPECT_EQ(notes(stale), Lines()) << "it may have been assigned since";
    eni_of(host.facts, "eth1").delegated = {net("10.0.2.48/28")};
    EXPECT_EQ(notes(host), Lines()) << "it is one of a prefix";
    eni_of(host.facts, "eth1").delegated = {net("10.0.2.64/28")};
    EXPECT_EQ(notes(host).size(), 1u);
}

TEST(CheckOfEc2, AnAddressThatIsLeftOver) {
    Host host = on_ec2();
    host.config.addresses = Addresses::imds;
    host.facts.run = make_plan(host.facts, host.config, Absent::forget).run;
    host = installed(host);
    const std::string left_over =
        "warning eth1: 10.0.2.50 was put on it by eni-routes, and is left over" + kRegenerate;
    Host off = host;
    off.config.addresses = Addresses::off;
    EXPECT_EQ(complaints(off), Lines{left_over}) << "it is assigned as before";
    eni_of(host.facts, "eth1").addresses.pop_back();
    EXPECT_EQ(complaints(host), Lines{left_over});
}

TEST(CheckOfEc2, WhereCniGivesTheAddressesToPodsNothingIsSaidOfThem) {
    Host host = on_ec2();
    Rule cni = rule(Family::v4, 1024, kTableMain);
    cni.fwmark = cni.fwmask = 0x80;
    host.facts.kernel.rules.push_back(cni);
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.2.60/24"));
    EXPECT_EQ(complaints(installed(host)), Lines());
}

TEST(CheckOfEc2, AMissingDelegatedPrefix) {
    Host host = on_ec2();
    host.config.addresses = Addresses::imds;
    eni_of(host.facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    eni_of(host.facts, "eth1").delegated = {net("10.0.2.64/28")};
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    erase_routes(host, [](const Route& r) { return r.table == kTableLocal; });
    EXPECT_EQ(complaints(host),
              Lines({"warning eth1: table local lacks \"local 10.0.2.64/28 dev eth1 table local\"" +
                     kRegenerate}));
}

TEST(CheckResult, TheWorstGradeCounts) {
    CheckResult result;
    EXPECT_EQ(result.worst(), Grade::good);
    for (const Grade grade : {Grade::good, Grade::note, Grade::warning, Grade::broken}) {
        result.verdicts.insert(result.verdicts.begin(), {grade, "", "", ""});
        EXPECT_EQ(result.worst(), grade);
    }
}

}  // namespace
}  // namespace eni
