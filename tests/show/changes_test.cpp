// ChangeSet in words: the change lines and the summary of what EC2's addresses and prefixes bring.
// The rest is in the golden cases.
#include "changes.hpp"

#include <gtest/gtest.h>

#include "example.hpp"

namespace eni {
namespace {

ChangeSet some_findings() {
    ChangeSet change_set;
    Changes& changes = change_set.changes;
    changes.addresses_added = {{address("eth1", "10.0.2.50/32"), "eth1", "EC2 has assigned it"},
                               {address("eth1", "2001:db8:2::50/128"), "eth1", "EC2 as well"}};
    Route local = onlink("10.0.2.64/28", "eth1", "", 0);
    local.table = kTableLocal;
    local.type = RouteType::local;
    local.scope = Scope::host;
    changes.routes_added = {{RouteAction::add, {local, "eth1", "EC2 has delegated it"}}};
    changes.addresses_deleted = {{address("eth0", "10.0.0.50/32"), "eth0", "not any more"}};
    return change_set;
}

TEST(ChangeLines, OfAddressesCanBeTypedAsTheyStand) {
    const auto lines = change_lines(some_findings());
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[0].ifname, "eth1");
    EXPECT_EQ(lines[0].command, "ip address add 10.0.2.50/32 dev eth1");
    EXPECT_EQ(lines[0].why, "EC2 has assigned it");
    EXPECT_EQ(lines[1].command, "ip address add 2001:db8:2::50/128 dev eth1");
    EXPECT_EQ(lines[2].command, "ip route add local 10.0.2.64/28 dev eth1 table local");
    EXPECT_EQ(lines[3].ifname, "eth0");
    EXPECT_EQ(lines[3].command, "ip address del 10.0.0.50/32 dev eth0");
    EXPECT_EQ(lines[3].why, "not any more");
}

/// Sysctls come before rules, netfilter's part after them: what is marked has its way by then.
ChangeSet changes_of_marks() {
    ChangeSet set;
    set.changes.groups = {{"eth1", 0, 10000}};
    set.changes.src_valid_marks = {{"eth0", true}, {"eth1", false}};
    Rule answers = rule(Family::v4, 20099, TableId{10001});
    answers.fwmark = 0x2;
    answers.fwmask = 0x7f;
    set.changes.rules_added = {{answers, "eth1", "answers"}};
    set.changes.markings = {{MarkingTool::nft, Marking{0x7f, {{"eth1", 2}}}},
                            {MarkingTool::iptables, std::nullopt}};
    set.files = {{"/etc/rule-eth1", "eth1", std::nullopt, "x"}};
    return set;
}

TEST(ChangeLines, OfMarksAreCommandsWhereThereIsOne) {
    const auto lines = change_lines(changes_of_marks());
    ASSERT_EQ(lines.size(), 7u);
    EXPECT_EQ(lines[1].ifname, "eth0");
    EXPECT_EQ(lines[1].command, "sysctl -w net/ipv4/conf/eth0/src_valid_mark=1");
    EXPECT_EQ(lines[1].why, "rp_filter is strict, and uses marks");
    EXPECT_EQ(lines[2].command, "sysctl -w net/ipv4/conf/eth1/src_valid_mark=0");
    EXPECT_EQ(lines[3].command, "ip rule add fwmark 0x2/0x7f table 10001 priority 20099");
    EXPECT_EQ(lines[4].ifname, "");
    EXPECT_EQ(lines[4].command, "write nft tables eni-routes");
    EXPECT_EQ(lines[4].why, "answers of forwarded connections go back where they came from");
    EXPECT_EQ(lines[5].command, "remove iptables chains ENI-ROUTES");
    EXPECT_EQ(lines[5].why, "not in the plan (any more)");
    EXPECT_EQ(lines[6].command, "write /etc/rule-eth1");
}

TEST(Summary, CountsMarksInTheOrderOfApplication) {
    ChangeSet set = changes_of_marks();
    EXPECT_EQ(summary(change_lines(set)),
              "1 link group set, 2 sysctls set, 1 rule added, 1 set of marks set, 1 set of marks "
              "removed, 1 file written");
    EXPECT_EQ(summary(change_lines(set), Tense::conditional),
              "would set 1 link group, 2 sysctls, add 1 rule, set 1 set of marks, remove 1 set of "
              "marks, write 1 file");
    set.not_done = {"write nft tables eni-routes", "sysctl -w net/ipv4/conf/eth1/src_valid_mark=0"};
    EXPECT_EQ(summary(change_lines(set)),
              "1 link group set, 1 of 2 sysctls set, 1 rule added, 0 of 1 set of marks set, 1 set "
              "of marks removed, 1 file written");
}

TEST(Summary, CountsAddressesInTheOrderOfApplication) {
    ChangeSet change_set = some_findings();
    EXPECT_EQ(summary(change_lines(change_set)),
              "2 addresses added, 1 route added, 1 address deleted");
    change_set.changes.addresses_added.pop_back();
    change_set.changes.addresses_deleted.resize(3);
    EXPECT_EQ(summary(change_lines(change_set)),
              "1 address added, 1 route added, 3 addresses deleted");
    EXPECT_EQ(summary({}), "nothing to do");
}

TEST(Summary, SaysWhatWasDoneOfWhatWasToBeDone) {
    ChangeSet change_set = some_findings();
    change_set.files = {{"/etc/rule-eth1", "eth1", std::nullopt, "x"},
                        {"/etc/route-eth1", "eth1", "x", std::nullopt}};
    change_set.not_done = {"ip address add 10.0.2.50/32 dev eth1", "write /etc/rule-eth1"};
    EXPECT_EQ(
        summary(change_lines(change_set)),
        "1 of 2 addresses added, 1 route added, 1 address deleted, 0 of 1 file written, 1 file "
        "removed");
    EXPECT_NE(changes_text(change_set).find("dev eth1   # failed: EC2 has assigned it\n"),
              std::string::npos);
    EXPECT_FALSE(change_lines(change_set)[0].is_done);
    EXPECT_TRUE(change_lines(change_set)[1].is_done);
}

TEST(Summary, OfADryRunSaysWhatWouldBeDone) {
    ChangeSet change_set = some_findings();
    change_set.files = {{"/etc/rule-eth1", "eth1", std::nullopt, "x"}};
    EXPECT_EQ(summary(change_lines(change_set), Tense::conditional),
              "would add 2 addresses, 1 route, delete 1 address, write 1 file");
    EXPECT_EQ(summary({}, Tense::conditional), "nothing to do");
}

}  // namespace
}  // namespace eni
