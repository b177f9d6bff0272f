// What check() says of rules that other programs made: those that come first, one of each kind, and
// the programs that route by source as eni-routes does.
#include "checked_host.hpp"
#include "format.hpp"

namespace eni {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kNotTried = "  because what it takes away was not tried";

/// Facts of today have the local table.
void add_local_table(Host& host) {
    Route local = onlink("10.0.0.29/32", "eth0", "10.0.0.29", 0);
    local.table = kTableLocal;
    local.type = RouteType::local;
    local.scope = Scope::host;
    host.facts.kernel.routes.push_back(local);
    local.dst = net("10.0.2.37/32");
    local.hops[0].ifname = "eth1";
    local.prefsrc = ip("10.0.2.37");
    host.facts.kernel.routes.push_back(local);
}

// ---- Those that come first ----------------------------------------------------------------------

TEST(ForeignRules, ThatComeFirstAreNamed) {
    Host host = after();
    Rule unknown = from_rule(100, "10.0.2.37/32", kTableMain);
    unknown.is_exotic = true;
    host.facts.kernel.rules.push_back(unknown);
    Rule to_one = rule(Family::v4, 101, kTableMain);
    to_one.to = net("203.0.113.0/24");
    host.facts.kernel.rules.push_back(to_one);
    host.facts.kernel.rules.push_back(from_rule(33000, "10.0.2.37/32", kTableMain));  // behind
    EXPECT_EQ(lines_of(host),
              Lines({"warning host rule-before-ours: rule \"100: from 10.0.2.37 lookup main (and "
                     "more)\" is another program's, and comes first",
                     kNotTried,
                     "note host rule-before-ours: rule \"101: from all to 203.0.113.0/24 lookup "
                     "main\" is another program's, and comes first",
                     kNotTried}));
}

/// There may be thousands.
TEST(ForeignRules, ThatComeFirstAreOneFindingOfEachKind) {
    Host host = before();
    for (std::uint32_t i = 1; i <= 3; ++i) {
        host.facts.kernel.rules.push_back(marked_rule(100 + i, i, 0xff, kTableMain));
        Rule ours = from_rule(200 + i, "10.0.2.37/32", kTableMain);
        ours.is_exotic = true;
        host.facts.kernel.rules.push_back(ours);
    }
    const CheckResult result = checked(installed(host));
    EXPECT_EQ(heads(result),
              Lines({"warning host rule-before-ours", "note host rule-before-ours"}));
    for (const Finding& finding : result.findings) {
        EXPECT_EQ(finding.consequences.size(), 2u);
        ASSERT_TRUE(finding.rule);
    }
    EXPECT_EQ(number(result.findings[0].rule->priority), 201u);
    EXPECT_EQ(number(result.findings[1].rule->priority), 101u);
}

TEST(ForeignRules, ThatAreForAllPacketsAreLedPast) {
    Host host = before();
    host.facts.kernel.rules.push_back(rule(Family::v4, 19999, kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"note host rule-led-past: rule \"19999: from all lookup 500\" is another "
                     "program's, and for all packets",
                     "  because what is sent from the interfaces' addresses is led past it"}));
}

TEST(ForeignRules, ANopTakesNothing) {
    Host host = before();
    host.facts.kernel.rules.push_back(rule(Family::v4, 100, TableId{0}));
    host.facts.kernel.rules.back().action = RuleAction::nop;
    EXPECT_EQ(lines_of(installed(host)), Lines());
}

/// It leads to where eni-routes would lead it: a recipe's `from ADDRESS lookup 10001`.
TEST(ForeignRules, ToTheInterfacesOwnTableTakeNothingAway) {
    Host host = after();
    host.facts.kernel.rules.push_back(from_rule(100, "10.0.2.37/32", kTable1));
    EXPECT_EQ(checked(host).worst(), Grade::note);
    host.facts.kernel.rules.back().from = net("10.0.0.29/32");
    EXPECT_GT(checked(host).worst(), Grade::note) << "another's";
}

TEST(ForeignRules, OfAHostWithNothingToSeparate) {
    Host host = before();
    host.facts.kernel.links.pop_back();
    host.facts.kernel.rules.push_back(marked_rule(100, 1, 0xff, kTableMain));
    EXPECT_EQ(lines_of(host), Lines());
}

TEST(ForeignRules, ToAnEmptyTable) {
    Host host = before();
    add_local_table(host);
    host = installed(host);
    host.facts.disk.table_names.push_back({kIsp, "isp2", false});
    host.facts.disk.table_names.push_back({TableId{501}, "eth5", false});
    host.facts.kernel.rules.push_back(from_rule(33000, "10.9.0.1/32", kIsp));
    EXPECT_EQ(lines_of(host),
              Lines({"note host rule-to-empty-table: rule \"33000: from 10.9.0.1 lookup isp2\", "
                     "which is another program's, leads to an empty table"}));
    host.facts.kernel.rules.push_back(from_rule(33001, "10.9.0.2/32", TableId{501}));
    host.facts.kernel.rules.push_back(marked_rule(33002, 1, 1, TableId{502}));
    host.facts.kernel.routes.push_back(proxy_route(TableId{502}));
    const Finding finding = finding_of(host, "rule-to-empty-table");
    EXPECT_EQ(finding.consequences,
              Lines({"rule \"33001: from 10.9.0.2 lookup eth5\", which is another program's, leads "
                     "to an empty table (eth5 is gone)"}))
        << "502 has a route of type local";
    erase_routes(host, [](const Route& r) { return r.table == kTableLocal; });
    EXPECT_EQ(lines_of(host), Lines()) << "older facts do not have all that a table has";
}

// ---- Other programs -----------------------------------------------------------------------------

void add_tool(Host& host, const std::string& name) {
    host.facts.host->tools.push_back({name, "/usr/lib/systemd/system/" + name + ".service"});
}

TEST(OtherTools, AreKnownByTheNumbersThatNobodyElseUses) {
    const std::string cloud_setup =
        "systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service, then: reboot";
    const struct {
        Rule theirs;
        const char* head;
        const char* name;
        std::string fix;
    } cases[] = {
        {from_rule(30200, "10.0.2.37/32", TableId{30200}), "warning", "nm-cloud-setup",
         cloud_setup},
        {from_rule(30401, "10.0.2.37/32", TableId{30401}), "warning", "nm-cloud-setup",
         cloud_setup},
        {rule(Family::v4, 30350, kTableMain), "warning", "nm-cloud-setup", cloud_setup},
        {rule(Family::v4, 30399, kTableMain), "warning", "cloud-netconfig",
         "systemctl disable --now cloud-netconfig.timer, then: reboot"},
        {marked_rule(1024, 0x80, 0x80, kTableMain), "note", "amazon-vpc-cni", ""},
        {marked_rule(9, 0x200, 0xf00, TableId{2004}), "note", "Cilium", ""},
    };
    for (const auto& each : cases) {
        Host host = after();
        host.facts.kernel.rules.push_back(each.theirs);
        Lines expected = {
            std::string(each.head) + " host other-tool: " + each.name +
                " is at work on this host as well",
            "  because rule \"" +
                format_rule_listing(each.theirs, each.theirs.table == kTableMain ? "main" : "") +
                "\" is its"};
        if (!each.fix.empty()) expected.push_back("  fix: " + each.fix);
        EXPECT_EQ(lines_of(host), expected);
    }
}

/// Its numbers are those of a rule that people make by hand.
TEST(OtherTools, AmazonsAreKnownByTheirPackage) {
    for (const Rule& theirs :
         {from_rule(32765, "10.0.2.37/32", kTable1), from_rule(10001, "10.0.2.37/32", kTable1)}) {
        Host host = after();
        host.facts.kernel.rules.push_back(theirs);
        EXPECT_THAT(heads(host), testing::Not(Contains(HasSubstr("other-tool"))));
        add_tool(host, "nm-cloud-setup");
        EXPECT_THAT(heads(host), testing::Not(Contains(HasSubstr("other-tool"))))
            << "another's package";
        add_tool(host, "amazon-ec2-net-utils");
        const Finding finding = finding_of(host, "other-tool");
        EXPECT_EQ(finding.grade, Grade::warning);
        EXPECT_EQ(finding.text, "amazon-ec2-net-utils is at work on this host as well");
        EXPECT_EQ(finding.fix, "yum remove amazon-ec2-net-utils, then: reboot");
        EXPECT_EQ(heads(host).size(), 1u) << "and its rule is not one of somebody's";
        host.facts.host.reset();
        EXPECT_THAT(heads(host), testing::Not(Contains(HasSubstr("other-tool"))));
    }
}

/// A host as somebody recorded it: `ip rule add from 10.0.2.37 lookup 10050 priority 32100`.
TEST(OtherTools, ARuleMadeByHandIsNone) {
    Host host = before();
    host.facts.kernel.rules.push_back(from_rule(32100, "10.0.2.37/32", TableId{10050}));
    host.facts.kernel.routes.push_back(
        in_table(TableId{10050}, via("0.0.0.0/0", "10.0.2.1", "eth1", 0)));
    EXPECT_EQ(lines_of(installed(host)), Lines());
    const Lines before_it = heads(host);
    EXPECT_EQ(before_it, Lines({"BROKEN host policy-missing"}));
}

TEST(OtherTools, NumbersBesideTheirs) {
    for (const Rule& theirs :
         {from_rule(30199, "10.0.2.37/32", TableId{30199}),
          from_rule(30300, "10.0.2.37/32", TableId{30300}),
          from_rule(30500, "10.0.2.37/32", TableId{30500}),
          from_rule(30401, "10.0.2.37/32", TableId{30402}),
          from_rule(30401, "10.0.2.0/24", TableId{30401}), rule(Family::v4, 30351, kTableMain),
          rule(Family::v4, 30399, kIsp), from_rule(32000, "10.0.2.37/32", TableId{11000}),
          from_rule(31999, "10.0.2.37/32", TableId{10005}),
          from_rule(32001, "10.0.2.0/24", TableId{10005}),
          marked_rule(1025, 0x80, 0x80, kTableMain), marked_rule(1024, 0x80, 0xff, kTableMain),
          marked_rule(9, 0x200, 0xff, TableId{2004}),
          marked_rule(9, 0x200, 0xf00, TableId{2005})}) {
        Host host = after();
        add_tool(host, "amazon-ec2-net-utils");
        host.facts.kernel.rules.push_back(theirs);
        EXPECT_THAT(heads(host), testing::Not(Contains(HasSubstr("other-tool"))))
            << format_rule(theirs);
    }
}

TEST(OtherTools, OurOwnRulesAreNone) {
    Host host = before();
    add_tool(host, "amazon-ec2-net-utils");
    host.config.priority_base = 9900;  // eth1's rule: 10001, as its table
    host.config.match = Match::address;
    EXPECT_EQ(lines_of(installed(host)), Lines());
}

}  // namespace
}  // namespace eni
