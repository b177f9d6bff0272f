// The policy, sentence by sentence. Expected lines are worked out from the design by hand.
#include "make_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "diff.hpp"
#include "example.hpp"
#include "ownership.hpp"
#include "render.hpp"

namespace eni {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

Plan plan_of(const Facts& facts, const Config& config = {}) {
    return make_plan(facts, config, Absent::forget);
}

/// The routes of table eni-others.
std::vector<std::string> others_of(const Plan& plan) {
    return routes_of(plan, "");
}

Config basic() {
    Config config;
    config.suppress = Suppress::off;
    return config;
}

// ---- The two sentences --------------------------------------------------------------------------

TEST(Policy, IsOneRuleForAllAndOneForEachSource) {
    EXPECT_THAT(
        rules_of(plan_of(two_interfaces())),
        ElementsAre(
            "from all table main suppress_prefixlength 1 suppress_ifgroup 10000 priority 20000",
            "from 10.0.0.0/24 iif lo table eth0 priority 20100",
            "from 10.0.2.0/24 iif lo table eth1 priority 20101",
            "to 10.0.2.0/24 table eth1 priority 25101"));
}

TEST(Policy, OwnTableHoldsWhatMainHasThroughItAndADefault) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(via("10.99.1.0/24", "10.0.2.50", "eth1", 101));
    facts.kernel.routes.push_back(via("10.99.0.0/24", "10.0.0.50", "eth0", 100));
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                ElementsAre("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37",
                            "10.99.1.0/24 via 10.0.2.50 dev eth1 table eth1 metric 101",
                            "default via 10.0.2.1 dev eth1 table eth1"));
}

TEST(Policy, EveryManagedLinkIsInTheGroup) {
    const Plan plan = plan_of(two_interfaces());
    EXPECT_EQ(plan.link_groups,
              (std::map<std::string, std::uint32_t>{{"eth0", 10000}, {"eth1", 10000}}));
}

TEST(Policy, OneInterfaceAloneHasNothing) {
    Facts facts = two_interfaces();
    facts.kernel.links.pop_back();
    const Plan plan = plan_of(facts);
    EXPECT_FALSE(plan.is_active);
    EXPECT_THAT(plan.rules, IsEmpty());
    EXPECT_THAT(plan.routes, IsEmpty());
    EXPECT_THAT(plan.table_names, IsEmpty());
}

TEST(Policy, IsLaidDownForTheFirstWhileTheSecondHasNoAddressYet) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.pop_back();
    facts.kernel.routes = {facts.kernel.routes[0], facts.kernel.routes[2]};
    EXPECT_THAT(rules_of(plan_of(facts)),
                ElementsAre(HasSubstr("suppress_ifgroup"),
                            "from 10.0.0.0/24 iif lo table eth0 priority 20100"));
}

TEST(Policy, EachFamilyIsForItself) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/128"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
    facts.kernel.routes.push_back(onlink("2001:db8:2::37/128", "eth1", "", 101));
    facts.kernel.routes.push_back(via("::/0", "fe80::1", "eth1", 101));
    const Plan plan = plan_of(facts);
    EXPECT_THAT(rules_of(plan), Contains("from 2001:db8:2::/64 iif lo table eth1 priority 20101"));
    EXPECT_THAT(routes_of(plan, "eth1"),
                ElementsAre("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37",
                            "default via 10.0.2.1 dev eth1 table eth1",
                            "2001:db8:2::/64 dev eth1 table eth1",
                            "default via fe80::1 dev eth1 table eth1"));
}

// ---- Basic mode ---------------------------------------------------------------------------------

TEST(BasicMode, ReadsLikeTheRecipe) {
    EXPECT_THAT(rules_of(plan_of(two_interfaces(), basic())),
                ElementsAre("from all table eni-others priority 20000",
                            "from 10.0.0.0/24 table eth0 priority 20100",
                            "from 10.0.2.0/24 table eth1 priority 20101",
                            "to 10.0.2.0/24 table eth1 priority 25101"));
}

TEST(BasicMode, IsTakenWhereTheKernelIgnoresTheAttributes) {
    Facts facts = two_interfaces();
    facts.kernel.has_suppress = false;
    const Plan plan = plan_of(facts);
    EXPECT_TRUE(plan.is_basic);
    EXPECT_THAT(plan.link_groups, IsEmpty());
}

TEST(BasicMode, HolderOfMainsDefaultHasDetoursAndNoDefault) {
    EXPECT_THAT(routes_of(plan_of(two_interfaces(), basic()), "eth0"),
                ElementsAre("10.0.0.0/24 dev eth0 table eth0 scope link src 10.0.0.29",
                            "10.0.2.0/24 via 10.0.0.1 dev eth0 table eth0"));
}

TEST(BasicMode, OthersHaveNothingButTheirOwnAndTheirDefault) {
    EXPECT_THAT(routes_of(plan_of(two_interfaces(), basic()), "eth1"),
                ElementsAre("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37",
                            "default via 10.0.2.1 dev eth1 table eth1"));
}

TEST(BasicMode, OneTableHoldsWhatMainHasByOthers) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("172.17.0.0/16", "docker0", "172.17.0.1", 0));
    facts.kernel.routes.push_back(onlink("10.0.2.77/32", "veth7", "", 0));
    Route blackhole;
    blackhole.dst = net("192.168.0.0/16");
    blackhole.type = RouteType::blackhole;
    facts.kernel.routes.push_back(blackhole);
    EXPECT_THAT(others_of(plan_of(facts, basic())),
                UnorderedElementsAre("172.17.0.0/16 dev docker0 table eni-others scope link "
                                     "src 172.17.0.1",
                                     "10.0.2.77 dev veth7 table eni-others scope link",
                                     "blackhole 192.168.0.0/16 table eni-others"));
}

TEST(BasicMode, WhatIsByAnEniIsThrownOutOfAWiderOne) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("10.0.0.0/8", "tun0", "", 0));
    facts.kernel.routes.push_back(via("172.20.0.0/16", "10.0.2.9", "eth1", 0));
    EXPECT_THAT(others_of(plan_of(facts, basic())),
                UnorderedElementsAre("10.0.0.0/8 dev tun0 table eni-others scope link",
                                     "throw 10.0.0.0/24 table eni-others metric 100",
                                     "throw 10.0.2.0/24 table eni-others metric 101"));
}

/// RHEL 7's kernel takes an IPv6 throw for unreachable.
TEST(BasicMode, NoIpv6ThrowOnAKernelThatDoesNotGoOnBehindOne) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
    facts.kernel.routes.push_back(onlink("2001:db8::/32", "tun0", "", 0));
    EXPECT_THAT(others_of(plan_of(facts, basic())),
                Contains("throw 2001:db8:2::/64 table eni-others metric 101"));
    facts.kernel.has_suppress = false;
    EXPECT_THAT(others_of(plan_of(facts)),
                Contains("2001:db8:2::/64 dev eth1 table eni-others metric 101"));
}

TEST(BasicMode, NoDetourToTheHostsOwnAddresses) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth0", "2001:db8::29/128"));
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/128"));
    facts.kernel.routes.push_back(onlink("2001:db8::29/128", "eth0", "", 100));
    facts.kernel.routes.push_back(via("::/0", "fe80::1", "eth1", 101));
    EXPECT_THAT(routes_of(plan_of(facts, basic()), "eth1"), Not(Contains(HasSubstr("::29"))));
}

TEST(BasicMode, HolderGetsItsDefaultTooWhereAVpnOverridesMains) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("0.0.0.0/1", "tun0", "", 0));
    facts.kernel.routes.push_back(onlink("128.0.0.0/1", "tun0", "", 0));
    const Plan plan = plan_of(facts, basic());
    EXPECT_THAT(routes_of(plan, "eth0"), Contains("default via 10.0.0.1 dev eth0 table eth0"));
    EXPECT_THAT(routes_of(plan, "eth0"), Not(Contains(HasSubstr("tun0"))));
}

TEST(BasicMode, NobodyHoldsADefaultThatATunnelHas) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("0.0.0.0/0", "tun0", "", 50));
    EXPECT_THAT(routes_of(plan_of(facts, basic()), "eth0"),
                Contains("default via 10.0.0.1 dev eth0 table eth0"));
}

/// What falls through the holder's table would be that rule's.
TEST(BasicMode, HolderGetsItsDefaultTooWhereAnothersRuleComesBeforeMains) {
    Facts facts = two_interfaces();
    Rule unmarked = rule(Family::v4, 32765, TableId{51820});  // wg-quick's
    unmarked.is_inverted = true;
    unmarked.fwmark = 0xca6c;
    unmarked.fwmask = 0xffffffff;
    facts.kernel.rules.push_back(unmarked);
    EXPECT_THAT(routes_of(plan_of(facts, basic()), "eth0"),
                Contains("default via 10.0.0.1 dev eth0 table eth0"));
    facts.kernel.rules.back() = rule(Family::v4, 32764, kTableMain);
    facts.kernel.rules.back().suppress_prefixlength = 0;  // its other one takes no default
    EXPECT_THAT(routes_of(plan_of(facts, basic()), "eth0"), Not(Contains(HasSubstr("default"))));
}

TEST(BasicMode, HolderGetsItsDefaultTooWhereTheConfigurationNamesAnotherGateway) {
    Config config = basic();
    config.interfaces["eth0"].gateway = ip("10.0.0.1");
    EXPECT_THAT(routes_of(plan_of(two_interfaces(), config), "eth0"),
                Not(Contains(HasSubstr("default"))));
    config.interfaces["eth0"].gateway = ip("10.0.0.254");
    EXPECT_THAT(routes_of(plan_of(two_interfaces(), config), "eth0"),
                Contains("default via 10.0.0.254 dev eth0 table eth0"));
}

/// Two routes to one prefix (both links are in that network): the lower metric decides.
TEST(BasicMode, OfOnePrefixThatCountsWhichMainPrefers) {
    for (const auto& [metric, ifname] : {std::pair(200U, "eth0"), std::pair(50U, "br0")}) {
        Facts facts = two_interfaces();
        facts.kernel.routes.push_back(onlink("10.0.0.0/24", "br0", "", metric));
        const Facts after = carried_out(facts, plan_of(facts, basic()));
        for (const RouteQuery& query : {sent("10.0.0.77", "10.0.0.29"), sent("10.0.0.77")})
            EXPECT_EQ(answer_by_walk(after.kernel, query).ifname, ifname);
    }
}

TEST(BasicMode, ForwardingInterfaceIsMatchedByAddress) {
    Facts facts = two_interfaces();
    facts.kernel.links[1].forwarding4 = true;
    EXPECT_THAT(rules_of(plan_of(facts, basic())),
                Contains("from 10.0.2.37/32 table eth1 priority 20101"));
    EXPECT_THAT(rules_of(plan_of(facts)),
                Contains("from 10.0.2.0/24 iif lo table eth1 priority 20101"));
}

TEST(BasicMode, FileHasTheDefaultWhoeverHoldsMains) {
    Facts facts = two_interfaces();
    std::swap(facts.kernel.routes[0].metric, facts.kernel.routes[1].metric);
    const Plan plan = plan_of(facts, basic());
    EXPECT_THAT(routes_of(plan, "eth1"), Not(Contains(HasSubstr("default"))));
    const FileSet files = render_files(plan, facts.disk);
    EXPECT_THAT(*files.at(file_paths("eth1")[2]).after,
                HasSubstr("default via 10.0.2.1 dev eth1 table eth1\n"));
    EXPECT_THAT(*files.at(file_paths("eth1")[2]).after, Not(HasSubstr("10.0.0.0/24")));
}

// ---- Defaults in other clothes ------------------------------------------------------------------

std::vector<Route> by_tunnel(const std::vector<const char*>& prefixes) {
    std::vector<Route> routes;
    for (const char* prefix : prefixes) routes.push_back(onlink(prefix, "tun0", "", 0));
    return routes;
}

Facts with(Facts facts, const std::vector<Route>& routes) {
    facts.kernel.routes.insert(facts.kernel.routes.end(), routes.begin(), routes.end());
    return facts;
}

/// All but RFC 1918's networks, as a calculator gives it.
const std::vector<const char*> kAllButPrivate = {
    "0.0.0.0/5",      "8.0.0.0/7",      "11.0.0.0/8",     "12.0.0.0/6",     "16.0.0.0/4",
    "32.0.0.0/3",     "64.0.0.0/2",     "128.0.0.0/3",    "160.0.0.0/5",    "168.0.0.0/6",
    "172.0.0.0/12",   "172.32.0.0/11",  "172.64.0.0/10",  "172.128.0.0/9",  "173.0.0.0/8",
    "174.0.0.0/7",    "176.0.0.0/4",    "192.0.0.0/9",    "192.128.0.0/11", "192.160.0.0/13",
    "192.169.0.0/16", "192.170.0.0/15", "192.172.0.0/14", "192.176.0.0/12", "192.192.0.0/10",
    "193.0.0.0/8",    "194.0.0.0/7",    "196.0.0.0/6",    "200.0.0.0/5",    "208.0.0.0/4"};

TEST(Everything, InManyPartsByATunnelIsADefault) {
    for (const auto& parts : std::vector<std::vector<const char*>>{
             {"0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"},
             kAllButPrivate,
             {"0.0.0.0/3", "32.0.0.0/3", "64.0.0.0/3", "96.0.0.0/3", "128.0.0.0/3", "160.0.0.0/3",
              "192.0.0.0/3", "0.0.0.0/0"}}) {
        const Plan plan = plan_of(with(two_interfaces(), by_tunnel(parts)));
        EXPECT_EQ(rules_of(plan)[0], "from all table eni-others priority 20000");
        EXPECT_THAT(others_of(plan), IsEmpty());
        EXPECT_THAT(routes_of(plan, "eth0"), Contains("default via 10.0.0.1 dev eth0 table eth0"));
        EXPECT_THAT(rules_of(plan), Contains("from 10.0.2.0/24 iif lo table eth1 priority 20101"));
    }
}

TEST(Everything, OfIpv6IsWhatIsGloballyRouted) {
    for (const auto& parts : std::vector<std::vector<const char*>>{
             {"2000::/3"}, {"::/3", "2000::/4", "3000::/4", "fc00::/7"}}) {
        Facts facts = with(two_interfaces(), by_tunnel(parts));
        facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
        facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
        facts.kernel.routes.push_back(via("::/0", "fe80::1", "eth1", 101));
        const Plan plan = plan_of(facts);
        EXPECT_THAT(others_of(plan), IsEmpty());
        EXPECT_THAT(rules_of(plan), Contains("from all table eni-others priority 20000"));
        EXPECT_THAT(rules_of(plan), Contains(HasSubstr("suppress_ifgroup"))) << "IPv4's";
    }
}

TEST(Everything, ATunnelsOwnNetworksAreNoPartOfIt) {
    auto routes = by_tunnel(kAllButPrivate);
    for (const char* own : {"10.8.0.0/24", "172.16.0.0/12", "198.18.5.0/24"})
        routes.push_back(onlink(own, "tun0", "", 0));
    EXPECT_THAT(others_of(plan_of(with(two_interfaces(), routes))),
                UnorderedElementsAre("10.8.0.0/24 dev tun0 table eni-others scope link",
                                     "172.16.0.0/12 dev tun0 table eni-others scope link",
                                     "198.18.5.0/24 dev tun0 table eni-others scope link"))
        << "the last is inside of 196.0.0.0/6: a network that was named by itself";
}

TEST(Everything, LessThanHalfOrByAnEniIsNot) {
    EXPECT_THAT(plan_of(with(two_interfaces(), by_tunnel({"0.0.0.0/2", "10.0.0.0/8"}))).others,
                ::testing::Eq(std::nullopt));
    std::vector<Route> by_eni;
    for (const char* part : {"0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"})
        by_eni.push_back(via(part, "10.0.2.9", "eth1", 0));
    EXPECT_THAT(plan_of(with(two_interfaces(), by_eni)).others, ::testing::Eq(std::nullopt));
    EXPECT_THAT(plan_of(with(two_interfaces(), by_tunnel({"0.0.0.0/1", "128.0.0.0/1"}))).others,
                ::testing::Eq(std::nullopt))
        << "the suppress rule passes over these";
}

TEST(Everything, RefusedEndsTheLookUpBeforeItIsSuppressed) {
    for (const RouteType type :
         {RouteType::blackhole, RouteType::unreachable, RouteType::prohibit}) {
        Route refusal;
        refusal.dst = net("0.0.0.0/0");
        refusal.type = type;
        const Plan plan = plan_of(with(two_interfaces(), {refusal}));
        EXPECT_TRUE(plan.others);
        EXPECT_THAT(others_of(plan), IsEmpty());
        EXPECT_THAT(routes_of(plan, "eth0"), Contains("default via 10.0.0.1 dev eth0 table eth0"));
        refusal.metric = 4294967295;  // behind the real ones: for when these are gone
        EXPECT_FALSE(plan_of(with(two_interfaces(), {refusal})).others);
    }
}

// ---- Guests -------------------------------------------------------------------------------------

/// What EC2 has assigned to eth1 and main leads to by docker0 or a veth.
TEST(Guests, AddressBehindThisHostIsSentFromByItsInterfaceAlone) {
    Facts facts = two_interfaces();
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50", "10.0.2.51"});
    facts.kernel.routes.push_back(onlink("10.0.2.50/32", "veth7", "", 0));
    EXPECT_THAT(rules_of(plan_of(facts)), Contains("from 10.0.2.50/32 table eth1 priority 20101"));
    EXPECT_THAT(rules_of(plan_of(facts)), Not(Contains(HasSubstr("10.0.2.51"))));
    EXPECT_THAT(rules_of(plan_of(facts, basic())),
                Contains("from 10.0.2.50/32 table eth1 priority 20101"));
}

TEST(Guests, AreNotTakenFromTheirPlace) {
    Facts facts = two_interfaces();
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50", "10.0.2.51"});
    eni_of(facts, "eth1").delegated = {net("10.0.2.64/28"), net("10.0.2.96/28")};
    facts.kernel.routes.push_back(onlink("10.0.2.50/32", "veth7", "", 0));
    facts.kernel.routes.push_back(onlink("10.0.2.66/32", "veth8", "", 0));
    Config config;
    config.addresses = Addresses::imds;
    const Plan plan = plan_of(facts, config);
    ASSERT_EQ(plan.addresses.size(), 1u);
    EXPECT_EQ(plan.addresses[0].object.address, ip("10.0.2.51"));
    EXPECT_THAT(rules_of(plan), Contains("from 10.0.2.64/28 table eth1 priority 20101"));
    EXPECT_THAT(rules_of(plan), Not(Contains(HasSubstr("10.0.2.96"))));
    for (const auto& route : plan.routes)
        if (route.object.type == RouteType::local) EXPECT_EQ(route.object.dst, net("10.0.2.96/28"));
}

/// The profile has a route-table of its own: main has nothing more specific than the VPN's.
TEST(Guests, AVpnAroundTheSubnetDoesNotMakeOne) {
    Facts facts = two_interfaces();
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50"});
    facts.kernel.routes.resize(3);
    facts.kernel.routes.push_back(onlink("10.0.0.0/8", "tun0", "", 0));
    Config config;
    config.addresses = Addresses::imds;
    const Plan plan = plan_of(facts, config);
    ASSERT_EQ(plan.addresses.size(), 1u);
    EXPECT_EQ(plan.addresses[0].object.address, ip("10.0.2.50"));
    EXPECT_THAT(rules_of(plan), Not(Contains(HasSubstr("10.0.2.50"))));
}

TEST(Guests, ConfiguredSourcesAreAnyones) {
    Facts facts = two_interfaces();
    Config config;
    config.interfaces["eth1"].sources = {net("192.0.2.7/32"), net("2001:db8:7::/64")};
    EXPECT_THAT(rules_of(plan_of(facts, config)),
                Contains("from 192.0.2.7/32 table eth1 priority 20101"));
    EXPECT_THAT(rules_of(plan_of(facts, config)), Not(Contains(HasSubstr("2001:db8:7::"))))
        << "it has no IPv6";
}

// ---- Which links are ours -----------------------------------------------------------------------

TEST(Managed, ByNameAndKind) {
    Facts facts = two_interfaces();
    for (const char* name : {"eth2", "eth3", "eth4", "docker0", "tun0", "ens5", "eth6"})
        facts.kernel.links.push_back(eth(name));
    auto& links = facts.kernel.links;
    links[2].is_port = true;
    links[3].kind = "macvlan";
    links[4].ethernet = false;
    links[8].kind = "veth";
    Config config;
    config.exclude = {"ens*"};
    std::vector<std::string> names;
    for (const auto& interface : plan_of(facts, config).interfaces)
        names.push_back(interface.ifname);
    EXPECT_THAT(names, ElementsAre("eth0", "eth1", "eth6"));
}

TEST(Managed, HostileNameIsLeftAlone) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth9;reboot"));
    const Plan plan = plan_of(facts);
    EXPECT_EQ(plan.interfaces.size(), 2u);
    EXPECT_THAT(notes_of(plan), Contains(HasSubstr("left alone")));
}

TEST(Managed, SwitchedOffIsNotManaged) {
    Facts facts = two_interfaces();
    facts.disk.disabled = {"eth1"};
    EXPECT_FALSE(plan_of(facts).is_active);
    facts.disk.disabled = {"*"};
    EXPECT_FALSE(plan_of(facts).is_active);
    facts.disk.disabled = {};
    Config config;
    config.interfaces["eth1"].enabled = false;
    EXPECT_FALSE(plan_of(facts, config).is_active);
    config = {};
    config.enabled = false;
    EXPECT_FALSE(plan_of(facts, config).is_active);
}

TEST(Managed, CnisInterfacesAreLeftToIt) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth2"));
    Rule mark = rule(Family::v4, 1024, kTableMain);
    mark.fwmark = mark.fwmask = 0x80;
    facts.kernel.rules.push_back(mark);
    Route pods = via("0.0.0.0/0", "10.0.3.1", "eth2", 0);
    pods.table = TableId{3};
    facts.kernel.routes.push_back(pods);
    const Plan plan = plan_of(facts);
    EXPECT_EQ(plan.interfaces.size(), 2u);
    EXPECT_THAT(notes_of(plan), Contains(HasSubstr("eth2: amazon-vpc-cni")));
}

TEST(Managed, PrimaryIsTheConfigurationsWordElseTheLowestNumber) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth10"));
    std::reverse(facts.kernel.links.begin(), facts.kernel.links.end());
    EXPECT_EQ(plan_of(facts).interfaces[0].ifname, "eth0");
    Config config;
    config.primary = "eth10";
    EXPECT_EQ(plan_of(facts, config).interfaces[0].ifname, "eth10");
    EXPECT_TRUE(plan_of(facts, config).interfaces[0].is_primary);
}

// ---- Tables and priorities ----------------------------------------------------------------------

TableId table_of(const Plan& plan, const std::string& ifname) {
    for (const auto& interface : plan.interfaces)
        if (interface.ifname == ifname) return interface.table.id;
    return TableId{0};
}

TEST(Tables, AdministratorsEntryIsUsed) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{500}, "eth1", false}};
    const Plan plan = plan_of(facts);
    EXPECT_EQ(table_of(plan, "eth1"), TableId{500});
    EXPECT_THAT(plan.table_names, ElementsAre(TableName{TableId{10000}, "eth0", true}));
    EXPECT_THAT(rules_of(plan), Contains("from 10.0.2.0/24 iif lo table eth1 priority 20101"));
}

TEST(Tables, NextFreeNumberWhereOneIsTaken) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth2"));
    facts.disk.table_names = {{TableId{10001}, "isp", false}};
    const Plan plan = plan_of(facts);
    EXPECT_EQ(table_of(plan, "eth2"), TableId{10002}) << "keeps its own number";
    EXPECT_EQ(table_of(plan, "eth1"), TableId{10003});
}

TEST(Tables, ForeignRouteOrRuleTakesANumber) {
    Facts facts = two_interfaces();
    Route foreign = via("0.0.0.0/0", "10.0.2.9", "eth1", 0);
    foreign.table = TableId{10001};
    facts.kernel.routes.push_back(foreign);
    facts.kernel.rules.push_back(rule(Family::v4, 100, TableId{10002}));
    EXPECT_EQ(table_of(plan_of(facts), "eth1"), TableId{10003});
}

TEST(Tables, OnceGivenItStays) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{10007}, "eth1", true}};
    EXPECT_EQ(table_of(plan_of(facts), "eth1"), TableId{10007});
    Config config;
    config.table_base = 30000;
    EXPECT_EQ(table_of(plan_of(facts, config), "eth1"), TableId{30001});
}

TEST(Tables, ConfiguredNumberOfAnAdministratorsTableKeepsItsName) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{700}, "isp", false}};
    Config config;
    config.interfaces["eth1"].table = TableId{700};
    const Plan plan = plan_of(facts, config);
    EXPECT_THAT(routes_of(plan, "eth1"), Contains("default via 10.0.2.1 dev eth1 table isp"));
    EXPECT_TRUE(plan.ownership.tables_named.count(TableId{700}));
}

/// After a reboot nothing else is known of it than the name that eni-routes gave it.
TEST(Tables, OfAConfiguredNumberOnlyWhatIsOursIsTaken) {
    Facts facts = two_interfaces();
    Route users = via("172.20.0.0/14", "10.0.2.9", "eth1", 0);
    users.table = TableId{100};
    users.protocol = 3;
    Route former = via("10.7.0.0/16", "10.0.2.9", "eth1", 0);
    former.table = TableId{100};
    former.protocol = 206;
    facts.kernel.routes.push_back(users);
    facts.kernel.routes.push_back(former);
    facts.disk.table_names = {{TableId{100}, "eth1", true}};
    Config config;
    config.interfaces["eth1"].table = TableId{100};
    facts.run.tables_given = {TableId{100}};
    const auto deleted = [&](const Config& in_force) {
        std::vector<Prefix> gone;
        for (const auto& route : diff(plan_of(facts, in_force), facts.kernel).routes_deleted)
            gone.push_back(route.object.dst);
        return gone;
    };
    EXPECT_THAT(deleted(config), ElementsAre(net("10.7.0.0/16")));
    facts.run = {};
    EXPECT_THAT(deleted(config), ElementsAre(net("10.7.0.0/16")));
    EXPECT_THAT(deleted({}), ElementsAre(net("10.7.0.0/16"))) << "the key is taken out";
}

TEST(Tables, ReservedNameIsRefused) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("main"));
    facts.disk.table_names = {{kTableMain, "main", false}};
    Config config;
    config.include = {"*"};
    const Plan plan = plan_of(facts, config);
    EXPECT_EQ(plan.interfaces.size(), 2u);
}

TEST(Priorities, SlotOfANamedTableStays) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{500}, "eth1", false}};
    facts.run.interfaces["eth1"].slot = 17;
    EXPECT_THAT(rules_of(plan_of(facts)),
                Contains("from 10.0.2.0/24 iif lo table eth1 priority 20117"));
}

// ---- Routes -------------------------------------------------------------------------------------

TEST(Routes, CarryWhatMainsCarry) {
    Facts facts = two_interfaces();
    Route& main_default = facts.kernel.routes[1];
    main_default.metrics.values[2] = 1500;
    main_default.prefsrc = ip("10.0.2.37");
    Route fancy = via("10.99.0.0/16", "10.0.2.50", "eth1", 7);
    fancy.tos = 8;
    fancy.hops[0].onlink = true;
    fancy.metrics.values[2] = 1400;
    fancy.metrics.lock = 1 << 2;
    fancy.metrics.congctl = "bbr";
    facts.kernel.routes.push_back(fancy);
    EXPECT_THAT(
        routes_of(plan_of(facts), "eth1"),
        ElementsAre(
            "10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37",
            "10.99.0.0/16 tos 0x8 via 10.0.2.50 dev eth1 table eth1 metric 7 mtu lock 1400 congctl bbr onlink",
            "default via 10.0.2.1 dev eth1 table eth1 src 10.0.2.37 mtu 1500"));
}

TEST(Routes, OfAMultipathRouteOnlyTheHopsByThisInterface) {
    Facts facts = two_interfaces();
    Route both = via("10.99.0.0/16", "10.0.2.50", "eth1", 0);
    both.hops[0].weight = 3;
    both.hops.push_back({"eth0", ip("10.0.0.50"), 1, false});
    facts.kernel.routes.push_back(both);
    const Plan plan = plan_of(facts);
    EXPECT_THAT(routes_of(plan, "eth1"),
                Contains("10.99.0.0/16 via 10.0.2.50 dev eth1 table eth1"));
    EXPECT_THAT(routes_of(plan, "eth0"),
                Contains("10.99.0.0/16 via 10.0.0.50 dev eth0 table eth0"));
}

TEST(Routes, LinkLocalAndMulticastAreLeftOut) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("169.254.0.0/16", "eth1", "", 1003));
    facts.kernel.routes.push_back(onlink("224.0.0.0/4", "eth1", "", 0));
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.routes.push_back(onlink("fe80::/64", "eth1", "", 256));
    for (const std::string& line : routes_of(plan_of(facts), "eth1")) {
        EXPECT_THAT(line, Not(HasSubstr("169.254")));
        EXPECT_THAT(line, Not(HasSubstr("224.0")));
        EXPECT_THAT(line, Not(HasSubstr("fe80::/64")));
    }
}

TEST(Routes, ConnectedRouteComesFromTheAddressWhereMainHasNone) {
    Facts facts = two_interfaces();
    facts.kernel.routes.resize(1);
    facts.kernel.addresses.push_back(address("eth1", "10.0.2.38/32"));
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                ElementsAre("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37",
                            "default via 10.0.2.1 dev eth1 table eth1"));
}

TEST(Routes, ExoticOnesAreNotCopied) {
    Facts facts = two_interfaces();
    Route encapsulated = onlink("10.50.0.0/16", "eth1", "", 0);
    encapsulated.is_exotic = true;
    facts.kernel.routes.push_back(encapsulated);
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), Not(Contains(HasSubstr("10.50.0.0"))));
}

/// Nor do they stand in the way of anything: those of the local table do not either.
TEST(Routes, ThoseToThisHostAreNotCopied) {
    for (const Suppress suppress : {Suppress::automatic, Suppress::off}) {
        Config config;
        config.suppress = suppress;
        Facts facts = two_interfaces();
        const Plan before = make_plan(facts, config, Absent::forget);
        for (const char* dst : {"10.0.2.64/28", "10.5.0.0/16", "0.0.0.0/1"})
            for (const char* ifname : {"lo", "eth0", "eth1"}) {
                facts.kernel.routes.push_back(onlink(dst, ifname, "", 7));
                facts.kernel.routes.back().type = RouteType::local;
            }
        const Plan plan = make_plan(facts, config, Absent::forget);
        for (const char* ifname : {"eth0", "eth1"})
            EXPECT_EQ(routes_of(plan, ifname), routes_of(before, ifname));
        EXPECT_EQ(rules_of(plan), rules_of(before));
    }
}

TEST(Routes, LinkThatIsDownHasNone) {
    Facts facts = two_interfaces();
    facts.kernel.links[1].is_up = false;
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), IsEmpty());
    EXPECT_THAT(rules_of(plan_of(facts)), Not(Contains(HasSubstr("eth1"))));
    EXPECT_THAT(routes_of(plan_of(facts, basic()), "eth1"), IsEmpty());
}

/// `ip address add 239.1.1.1/32 dev eth1 autojoin` joins a group; nothing can be sent from it.
TEST(Routes, MulticastAddressesDoNotCount) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "239.1.1.1/32"));
    facts.kernel.addresses.push_back(address("eth1", "ff05::1:3/128"));
    EXPECT_THAT(rules_of(plan_of(facts)), Not(Contains(HasSubstr("239.1.1.1"))));
    EXPECT_THAT(rules_of(plan_of(facts)), Not(Contains(HasSubstr("ff05"))));
    EXPECT_EQ(rules_of(plan_of(facts)), rules_of(plan_of(two_interfaces())));
}

TEST(Routes, DuplicateAddressesDoNotCount) {
    Facts facts = two_interfaces();
    facts.kernel.addresses[1].is_duplicate = true;
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), IsEmpty());
    EXPECT_THAT(rules_of(plan_of(facts)), Not(Contains(HasSubstr("10.0.2.0"))));
}

// ---- Rules --------------------------------------------------------------------------------------

TEST(Rules, SharedSubnetIsMatchedByAddress) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth2"));
    facts.kernel.addresses.push_back(address("eth2", "10.0.2.38/24"));
    facts.kernel.routes.push_back(onlink("10.0.2.0/24", "eth2", "10.0.2.38", 102));
    EXPECT_THAT(
        rules_of(plan_of(facts)),
        ElementsAre(HasSubstr("suppress"), "from 10.0.0.0/24 iif lo table eth0 priority 20100",
                    "from 10.0.2.37/32 iif lo table eth1 priority 20101",
                    "from 10.0.2.38/32 iif lo table eth2 priority 20102",
                    "oif eth2 table eth2 priority 29102"));
}

TEST(Rules, PartOfAnothersSubnetIsShared) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "10.0.2.130/25"));
    EXPECT_THAT(
        rules_of(plan_of(facts)),
        ElementsAre(HasSubstr("suppress"), "from 10.0.0.0/24 iif lo table eth0 priority 20100",
                    "from 10.0.2.0/24 iif lo table eth1 priority 20101",
                    "to 10.0.2.0/24 table eth1 priority 25101",
                    "to 10.0.2.128/25 table eth1 priority 25101"));
    facts.kernel.links.push_back(eth("eth2"));
    facts.kernel.addresses.push_back(address("eth2", "10.0.3.38/22"));
    EXPECT_THAT(
        rules_of(plan_of(facts)),
        ElementsAre(HasSubstr("suppress"), "from 10.0.0.29/32 iif lo table eth0 priority 20100",
                    "from 10.0.2.37/32 iif lo table eth1 priority 20101",
                    "from 10.0.2.130/32 iif lo table eth1 priority 20101",
                    "from 10.0.3.38/32 iif lo table eth2 priority 20102",
                    "oif eth2 table eth2 priority 29102"));
}

TEST(Rules, MatchIsConfigurable) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "10.0.2.40/24"));
    facts.kernel.links[1].forwarding4 = true;
    Config config = basic();
    config.match = Match::subnet;
    EXPECT_THAT(rules_of(plan_of(facts, config)),
                Contains("from 10.0.2.0/24 table eth1 priority 20101"));
    config.match = Match::address;
    EXPECT_THAT(rules_of(plan_of(facts, config)),
                Contains("from 10.0.2.40/32 table eth1 priority 20101"));
}

TEST(Rules, NoToRuleWhereMainHasARouteOfOthersInside) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("10.0.2.77/32", "veth7", "", 0));
    EXPECT_THAT(rules_of(plan_of(facts)), Not(Contains(HasSubstr("to 10.0.2.0"))));
}

TEST(Rules, OifRuleWhereMainHasNoDefault) {
    Facts facts = two_interfaces();
    facts.kernel.routes.erase(facts.kernel.routes.begin() + 1);
    EXPECT_THAT(rules_of(plan_of(facts)), Contains("oif eth1 table eth1 priority 29101"));
}

TEST(Rules, AddressOutsideOfEverySubnetIsItsOwnSource) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "192.0.2.1/32"));
    EXPECT_THAT(rules_of(plan_of(facts)),
                Contains("from 192.0.2.1/32 iif lo table eth1 priority 20101"));
}

TEST(Rules, SubnetOfASingleIpv6AddressIsTheLongestOnLinkRoute) {
    for (const bool longest_first : {false, true}) {
        Facts facts = two_interfaces();
        facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/128"));
        facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
        facts.kernel.routes.push_back(onlink("2001:db8::/32", "eth1", "", 101));
        if (longest_first) std::swap(facts.kernel.routes[4], facts.kernel.routes[5]);
        EXPECT_THAT(rules_of(plan_of(facts)),
                    Contains("from 2001:db8:2::/64 iif lo table eth1 priority 20101"));
    }
}

// ---- Gateway ------------------------------------------------------------------------------------

std::string gateway_of(const Facts& facts, const Config& config = {}) {
    const Plan plan = plan_of(facts, config);
    const auto& gateway = plan.interfaces.at(1).gateway4;
    return gateway ? gateway->address.to_string() + ", " + format_gateway_source(gateway->source)
                   : "none";
}

TEST(GatewayOrder, IsTheSameFromEveryEvent) {
    Facts facts = two_interfaces();
    Config config;
    config.interfaces["eth1"].gateway = ip("10.0.2.254");
    EXPECT_EQ(gateway_of(facts, config), "10.0.2.254, configuration");
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, main table");

    facts.kernel.routes.erase(facts.kernel.routes.begin() + 1);
    Route in_its_table = via("0.0.0.0/0", "10.0.2.4", "eth1", 0);
    in_its_table.table = TableId{10001};
    facts.kernel.routes.push_back(in_its_table);
    facts.run.tables_given = {TableId{10001}};
    facts.run.interfaces["eth1"] = {"02:00:00:00:00:01", ip("10.0.2.3"), std::nullopt, 0, {}};
    facts.leases = {{"eth1", {ip("10.0.9.9"), ip("10.0.2.2")}}};
    EXPECT_EQ(gateway_of(facts), "10.0.2.2, DHCP lease")
        << "the one outside of the subnet is not it";
    facts.leases.clear();
    EXPECT_EQ(gateway_of(facts), "10.0.2.3, DHCP lease");
    facts.run.interfaces["eth1"].mac = "02:00:00:00:00:99";
    EXPECT_EQ(gateway_of(facts), "10.0.2.4, its own table");
    facts.kernel.routes.pop_back();
    EXPECT_EQ(gateway_of(facts), "10.0.2.1, first address of its subnet");
    EXPECT_THAT(notes_of(plan_of(facts)), Contains(HasSubstr("no gateway is named")));
}

TEST(GatewayOrder, LeaseIsKeptForTheNextEvent) {
    Facts facts = two_interfaces();
    facts.leases = {{"eth1", {ip("10.0.2.1")}}};
    const Plan plan = plan_of(facts);
    EXPECT_EQ(plan.run.interfaces.at("eth1").lease_router, ip("10.0.2.1"));
    EXPECT_EQ(plan.run.interfaces.at("eth1").mac, "02:00:00:00:00:01");
}

TEST(GatewayOrder, OutsideOfTheSubnetIsOnlink) {
    Facts facts = two_interfaces();
    facts.kernel.addresses[1].prefix_length = 32;
    facts.kernel.routes.resize(1);
    facts.leases = {{"eth1", {ip("10.0.0.1")}}};
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                ElementsAre("default via 10.0.0.1 dev eth1 table eth1 onlink"));
}

TEST(GatewayOrder, Ipv6IsNeverGuessed) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
    const Plan without = plan_of(facts);
    EXPECT_FALSE(without.interfaces[1].gateway6);
    EXPECT_THAT(notes_of(without),
                Contains("eth1: no IPv6 gateway is known: its table has no default yet"));
    facts.kernel.routers = {
        {"eth1", ip("fe80::2")}, {"eth0", ip("fe80::9")}, {"eth1", ip("fe80::1")}};
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                Contains("default via fe80::1 dev eth1 table eth1"));
}

// ---- Ownership ----------------------------------------------------------------------------------

TEST(Owner, IsToldByBandAndTable) {
    const Plan plan = plan_of(two_interfaces());
    Rule ours = rule(Family::v4, 20101, TableId{10001});
    EXPECT_TRUE(is_ours(ours, plan.ownership));
    ours.fwmark = 1;
    EXPECT_FALSE(is_ours(ours, plan.ownership));
    ours.fwmark = 0;
    ours.is_exotic = true;
    EXPECT_FALSE(is_ours(ours, plan.ownership));
    EXPECT_FALSE(is_ours(rule(Family::v4, 20101, TableId{500}), plan.ownership));
    EXPECT_FALSE(is_ours(rule(Family::v4, 19999, TableId{10001}), plan.ownership));
    EXPECT_FALSE(is_ours(rule(Family::v4, 30000, TableId{10001}), plan.ownership));
    EXPECT_FALSE(is_ours(rule(Family::v4, 20000, kTableMain), plan.ownership));
}

/// `ip rule add` without a priority gives 32765, which the highest band that there is contains.
TEST(Owner, ForANamedTableOnlyWhereOursOfItsKindStand) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{500}, "eth1", false}};
    Config config;
    config.priority_base = 22766;
    const Ownership ownership = plan_of(facts, config).ownership;
    Rule by_hand = rule(Family::v4, 32765, TableId{500});
    by_hand.from = net("10.0.2.37/32");
    EXPECT_FALSE(is_ours(by_hand, ownership));
    by_hand.priority = Priority{22766 + 100 + 899};
    EXPECT_TRUE(is_ours(by_hand, ownership)) << "the last place of such a rule";
    by_hand.priority = Priority{22766 + 100 + 900};
    EXPECT_FALSE(is_ours(by_hand, ownership));
    Rule bound = rule(Family::v4, 32765, TableId{500});
    bound.oif = "eth1";
    EXPECT_TRUE(is_ours(bound, ownership)) << "the last place of the last kind";
}

TEST(Owner, InANamedTableOnlyOurProtocolOrOurFilesLines) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{500}, "eth1", false}};
    facts.disk.files[file_paths("eth1")[2]] =
        "# eni-routes: eth1\n10.7.0.0/16 via 10.0.2.9 dev eth1 table eth1\n";
    const Plan plan = plan_of(facts);
    Route route = via("10.8.0.0/16", "10.0.2.9", "eth1", 0);
    route.table = TableId{500};
    EXPECT_FALSE(is_ours(route, plan.ownership));
    route.protocol = kOurProtocol;
    EXPECT_TRUE(is_ours(route, plan.ownership));
    route.protocol = 3;
    route.dst = net("10.7.0.0/16");
    EXPECT_TRUE(is_ours(route, plan.ownership));
}

TEST(Owner, NumberThatTheAdministratorTookOverIsHis) {
    Facts facts = two_interfaces();
    facts.run.tables_given = {TableId{10001}};
    facts.disk.table_names = {{TableId{10001}, "eth1", false}};
    Route his = via("10.8.0.0/16", "10.0.2.9", "eth1", 0);
    his.table = TableId{10001};
    EXPECT_FALSE(is_ours(his, plan_of(facts).ownership));
}

TEST(Owner, ForeignRouteInTheWayStays) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{500}, "eth1", false}};
    Route his = via("0.0.0.0/0", "10.0.2.99", "eth1", 0);
    his.table = TableId{500};
    facts.kernel.routes.push_back(his);
    const Plan plan = plan_of(facts);
    EXPECT_THAT(routes_of(plan, "eth1"), Not(Contains(HasSubstr("default"))));
    EXPECT_THAT(notes_of(plan), Contains(HasSubstr("another route to 0.0.0.0/0")));
    EXPECT_THAT(diff(plan, facts.kernel).routes_deleted, IsEmpty());
}

/// As a recipe's may name none, or another of the interface's.
/// A line of our file would make it ours, to be taken off with the rest.
TEST(Owner, ForeignRouteThatSaysTheSameIsNotInOurFile) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{200}, "eth1", false}};
    Route foreign = via("0.0.0.0/0", "10.0.2.1", "eth1", 0);
    foreign.table = TableId{200};
    foreign.protocol = 4;
    facts.kernel.routes.push_back(foreign);
    const Plan plan = plan_of(facts);
    for (const auto& planned : plan.routes)
        if (planned.object == foreign) EXPECT_FALSE(planned.in_file);
    Facts after = carried_out(facts, plan);
    after.run = plan.run;
    Config off;
    off.enabled = false;
    EXPECT_THAT(diff(plan_of(after, off), after.kernel).routes_deleted,
                Not(Contains(Field(&Planned<Route>::object, foreign))));
}

TEST(Owner, ForeignRouteThatDiffersInItsSourceAloneSaysTheSame) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{500}, "eth1", false}};
    Route his = via("0.0.0.0/0", "10.0.2.1", "eth1", 0);
    his.table = TableId{500};
    his.prefsrc = IpAddress::parse("10.0.2.37");
    facts.kernel.routes.push_back(his);
    const Plan plan = plan_of(facts);
    EXPECT_THAT(routes_of(plan, "eth1"), Not(Contains(HasSubstr("default"))));
    EXPECT_THAT(notes_of(plan), Not(Contains(HasSubstr("another route to"))));
}

TEST(Owner, ChangedConfigurationTakesOffWhatTheOldOneMade) {
    Facts facts = two_interfaces();
    facts.run.priority_bases = {15000};
    facts.run.tables_given = {TableId{700}};
    facts.kernel.rules.push_back(rule(Family::v4, 15101, TableId{700}));
    Route old = via("0.0.0.0/0", "10.0.2.1", "eth1", 0);
    old.table = TableId{700};
    facts.kernel.routes.push_back(old);
    const Changes changes = diff(plan_of(facts), facts.kernel);
    EXPECT_EQ(changes.rules_deleted.size(), 1u);
    EXPECT_EQ(changes.routes_deleted.size(), 1u);
}

TEST(Owner, LinkGetsItsEarlierGroupBack) {
    Facts facts = two_interfaces();
    facts.kernel.links[1].group = 10000;
    facts.run.link_groups = {10000};
    facts.run.interfaces["eth1"].group_before = 7;
    EXPECT_EQ(plan_of(facts).link_groups, (std::map<std::string, std::uint32_t>{{"eth1", 7}}));
}

/// Firewalls match by it.
TEST(Owner, LinkStaysInItsGroupAndTableOthersStandsForTheSuppressRule) {
    Facts facts = two_interfaces();
    facts.kernel.links[1].group = 7;
    const Plan plan = plan_of(facts);
    EXPECT_THAT(plan.link_groups, IsEmpty());
    EXPECT_THAT(rules_of(plan), ElementsAre("from all table eni-others priority 20000",
                                            "from 10.0.0.0/24 iif lo table eth0 priority 20100",
                                            "from 10.0.2.0/24 iif lo table eth1 priority 20101",
                                            "to 10.0.2.0/24 table eth1 priority 25101"));
    EXPECT_THAT(notes_of(plan), Contains(HasSubstr("eth1: its link is in group 7")));
}

// ---- Files --------------------------------------------------------------------------------------

TEST(FilesPolicy, NotForThePrimaryAndNotWithoutAnIfcfgFile) {
    Facts facts = two_interfaces();
    EXPECT_FALSE(plan_of(facts).interfaces[0].file_name);
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "eth1");
    facts.disk.profiles.clear();
    EXPECT_FALSE(plan_of(facts).interfaces[1].file_name);
    Config config;
    config.files = Files::all;
    EXPECT_EQ(plan_of(facts, config).interfaces[0].file_name, "eth0");
    config.files = Files::none;
    EXPECT_FALSE(plan_of(facts, config).interfaces[1].file_name);
}

const std::string kUuid = "5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e0";

TEST(FilesPolicy, AreForTheProfileThatIsActive) {
    Facts facts = two_interfaces();
    facts.disk.profiles = {{"eth1", "eth1", "", kUuid + "1", {}},
                           {"eth1-new", "eth1", "", kUuid + "2", {}},
                           {"any", "", "", kUuid + "3", {}}};
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "eth1") << "by its name";
    facts.profiles["eth1"] = kUuid + "2";
    const Plan plan = plan_of(facts);
    EXPECT_EQ(plan.interfaces[1].file_name, "eth1-new");
    EXPECT_EQ(plan.run.interfaces.at("eth1").profile, kUuid + "2");
    facts.profiles.clear();
    facts.run = plan.run;
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "eth1-new") << "by an earlier event";
    facts.profiles["eth1"] = kUuid + "3";
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "any");
    facts.profiles["eth1"] = kUuid + "9";
    EXPECT_FALSE(plan_of(facts).interfaces[1].file_name) << "no ifcfg file has it";
    facts.disk.profiles[0].uuid.clear();
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "eth1") << "NetworkManager made up its UUID";
}

TEST(FilesPolicy, ProfileOfAnotherMacIsNotTheInterfaces) {
    Facts facts = two_interfaces();
    facts.disk.profiles = {{"eth1", "eth1", "02:00:00:00:00:99", "", {}},
                           {"eth1-new", "eth1", "02:00:00:00:00:01", "", {}}};
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "eth1-new");
    facts.disk.profiles.pop_back();
    EXPECT_FALSE(plan_of(facts).interfaces[1].file_name);
}

/// NetworkManager would not read these any more.
TEST(FilesPolicy, NotBesideAPolicyOfTheProfilesOwn) {
    Facts facts = two_interfaces();
    facts.disk.profiles[1].policy_keys = {"IPV4_ROUTE_TABLE", "ROUTING_RULE6_1"};
    Config all;
    all.files = Files::all;
    for (const Config& config : {Config{}, all}) {
        const Plan plan = plan_of(facts, config);
        EXPECT_FALSE(plan.interfaces[1].file_name);
        EXPECT_THAT(notes_of(plan),
                    Contains(HasSubstr("eth1: ifcfg-eth1 has IPV4_ROUTE_TABLE and ROUTING_RULE6_1, "
                                       "which NetworkManager does not read beside a rule-eth1")));
        EXPECT_THAT(rules_of(plan), Contains("from 10.0.2.0/24 iif lo table eth1 priority 20101"));
    }
}

TEST(FilesPolicy, BearTheProfilesName) {
    Facts facts = two_interfaces();
    facts.disk.profiles = {{"Second_ENI", "", "02:00:00:00:00:01"}};
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "Second_ENI");
    facts.disk.profiles = {{"Second ENI", "eth1", ""}};
    EXPECT_FALSE(plan_of(facts).interfaces[1].file_name);
    facts.disk.profiles = {{"eth1", "eth1", ""}, {"other", "eth1", ""}};
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "eth1");
    std::reverse(facts.disk.profiles.begin(), facts.disk.profiles.end());
    EXPECT_EQ(plan_of(facts).interfaces[1].file_name, "eth1");
}

TEST(FilesPolicy, WhatPeopleWroteIsTheirs) {
    for (const std::string& path : file_paths("eth1")) {
        Facts facts = two_interfaces();
        facts.disk.files[path] = "from 10.9.9.9 table 9\n";
        const Plan plan = plan_of(facts);
        EXPECT_FALSE(plan.interfaces[1].file_name) << path;
        EXPECT_THAT(notes_of(plan), Contains(HasSubstr(path + " is not eni-routes'")));
        for (const FileChange& change : diff_files(plan, facts.disk))
            EXPECT_EQ(change.path, facts.disk.rt_tables_path);
    }
}

TEST(FilesPolicy, FirstTimeIsTold) {
    Facts facts = two_interfaces();
    EXPECT_THAT(notes_of(plan_of(facts)), Contains(HasSubstr("rule-eth1 is new")));
    facts.disk.files[file_paths("eth1")[0]] = "# eni-routes: eth1\n";
    EXPECT_THAT(notes_of(plan_of(facts)), Not(Contains(HasSubstr("rule-eth1 is new"))));
}

// ---- Order of the facts -------------------------------------------------------------------------

TEST(Policy, ShuffledFactsGiveTheSamePlan) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth2"));
    facts.kernel.addresses.push_back(address("eth2", "10.0.2.38/24"));
    facts.kernel.addresses.push_back(address("eth1", "10.0.2.39/24"));
    facts.kernel.routes.push_back(onlink("10.0.2.0/24", "eth2", "10.0.2.38", 102));
    facts.kernel.routes.push_back(onlink("172.17.0.0/16", "docker0", "", 0));
    facts.kernel.routes.push_back(via("10.99.0.0/16", "10.0.2.50", "eth1", 5));
    std::mt19937 random(42);
    for (const Config& config : {Config{}, basic()}) {
        const Plan expected = plan_of(facts, config);
        for (int round = 0; round < 50; ++round) {
            Facts shuffled = facts;
            std::shuffle(shuffled.kernel.links.begin(), shuffled.kernel.links.end(), random);
            std::shuffle(shuffled.kernel.routes.begin(), shuffled.kernel.routes.end(), random);
            std::shuffle(shuffled.kernel.addresses.begin(), shuffled.kernel.addresses.end(),
                         random);
            std::shuffle(shuffled.disk.profiles.begin(), shuffled.disk.profiles.end(), random);
            const Plan plan = plan_of(shuffled, config);
            EXPECT_EQ(rules_of(plan), rules_of(expected));
            for (const char* name : {"eth0", "eth1", "eth2"})
                EXPECT_EQ(routes_of(plan, name), routes_of(expected, name));
            const auto files = render_files(plan, shuffled.disk);
            for (const auto& [path, file] : render_files(expected, facts.disk))
                EXPECT_EQ(files.at(path).after, file.after);
        }
    }
}

// ---- The host's own outgoing address ------------------------------------------------------------

std::vector<std::string> outgoing_notes(const Plan& plan) {
    std::vector<std::string> texts;
    for (const Note& note : plan.notes)
        if (note.code == "outgoing-changed") texts.push_back(note.ifname + ": " + note.text);
    return texts;
}

void set_default_metric(Facts& facts, const std::string& ifname, std::uint32_t metric) {
    for (Route& route : facts.kernel.routes)
        if (route.is_default() && route.table == kTableMain && route.hops[0].ifname == ifname)
            route.metric = metric;
}

TEST(Outgoing, AnotherInterfaceIsTold) {
    Facts facts = two_interfaces();
    const Plan first = make_plan(facts, {}, Absent::forget);
    EXPECT_TRUE(outgoing_notes(first).empty());
    ASSERT_TRUE(first.run.outgoing4);
    EXPECT_EQ(first.run.outgoing4->ifname, "eth0");
    facts.run = first.run;
    EXPECT_TRUE(outgoing_notes(make_plan(facts, {}, Absent::forget)).empty());
    set_default_metric(facts, "eth1", 1);
    const Plan moved = make_plan(facts, {}, Absent::forget);
    EXPECT_EQ(outgoing_notes(moved),
              std::vector<std::string>{
                  "eth1: programs bound to no address now leave by eth1 with 10.0.2.37: main's "
                  "default went there from eth0 (10.0.0.29)"});
    facts.run = moved.run;
    EXPECT_TRUE(outgoing_notes(make_plan(facts, {}, Absent::forget)).empty());
}

TEST(Outgoing, ADefaultThatIsGoneForNowIsRemembered) {
    Facts facts = two_interfaces();
    facts.run = make_plan(facts, {}, Absent::forget).run;
    Facts gone = facts;
    auto& routes = gone.kernel.routes;
    routes.erase(std::remove_if(routes.begin(), routes.end(),
                                [](const Route& route) { return route.is_default(); }),
                 routes.end());
    const Plan plan = make_plan(gone, {}, Absent::forget);
    EXPECT_TRUE(outgoing_notes(plan).empty());
    facts.run = plan.run;
    EXPECT_TRUE(outgoing_notes(make_plan(facts, {}, Absent::forget)).empty());
}

TEST(Notes, HaveCodes) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth7;id"));
    facts.kernel.rules.push_back(rule(Family::v4, 20500, TableId{77}));
    const Plan plan = make_plan(facts, {}, Absent::forget);
    EXPECT_FALSE(plan.notes.empty());
    for (const Note& note : plan.notes) EXPECT_FALSE(note.code.empty()) << note.text;
}

}  // namespace
}  // namespace eni
