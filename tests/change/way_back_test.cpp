// The way back to an old state: whatever became of the change, and whoever came in between.
#include "way_back.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dice.hpp"
#include "example.hpp"
#include "make_plan.hpp"
#include "marked_host.hpp"
#include "ownership.hpp"
#include "render.hpp"

namespace eni {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

/// What the kernel has, each once for each time that it is there; with who made it.
Words words_of(const KernelSnapshot& kernel) {
    Words words;
    for (const Link& link : kernel.links)
        words.push_back("link " + link.ifname + " group " + std::to_string(link.group) +
                        (link.src_valid_mark ? " src_valid_mark" : ""));
    for (const Address& address : kernel.addresses) words.push_back(format_address(address));
    for (const Rule& rule : kernel.rules) words.push_back(format_command("add", rule));
    for (const Route& route : kernel.routes)
        words.push_back(format_command("add", route) + " proto " + std::to_string(route.protocol));
    std::sort(words.begin(), words.end());
    return words;
}

std::map<std::string, std::string> written(const std::vector<FileChange>& changes,
                                           std::map<std::string, std::string> files) {
    for (const FileChange& change : changes) {
        const auto found = files.find(change.path);
        EXPECT_EQ(change.before, found == files.end() ? std::optional<std::string>()
                                                      : std::optional<std::string>(found->second));
        if (change.after)
            files[change.path] = *change.after;
        else
            files.erase(change.path);
    }
    return files;
}

/// As a run leaves the host.
Facts after(const Facts& facts, const Config& config) {
    const ChangeSet set = make_change_set(facts, config, Absent::forget);
    Facts now = facts;
    now.kernel = applied(set.changes, facts.kernel);
    now.disk.files = written(set.files, facts.disk.files);
    now.disk.table_names = set.plan.table_names;
    now.run = set.plan.run;
    take_markings(now, set.changes.markings);
    return now;
}

ChangeSet back_to(const Facts& before, const Facts& now, const Config& config) {
    return way_back(before, now,
                    together(make_plan(before, config, Absent::keep).ownership,
                             make_plan(now, config, Absent::keep).ownership));
}

/// Both are there again, to the byte, and nothing is left to be done.
void expect_back(const Facts& before, Facts now, const Config& config) {
    const ChangeSet back = back_to(before, now, config);
    now.kernel = applied(back.changes, now.kernel);
    now.disk.files = written(back.files, now.disk.files);
    take_markings(now, back.changes.markings);
    EXPECT_EQ(words_of(now.kernel), words_of(before.kernel));
    if (before.marking) {
        EXPECT_EQ(now.marking->nft, before.marking->nft);
        EXPECT_EQ(now.marking->iptables, before.marking->iptables);
    }
    EXPECT_EQ(now.disk.files, before.disk.files);
    EXPECT_TRUE(back_to(before, now, config).empty());
}

/// In force, with a kernel of the new kind, an address of EC2's and IPv6.
Facts at_work() {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
    facts.kernel.routes.push_back(via("::/0", "fe80::1", "eth1", 101));
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50"});
    Config config;
    config.addresses = Addresses::imds;
    facts = after(facts, config);
    EXPECT_THAT(words_of(facts.kernel), Contains(HasSubstr("10.0.2.50")));
    return facts;
}

/// Each of them changes something else.
std::vector<Config> changes_of_configuration() {
    std::vector<Config> configs(7);
    configs[0].interfaces["eth1"].gateway = ip("10.0.2.77");
    configs[1].interfaces["eth1"].table = TableId{300};
    configs[2].priority_base = 12000;
    configs[2].link_group = 4000;
    configs[3].enabled = false;
    configs[4].suppress = Suppress::off;
    configs[5].interfaces["eth1"].enabled = false;
    configs[6].match = Match::address;
    return configs;
}

TEST(WayBack, OfEachChangeOfTheConfiguration) {
    const Facts before = at_work();
    for (const Config& config : changes_of_configuration()) {
        const Facts now = after(before, config);
        EXPECT_NE(words_of(now.kernel), words_of(before.kernel));
        expect_back(before, now, config);
    }
}

TEST(WayBack, OfTheFirstRunLeavesNothing) {
    const Facts before = two_interfaces();
    expect_back(before, after(before, {}), {});
}

TEST(WayBack, OfARunThatWasCutOrFailedInPart) {
    const Facts before = at_work();
    Dice dice(5);
    for (int round = 0; round < 60; ++round)
        for (const Config& config : changes_of_configuration()) {
            ChangeSet set = make_change_set(before, config, Absent::forget);
            const auto fail_some = [&](auto& changes) {
                changes.erase(std::remove_if(changes.begin(), changes.end(),
                                             [&](const auto&) { return dice.once_in(3); }),
                              changes.end());
            };
            Changes& changes = set.changes;
            fail_some(changes.groups);
            fail_some(changes.addresses_added);
            fail_some(changes.routes_added);
            fail_some(changes.rules_added);
            fail_some(changes.rules_deleted);
            fail_some(changes.routes_deleted);
            fail_some(changes.addresses_deleted);
            fail_some(set.files);
            Facts now = before;
            now.kernel = applied(changes, before.kernel);
            now.disk.files = written(set.files, before.disk.files);
            now.run = set.plan.run;
            expect_back(before, now, config);
        }
}

/// `nmcli connection up` takes what an interface's table has, and events change nothing meanwhile.
TEST(WayBack, BringsBackWhatSomethingElseTookOffMeanwhile) {
    const Facts before = at_work();
    const Config config = changes_of_configuration().front();
    Facts now = after(before, config);
    auto& routes = now.kernel.routes;
    routes.erase(std::remove_if(routes.begin(), routes.end(),
                                [](const Route& route) { return number(route.table) == 10001; }),
                 routes.end());
    now.kernel.rules.pop_back();
    expect_back(before, now, config);
}

TEST(WayBack, LeavesWhatOthersChangedMeanwhile) {
    const Facts before = at_work();
    const Config config = changes_of_configuration()[1];
    Facts now = after(before, config);
    Rule foreign = rule(Family::v4, 100, TableId{77});
    foreign.to = net("10.9.0.0/16");
    now.kernel.rules.push_back(foreign);
    now.kernel.routes.push_back(via("10.9.0.0/16", "10.0.0.9", "eth0", 0));
    now.kernel.addresses.push_back(address("eth0", "10.0.0.30/24"));
    now.disk.files["/etc/sysconfig/network-scripts/rule-eth7"] = "from 10.7.0.0/16 table 7\n";
    now.disk.files["/etc/sysconfig/network-scripts/rule-eth1"] = "from 10.0.2.37 table 7\n";
    const ChangeSet back = back_to(before, now, config);
    Facts then = now;
    then.kernel = applied(back.changes, now.kernel);
    then.disk.files = written(back.files, now.disk.files);
    EXPECT_EQ(then.disk.files.at("/etc/sysconfig/network-scripts/rule-eth7"),
              "from 10.7.0.0/16 table 7\n");
    EXPECT_EQ(then.disk.files.at("/etc/sysconfig/network-scripts/rule-eth1"),
              "from 10.0.2.37 table 7\n")
        << "it has lost our marker";
    EXPECT_THAT(words_of(then.kernel), Contains(format_command("add", foreign)));
    EXPECT_THAT(words_of(then.kernel), Contains(HasSubstr("10.0.0.30/24")));
    Words wanted = words_of(before.kernel);
    EXPECT_THAT(words_of(then.kernel), ::testing::IsSupersetOf(wanted));
    EXPECT_EQ(words_of(then.kernel).size(), wanted.size() + 3);
}

// ---- Marks --------------------------------------------------------------------------------------

/// rp_filter is strict; eth0 looked at marks before, by a user's hand.
Facts strict() {
    Facts facts = markable(at_work());
    facts.kernel.rp_filter_all = 1;
    facts.kernel.links[0].src_valid_mark = true;
    return facts;
}

bool has_marks(const Facts& facts) {
    return facts.kernel.links[0].src_valid_mark && facts.kernel.links[1].src_valid_mark &&
           !facts.marking->nft.empty() && facts.run.marking;
}

TEST(WayBackOfMarks, FromOffToConnmark) {
    const Facts before = strict();
    const Facts now = after(before, connmark());
    ASSERT_TRUE(has_marks(now));
    const Changes back = back_to(before, now, connmark()).changes;
    ASSERT_EQ(back.src_valid_marks.size(), 1u) << "eth0's was not set by us";
    EXPECT_EQ(back.src_valid_marks[0].ifname, "eth1");
    EXPECT_FALSE(back.src_valid_marks[0].to);
    ASSERT_EQ(back.markings.size(), 1u);
    EXPECT_FALSE(back.markings[0].marking);
    EXPECT_EQ(back.rules_deleted.size(), 6u) << "two of eth0, two of eth1, and its two of IPv6";
    expect_back(before, now, connmark());
}

TEST(WayBackOfMarks, FromConnmarkToOff) {
    const Facts before = after(strict(), connmark());
    const Facts now = after(before, {});
    ASSERT_FALSE(has_marks(now));
    ASSERT_FALSE(now.kernel.links[1].src_valid_mark);
    const Changes back = back_to(before, now, {}).changes;
    ASSERT_EQ(back.markings.size(), 1u);
    EXPECT_EQ(back.markings[0].marking, before.run.marking->marking);
    expect_back(before, now, {});
}

TEST(WayBackOfMarks, FromOneMaskToAnother) {
    const Facts before = after(strict(), connmark());
    Config config = connmark();
    config.mark_mask = 0x3f00;
    const Facts now = after(before, config);
    ASSERT_NE(now.marking->nft, before.marking->nft);
    const Changes back = back_to(before, now, config).changes;
    EXPECT_TRUE(back.src_valid_marks.empty());
    ASSERT_EQ(back.markings.size(), 1u);
    EXPECT_EQ(back.markings[0].marking->mask, 0x7fu);
    expect_back(before, now, config);
}

TEST(WayBackOfMarks, WhereTheChangeHadNothingToDoWithThem) {
    const Facts before = after(strict(), connmark());
    Config config = connmark();
    config.interfaces["eth1"].gateway = ip("10.0.2.77");
    EXPECT_TRUE(back_to(before, after(before, config), config).changes.markings.empty());
    expect_back(before, after(before, config), config);
}

TEST(WayBackOfMarks, LeavesASysctlThatAnotherSetMeanwhile) {
    const Facts before = at_work();
    Facts now = after(before, changes_of_configuration().front());
    now.kernel.links[1].src_valid_mark = true;
    const ChangeSet back = back_to(before, now, changes_of_configuration().front());
    EXPECT_FALSE(back.changes.empty());
    EXPECT_TRUE(back.changes.src_valid_marks.empty());
}

TEST(WayBackOfMarks, LeavesTheSysctlOfAnotherLink) {
    const Facts before = strict();
    Facts now = after(before, connmark());
    now.kernel.links[1].mac = "02:00:00:00:00:99";
    EXPECT_TRUE(back_to(before, now, connmark()).changes.src_valid_marks.empty());
}

/// A link of that name is another by now.
TEST(WayBack, LeavesTheGroupOfAnotherLink) {
    const Facts before = two_interfaces();
    Facts now = after(before, {});
    ASSERT_EQ(now.kernel.links[1].group, Config().link_group);
    now.kernel.links[1].mac = "02:00:00:00:00:99";
    const ChangeSet back = back_to(before, now, {});
    ASSERT_EQ(back.changes.groups.size(), 1u);
    EXPECT_EQ(back.changes.groups[0].ifname, "eth0");
}

// ---- The shared file of names -------------------------------------------------------------------

Facts with_shared_names(const std::string& text) {
    Facts facts = two_interfaces();
    facts.disk.rt_tables_path = "/etc/iproute2/rt_tables";
    facts.disk.rt_tables_is_shared = true;
    facts.disk.files["/etc/iproute2/rt_tables"] = text;
    return facts;
}

TEST(WayBackOfNames, IsToTheByte) {
    const Facts before = with_shared_names("255\tlocal\n500 isp");
    const Facts now = after(before, {});
    ASSERT_NE(now.disk.files, before.disk.files);
    expect_back(before, now, {});
    Config config;
    config.enabled = false;
    expect_back(now, after(now, config), config);
}

TEST(WayBackOfNames, KeepsALineThatCameMeanwhile) {
    const Facts before = with_shared_names("255\tlocal\n");
    Facts now = after(before, {});
    now.disk.files["/etc/iproute2/rt_tables"] += "700 vpn\n";
    const ChangeSet back = back_to(before, now, {});
    EXPECT_EQ(written(back.files, now.disk.files).at("/etc/iproute2/rt_tables"),
              "255\tlocal\n700 vpn\n");
}

/// As gather_disk tells it: a shared file without a block is none that eni-routes writes.
TEST(WayBackOfNames, OfABlockThatHasMovedAreInTheDropIn) {
    const std::string shared = "/etc/iproute2/rt_tables";
    Facts before = after(two_interfaces(), {});
    before.disk.rt_tables_path = "/etc/iproute2/rt_tables.d/eni-routes.conf";
    before.disk.rt_tables_is_shared = false;
    before.disk.files.erase(before.disk.rt_tables_path);
    before.disk.files[shared] = with_block("255\tlocal\n", before.disk.table_names);
    Config config;
    config.interfaces["eth1"].table = TableId{300};
    Facts now = after(before, config);
    ASSERT_EQ(now.disk.files.at(shared), "255\tlocal\n");
    now.disk.files.erase(shared);
    const ChangeSet back = back_to(before, now, config);
    now.disk.files = written(back.files, now.disk.files);
    EXPECT_EQ(now.disk.files.count(shared), 0U);
    EXPECT_EQ(now.disk.files.at(before.disk.rt_tables_path),
              with_block("", before.disk.table_names));
    EXPECT_TRUE(back_to(before, now, config).files.empty());
}

/// A table whose number another's entry has by now is not emptied.
TEST(Together, ATableThatOneTakesForAUsersIsHis) {
    Ownership a, b;
    a.tables_given = {TableId{500}, TableId{501}};
    b.tables_named = {{TableId{500}, "isp"}};
    EXPECT_EQ(together(a, b).tables_given, std::set<TableId>{TableId{501}});
    EXPECT_EQ(together(b, a).tables_named.count(TableId{500}), 1u);
}

}  // namespace
}  // namespace eni
