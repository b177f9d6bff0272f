// The numbers of each interface: its table as EC2 numbers it, whatever its name, its place in the
// band of priorities, and which is the primary. Without EC2's word policy_test.cpp has them.
#include "interfaces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "example.hpp"
#include "make_plan.hpp"
#include "render.hpp"

namespace eni {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Lines = std::vector<std::string>;

Plan plan_of(const Facts& facts, const Config& config = {}, Absent absent = Absent::forget) {
    return make_plan(facts, config, absent);
}

/// eth0 is device 0, and eth1 this one.
Facts numbered(std::uint32_t card, std::uint32_t device) {
    Facts facts = two_interfaces();
    eni_of(facts, "eth0") = eni(0, {"10.0.0.0/24"});
    eni_of(facts, "eth1") = eni(device, {"10.0.2.0/24"});
    eni_of(facts, "eth1").network_card = card;
    return facts;
}

void add_eth2(Facts& facts) {
    facts.kernel.links.push_back(eth("eth2"));
    facts.kernel.addresses.push_back(address("eth2", "10.0.3.9/24"));
    facts.kernel.routes.push_back(via("0.0.0.0/0", "10.0.3.1", "eth2", 102));
    facts.kernel.routes.push_back(onlink("10.0.3.0/24", "eth2", "10.0.3.9", 102));
}

/// The host after `regenerate`, with what that remembers.
Facts afterwards(const Facts& facts, const Config& config = {}) {
    const Plan plan = plan_of(facts, config);
    Facts later = carried_out(facts, plan);
    later.run = plan.run;
    return later;
}

Lines numbers_of(const Plan& plan) {
    Lines lines;
    for (const InterfacePlan& interface : plan.interfaces)
        lines.push_back(interface.ifname + " " + std::to_string(number(interface.table.id)) + " " +
                        interface.table.name);
    return lines;
}

Lines names_of(const Plan& plan) {
    Lines lines;
    for (const TableName& entry : plan.table_names)
        lines.push_back(std::to_string(number(entry.id)) + " " + entry.name);
    return lines;
}

/// Of the rule for what is sent from each interface's addresses.
std::vector<std::uint32_t> priorities_of(const Plan& plan) {
    std::vector<std::uint32_t> priorities;
    for (const auto& planned : plan.rules)
        if (planned.object.from) priorities.push_back(number(planned.object.priority));
    return priorities;
}

// ---- Tables -------------------------------------------------------------------------------------

TEST(Numbers, AreAHundredForEachCardAndOneForEachDevice) {
    EXPECT_THAT(numbers_of(plan_of(numbered(0, 1))),
                ElementsAre("eth0 10000 eth0", "eth1 10001 eth1"));
    EXPECT_THAT(numbers_of(plan_of(numbered(0, 99))), Contains("eth1 10099 eth1"));
    EXPECT_THAT(numbers_of(plan_of(numbered(2, 3))), Contains("eth1 10203 eth1"));
    EXPECT_THAT(numbers_of(plan_of(numbered(31, 1))), Contains("eth1 13101 eth1"));
    Config config;
    config.table_base = 500;
    EXPECT_THAT(numbers_of(plan_of(numbered(2, 3), config)),
                ElementsAre("eth0 500 eth0", "eth1 703 eth1"));
}

TEST(Numbers, AreByTheMacAndByAnEarlierAnswerToo) {
    Facts facts = numbered(0, 5);
    eni_of(facts, "eth1").is_fresh = false;
    EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1 10005 eth1"));
    facts.kernel.links[1].mac = "02:00:00:00:00:99";
    EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1 10001 eth1"));
}

TEST(Numbers, StayUnderAnotherName) {
    Facts facts = afterwards(numbered(0, 1));
    facts.kernel.links[1].ifname = "ens6";
    facts.kernel.addresses[1].ifname = "ens6";
    for (Route& route : facts.kernel.routes)
        for (NextHop& hop : route.hops)
            if (hop.ifname == "eth1") hop.ifname = "ens6";
    for (const Absent absent : {Absent::keep, Absent::forget}) {
        const Plan plan = plan_of(facts, {}, absent);
        EXPECT_THAT(numbers_of(plan), Contains("ens6 10001 ens6"));
        EXPECT_THAT(names_of(plan), ElementsAre("10000 eth0", "10001 ens6"))
            << "one number has one name";
        const Changes changes = diff(plan, facts.kernel);
        EXPECT_THAT(changes.rules_added, IsEmpty()) << "its rules are right as they are";
        EXPECT_THAT(changes.rules_deleted, IsEmpty());
        EXPECT_THAT(changes.routes_deleted, IsEmpty());
    }
}

TEST(Numbers, UnderAnotherNameLeaveTheFormerNamesFilesUntilItIsForgotten) {
    Facts facts = afterwards(numbered(0, 1));
    facts.kernel.links[1].ifname = "ens6";
    facts.kernel.addresses[1].ifname = "ens6";
    const std::string rules = "/etc/sysconfig/network-scripts/rule-eth1";
    ASSERT_EQ(facts.disk.files.count(rules), 1u);
    const auto removed = [&](Absent absent) {
        Lines paths;
        for (const FileChange& change : diff_files(plan_of(facts, {}, absent), facts.disk))
            if (!change.after) paths.push_back(change.path);
        return paths;
    };
    EXPECT_THAT(removed(Absent::keep), IsEmpty());
    EXPECT_THAT(removed(Absent::forget), Contains(rules));
}

TEST(Numbers, OfAnInterfaceThatIsAwayAreKeptForItWhereNobodyElseHasThem) {
    Facts facts = numbered(0, 1);
    add_eth2(facts);
    facts.disk.table_names = {{TableId{10002}, "eth7", true}, {TableId{10001}, "eth8", true}};
    const Plan plan = plan_of(facts, {}, Absent::keep);
    EXPECT_THAT(numbers_of(plan),
                ElementsAre("eth0 10000 eth0", "eth1 10001 eth1", "eth2 10003 eth2"))
        << "EC2 says 10001 of eth1; 10002 is but the digits of eth2";
    EXPECT_THAT(names_of(plan),
                ElementsAre("10000 eth0", "10001 eth1", "10002 eth7", "10003 eth2"));
}

TEST(Numbers, MoveFromTheNamesToEc2s) {
    const Facts before = afterwards(two_interfaces());
    Facts facts = before;
    eni_of(facts, "eth1") = eni(2, {"10.0.2.0/24"});
    const Plan plan = plan_of(facts);
    EXPECT_THAT(numbers_of(plan), ElementsAre("eth0 10000 eth0", "eth1 10002 eth1"));
    EXPECT_THAT(names_of(plan), ElementsAre("10000 eth0", "10002 eth1"));
    const Changes changes = diff(plan, facts.kernel);
    // Every addition is made before any deletion: no packet meets an empty table.
    for (const auto& [action, planned] : changes.routes_added) {
        EXPECT_EQ(action, RouteAction::add);
        EXPECT_EQ(number(planned.object.table), 10002u);
    }
    EXPECT_EQ(changes.routes_added.size(), 2u);
    EXPECT_EQ(changes.rules_added.size(), 2u);
    for (const auto& planned : changes.routes_deleted)
        EXPECT_EQ(number(planned.object.table), 10001u);
    EXPECT_EQ(changes.routes_deleted.size(), 2u);
    EXPECT_EQ(changes.rules_deleted.size(), 2u);
    EXPECT_TRUE(diff(plan, applied(changes, facts.kernel)).empty());
}

TEST(Numbers, CanBeSwapped) {
    Facts facts = two_interfaces();
    add_eth2(facts);
    facts = afterwards(facts);
    eni_of(facts, "eth1") = eni(2, {"10.0.2.0/24"});
    eni_of(facts, "eth2") = eni(1, {"10.0.3.0/24"});
    const Plan plan = plan_of(facts);
    EXPECT_THAT(numbers_of(plan),
                ElementsAre("eth0 10000 eth0", "eth1 10002 eth1", "eth2 10001 eth2"));
    EXPECT_THAT(names_of(plan), ElementsAre("10000 eth0", "10001 eth2", "10002 eth1"));
    EXPECT_TRUE(diff(plan, applied(diff(plan, facts.kernel), facts.kernel)).empty());
}

TEST(Numbers, OfEc2sGoBeforeWhatAnotherInterfaceHadBefore) {
    Facts facts = two_interfaces();
    add_eth2(facts);
    facts = afterwards(facts);
    eni_of(facts, "eth2") = eni(1, {"10.0.3.0/24"});
    EXPECT_THAT(numbers_of(plan_of(facts)),
                ElementsAre("eth0 10000 eth0", "eth1 10003 eth1", "eth2 10001 eth2"))
        << "10002 has eth2's name still";
}

TEST(Numbers, ThatSomebodyElseUsesAreNotTaken) {
    Rule foreign = rule(Family::v4, 100, TableId{10003});
    Route route = via("10.9.0.0/16", "10.0.0.9", "eth0", 0);
    route.table = TableId{10003};
    for (const int taken : {0, 1, 2}) {
        Facts facts = numbered(0, 3);
        if (taken == 0) facts.kernel.rules.push_back(foreign);
        if (taken == 1) facts.kernel.routes.push_back(route);
        if (taken == 2) facts.disk.table_names = {{TableId{10003}, "isp", false}};
        EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1 10004 eth1")) << taken;
        facts.disk.table_names.push_back({TableId{10007}, "eth1", true});
        EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1 10007 eth1"))
            << taken << ": the one that it had before";
    }
}

TEST(Numbers, ThatAreOursAlreadyAreTaken) {
    Facts facts = afterwards(numbered(0, 3));
    EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1 10003 eth1"));
    facts.disk.table_names.clear();  // the run state alone knows it
    EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1 10003 eth1"));
    facts = afterwards(numbered(0, 3));
    facts.run = {};  // rt_tables alone knows it
    EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1 10003 eth1"));
}

TEST(Numbers, OfFourDigitsStayToo) {
    Facts facts = two_interfaces();
    facts.kernel.links[1].ifname = facts.kernel.addresses[1].ifname = "eth1234";
    for (int time = 0; time < 2; ++time) {
        EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1234 11234 eth1234")) << time;
        facts = afterwards(facts);
    }
}

TEST(Numbers, ThatPeopleSayWin) {
    Facts facts = numbered(0, 3);
    Config config;
    config.interfaces["eth1"].table = TableId{500};
    EXPECT_THAT(numbers_of(plan_of(facts, config)), Contains("eth1 500 eth1"));
    facts.disk.table_names = {{TableId{700}, "eth1", false}};
    EXPECT_THAT(numbers_of(plan_of(facts)), Contains("eth1 700 eth1"));
}

TEST(Numbers, OfEc2sThatPeopleGaveToAnotherAreHis) {
    Config config;
    config.interfaces["eth0"].table = TableId{10003};
    EXPECT_THAT(numbers_of(plan_of(numbered(0, 3), config)),
                ElementsAre("eth0 10003 eth0", "eth1 10004 eth1"));
}

TEST(Numbers, ThatTwoHaveAreTheFirstOnes) {
    Facts facts = numbered(0, 1);
    eni_of(facts, "eth0").device_number = 1;
    EXPECT_THAT(numbers_of(plan_of(facts)), ElementsAre("eth0 10001 eth0", "eth1 10002 eth1"));
}

// ---- Places in the band -------------------------------------------------------------------------

TEST(Places, AreTheNumbersUpToTheLastOfCardEight) {
    EXPECT_THAT(priorities_of(plan_of(numbered(2, 3))), ElementsAre(20100, 20303));
    EXPECT_THAT(priorities_of(plan_of(numbered(8, 99))), ElementsAre(20100, 20999));
}

TEST(Places, OfLaterCardsAreThoseOfTheName) {
    EXPECT_THAT(priorities_of(plan_of(numbered(9, 0))), ElementsAre(20100, 20101));
    EXPECT_THAT(priorities_of(plan_of(numbered(31, 5))), ElementsAre(20100, 20101));
    Facts facts = numbered(31, 5);
    facts.run.interfaces["eth1"].slot = 7;
    EXPECT_THAT(priorities_of(plan_of(facts)), ElementsAre(20100, 20107)) << "it had that before";
    facts.run.interfaces["eth1"].slot = 900;
    EXPECT_THAT(priorities_of(plan_of(facts)), ElementsAre(20100, 20101))
        << "there is no such place";
}

TEST(Places, OfLaterCardsAreTheNextFreeOnes) {
    Facts facts = numbered(31, 5);
    add_eth2(facts);
    eni_of(facts, "eth2") = eni(1, {"10.0.3.0/24"});
    facts.run.interfaces["eth1"].slot = 1;  // which eth2's number is
    EXPECT_THAT(priorities_of(plan_of(facts)), ElementsAre(20100, 20102, 20101));
}

// ---- The primary --------------------------------------------------------------------------------

Lines order_of(const Plan& plan) {
    Lines names;
    for (const InterfacePlan& interface : plan.interfaces)
        names.push_back(interface.ifname + (interface.is_primary ? " primary" : ""));
    return names;
}

TEST(Primary, IsDeviceZeroOnCardZero) {
    Facts facts = numbered(0, 0);
    eni_of(facts, "eth0").device_number = 1;
    EXPECT_THAT(order_of(plan_of(facts)), ElementsAre("eth1 primary", "eth0"));
    EXPECT_THAT(rules_of(plan_of(facts)), Not(Contains(HasSubstr("to 10.0.2.0/24"))));
    EXPECT_THAT(rules_of(plan_of(facts)), Contains("to 10.0.0.0/24 table eth0 priority 25101"));
}

TEST(Primary, IsTheConfigurationsWordFirst) {
    Facts facts = numbered(0, 1);
    Config config;
    config.primary = "eth1";
    EXPECT_THAT(order_of(plan_of(facts, config)), ElementsAre("eth1 primary", "eth0"));
    EXPECT_THAT(numbers_of(plan_of(facts, config)), Contains("eth1 10001 eth1"));
}

TEST(Primary, IsTheLowestNumberWhereEc2NamesNone) {
    Facts facts = numbered(1, 0);  // the first device of another card
    facts.enis.erase("02:00:00:00:00:00");
    EXPECT_THAT(order_of(plan_of(facts)), ElementsAre("eth0 primary", "eth1"));
}

// ---- What EC2 knows of the subnet ---------------------------------------------------------------

/// eth1 has nothing but a single address, and main no route by it.
Facts single_address() {
    Facts facts = two_interfaces();
    facts.kernel.addresses[1] = address("eth1", "10.0.2.37/32");
    facts.kernel.routes.erase(facts.kernel.routes.begin() + 3);
    facts.kernel.routes.erase(facts.kernel.routes.begin() + 1);
    eni_of(facts, "eth1") = eni(1, {"2001:db8:2::/64", "10.0.2.0/24"});
    return facts;
}

TEST(GatewayOfASingleAddress, IsTheFirstAddressOfTheSubnetThatEc2Names) {
    const Plan plan = plan_of(single_address());
    EXPECT_THAT(routes_of(plan, "eth1"),
                ElementsAre("default via 10.0.2.1 dev eth1 table eth1 onlink"));
    EXPECT_THAT(notes_of(plan), Contains("eth1: no gateway is named: 10.0.2.1 is assumed, the "
                                         "first address of its subnet, as on EC2"));
}

TEST(GatewayOfASingleAddress, IsUnknownWithoutEc2) {
    Facts facts = single_address();
    facts.enis.clear();
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), IsEmpty());
    EXPECT_THAT(notes_of(plan_of(facts)), Contains(HasSubstr("eth1: no IPv4 gateway is known")));
}

TEST(GatewayOfASingleAddress, OfIpv6IsNotGuessed) {
    Facts facts = single_address();
    facts.kernel.addresses[1] = address("eth1", "2001:db8:2::37/128");
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), IsEmpty());
}

TEST(GatewayOfASingleAddress, IsTheLeasesWhereItNamesOne) {
    Facts facts = single_address();
    facts.leases = {{"eth1", {ip("10.0.2.3")}}};
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                ElementsAre("default via 10.0.2.3 dev eth1 table eth1 onlink"));
}

// ---- The VPC ------------------------------------------------------------------------------------

TEST(VpcBlocks, AreEc2s) {
    Facts facts = numbered(0, 1);
    eni_of(facts, "eth1").vpc_blocks = {net("10.0.0.0/16")};
    EXPECT_THAT(plan_of(facts).interfaces.at(1).vpc_blocks, ElementsAre(net("10.0.0.0/16")));
    EXPECT_THAT(plan_of(facts).interfaces.at(0).vpc_blocks, IsEmpty());
}

// ---- amazon-vpc-cni -----------------------------------------------------------------------------

TEST(Cni, IsKnownByItsMark) {
    const auto is_at_work = [](auto change) {
        KernelSnapshot kernel;
        kernel.rules = {rule(Family::v4, 1024, kTableMain)};
        kernel.rules[0].fwmark = kernel.rules[0].fwmask = 0x80;
        change(kernel.rules[0]);
        return is_cni_at_work(kernel);
    };
    EXPECT_TRUE(is_at_work([](Rule&) {}));
    EXPECT_FALSE(is_at_work([](Rule& r) { r.priority = Priority{1025}; }));
    EXPECT_FALSE(is_at_work([](Rule& r) { r.fwmark = 0x81; }));
    EXPECT_FALSE(is_at_work([](Rule& r) { r.fwmask = 0xff; }));
    EXPECT_FALSE(is_at_work([](Rule& r) { r.table = TableId{10001}; }));
    EXPECT_FALSE(is_cni_at_work({}));
}

// ---- Names of tables ----------------------------------------------------------------------------

/// Each line of a file that a shell may read, with eth1's table in rt_tables under this name.
std::string files_with(const std::string& name) {
    Facts facts = two_interfaces();
    facts.disk.has_network_scripts = true;
    facts.disk.table_names = {{TableId{500}, name, false}};
    Config config;
    config.interfaces["eth1"].table = TableId{500};
    config.files = Files::all;
    const Plan plan = plan_of(facts, config);
    std::string text;
    for (const auto& [path, file] : render_files(plan, facts.disk)) text += *file.after;
    return text;
}

TEST(NamesOfTables, ThatMeanMoreToAShellOrToIpAreNumbers) {
    const std::vector<std::string> names = {
        "*;reboot$(x)", "-4",  "254",  "0x10",  "0X1F", "a#b",       "a'b",   "a\"b",
        "a b",          "`x`", "main", "local", "all",  "\x1b[31mx", "v\xff", std::string(64, 'a')};
    for (const std::string& name : names) {
        const std::string text = files_with(name);
        EXPECT_THAT(text, HasSubstr("from 10.0.2.0/24 iif lo table 500 priority ")) << name;
        EXPECT_THAT(text, HasSubstr("default via 10.0.2.1 dev eth1 table 500\n")) << name;
        EXPECT_THAT(text, Not(HasSubstr("table " + name + " "))) << name;
    }
    EXPECT_THAT(files_with("isp-2.b_"), HasSubstr(" iif lo table isp-2.b_ priority "));
    EXPECT_THAT(files_with("0x1g"), HasSubstr(" iif lo table 0x1g priority "));
}

TEST(NamesOfTables, WhichTwoEntriesHaveAreNumbers) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{TableId{500}, "eth1", false}};
    Config config;
    config.interfaces["eth1"].table = TableId{600};
    const Plan plan = plan_of(facts, config);
    EXPECT_THAT(numbers_of(plan), Contains("eth1 600 600"));
    EXPECT_THAT(names_of(plan), Not(Contains(HasSubstr("600"))));
    EXPECT_THAT(notes_of(plan), Contains(HasSubstr("the name of table 600 is no name")));
}

}  // namespace
}  // namespace eni
