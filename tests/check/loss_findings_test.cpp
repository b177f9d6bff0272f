// What check() says of packets that are lost: each goes to the cause that explains it, which names
// the rule or the route, and all that has one cause is one finding.
#include <cerrno>

#include "checked_host.hpp"

namespace eni {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::string kMainDecides = ", so that " + kMain + " decides";
const std::string kNotOurs = "; that rule is not eni-routes', which leaves it as it is";

// ---- Ours ---------------------------------------------------------------------------------------

TEST(Loss, ARuleIsMissing) {
    Host host = after();
    erase_rule(host, 20101);
    const CheckResult result = checked(host);
    EXPECT_EQ(
        lines_of(result, Grade::note),
        Lines({"BROKEN eth1 rule-missing: replies to the internet leave by eth0",
               "  because " + kOurs + " is missing" + kMainDecides, kFixed, dropped_on("eth1"),
               "  + replies from 10.0.2.37 to neighbours in 10.0.0.0/24 leave by eth0"}));
    const Finding& finding = result.findings.front();
    ASSERT_TRUE(finding.rule);
    EXPECT_EQ(number(finding.rule->priority), 20101u);
    EXPECT_EQ(finding.address, ip("10.0.2.37"));
    EXPECT_TRUE(result.interfaces.at(1).addresses.at(0).is_lost);
    EXPECT_FALSE(result.interfaces.at(0).addresses.at(0).is_lost);
}

TEST(Loss, ATableIsEmpty) {
    Host host = after();
    erase_routes(host, [](const Route& r) { return r.table == kTable1; });
    const Finding finding = finding_of(host, "route-missing");
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 route-missing"}));
    EXPECT_EQ(finding.text, "replies to the internet leave by eth0");
    EXPECT_EQ(finding.because, "table eth1 is empty" + kMainDecides);
    EXPECT_EQ(finding.fix, "eni-routes regenerate");
}

TEST(Loss, ADefaultIsMissing) {
    Host host = after();
    erase_routes(host, [](const Route& r) { return r.table == kTable1 && r.is_default(); });
    const Finding finding = finding_of(host, "route-missing");
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 route-missing"}));
    EXPECT_EQ(finding.because,
              "table eth1 has no \"default via 10.0.2.1 dev eth1 table eth1\"" + kMainDecides);
    ASSERT_TRUE(finding.route);
    EXPECT_TRUE(finding.route->is_default());
}

TEST(Loss, ADefaultByAWrongGateway) {
    Host host = after();
    default_of(host, kTable1).hops[0].gateway = ip("10.0.2.99");
    const Finding finding = finding_of(host, "route-missing");
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 route-missing"}));
    EXPECT_EQ(finding.text, "replies to the internet go to 10.0.2.99, which is not eth1's gateway");
    EXPECT_THAT(finding.consequences,
                Contains("replies from 10.0.2.37 to neighbours in 10.0.0.0/24 go to 10.0.2.99, "
                         "which is not eth1's gateway"));
    EXPECT_EQ(finding.because,
              kOurs +
                  " finds \"default via 10.0.2.99 dev eth1 table eth1\" instead of \"default "
                  "via 10.0.2.1 dev eth1 table eth1\"");
    EXPECT_EQ(finding.fix, "eni-routes regenerate");
}

/// A program that is bound to no address gets eth0's for the internet, and with it eth0's table.
TEST(Loss, AWrongGatewayForProgramsBoundToNoAddress) {
    Host host = after();
    default_of(host, kTable0).hops[0].gateway = std::nullopt;
    EXPECT_EQ(heads(host), Lines({"BROKEN eth0 route-missing"}));
    const Finding finding = finding_of(host, "route-missing");
    EXPECT_EQ(finding.text,
              "replies to the internet are sent on the link itself, not to eth0's gateway");
    EXPECT_THAT(finding.consequences,
                Contains("packets of programs bound to no address to the internet are sent on the "
                         "link itself, not to eth0's gateway"));
}

TEST(Loss, ALeftOverRuleOfOursThatDecidesIsToldOnce) {
    Host host = after();
    host.facts.kernel.rules.push_back(from_rule(20050, "10.0.2.0/24", kTable0));
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result).size(), 1u);
    const Finding finding = finding_of(result, "rule-left-over");
    EXPECT_EQ(finding.grade, Grade::broken);
    EXPECT_EQ(finding.text, "replies from 10.0.2.37 to the internet leave by eth0");
    EXPECT_EQ(finding.because,
              "rule \"20050: from 10.0.2.0/24 lookup eth0\" decides before " + kOurs + " is asked");
    EXPECT_EQ(finding.fix, "eni-routes regenerate");
    EXPECT_THAT(finding.consequences,
                Contains("packets of programs bound to no address to neighbours in 10.0.2.0/24 "
                         "leave by eth0 with eth1's 10.0.2.37"));
}

TEST(Loss, EachLinkThatTheyLeaveByIsOneSentence) {
    Host host = before();
    add_eth2(host);
    host.facts.kernel.routes.push_back(via("10.9.0.0/16", "10.0.4.50", "eth2", 0));
    host.config.check_peers = {ip("10.9.0.1")};
    host = installed(host);
    EXPECT_EQ(lines_of(host), Lines());
    erase_rule(host, 20101);
    const Finding finding = finding_of(host, "rule-missing");
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 rule-missing"}));
    EXPECT_EQ(finding.text, "replies to the internet leave by eth0");
    EXPECT_THAT(finding.consequences, Contains("replies from 10.0.2.37 to 10.9.0.1 leave by eth2"));
}

TEST(Loss, Ipv6RoutesOfATableAreGone) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    erase_routes(host,
                 [](const Route& r) { return r.table == kTable1 && r.family() == Family::v6; });
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 route-missing"}));
    const Finding finding = finding_of(host, "route-missing");
    EXPECT_EQ(finding.text, "replies to the internet (IPv6) leave by eth0");
    EXPECT_EQ(finding.because, "table eth1 is empty" + kMainDecides);
}

TEST(Loss, ALinkIsNotInTheGroup) {
    Host host = after();
    link_named(host, "eth1").group = 0;
    EXPECT_EQ(lines_of(host),
              Lines({"BROKEN eth1 link-group: replies from 10.0.0.29 to neighbours in 10.0.2.0/24 "
                     "leave by eth1",
                     "  because eth1 is not in link group 10000, so that " + kSuppress + " decides",
                     kFixed, dropped_on("eth0"), "  + is in link group 0 instead of 10000"}));
}

// ---- Another program's --------------------------------------------------------------------------

TEST(Loss, AForeignRuleOfALowerPriority) {
    Host host = after();
    host.facts.kernel.rules.push_back(from_rule(100, "10.0.2.0/24", kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    EXPECT_EQ(lines_of(host),
              Lines({"BROKEN eth1 foreign-rule: replies to the internet leave by eth0",
                     "  because rule \"100: from 10.0.2.0/24 lookup 500\" decides before " + kOurs +
                         " is asked" + kNotOurs,
                     "  + replies from 10.0.2.37 to neighbours in 10.0.0.0/24 and neighbours in "
                     "10.0.2.0/24 leave by eth0",
                     dropped_on("eth1"),
                     "  + packets of programs bound to no address to neighbours in 10.0.2.0/24 "
                     "leave by eth0 with eth1's 10.0.2.37",
                     "  + answers are dropped on arrival: rp_filter is strict on eth1"}))
        << "and it is not warned of once more as one that comes first";
}

TEST(Loss, AForeignRuleOfOurPriorityBeforeOurs) {
    Host host = after();
    auto& rules = host.facts.kernel.rules;
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    rules.push_back(from_rule(20101, "10.0.2.0/24", kIsp));
    std::rotate(rules.begin(), rules.end() - 1, rules.end());
    const Finding finding = finding_of(installed(host), "foreign-rule");
    EXPECT_EQ(finding.grade, Grade::broken);
    EXPECT_EQ(finding.fix, "");
    EXPECT_THAT(finding.because, HasSubstr("rule \"20101: from 10.0.2.0/24 lookup 500\""));
}

TEST(Loss, AForeignRuleOfIpv6) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    host.facts.kernel.rules.push_back(from_rule(100, "2001:db8:2::/64", kTableMain));
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 foreign-rule"}));
    EXPECT_THAT(finding_of(host, "foreign-rule").because,
                HasSubstr("rule \"100: from 2001:db8:2::/64 lookup main\""));
}

/// Another came since the last run: then that is the remedy, and nothing else is said.
TEST(Loss, AForeignRuleForAllThatIsNotLedPastYet) {
    Host host = after();
    host.facts.kernel.rules.push_back(rule(Family::v4, 19999, kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    const Finding finding = finding_of(host, "foreign-rule");
    EXPECT_EQ(finding.grade, Grade::broken);
    EXPECT_EQ(finding.fix, "eni-routes regenerate");
    EXPECT_THAT(finding.because, HasSubstr("rule \"19999: from all lookup 500\" decides before " +
                                           kOurs + " is asked"));
    for (const std::string& head : heads(host)) EXPECT_THAT(head, HasSubstr("foreign-rule"));
    EXPECT_EQ(complaints(installed(host)), Lines());
}

/// Nobody has to search for who made it.
TEST(Loss, AForeignRuleOfAFileMadeByHandIsAdopted) {
    Host host = after();
    host.facts.host->has_stock_script = true;
    host.facts.disk.files[std::string(kScripts) + "rule-eth0"] =
        "from 10.0.0.0/24 table 10000\nto 10.0.0.0/24 table 10000\n";
    host.facts.kernel.rules.push_back(from_rule(19998, "10.0.0.0/24", kTable0));
    host.facts.kernel.rules.push_back(rule(Family::v4, 19997, kTable0));
    host.facts.kernel.rules.back().to = net("10.0.0.0/24");
    const CheckResult result = checked(host);
    EXPECT_EQ(result.worst(), Grade::broken);
    EXPECT_EQ(finding_of(result, "file-by-hand").grade, Grade::warning);
    for (const Finding& finding : result.findings)
        EXPECT_EQ(finding.fix, "eni-routes adopt eth0") << finding.text;
}

/// One with something that is not known here: the walk passes over it, and so sees no fault.
TEST(Loss, ARuleThatCannotBeReadIsNamed) {
    Host host = after();
    Rule odd = from_rule(100, "10.0.2.0/24", TableId{0});
    odd.is_exotic = true;
    host.facts.kernel.rules.push_back(odd);
    const CheckResult result = checked(host, [&](const RouteQuery& query) {
        RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
        if (query.src == ip("10.0.2.37") && query.dst == ip("192.0.2.1")) answer.error = EACCES;
        return answer;
    });
    const Finding finding = finding_of(result, "rule-unknown");
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 rule-unknown"}));
    EXPECT_EQ(finding.text, "replies to the internet have no way: Permission denied");
    EXPECT_THAT(finding.because, HasSubstr("rule \"100: from 10.0.2.0/24 lookup 0 (and more)\""));
    EXPECT_EQ(finding.fix, "");
}

TEST(Loss, ARuleThatCannotBeReadIsNotToBlameWhereTheWalkAgrees) {
    Host host = after();
    Rule odd = from_rule(100, "10.0.9.0/24", TableId{0});
    odd.is_exotic = true;
    host.facts.kernel.rules.push_back(odd);
    EXPECT_EQ(complaints(host), Lines());
    erase_rule(host, 20101);
    EXPECT_THAT(finding_of(host, "rule-missing").because,
                testing::StartsWith(kOurs + " is missing"));
}

// ---- Main's -------------------------------------------------------------------------------------

TEST(Loss, ABlackholeInMainIsOneFinding) {
    Host host = before();
    host.facts.kernel.rp_filter_all = 0;
    host.facts.kernel.routes.push_back(blackhole("10.66.0.0/16"));
    host.config.check_peers = {ip("10.66.0.1")};
    const std::string rest = " to 10.66.0.1 have no way: Invalid argument";
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"BROKEN host route-refuses: replies from 10.0.0.29" + rest,
                     "  because " + kSuppress + " finds \"blackhole 10.66.0.0/16 table main\"",
                     "  + replies from 10.0.2.37" + rest,
                     "  + packets of programs bound to no address" + rest}));
}

/// Main's route for what follows a default: it was not there when the last run was made.
TEST(Loss, ATunnelsRoutesSinceTheLastRunAreTheNews) {
    Host host = after();
    host.facts.kernel.links.push_back(eth("tun0"));
    host.facts.kernel.links.back().ethernet = false;
    for (const char* part : {"0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"})
        host.facts.kernel.routes.push_back(onlink(part, "tun0", "10.8.0.2", 0));
    const CheckResult result = checked(host);
    EXPECT_EQ(result.worst(), Grade::broken);
    EXPECT_THAT(heads(result), Not(Contains(HasSubstr("link-group"))));
    EXPECT_EQ(finding_of(result, "main-route").fix, "eni-routes regenerate");
    EXPECT_EQ(complaints(installed(host)), Lines()) << "the remedy";
}

/// The plan leaves main alone, so that it has no remedy.
TEST(Loss, UnboundWithAnAddressOfAnotherInterface) {
    Host host = before();
    host.facts.kernel.routes[0].prefsrc = ip("10.0.2.37");
    host = installed(host);
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 main-route: packets of programs bound to no address to the "
                     "internet leave by eth0 with eth1's 10.0.2.37",
                     "  because " + kMain +
                         " finds \"default via 10.0.0.1 dev eth0 table main metric 100 src "
                         "10.0.2.37\"",
                     "  + answers are dropped on arrival: rp_filter is strict on eth0"}));
}

/// Where main sends everything into a tunnel, that is what main says.
TEST(Loss, ATunnelWithAnAddressOfOursIsNobodysFault) {
    Host host = before();
    host.facts.kernel.links.push_back(eth("tun0"));
    host.facts.kernel.links.back().ethernet = false;
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

TEST(Loss, APeerBehindAnAppliance) {
    Host host = with_appliance();
    EXPECT_EQ(lines_of(host), Lines());
    erase_routes(host, [](const Route& r) {
        return r.table == kTable1 && r.dst.length() < 24 && !r.is_default();
    });
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 route-missing"}));
    const Finding finding = finding_of(host, "route-missing");
    EXPECT_EQ(finding.text,
              "replies to 10.9.0.1 go to 10.0.2.1, eth1's gateway, though main knows another way");
    EXPECT_EQ(finding.because, kOurs +
                                   " finds \"default via 10.0.2.1 dev eth1 table eth1\" instead of "
                                   "\"10.9.0.0/16 via 10.0.2.50 dev eth1 table eth1\"");
    EXPECT_THAT(finding.consequences,
                Contains("packets of programs bound to no address to 10.9.0.1 go to 10.0.2.1, "
                         "eth1's gateway, though main knows another way"));
}

TEST(Loss, WhatIsForwardedForWhoIsBehindAnAppliance) {
    Host host = with_appliance();
    for (Link& link : host.facts.kernel.links) link.forwarding4 = true;
    EXPECT_EQ(lines_of(host), Lines());
    Rule theirs = rule(Family::v4, 100, kIsp);
    theirs.iif = "eth1";
    host.facts.kernel.rules.push_back(theirs);
    host.facts.kernel.routes.push_back(in_table(kIsp, blackhole("0.0.0.0/0")));
    const Finding finding = finding_of(host, "foreign-rule");
    EXPECT_EQ(finding.text,
              "packets that this host forwards for 10.9.0.1 to the internet have no way: Invalid "
              "argument");
    EXPECT_EQ(finding.grade, Grade::warning) << "it may be meant, and no client waits for it";
    EXPECT_THAT(finding.because, HasSubstr("rule \"100: from all iif eth1 lookup 500\" decides"));
}

// ---- Published ports, and marks -----------------------------------------------------------------

TEST(LossOfAPublishedPort, IsNoneWhereMarksAreInForce) {
    EXPECT_EQ(heads(installed(with_published_port())), Lines({"warning eth1 published-port"}));
    EXPECT_EQ(lines_of(marked(with_published_port())), Lines());
    for (const int filter : {0, 2}) {
        Host host = with_published_port();
        host.facts.kernel.rp_filter_all = filter;
        EXPECT_EQ(heads(installed(host)), Lines({"warning eth1 published-port"}));
        EXPECT_EQ(lines_of(marked(host)), Lines());
    }
}

/// What a run would mend has that remedy, whether marks were ever in force or not.
TEST(LossOfAPublishedPort, IsMendedByARunWhereMarksAreWanted) {
    Host host = installed(with_published_port());
    host.facts = markable(host.facts);
    host.config.forwarded = Forwarded::connmark;
    EXPECT_EQ(finding_of(host, "published-port").fix, "eni-routes regenerate");
    host = marked(with_published_port());
    host.facts.marking->nft.clear();
    const CheckResult result = checked(host);
    EXPECT_THAT(heads(result), testing::UnorderedElementsAre("warning eth1 published-port",
                                                             "warning host marks-missing"));
    EXPECT_EQ(lines_of(finding_of(result, "published-port")),
              Lines({"warning eth1 published-port: replies of 172.17.0.2 for port 8080 of "
                     "10.0.2.37 to the internet leave by eth0",
                     "  because " + kMain + " finds " + kDefault0 +
                         "; published on an address of eth0, or served by a proxy on this host, it "
                         "would answer",
                     kFixed, dropped_on("eth1")}));
    host.facts.marking->nft = "another";
    EXPECT_EQ(finding_of(host, "published-port").fix, "eni-routes regenerate");
}

TEST(LossOfAPublishedPort, IsAsBeforeWhereMarksAreLeftOut) {
    Host host = with_published_port();
    host.facts = markable(host.facts);
    host.facts.marking->tool = MarkingTool::none;
    host.config.forwarded = Forwarded::connmark;
    host = installed(host);
    EXPECT_EQ(finding_of(host, "published-port").fix, "") << "it is in the configuration";
}

/// The rule by the mark is gone: netfilter marks, and nobody asks.
TEST(LossOfAPublishedPort, ARuleByItsMarkIsMissing) {
    Host host = marked(with_published_port());
    erase_rules(host, [](const Rule& r) { return r.fwmark == 2 && r.iif.empty(); });
    const CheckResult result = checked(host);
    EXPECT_EQ(finding_of(result, "published-port").fix, "eni-routes regenerate");
    EXPECT_THAT(finding_of(result, "published-port").because,
                HasSubstr("rule \"20099: from all fwmark 0x2/0x7f lookup eth1\" is missing"));
}

/// Its requests carry their mark in vain.
TEST(LossOfAPublishedPort, RpFilterDoesNotCountMarks) {
    Host host = marked(with_published_port());
    link_named(host, "eth1").src_valid_mark = false;
    const CheckResult result = checked(host);
    EXPECT_EQ(finding_of(result, "published-port").fix, "eni-routes regenerate");
    EXPECT_EQ(finding_of(result, "published-port").ifname, "eth1");
    EXPECT_EQ(finding_of(result, "marks-missing").text,
              "src_valid_mark is off: rp_filter drops requests for published ports");
}

}  // namespace
}  // namespace eni
