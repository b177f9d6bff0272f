// What check() says of a kernel or a disk that is not what the plan says, where no packet is lost
// by it: a finding for each interface, and what is gone or left over by name.
#include "checked_host.hpp"

namespace eni {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kBoot = "  because a boot starts with what is in the files";

TEST(Difference, ARuleThatNoTriedPacketNeedsIsAWarning) {
    Host host = after();
    erase_rule(host, 25101);
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 rule-missing: rule \"25101: from all to 10.0.2.0/24 lookup "
                     "eth1\" is missing",
                     "  because what it is for: its neighbours", kFixed}));
    EXPECT_EQ(checked(host).worst(), Grade::warning);
}

TEST(Difference, WhatATableLacksIsToldOnce) {
    Host host = before();
    for (const char* dst : {"10.98.0.0/16", "10.99.0.0/16"})
        host.facts.kernel.routes.push_back(via(dst, "10.0.2.9", "eth1", 0));
    host = installed(host);
    erase_routes(host, [](const Route& r) { return r.table == kTable1 && r.dst.length() == 16; });
    EXPECT_EQ(lines_of(host), Lines({"warning eth1 route-missing: table eth1 lacks \"10.98.0.0/16 "
                                     "via 10.0.2.9 dev eth1 table eth1\"",
                                     kFixed}));
}

TEST(Difference, WhatATableHasTooMuchIsToldOnce) {
    Host host = after();
    for (const char* dst : {"10.98.0.0/16", "10.99.0.0/16"})
        host.facts.kernel.routes.push_back(in_table(kTable1, via(dst, "10.0.2.9", "eth1", 0)));
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 route-left-over: table eth1 has left over \"10.98.0.0/16 via "
                     "10.0.2.9 dev eth1 table eth1\"",
                     kFixed}));
    EXPECT_TRUE(finding_of(host, "route-left-over").route);
}

TEST(Difference, OfEachFamilyOfATable) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    for (const Route& stray : {via("2001:db8:98::/48", "fe80::9", "eth1", 1024),
                               via("10.98.0.0/16", "10.0.2.9", "eth1", 0)})
        host.facts.kernel.routes.push_back(in_table(kTable1, stray));
    const CheckResult result = checked(host);
    ASSERT_EQ(heads(result), Lines({"warning eth1 route-left-over"}));
    EXPECT_EQ(result.findings[0].consequences.size(), 1u) << "the other family's";
}

TEST(Difference, LeftOversOfAnInterfaceThatIsGone) {
    Host host = after();
    host.facts.disk.table_names.push_back({kTable2, "eth2", true});
    Rule left = from_rule(20102, "10.0.3.0/24", kTable2);
    left.iif = "lo";
    host.facts.kernel.rules.push_back(left);
    host.facts.kernel.routes.push_back(in_table(kTable2, via("0.0.0.0/0", "10.0.0.9", "eth0", 0)));
    EXPECT_EQ(lines_of(host),
              Lines({"warning host rule-left-over: rule \"20102: from 10.0.3.0/24 iif lo lookup "
                     "eth2\" is left over (eth2 is gone)",
                     kFixed,
                     "  + table eth2 has left over \"default via 10.0.0.9 dev eth0 table eth2\" "
                     "(eth2 is gone)"}));
}

TEST(Difference, MainIsNotGone) {
    Host host = after();
    Rule twin = rule(Family::v4, 20000, kTableMain);
    twin.suppress_prefixlength = 1;
    twin.suppress_ifgroup = 10000;
    host.facts.kernel.rules.push_back(twin);
    EXPECT_EQ(lines_of(host),
              Lines({"warning host rule-left-over: " + kSuppress + " is left over", kFixed}));
}

TEST(Difference, AGroupByWhichNoPacketSuffers) {
    Host host = after();
    erase_routes(
        host, [](const Route& r) { return r.table == kTableMain && r.dst == net("10.0.2.0/24"); });
    host = installed(host);
    link_named(host, "eth1").group = 0;
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 link-group: is in link group 0 instead of 10000", kFixed}));
}

TEST(Difference, Files) {
    Host host = after();
    auto& files = host.facts.disk.files;
    const std::string rules = std::string(kScripts) + "rule-eth1";
    ASSERT_EQ(files.count(rules), 1u);
    const std::string good = files[rules];
    files[rules] += "from 10.0.9.9 table eth1 priority 5\n";
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 file-differs: " + rules + " is not what eni-routes would write",
                     kBoot, kFixed}));
    files.erase(rules);
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 file-differs: " + rules + " is missing", kBoot, kFixed}));
    files[rules] = good;
    files[std::string(kScripts) + "rule-eth9"] = "# eni-routes: eth9\n";
    EXPECT_EQ(lines_of(host), Lines({"warning eth9 file-differs: " + std::string(kScripts) +
                                         "rule-eth9 is left over",
                                     kBoot, kFixed}));
}

TEST(Difference, WhatOneInterfaceLacksIsOneFinding) {
    Host host = after();
    erase_rule(host, 20101);
    erase_rule(host, 25101);
    host.facts.disk.files.erase(std::string(kScripts) + "rule-eth1");
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 rule-missing"}));
    EXPECT_THAT(result.findings[0].consequences,
                testing::IsSupersetOf(
                    Lines{"rule \"25101: from all to 10.0.2.0/24 lookup eth1\" is missing",
                          std::string(kScripts) + "rule-eth1 is missing"}));
    EXPECT_THAT(result.findings[0].consequences, testing::Not(Contains(HasSubstr("rule \"20101"))))
        << "that is the finding";
}

/// That no run was made since something changed.
TEST(Difference, WhatSeveralInterfacesLackIsOneFindingOfTheHost) {
    Host host = before();
    add_eth2(host);
    host = installed(host);
    erase_rule(host, 25101);
    erase_rule(host, 25102);
    EXPECT_EQ(lines_of(host),
              Lines({"warning host rule-missing: rule \"25101: from all to 10.0.2.0/24 lookup "
                     "eth1\" is missing",
                     "  because what it is for: its neighbours", kFixed,
                     "  + rule \"25102: from all to 10.0.4.0/24 lookup eth2\" is missing"}));
}

/// A foreign rule is told of where it takes packets; `goto` rules past it are how it is mended.
TEST(Difference, RulesThatLeadPastAnothersGoToIt) {
    Host host = before();
    host.facts.kernel.rules.push_back(rule(Family::v4, 19999, kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    host = installed(host);
    EXPECT_EQ(complaints(host), Lines());
    erase_rules(host, [](const Rule& r) { return r.action == RuleAction::go_to; });
    for (const std::string& head : heads(host))
        EXPECT_THAT(head, HasSubstr("foreign-rule")) << "not `rule-missing` as well";
}

// ---- Marks --------------------------------------------------------------------------------------

TEST(DifferenceOfMarks, IsNoneAsARunLeavesThem) {
    EXPECT_EQ(lines_of(marked(before())), Lines());
}

TEST(DifferenceOfMarks, NetfilterHasNoneOfThem) {
    Host host = marked(before());
    host.facts.marking->nft.clear();
    const Lines missing = {
        "warning host marks-missing: nft tables eni-routes are missing, or not as eni-routes made "
        "them",
        kFixed};
    EXPECT_EQ(lines_of(host), missing);
    host.facts.marking->nft = "another";
    EXPECT_EQ(lines_of(host), missing);
    host.facts.marking = nothing_of_ours(MarkingTool::iptables);
    EXPECT_EQ(lines_of(host),
              Lines({"warning host marks-missing: iptables chains ENI-ROUTES are missing, or not "
                     "as eni-routes made them",
                     kFixed}));
}

TEST(DifferenceOfMarks, NetfilterHasThemStill) {
    Host host = marked(before());
    Host off = after();
    off.facts.marking = host.facts.marking;
    off.facts.run = host.facts.run;
    for (InterfaceState* state :
         {&off.facts.run.interfaces["eth0"], &off.facts.run.interfaces["eth1"]})
        state->set_src_valid_mark = false;
    EXPECT_EQ(lines_of(off),
              Lines({"warning host marks-left-over: nft tables eni-routes are left over", kFixed}));
}

TEST(DifferenceOfMarks, SysctlsByWhichNoPacketSuffers) {
    Host host = marked(before());
    link_named(host, "eth1").src_valid_mark = false;
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 marks-missing: src_valid_mark is off: rp_filter drops requests "
                     "for published ports",
                     kFixed}));
}

/// rp_filter became loose on eth0 since the last run.
TEST(DifferenceOfMarks, OfAnInterfaceBesideTheHostsOwn) {
    Host host = marked(before());
    host.facts.kernel.rp_filter_all = 0;
    link_named(host, "eth1").rp_filter = 1;
    host = installed(host);
    link_named(host, "eth0").src_valid_mark = true;
    EXPECT_EQ(lines_of(host),
              Lines({"warning host marks-left-over: eth0: src_valid_mark is left on", kFixed,
                     "  + nft tables eni-routes are missing, or not as eni-routes made them"}));
}

TEST(DifferenceOfMarks, RulesByThem) {
    Host host = marked(before());
    erase_rules(host, [](const Rule& r) { return r.fwmark == 2; });
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 rule-missing: rule \"20098: from all fwmark 0x2/0x7f iif eth1 "
                     "goto 20101\" is missing",
                     "  because what it is for: a request's mark is for rp_filter alone", kFixed,
                     "  + rule \"20099: from all fwmark 0x2/0x7f lookup eth1\" is missing"}));
}

/// The plan has another form where main refuses everything; each of its rules is not news.
TEST(Difference, ARouteOfMainsThatChangesTheFormIsTheCause) {
    Host host = after();
    Route refusing = blackhole("0.0.0.0/0");
    refusing.metric = 1;
    host.facts.kernel.routes.push_back(refusing);
    const CheckResult result = checked(host);
    EXPECT_EQ(result.worst(), Grade::broken);
    for (const Finding& finding : result.findings)
        EXPECT_THAT(finding.code, testing::AnyOf("route-refuses", "main-route")) << finding.text;
}

}  // namespace
}  // namespace eni
