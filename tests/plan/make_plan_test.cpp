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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

Plan plan_of(const Facts& facts, const Config& config = {}) {
    return make_plan(facts, config, Absent::forget);
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
                ElementsAre("from 10.0.0.0/24 table eth0 priority 20100",
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

TEST(BasicMode, OthersHaveDetoursCopiesAndTheirDefault) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("172.17.0.0/16", "docker0", "172.17.0.1", 0));
    Route blackhole;
    blackhole.dst = net("192.168.0.0/16");
    blackhole.type = RouteType::blackhole;
    facts.kernel.routes.push_back(blackhole);
    const Plan plan = plan_of(facts, basic());
    EXPECT_THAT(
        routes_of(plan, "eth1"),
        UnorderedElementsAre("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37",
                             "10.0.0.0/24 via 10.0.2.1 dev eth1 table eth1",
                             "172.17.0.0/16 dev docker0 table eth1 scope link src 172.17.0.1",
                             "blackhole 192.168.0.0/16 table eth1",
                             "default via 10.0.2.1 dev eth1 table eth1"));
    EXPECT_THAT(routes_of(plan, "eth0"), Not(Contains(HasSubstr("docker0"))));
}

TEST(BasicMode, HolderCopiesWhatLiesInsideADetour) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(onlink("10.0.2.77/32", "veth7", "", 0));
    EXPECT_THAT(routes_of(plan_of(facts, basic()), "eth0"),
                Contains("10.0.2.77 dev veth7 table eth0 scope link"));
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
    facts.kernel.links[1].group = 7;
    Plan plan = plan_of(facts);
    EXPECT_EQ(plan.run.interfaces.at("eth1").group_before, 7u);
    facts.run = plan.run;
    facts.kernel.links[1].group = 10000;
    facts.disk.disabled = {"*"};
    plan = plan_of(facts);
    EXPECT_EQ(plan.link_groups, (std::map<std::string, std::uint32_t>{{"eth1", 7}}));
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

}  // namespace
}  // namespace eni
