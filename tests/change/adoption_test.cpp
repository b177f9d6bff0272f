// What of files that people made by hand becomes eni-routes', and what stays theirs.
#include "adoption.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "example.hpp"
#include "make_plan.hpp"
#include "our_files.hpp"

namespace eni {
namespace {

using Strings = std::vector<std::string>;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kScripts = "/etc/sysconfig/network-scripts/";
constexpr TableId kNamed{500};

/// eth1's recipe as the stock script has applied it, beside the policy.
Facts by_hand(const std::string& rules = "from 10.0.2.0/24 table eth1\nto 10.0.2.0/24 table eth1\n",
              const std::string& routes = "default via 10.0.2.1 dev eth1 table eth1") {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{kNamed, "eth1", false}};
    facts.disk.files[kScripts + "rule-eth1"] = rules;
    if (!routes.empty()) facts.disk.files[kScripts + "route-eth1"] = routes;
    Rule from = rule(Family::v4, 32765, kNamed);
    from.from = net("10.0.2.0/24");
    Rule to = rule(Family::v4, 32764, kNamed);
    to.to = net("10.0.2.0/24");
    Rule again = from;
    again.priority = Priority{19999};
    facts.kernel.rules.insert(facts.kernel.rules.end(), {from, to, again});
    Route way = via("0.0.0.0/0", "10.0.2.1", "eth1", 0);
    way.table = kNamed;
    way.protocol = 3;
    facts.kernel.routes.push_back(way);
    return facts;
}

InterfaceAdoption adoption_of(const Facts& facts, const Config& config = {},
                              const std::string& ifname = "eth1") {
    const auto all = adoptions(facts, config, make_plan(facts, config, Absent::forget), {ifname});
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? InterfaceAdoption{} : all.front();
}

/// "rule-eth1:2 why", or without a number for a file.
Strings lines_of(const std::vector<LineRemark>& remarks) {
    Strings lines;
    for (const LineRemark& remark : remarks)
        lines.push_back(remark.path.substr(remark.path.rfind('/') + 1) +
                        (remark.number == 0 ? "" : ":" + std::to_string(remark.number)) + " " +
                        remark.why);
    return lines;
}

/// "rule-eth1" for one that goes; with "=" and what stays of it but our comment.
Strings files_of(const Adoption& adoption) {
    Strings files;
    for (const auto& [path, rest] : adoption.files)
        files.push_back(path.substr(path.rfind('/') + 1) +
                        (rest ? "=" + rest->substr(rest->find('\n') + 1) : ""));
    return files;
}

Strings rules_of(const Adoption& adoption) {
    Strings rules;
    for (const Rule& rule : adoption.rules) rules.push_back(format_rule(rule));
    return rules;
}

TEST(Adoption, OfTheRecipeIsAllOfIt) {
    const InterfaceAdoption result = adoption_of(by_hand());
    EXPECT_THAT(result.obstacles, IsEmpty());
    EXPECT_THAT(result.more, IsEmpty());
    EXPECT_THAT(files_of(result.adoption), ElementsAre("route-eth1", "rule-eth1"));
    EXPECT_THAT(rules_of(result.adoption),
                ElementsAre("from 10.0.2.0/24 table 500 priority 19999",
                            "to 10.0.2.0/24 table 500 priority 32764",
                            "from 10.0.2.0/24 table 500 priority 32765"));
    ASSERT_EQ(result.adoption.routes.size(), 1U);
    EXPECT_EQ(format_route(*result.adoption.routes.begin()),
              "default via 10.0.2.1 dev eth1 table 500");
}

/// Without a moment in which neither the old nor the new is there.
TEST(Adoption, ReplacesInPlaceAndLeavesNothingToDo) {
    Facts facts = by_hand();
    facts.kernel.routes[1].prefsrc = ip("10.0.2.37");  // of main's default, and so of ours
    Config config;
    facts.adoption = adoption_of(facts).adoption;
    const Plan plan = make_plan(facts, config, Absent::forget);
    const Changes changes = diff(plan, facts.kernel);
    bool is_replaced = false;
    for (const RouteAddition& added : changes.routes_added)
        is_replaced = is_replaced || (added.action == RouteAction::replace &&
                                      format_route(added.route.object) ==
                                          "default via 10.0.2.1 dev eth1 table 500 src 10.0.2.37");
    EXPECT_TRUE(is_replaced);
    EXPECT_EQ(changes.rules_deleted.size(), 3U);
    for (const FileChange& file : diff_files(plan, facts.disk))
        if (file.path == kScripts + "rule-eth1") {
            EXPECT_EQ(file.before, facts.disk.files.at(file.path));
            EXPECT_EQ(marked_owner(file.after.value()), "eth1");
        }

    Facts after = carried_out(facts, plan);
    after.disk.table_names.push_back({kNamed, "eth1", false});
    after.disk.kept = facts.disk.files;
    after.adoption = {};
    const Plan again = make_plan(after, config, Absent::forget);
    EXPECT_TRUE(diff(again, after.kernel).empty());
    EXPECT_THAT(diff_files(again, after.disk), IsEmpty());
    const InterfaceAdoption second = adoption_of(after);
    EXPECT_THAT(files_of(second.adoption), IsEmpty());
    EXPECT_THAT(rules_of(second.adoption), IsEmpty());
    EXPECT_THAT(second.adoption.routes, IsEmpty());
}

TEST(Adoption, InOtherSpellings) {
    const InterfaceAdoption result = adoption_of(
        by_hand("# mine\n\nlookup 500 from 10.0.2.37 pref 7\nto 10.0.2.37/32 t eth1 prio 0x8\n"
                "from 10.0.2.0/255.255.255.0 iif lo table 0x1f4\nfrom 10.0.2.128/25 table eth1\n"
                "oif eth1 table eth1",
                "0.0.0.0/0 via 10.0.2.1 table 500\n10.0.2.0/24 dev eth1 table eth1 src 10.0.2.37\n"
                "10.0.2.0/24 dev eth1 metric 5"));
    EXPECT_THAT(lines_of(result.more), IsEmpty());
    EXPECT_THAT(files_of(result.adoption), ElementsAre("route-eth1", "rule-eth1"));
}

TEST(Adoption, OfATableUnderAnotherName) {
    Facts facts = by_hand("from 10.0.2.37 table isp2\n", "default via 10.0.2.1 table isp2\n");
    facts.disk.table_names = {{TableId{200}, "isp2", false}};
    facts.kernel.routes.back().table = TableId{200};
    facts.kernel.rules.resize(4);
    facts.kernel.rules.back().from = net("10.0.2.37/32");
    facts.kernel.rules.back().table = TableId{200};
    const InterfaceAdoption result = adoption_of(facts);
    EXPECT_THAT(files_of(result.adoption), ElementsAre("route-eth1", "rule-eth1"));
    EXPECT_THAT(rules_of(result.adoption),
                ElementsAre("from 10.0.2.37/32 table 200 priority 32765"));
    EXPECT_EQ(result.adoption.routes.size(), 1U);

    Facts shared = facts;
    shared.kernel.rules.push_back(shared.kernel.rules.back());
    shared.kernel.rules.back().from = net("192.0.2.0/24");
    EXPECT_THAT(lines_of(adoption_of(shared).more),
                ElementsAre("rule-eth1:1 table isp2 is not eth1's own",
                            "route-eth1:1 table isp2 is not eth1's own"));
    Facts fuller = facts;
    fuller.kernel.routes.push_back(via("10.50.0.0/16", "10.0.2.9", "eth1", 0));
    fuller.kernel.routes.back().table = TableId{200};
    EXPECT_THAT(files_of(adoption_of(fuller).adoption), IsEmpty());
    Facts empty = facts;
    empty.disk.files.erase(kScripts + "route-eth1");
    EXPECT_THAT(files_of(adoption_of(empty).adoption), IsEmpty());
}

TEST(Adoption, LeavesLinesThatSayMoreWithAPriority) {
    Facts facts = by_hand(
        "# mine\nfrom 10.0.2.0/24 table eth1\nto 10.99.0.0/24 table 300\nto 10.0.2.0/24 table eth1\n"
        "fwmark 7 table 300\nfrom 10.0.2.0/24 uidrange 0-9 table 300\nto 10.98.0.0/24 table 300 "
        "pref 5\ntable 300");
    Rule moved = rule(Family::v4, 19998, TableId{300});
    moved.to = net("10.99.0.0/24");
    facts.kernel.rules.push_back(moved);
    facts.kernel.rules.push_back(rule(Family::v4, 19000, kTableMain));  // the first choice is taken
    const InterfaceAdoption result = adoption_of(facts);
    EXPECT_THAT(
        lines_of(result.more),
        ElementsAre("rule-eth1:3 table 300 is not eth1's own", "rule-eth1:5 it has 'fwmark'",
                    "rule-eth1:6 it has 'uidrange'", "rule-eth1:7 table 300 is not eth1's own",
                    "rule-eth1:8 it is for all packets"));
    EXPECT_THAT(files_of(result.adoption),
                ElementsAre("route-eth1",
                            "rule-eth1=# mine\nto 10.99.0.0/24 table 300 priority 18999\n"
                            "fwmark 7 table 300 priority 18998\n"
                            "from 10.0.2.0/24 uidrange 0-9 table 300\n"
                            "to 10.98.0.0/24 table 300 pref 5\ntable 300 priority 32700\n"));
    ASSERT_EQ(result.adoption.moved.size(), 1U) << "the others were not applied";
    EXPECT_EQ(format_rule(result.adoption.moved.front()),
              "to 10.99.0.0/24 table 300 priority 18999");
    EXPECT_EQ(result.adoption.rules.count(moved), 1U);

    facts.adoption = result.adoption;
    const Plan plan = make_plan(facts, {}, Absent::forget);
    EXPECT_EQ(plan.interfaces.back().file_name, std::nullopt) << "its files are the user's still";
    std::map<std::string, std::optional<std::string>> changed;
    for (const FileChange& file : diff_files(plan, facts.disk))
        if (file.path.find(kScripts) == 0) changed[file.path] = file.after;
    EXPECT_EQ(changed, facts.adoption.files);
    const Changes changes = diff(plan, facts.kernel);
    EXPECT_EQ(std::count_if(
                  changes.rules_added.begin(), changes.rules_added.end(),
                  [&](const auto& added) { return added.object == facts.adoption.moved.front(); }),
              1);
    EXPECT_EQ(std::count_if(changes.rules_deleted.begin(), changes.rules_deleted.end(),
                            [&](const auto& deleted) { return deleted.object == moved; }),
              1);
}

TEST(Adoption, ASecondTimeNothingOfTheRestChanges) {
    Facts facts = by_hand("from 10.0.2.0/24 table eth1\nto 10.99.0.0/24 table 300\n");
    const Adoption first = adoption_of(facts).adoption;
    facts.disk.kept = facts.disk.files;
    facts.disk.files = {{kScripts + "rule-eth1", first.files.at(kScripts + "rule-eth1").value()}};
    facts.kernel.rules.resize(3);
    facts.kernel.routes.pop_back();
    const InterfaceAdoption second = adoption_of(facts);
    EXPECT_THAT(files_of(second.adoption), IsEmpty());
    EXPECT_THAT(second.obstacles, IsEmpty());
    EXPECT_TRUE(is_rest_of(facts.disk.files.at(kScripts + "rule-eth1"),
                           facts.disk.kept.at(kScripts + "rule-eth1")));
    EXPECT_FALSE(is_rest_of("to 10.97.0.0/24 table 300 priority 9\n",
                            facts.disk.kept.at(kScripts + "rule-eth1")));

    facts.disk.files[kScripts + "rule-eth1"] += "from 10.0.2.0/24 table eth1\n";
    EXPECT_THAT(lines_of(adoption_of(facts).obstacles),
                ElementsAre("rule-eth1 " + kScripts +
                            "rule-eth1.before-eni-routes.bak is there already, and is another: "
                            "eni-routes adopt --undo eth1, or move it away"));
}

/// The stock script reads no route file beside which there is no rule file.
TEST(Adoption, LeavesARuleFileBesideRoutesThatSayMore) {
    const InterfaceAdoption result = adoption_of(
        by_hand("from 10.0.2.0/24 table eth1\n# the end\n",
                "default via 10.0.2.1 dev eth1 table eth1\n10.50.0.0/16 via 10.0.2.9\n"
                "10.51.0.0/16 via 10.0.2.9 table eth1\nblackhole 10.52.0.0/16 table 300\n"));
    EXPECT_THAT(lines_of(result.more),
                ElementsAre("route-eth1:2 eni-routes makes no routes in main",
                            "route-eth1:3 main has no such route by eth1",
                            "route-eth1:4 it has 'blackhole'"));
    EXPECT_THAT(files_of(result.adoption), ElementsAre("route-eth1=10.50.0.0/16 via 10.0.2.9\n"
                                                       "10.51.0.0/16 via 10.0.2.9 table eth1\n"
                                                       "blackhole 10.52.0.0/16 table 300\n",
                                                       "rule-eth1=# the end\n"));
}

TEST(Adoption, OfTheOlderFormIsAllOrNothing) {
    const std::string own = "ADDRESS0=10.0.2.0\nNETMASK0=255.255.255.0\n";
    const std::string rules = "from 10.0.2.0/24 table eth1\n";
    EXPECT_THAT(files_of(adoption_of(by_hand(rules, own)).adoption),
                ElementsAre("route-eth1", "rule-eth1"));
    const InterfaceAdoption result = adoption_of(
        by_hand(rules, own + "ADDRESS1=10.50.0.0\nNETMASK1=255.255.0.0\nGATEWAY1=10.0.2.9\n"));
    EXPECT_THAT(files_of(result.adoption), ElementsAre("rule-eth1="));
    EXPECT_THAT(lines_of(result.more),
                ElementsAre("route-eth1:1 another line of its file does more",
                            "route-eth1:3 eni-routes makes no routes in main"));
}

TEST(Adoption, DefaultsAreThoseOfTheOwnGateway) {
    const std::string rules = "from 10.0.2.0/24 table eth1\n";
    EXPECT_THAT(
        lines_of(adoption_of(by_hand(rules, "default via 10.0.2.9 dev eth1 table eth1")).more),
        ElementsAre("route-eth1:1 it has another gateway than eni-routes knows: 10.0.2.1"));
    EXPECT_THAT(
        lines_of(adoption_of(by_hand(rules, "default via 10.0.2.1 dev eth0 table eth1")).more),
        ElementsAre("route-eth1:1 it leaves by eth0"));
    EXPECT_THAT(lines_of(adoption_of(by_hand(rules, "default via 10.0.2.1")).more),
                ElementsAre("route-eth1:1 eni-routes makes no routes in main"));

    // Known from the user's table alone, it would be forgotten with that.
    Facts facts = by_hand(rules, "default via 10.0.2.9 dev eth1 table eth1");
    facts.kernel.routes.erase(facts.kernel.routes.begin() + 1);  // main's default by eth1
    facts.kernel.routes.back().hops.front().gateway = ip("10.0.2.9");
    EXPECT_THAT(lines_of(adoption_of(facts).more),
                ElementsAre("route-eth1:1 nothing else names its gateway; 'interface: {eth1: "
                            "{gateway: 10.0.2.9}}' in the configuration does"));
    Config config;
    config.interfaces["eth1"].gateway = ip("10.0.2.9");
    EXPECT_THAT(lines_of(adoption_of(facts, config).more), IsEmpty());
}

TEST(Adoption, SourcesAreItsOwn) {
    EXPECT_THAT(
        lines_of(adoption_of(by_hand("from 10.0.2.99 table eth1\nfrom 10.0.0.0/24 table eth1\n"
                                     "from 10.0.2.0/24 to 10.9.0.0/16 table eth1\n"
                                     "iif eth5 from 10.0.2.0/24 table eth1\n"
                                     "from 10.0.2.0/24 table eth1 suppress_prefixlength 0\n"
                                     "oif eth0 table eth1\n"))
                     .more),
        ElementsAre("rule-eth1:1 10.0.2.99/32 is neither a subnet nor an address of eth1",
                    "rule-eth1:2 10.0.0.0/24 is neither a subnet nor an address of eth1",
                    "rule-eth1:3 10.9.0.0/16 is neither a subnet nor an address of eth1",
                    "rule-eth1:4 it is for what comes in by eth5",
                    "rule-eth1:5 it has 'suppress_prefixlength'",
                    "rule-eth1:6 it is for what leaves by eth0"));
}

TEST(Adoption, IPv6) {
    Facts facts = by_hand();
    facts.disk.files[kScripts + "rule6-eth1"] = "from 2001:db8:1::/64 table eth1\n";
    facts.disk.files[kScripts + "route6-eth1"] = "default via fe80::1 dev eth1 table eth1\n";
    EXPECT_THAT(
        lines_of(adoption_of(facts).obstacles),
        ElementsAre("rule6-eth1 eth1 has no IPv6 address at the moment to compare it with",
                    "route6-eth1 eth1 has no IPv6 address at the moment to compare it with"));
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:1::37/128"));
    facts.kernel.routes.push_back(onlink("2001:db8:1::/64", "eth1", "", 101));
    facts.kernel.routes.push_back(via("::/0", "fe80::1", "eth1", 101));
    Rule made = rule(Family::v6, 32765, kNamed);
    made.from = net("2001:db8:1::/64");
    facts.kernel.rules.push_back(made);
    const InterfaceAdoption result = adoption_of(facts);
    EXPECT_THAT(files_of(result.adoption),
                ElementsAre("route-eth1", "route6-eth1", "rule-eth1", "rule6-eth1"));
    EXPECT_EQ(result.adoption.rules.count(made), 1U);
}

TEST(Adoption, NothingOfWhatCannotBeRead) {
    const InterfaceAdoption result =
        adoption_of(by_hand("from 10.0.2.0/24 table eth1\n\nfrom 10.0.2.0/24 tabel eth1\n"));
    EXPECT_THAT(lines_of(result.obstacles),
                ElementsAre("rule-eth1:3 'tabel' is no word of ip-rule(8)"));
    EXPECT_THAT(files_of(result.adoption), IsEmpty());
    EXPECT_THAT(rules_of(result.adoption), IsEmpty());
}

TEST(Adoption, NothingWhereNoLineIsThePlans) {
    const InterfaceAdoption result = adoption_of(by_hand("to 10.99.0.0/24 table 300\n", ""));
    EXPECT_THAT(files_of(result.adoption), IsEmpty());
    EXPECT_EQ(result.more.size(), 1U);
}

TEST(Adoption, NothingOfWhatNetworkManagerReads) {
    Facts facts = by_hand();
    facts.disk.files.erase(kScripts + "rule-eth1");
    const InterfaceAdoption result = adoption_of(facts);
    EXPECT_THAT(files_of(result.adoption), IsEmpty());
    EXPECT_THAT(result.more, IsEmpty());
}

TEST(Adoption, OfTheProfilesName) {
    Facts facts = by_hand();
    facts.disk.profiles[1] = {"office", "eth1", ""};
    EXPECT_THAT(files_of(adoption_of(facts).adoption), IsEmpty());
    facts.disk.files[kScripts + "rule-office"] = "from 10.0.2.0/24 table eth1\n";
    EXPECT_THAT(files_of(adoption_of(facts).adoption), ElementsAre("rule-office"));
}

/// The primary's files go, and none of ours comes in their place.
TEST(Adoption, OfThePrimary) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{kNamed, "eth0", false}};
    facts.disk.files[kScripts + "rule-eth0"] =
        "from 10.0.0.0/24 table eth0\nto 10.0.0.0/24 table eth0\n";
    facts.disk.files[kScripts + "route-eth0"] = "default via 10.0.0.1 dev eth0 table eth0\n";
    facts.adoption = adoption_of(facts, {}, "eth0").adoption;
    EXPECT_EQ(facts.adoption.files.size(), 2U);
    Strings removed;
    for (const FileChange& file : diff_files(make_plan(facts, {}, Absent::forget), facts.disk))
        if (!file.after) removed.push_back(file.path);
    EXPECT_THAT(removed, ElementsAre(kScripts + "route-eth0", kScripts + "rule-eth0"));
}

/// What an interrupted run has left in the kernel is known from the kept files.
TEST(Adoption, EndsWhatWasInterrupted) {
    Facts facts = by_hand();
    facts.disk.kept = facts.disk.files;
    facts.disk.files = {{kScripts + "rule-eth1", "# eni-routes: eth1\n"}};
    const InterfaceAdoption result = adoption_of(facts);
    EXPECT_THAT(files_of(result.adoption), IsEmpty());
    EXPECT_EQ(result.adoption.rules.size(), 3U);
    EXPECT_EQ(result.adoption.routes.size(), 1U);
}

}  // namespace
}  // namespace eni
