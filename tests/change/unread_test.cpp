// What becomes of a host where something on the disk cannot be read: what hangs on it stays, and
// all else is done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "change_set.hpp"
#include "example.hpp"

namespace eni {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const std::string kScripts = "/etc/sysconfig/network-scripts/";

ChangeSet changes_of(const Facts& facts, const Config& config = {},
                     Absent absent = Absent::forget) {
    return make_change_set(facts, config, absent);
}

/// After a run, with what that remembers.
Facts afterwards(const Facts& facts, const Config& config = {}) {
    const Plan plan = make_plan(facts, config, Absent::forget);
    Facts later = carried_out(facts, plan);
    later.run = plan.run;
    return later;
}

/// Another address and gateway, so that rules, routes and files have to change.
void move_eth1(Facts& facts) {
    facts.kernel.addresses[1] = address("eth1", "10.0.4.37/24");
    for (Route& route : facts.kernel.routes) {
        if (route.table != kTableMain || route.hops[0].ifname != "eth1") continue;
        if (route.is_default()) route.hops[0].gateway = ip("10.0.4.1");
        if (!route.is_default()) route.dst = net("10.0.4.0/24"), route.prefsrc = ip("10.0.4.37");
    }
}

void hide(Facts& facts, Unread::Kind kind, const std::string& path) {
    facts.disk.unread.push_back({kind, path, "cannot read " + path + ": Input/output error"});
    facts.disk.files.erase(path);
}

std::vector<std::string> paths_of(const ChangeSet& set) {
    std::vector<std::string> paths;
    for (const FileChange& change : set.files) paths.push_back(change.path);
    return paths;
}

std::set<TableId> tables_of_rules(const ChangeSet& set) {
    std::set<TableId> tables;
    for (const auto& added : set.changes.rules_added) tables.insert(added.object.table);
    return tables;
}

// ---- A file of network-scripts ------------------------------------------------------------------

TEST(Unread, ScriptStaysWithTheOthersOfItsProfileAndTheKernelIsDone) {
    Facts facts = afterwards(two_interfaces());
    move_eth1(facts);
    ASSERT_THAT(paths_of(changes_of(facts)), Contains(kScripts + "route-eth1"));
    hide(facts, Unread::Kind::script, kScripts + "rule-eth1");
    const ChangeSet set = changes_of(facts);
    EXPECT_THAT(paths_of(set), IsEmpty());
    EXPECT_FALSE(set.changes.rules_added.empty());
    EXPECT_FALSE(set.changes.rules_deleted.empty());
}

TEST(Unread, ScriptOfOneIsNothingToTheOthers) {
    Facts facts = two_interfaces();
    hide(facts, Unread::Kind::script, kScripts + "rule-eth7");
    EXPECT_THAT(paths_of(changes_of(facts)), Contains(kScripts + "rule-eth1"));
    facts.disk.profiles.push_back({"eth2", "eth2", "", "", {}});
    facts.kernel.links.push_back(eth("eth2"));
    facts.kernel.addresses.push_back(address("eth2", "10.0.3.9/24"));
    hide(facts, Unread::Kind::script, kScripts + "route6-eth2");
    const auto paths = paths_of(changes_of(facts));
    EXPECT_THAT(paths, Contains(kScripts + "rule-eth1"));
    EXPECT_THAT(paths, Not(Contains(kScripts + "rule-eth2")));
}

TEST(Unread, ProfileKeepsTheFilesOfWhatItMayBeFor) {
    Facts facts = afterwards(two_interfaces());
    move_eth1(facts);
    facts.disk.profiles.pop_back();
    ASSERT_THAT(paths_of(changes_of(facts)), Contains(kScripts + "rule-eth1")) << "removed";
    hide(facts, Unread::Kind::profile, kScripts + "ifcfg-Wired");
    EXPECT_THAT(paths_of(changes_of(facts)), IsEmpty());
}

TEST(Unread, ProfileOfAnotherNameIsNothingToOneThatHasItsOwn) {
    Facts facts = two_interfaces();
    hide(facts, Unread::Kind::profile, kScripts + "ifcfg-Wired");
    EXPECT_THAT(paths_of(changes_of(facts)), Contains(kScripts + "rule-eth1"));
    facts.disk.profiles[1].name = "System";
    EXPECT_THAT(paths_of(changes_of(facts)), Contains(kScripts + "rule-System"));
    hide(facts, Unread::Kind::profile, kScripts + "ifcfg-eth1");
    EXPECT_THAT(paths_of(changes_of(facts)), Not(Contains(kScripts + "rule-System")))
        << "the one of its own name would come first";
    facts.disk.profiles[1].uuid = facts.profiles["eth1"] = "5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03";
    EXPECT_THAT(paths_of(changes_of(facts)), Contains(kScripts + "rule-System")) << "it is active";
}

TEST(Unread, DirectoryChangesNoFileInIt) {
    Facts facts = afterwards(two_interfaces());
    move_eth1(facts);
    facts.disk.profiles.clear();
    for (auto file = facts.disk.files.begin(); file != facts.disk.files.end();)
        file = file->first.compare(0, kScripts.size(), kScripts) == 0 ? facts.disk.files.erase(file)
                                                                      : std::next(file);
    hide(facts, Unread::Kind::network_scripts, "/etc/sysconfig/network-scripts");
    for (const Files files : {Files::automatic, Files::all}) {
        Config config;
        config.files = files;
        const ChangeSet set = changes_of(facts, config);
        EXPECT_THAT(paths_of(set), IsEmpty());
        EXPECT_FALSE(set.changes.rules_added.empty());
    }
}

// ---- The names of tables ------------------------------------------------------------------------

/// As people call it; and as EC2 counts.
Facts with_tables(TableId told, std::uint32_t device) {
    Facts facts = two_interfaces();
    facts.disk.table_names = {{told, "eth0", false}};
    facts.disk.rt_tables_path = "/etc/iproute2/rt_tables";
    facts.disk.rt_tables_is_shared = true;
    facts.disk.files[facts.disk.rt_tables_path] = "500 eth0\n";
    eni_of(facts, "eth1") = eni(device, {"10.0.2.0/24"});
    Facts later = afterwards(facts);
    later.disk.table_names.push_back({told, "eth0", false});
    return later;
}

TEST(Unread, NamesLeaveEachInterfaceTheTableThatItHad) {
    Facts facts = with_tables(TableId{500}, 7);
    ASSERT_TRUE(changes_of(facts).empty());
    facts.disk.table_names.clear();
    ASSERT_FALSE(changes_of(facts).changes.empty()) << "eth0 moves where they are absent";
    hide(facts, Unread::Kind::table_names, facts.disk.rt_tables_path);
    EXPECT_TRUE(changes_of(facts).empty());
    facts.enis.clear();
    EXPECT_TRUE(changes_of(facts).changes.empty()) << "not even where EC2's numbers are gone";
    move_eth1(facts);
    const ChangeSet set = changes_of(facts);
    EXPECT_THAT(tables_of_rules(set), ElementsAre(TableId{10007}));
    EXPECT_THAT(paths_of(set), IsEmpty());
}

/// All in an administrator's table is not ours, though the name cannot be read.
TEST(Unread, NamesLeaveOthersRoutesInATableThatPeopleGave) {
    Facts facts = with_tables(TableId{500}, 7);
    facts.kernel.routes.push_back(via("10.99.0.0/16", "10.0.0.9", "eth0", 0));
    facts.kernel.routes.back().table = TableId{500};
    facts.disk.table_names.clear();
    hide(facts, Unread::Kind::table_names, facts.disk.rt_tables_path);
    const ChangeSet set = changes_of(facts);
    EXPECT_TRUE(set.changes.empty());
    EXPECT_EQ(set.plan.run.tables_named.count(TableId{500}), 1u) << "and it stays so";
    EXPECT_EQ(set.plan.run.tables_given.count(TableId{500}), 0u);
}

TEST(Unread, NamesOfAnInterfaceThatIsAnotherByNowAreNotItsOwn) {
    Facts facts = with_tables(TableId{500}, 7);
    facts.disk.table_names.clear();
    hide(facts, Unread::Kind::table_names, facts.disk.rt_tables_path);
    facts.run.interfaces["eth0"].mac = "02:00:00:00:00:99";
    EXPECT_THAT(tables_of_rules(changes_of(facts)), ElementsAre(TableId{10000}));
}

TEST(Unread, NamesOfWhichOursCanBeReadLetFilesBeWritten) {
    Facts facts = afterwards(two_interfaces());
    move_eth1(facts);
    hide(facts, Unread::Kind::table_names, "/etc/iproute2/rt_tables.d/large.conf");
    EXPECT_THAT(paths_of(changes_of(facts)),
                UnorderedElementsAre(kScripts + "rule-eth1", kScripts + "route-eth1"));
    facts.disk.table_names.clear();
    EXPECT_THAT(paths_of(changes_of(facts)), IsEmpty());
}

TEST(Unread, NamesOfOthersDoNotKeepOursFromBeingTakenOut) {
    Facts facts = afterwards(two_interfaces());
    hide(facts, Unread::Kind::table_names, "/etc/iproute2/rt_tables.d/large.conf");
    Config off;
    off.enabled = false;
    EXPECT_THAT(paths_of(changes_of(facts, off)), Contains(facts.disk.rt_tables_path));
    hide(facts, Unread::Kind::table_names, facts.disk.rt_tables_path);
    EXPECT_THAT(paths_of(changes_of(facts, off)), Not(Contains(facts.disk.rt_tables_path)));
}

TEST(Unread, NamesLeaveTableEniOthersItsNumber) {
    Config basic;
    basic.suppress = Suppress::off;
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(via("10.99.0.0/16", "10.8.0.1", "tun0", 50));
    facts.kernel.routes.push_back(facts.kernel.routes.back());
    facts.kernel.routes.back().table = TableId{10900};  // another program's
    facts = afterwards(facts, basic);
    ASSERT_EQ(make_plan(facts, basic, Absent::keep).others->id, TableId{10901});
    facts.disk.table_names.clear();
    hide(facts, Unread::Kind::table_names, facts.disk.rt_tables_path);
    EXPECT_TRUE(changes_of(facts, basic).empty());
}

// ---- What was known before ----------------------------------------------------------------------

void expect_only_additions(const ChangeSet& set) {
    EXPECT_TRUE(set.changes.rules_deleted.empty());
    EXPECT_TRUE(set.changes.routes_deleted.empty());
    EXPECT_TRUE(set.changes.addresses_deleted.empty());
    for (const RouteAddition& added : set.changes.routes_added)
        EXPECT_EQ(added.action, RouteAction::add);
    for (const FileChange& change : set.files) EXPECT_TRUE(change.after) << change.path;
}

TEST(Unread, StateOnlyAdds) {
    Facts facts = afterwards(two_interfaces());
    move_eth1(facts);
    facts.run = {};
    hide(facts, Unread::Kind::state, "/run/eni-routes/state");
    const ChangeSet set = changes_of(facts);
    expect_only_additions(set);
    EXPECT_FALSE(set.changes.rules_added.empty());
    EXPECT_THAT(paths_of(set), Not(Contains(kScripts + "rule-eth1"))) << "it would lose a line";
}

TEST(Unread, StateTakesNothingAwayWhereAllIsSwitchedOff) {
    Facts facts = afterwards(two_interfaces());
    facts.run = {};
    hide(facts, Unread::Kind::state, "/run/eni-routes/state");
    Config off;
    off.enabled = false;
    EXPECT_TRUE(changes_of(facts, off).empty());
}

TEST(Unread, StateAndNamesMoveNothing) {
    Facts facts = afterwards(two_interfaces());
    facts.run = {};
    facts.disk.table_names.clear();
    hide(facts, Unread::Kind::state, "/run/eni-routes/state");
    hide(facts, Unread::Kind::table_names, facts.disk.rt_tables_path);
    EXPECT_TRUE(changes_of(facts).empty());
}

/// The names are known then, and ours are not among them any more.
TEST(Unread, StateMovesNothingAlsoWhereOurNamesAreGone) {
    Facts facts = afterwards(two_interfaces());
    facts.disk.files.erase(facts.disk.rt_tables_path);
    facts.disk.table_names.clear();
    facts.run = {};
    hide(facts, Unread::Kind::state, "/run/eni-routes/state");
    EXPECT_TRUE(changes_of(facts).changes.empty());
    const Rule others = facts.kernel.rules.front();
    facts.kernel.rules.push_back(others);
    facts.kernel.rules.back().priority = Priority{100};
    facts.kernel.rules.back().table = TableId{10001};
    EXPECT_THAT(tables_of_rules(changes_of(facts)), Contains(TableId{10002}))
        << "that is another's use";
}

TEST(Unread, MetadataLeavesTablesAndWhatWasAssigned) {
    Facts facts = two_interfaces();
    eni_of(facts, "eth1") = eni(7, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50"});
    eni_of(facts, "eth1").delegated = {net("10.0.2.64/28")};
    Config config;
    config.addresses = Addresses::imds;
    facts = afterwards(afterwards(facts, config), config);
    facts.disk.table_names.clear();  // which would tell it as well
    ASSERT_TRUE(changes_of(facts, config).changes.empty());
    facts.enis.clear();
    ASSERT_FALSE(changes_of(facts, config).changes.empty());
    hide(facts, Unread::Kind::metadata, "/var/lib/eni-routes/metadata");
    EXPECT_TRUE(changes_of(facts, config).changes.empty());
    expect_only_additions(changes_of(facts, config));
}

TEST(Unread, MetadataIsNotNeededToTakeAllAway) {
    Facts facts = afterwards(two_interfaces());
    hide(facts, Unread::Kind::metadata, "/var/lib/eni-routes/metadata");
    Config off;
    off.enabled = false;
    const ChangeSet set = changes_of(facts, off);
    EXPECT_FALSE(set.changes.rules_deleted.empty());
    EXPECT_THAT(paths_of(set), Contains(kScripts + "rule-eth1"));
}

}  // namespace
}  // namespace eni
