// Where the gateway of an interface comes from, what is never one, and the subnet of an address.
#include "gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "example.hpp"
#include "make_plan.hpp"
#include "ownership.hpp"

namespace eni {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Plan plan_of(const Facts& facts, const Config& config = {}) {
    return make_plan(facts, config, Absent::forget);
}

std::string gateway_of(const Facts& facts, const Config& config = {}) {
    const auto gateway = plan_of(facts, config).interfaces.at(1).gateway4;
    return gateway ? gateway->address.to_string() + ", " + format_gateway_source(gateway->source)
                   : "none";
}

/// Main has no default by eth1.
Facts without_default() {
    Facts facts = two_interfaces();
    facts.kernel.routes.erase(facts.kernel.routes.begin() + 1);
    return facts;
}

Route in_table(std::uint32_t table, Route route) {
    route.table = TableId{table};
    return route;
}

Rule from(const std::string& source, std::uint32_t table) {
    Rule result = rule(Family::v4, 30000, TableId{table});
    result.from = net(source);
    return result;
}

// ---- Another program's table --------------------------------------------------------------------

TEST(GatewayInAnotherTable, ComesBeforeTheFirstAddressOfTheSubnet) {
    Facts facts = without_default();
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    facts.kernel.routes.push_back(in_table(300, via("0.0.0.0/0", "10.0.2.253", "eth1", 0)));
    facts.kernel.routes.push_back(in_table(200, via("0.0.0.0/0", "10.0.2.254", "eth1", 101)));
    facts.kernel.rules.push_back(from("10.0.2.37/32", 200));
    EXPECT_EQ(gateway_of(facts), "10.0.2.254, another table") << "the lowest number";
    facts.leases = {{"eth1", {ip("10.0.2.2")}}};
    EXPECT_EQ(gateway_of(facts), "10.0.2.2, DHCP lease");
}

TEST(GatewayInAnotherTable, OfATableForCertainPacketsIsNotTheirs) {
    Facts facts = without_default();
    facts.kernel.routes.push_back(in_table(200, via("0.0.0.0/0", "10.0.2.9", "eth1", 0)));
    Rule marked = rule(Family::v4, 100, TableId{200});
    marked.fwmark = 1;
    marked.fwmask = 0xffffffff;
    facts.kernel.rules.push_back(marked);
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, first address of its subnet");
}

TEST(GatewayInAnotherTable, ByAnotherInterfaceOrOutsideOfItsSubnetsIsNone) {
    Facts facts = without_default();
    facts.kernel.routes.push_back(in_table(200, via("0.0.0.0/0", "10.0.2.254", "eth0", 0)));
    facts.kernel.routes.push_back(in_table(201, via("0.0.0.0/0", "10.0.9.1", "eth1", 0)));
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, first address of its subnet");
}

/// What an earlier run guessed does not stand against what EC2 says now.
TEST(GatewayInItsOwnTable, OfAnEarlierRunComesAfterEc2s) {
    Facts facts = without_default();
    facts.kernel.addresses.push_back(address("eth1", "10.0.1.250/28"));
    Route guessed = in_table(10001, via("0.0.0.0/0", "10.0.1.241", "eth1", 0));
    guessed.protocol = kOurProtocol;
    facts.kernel.routes.push_back(guessed);
    facts.run.tables_given = {TableId{10001}};
    EXPECT_EQ(gateway_of(facts), "10.0.1.241, its own table");
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, first address of its subnet");
}

// ---- What works, before a guess -----------------------------------------------------------------

/// Eth1's gateway is no first address; an earlier run has put it into table 10001.
Facts with_appliance(std::uint32_t table = 10001) {
    Facts facts = without_default();
    Route left = in_table(table, via("0.0.0.0/0", "10.0.2.254", "eth1", 0));
    left.protocol = kOurProtocol;
    facts.kernel.routes.push_back(left);
    facts.run.tables_given = {TableId{table}};
    return facts;
}

const char kKept[] =
    "eth1: nothing names its IPv4 gateway any more: 10.0.2.254, as its table has it, is kept. "
    "'interface: {eth1: {gateway: 10.0.2.254}}' in the configuration sets it for good";

std::optional<Severity> severity_of_kept(const Plan& plan) {
    for (const Note& note : plan.notes)
        if (note.code == "gateway-kept") return note.severity;
    return std::nullopt;
}

/// Nothing is taken off or replaced that is a default.
void expect_default_stays(const Facts& facts, Family family = Family::v4) {
    const Changes changes = diff(plan_of(facts), facts.kernel);
    for (const auto& added : changes.routes_added)
        EXPECT_FALSE(added.route.ifname == "eth1" && added.route.object.is_default() &&
                     added.route.object.family() == family)
            << format_route(added.route.object, "");
    for (const auto& deleted : changes.routes_deleted)
        EXPECT_FALSE(deleted.object.is_default()) << format_route(deleted.object, "");
}

TEST(GatewayThatWorks, StaysWhereEc2sFirstAddressIsAllThatIsLeft) {
    Facts facts = with_appliance();
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    EXPECT_EQ(gateway_of(facts), "10.0.2.254, its own table");
    expect_default_stays(facts);
    EXPECT_THAT(notes_of(plan_of(facts)), Contains(kKept));
    EXPECT_EQ(severity_of_kept(plan_of(facts)), Severity::warning);
}

TEST(GatewayThatWorks, StaysWithoutEc2AndSaysSo) {
    const Facts facts = with_appliance();
    EXPECT_EQ(gateway_of(facts), "10.0.2.254, its own table");
    EXPECT_THAT(notes_of(plan_of(facts)), Contains(kKept));
}

TEST(GatewayThatWorks, GivesWayToWhateverNamesAnother) {
    Facts facts = with_appliance();
    facts.leases = {{"eth1", {ip("10.0.2.2")}}};
    EXPECT_EQ(gateway_of(facts), "10.0.2.2, DHCP lease");
    EXPECT_THAT(notes_of(plan_of(facts)), Not(Contains(HasSubstr("is kept"))));
    Config config;
    config.interfaces["eth1"].gateway = ip("10.0.2.3");
    EXPECT_EQ(gateway_of(facts, config), "10.0.2.3, configuration");
}

TEST(GatewayThatWorks, StaysWithAnotherAddressOfTheSubnet) {
    Facts facts = with_appliance();
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.38"});
    facts.kernel.addresses[1] = address("eth1", "10.0.2.38/24");
    EXPECT_EQ(gateway_of(facts), "10.0.2.254, its own table");
    expect_default_stays(facts);
}

TEST(GatewayThatWorks, IsNoneInAnotherSubnet) {
    Facts facts = with_appliance();
    facts.kernel.addresses[1] = address("eth1", "10.0.3.37/24");
    facts.kernel.routes[2] = onlink("10.0.3.0/24", "eth1", "10.0.3.37", 101);
    EXPECT_EQ(gateway_of(facts), "10.0.3.1, first address of its subnet");
    EXPECT_THAT(notes_of(plan_of(facts)), Not(Contains(HasSubstr("is kept"))));
}

/// EC2's first address, guessed by an earlier run, is what would be guessed again.
TEST(GatewayThatWorks, IsNoWarningWhereTheGuessIsTheSame) {
    Facts facts = with_appliance();
    facts.kernel.routes.back().hops[0].gateway = ip("10.0.2.1");
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, its own table");
    EXPECT_THAT(notes_of(plan_of(facts)), Not(Contains(HasSubstr("is kept"))));
}

/// A user's own, in a table that he named.
TEST(GatewayThatWorks, IsNoWarningWhereAUserPutItThere) {
    Facts facts = without_default();
    facts.disk.table_names = {{TableId{500}, "eth1", false}};
    facts.kernel.routes.push_back(in_table(500, via("0.0.0.0/0", "10.0.2.254", "eth1", 0)));
    EXPECT_EQ(gateway_of(facts), "10.0.2.254, its own table");
    EXPECT_THAT(notes_of(plan_of(facts)), Not(Contains(HasSubstr("is kept"))));
}

/// The table's number has changed, and in basic mode a rule for what is bound to eth1 leads there.
TEST(GatewayThatWorks, IsTakenOverFromTheTableThatItHad) {
    Facts facts = with_appliance(10007);
    facts.run.priority_bases = {20000};
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    Rule bound = rule(Family::v4, 29107, TableId{10007});
    bound.oif = "eth1";
    facts.kernel.rules.push_back(bound);
    facts.kernel.has_suppress = false;
    EXPECT_EQ(gateway_of(facts), "10.0.2.254, its own table");
    EXPECT_THAT(notes_of(plan_of(facts)), Contains(kKept));
}

/// Of single addresses no gateway is guessed, and main's default on the link has gone.
TEST(DefaultOnTheLink, StaysWhereNoGatewayIsKnown) {
    Facts facts = without_default();
    facts.kernel.addresses[1] = address("eth1", "10.0.2.37/32");
    facts.kernel.routes.pop_back();
    Route left = in_table(10001, onlink("0.0.0.0/0", "eth1", "", 0));
    left.protocol = kOurProtocol;
    facts.kernel.routes.push_back(left);
    facts.run.tables_given = {TableId{10001}};
    expect_default_stays(facts);
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                Contains("default dev eth1 table eth1 scope link"));
    EXPECT_THAT(notes_of(plan_of(facts)), Contains(HasSubstr("the default on its link, as its")));
}

// ---- IPv6, of which none is guessed -------------------------------------------------------------

/// The router's neighbour entry has been there once.
Facts with_left_default6() {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
    Route left = in_table(10001, via("::/0", "fe80::2", "eth1", kMetric6));
    left.protocol = kOurProtocol;
    facts.kernel.routes.push_back(left);
    facts.run.tables_given = {TableId{10001}};
    return facts;
}

TEST(DefaultOfIpv6, StaysWithoutTheRoutersNeighbourEntry) {
    const Facts facts = with_left_default6();
    expect_default_stays(facts, Family::v6);
    const Plan plan = plan_of(facts);
    EXPECT_THAT(routes_of(plan, "eth1"), Contains("default via fe80::2 dev eth1 table eth1"));
    EXPECT_THAT(notes_of(plan), Contains(HasSubstr("nothing names its IPv6 gateway any more")));
    EXPECT_EQ(severity_of_kept(plan), Severity::note) << "neighbour entries come and go";
}

TEST(DefaultOfIpv6, StaysWithAnotherAddress) {
    Facts facts = with_left_default6();
    facts.kernel.addresses.back() = address("eth1", "2001:db8:2::38/128");
    expect_default_stays(facts, Family::v6);
}

TEST(DefaultOfIpv6, GoesWithTheLastAddressOrWhereItIsThisHosts) {
    Facts facts = with_left_default6();
    facts.kernel.addresses.pop_back();
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), Not(Contains(HasSubstr("fe80::2"))));
    facts = with_left_default6();
    facts.kernel.addresses.push_back(address("eth1", "fe80::2/64"));
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), Not(Contains(HasSubstr("fe80::2"))));
}

// ---- The first address of the subnet ------------------------------------------------------------

TEST(GatewayOfTheSubnet, IsEc2sElseThatOfTheFirstAddress) {
    Facts facts = without_default();
    facts.kernel.addresses.push_back(address("eth1", "10.0.1.250/28"));
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, first address of its subnet") << "not the lowest";
    facts.kernel.addresses[1] = address("eth1", "10.0.1.250/28");
    facts.kernel.addresses[2] = address("eth1", "10.0.2.37/24");
    eni_of(facts, "eth1") = eni(1, {"2001:db8:2::/64", "10.0.2.0/24"}, {"10.0.2.37"});
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, first address of its subnet");
}

// ---- What is never one --------------------------------------------------------------------------

TEST(GatewayThatIsNone, IsAnAddressOfThisHost) {
    Facts facts = without_default();
    facts.kernel.addresses[1] = address("eth1", "10.0.2.1/24");
    EXPECT_EQ(gateway_of(facts), "none");
    EXPECT_THAT(notes_of(plan_of(facts)), Contains(HasSubstr("no IPv4 gateway is known")));
    facts.leases = {{"eth1", {ip("10.0.2.1"), ip("10.0.2.2")}}};
    EXPECT_EQ(gateway_of(facts), "10.0.2.2, DHCP lease") << "the host itself was named first";
    Config config;
    config.interfaces["eth1"].gateway = ip("10.0.0.29");
    EXPECT_EQ(gateway_of(facts, config), "10.0.2.2, DHCP lease") << "eth0's own address";
}

/// Docker gives fe80::1 to its bridge.
TEST(GatewayThatIsNone, IsNoLinkLocalAddressOfAnotherLink) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.addresses.push_back(address("docker0", "fe80::1/64"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
    facts.kernel.routes.push_back(via("::/0", "fe80::1", "eth1", 101));
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                Contains("default via fe80::1 dev eth1 table eth1"));
    facts.kernel.addresses.back().ifname = "eth1";
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), Not(Contains(HasSubstr("via fe80::1"))));
}

TEST(GatewayThatIsNone, IsTheNumberOfASubnetOrItsBroadcastAddress) {
    for (const char* number : {"10.0.2.0", "10.0.2.255"}) {
        Facts facts = without_default();
        facts.leases = {{"eth1", {ip(number), ip("10.0.2.3")}}};
        EXPECT_EQ(gateway_of(facts), "10.0.2.3, DHCP lease");
    }
    Facts pair = without_default();
    pair.kernel.addresses[1] = address("eth1", "10.0.2.37/31");
    pair.leases = {{"eth1", {ip("10.0.2.36")}}};
    EXPECT_EQ(gateway_of(pair), "10.0.2.36, DHCP lease") << "a /31 has neither";
}

// ---- On the link --------------------------------------------------------------------------------

TEST(GatewayBesideADefaultOnTheLink, IsPreferred) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("0.0.0.0/0", "eth1", "", 0));
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, main table");
    facts.kernel.routes.erase(facts.kernel.routes.begin() + 1);
    facts.leases = {{"eth1", {ip("10.0.2.2")}}};
    EXPECT_EQ(gateway_of(facts), "10.0.2.2, DHCP lease");
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                Contains("default via 10.0.2.2 dev eth1 table eth1"));
}

TEST(GatewayBesideADefaultOnTheLink, WhereNoneIsKnownThatDefaultStays) {
    Facts facts = without_default();
    facts.kernel.addresses[1] = address("eth1", "10.0.2.37/32");
    facts.kernel.routes.back() = onlink("0.0.0.0/0", "eth1", "", 0);
    EXPECT_EQ(gateway_of(facts), "none");
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                Contains("default dev eth1 table eth1 scope link"));
}

TEST(GatewayOutsideOfEc2sSubnet, IsAWarning) {
    Facts facts = two_interfaces();
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    EXPECT_THAT(notes_of(plan_of(facts)), Not(Contains(HasSubstr("is not in its subnet"))));
    Config config;
    config.interfaces["eth1"].gateway = ip("10.0.3.1");
    EXPECT_THAT(notes_of(plan_of(facts, config)),
                Contains("eth1: its gateway 10.0.3.1, from configuration, is not in its subnet in "
                         "EC2, 10.0.2.0/24"));
}

// ---- A wrong netmask ----------------------------------------------------------------------------

TEST(Netmask, ThatIsNotEc2sIsNotFollowed) {
    for (const int length : {16, 25, 8}) {
        Facts facts = two_interfaces();
        const std::string said = "10.0.2.37/" + std::to_string(length);
        facts.kernel.addresses[1] = address("eth1", said);
        const Prefix network(ip("10.0.2.37"), static_cast<std::uint8_t>(length));
        facts.kernel.routes[3] = onlink(network.to_string(), "eth1", "10.0.2.37", 101);
        eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
        const Plan plan = plan_of(facts);
        EXPECT_THAT(routes_of(plan, "eth1"),
                    ElementsAre("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37",
                                "default via 10.0.2.1 dev eth1 table eth1"));
        EXPECT_THAT(rules_of(plan), Contains("from 10.0.2.0/24 iif lo table eth1 priority 20101"));
        EXPECT_THAT(notes_of(plan), Contains(HasSubstr("its address is " + said)));
        facts.enis.clear();
        EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                    Contains(HasSubstr(network.to_string() + " dev eth1")))
            << "without EC2's word it is believed";
    }
}

TEST(Netmask, OfIpv6AsWell) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/48"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/48", "eth1", "", 256));
    facts.kernel.routes.push_back(via("::/0", "fe80::1", "eth1", 101));
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24", "2001:db8:2::/64"}, {"10.0.2.37"});
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                ElementsAre("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37",
                            "default via 10.0.2.1 dev eth1 table eth1",
                            "2001:db8:2::/64 dev eth1 table eth1",
                            "default via fe80::1 dev eth1 table eth1"));
}

}  // namespace
}  // namespace eni
