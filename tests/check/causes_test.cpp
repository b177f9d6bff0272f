// Why a packet goes astray: the walk through the kernel's rules beside the one through those that
// the plan wants; and which of the kernel's own rules are missing.
#include "cause.hpp"
#include "checked_host.hpp"

namespace eni {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const RouteQuery kToTheInternet = sent("192.0.2.1", "10.0.2.37");

Cause cause_for(const Host& host, const RouteQuery& query,
                std::optional<RouteAnswer> answer = std::nullopt) {
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    const Comparison comparison =
        compare(plan, host.facts.kernel, names_of_tables(plan, host.facts.disk));
    return find_cause(comparison, query,
                      answer ? *answer : answer_by_walk(host.facts.kernel, query));
}

TEST(Cause, AsPlanned) {
    const Cause cause = cause_for(after(), kToTheInternet);
    EXPECT_EQ(cause.kind, Cause::Kind::as_planned);
    ASSERT_TRUE(cause.rule);
    EXPECT_EQ(number(cause.rule->priority), 20101u);
}

TEST(Cause, ARuleIsMissing) {
    Host host = after();
    erase_rule(host, 20101);
    const Cause cause = cause_for(host, kToTheInternet);
    EXPECT_EQ(cause.kind, Cause::Kind::rule_missing);
    EXPECT_EQ(cause.text, kOurs + " is missing, so that " + kMain + " decides");
    ASSERT_TRUE(cause.rule);
    EXPECT_EQ(number(cause.rule->priority), 20101u);
    EXPECT_FALSE(cause.route);
    erase_rule(host, 32766);
    EXPECT_EQ(cause_for(host, kToTheInternet).text, kOurs + " is missing") << "no other decides";
}

TEST(Cause, ARuleThatIsLeftOverOrForeign) {
    Host host = after();
    host.facts.kernel.rules.push_back(from_rule(20050, "10.0.2.0/24", kTable0));
    EXPECT_EQ(cause_for(host, kToTheInternet).kind, Cause::Kind::rule_left_over);
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    host.facts.kernel.rules.back() = from_rule(100, "10.0.2.0/24", kIsp);
    const Cause cause = cause_for(host, kToTheInternet);
    EXPECT_EQ(cause.kind, Cause::Kind::rule_foreign);
    EXPECT_EQ(cause.text,
              "rule \"100: from 10.0.2.0/24 lookup 500\" decides before " + kOurs + " is asked");
}

TEST(Cause, ALinksGroup) {
    Host host = after();
    link_named(host, "eth1").group = 0;
    const Cause cause = cause_for(host, sent("10.0.2.2", "10.0.0.29"));
    EXPECT_EQ(cause.kind, Cause::Kind::link_group);
    EXPECT_EQ(cause.group_of, "eth1");
    EXPECT_THAT(cause.text, StartsWith("eth1 is not in link group 10000, so that "));
}

TEST(Cause, ATableThatLacksARoute) {
    Host host = after();
    default_of(host, kTable1).hops[0].gateway = ip("10.0.2.99");
    Cause cause = cause_for(host, kToTheInternet);
    EXPECT_EQ(cause.kind, Cause::Kind::table);
    EXPECT_EQ(cause.table, kTable1);
    EXPECT_THAT(cause.text, HasSubstr("instead of \"default via 10.0.2.1 dev eth1 table eth1\""));
    ASSERT_TRUE(cause.route);
    EXPECT_EQ(cause.route->hops[0].gateway, ip("10.0.2.1"));
    erase_routes(host, [](const Route& r) { return r.table == kTable1 && r.is_default(); });
    cause = cause_for(host, kToTheInternet);
    EXPECT_EQ(cause.kind, Cause::Kind::table);
    EXPECT_THAT(cause.text, StartsWith("table eth1 has no \"default via 10.0.2.1"));
    erase_routes(host, [](const Route& r) { return r.table == kTable1; });
    EXPECT_THAT(cause_for(host, kToTheInternet).text, StartsWith("table eth1 is empty"));
}

TEST(Cause, ARouteOfMainsThatRefusesIsNamed) {
    Host host = before();
    host.facts.kernel.routes.push_back(blackhole("10.66.0.0/16"));
    const Cause cause = cause_for(installed(host), sent("10.66.0.1", "10.0.2.37"));
    EXPECT_EQ(cause.kind, Cause::Kind::as_planned);
    EXPECT_EQ(cause.text, kSuppress + " finds \"blackhole 10.66.0.0/16 table main\"");
    ASSERT_TRUE(cause.route);
    EXPECT_EQ(cause.route->type, RouteType::blackhole);
}

TEST(Cause, ARuleThatRefusesIsNamed) {
    Host host = before();
    Rule refusing = from_rule(100, "10.0.2.0/24", TableId{0});
    refusing.action = RuleAction::prohibit;
    host.facts.kernel.rules.push_back(refusing);
    const Cause cause = cause_for(installed(host), kToTheInternet);
    EXPECT_EQ(cause.kind, Cause::Kind::rule_foreign);
    EXPECT_THAT(cause.text, StartsWith("rule \"100: from 10.0.2.0/24 prohibit\""));
}

/// Only where the kernel did otherwise than the walk.
TEST(Cause, ARuleThatIsNotUnderstood) {
    Host host = after();
    Rule odd = from_rule(100, "10.0.2.0/24", TableId{0});
    odd.is_exotic = true;
    host.facts.kernel.rules.push_back(odd);
    EXPECT_EQ(cause_for(host, kToTheInternet).kind, Cause::Kind::as_planned);
    RouteAnswer refused;
    refused.error = EACCES;
    const Cause cause = cause_for(host, kToTheInternet, refused);
    EXPECT_EQ(cause.kind, Cause::Kind::rule_unknown);
    ASSERT_TRUE(cause.rule);
    EXPECT_EQ(number(cause.rule->priority), 100u);
}

/// What it is compared with has none of another program's rules.
TEST(Cause, TheWantedWayIsWithoutTheRulesOfOthers) {
    Host host = before();
    host.facts.kernel.rules.push_back(marked_rule(100, 1, 0xff, kIsp));
    host.facts.kernel.rules.push_back(rule(Family::v4, 19999, kIsp));
    host = installed(host);
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    const Comparison comparison =
        compare(plan, host.facts.kernel, names_of_tables(plan, host.facts.disk));
    for (const Rule& rule : *comparison.rules_wanted) EXPECT_NE(rule.table, kIsp);
    EXPECT_TRUE(comparison.families_without_policy.empty());
    EXPECT_EQ(comparison.after->rules.size(), host.facts.kernel.rules.size());
}

TEST(Comparison, FamiliesWithoutPolicy) {
    const auto families = [](const Host& host) {
        const Plan plan = make_plan(host.facts, host.config, Absent::forget);
        return compare(plan, host.facts.kernel, {}).families_without_policy;
    };
    EXPECT_EQ(families(after()), std::set<Family>());
    EXPECT_EQ(families(before()), std::set<Family>({Family::v4}));
    Host host = before();
    add_ipv6(host);
    EXPECT_EQ(families(host), std::set<Family>({Family::v4, Family::v6}));
    host = installed(host);
    erase_rules(host, [](const Rule& r) {
        return r.family == Family::v6 && number(r.priority) >= 20000 && number(r.priority) < 30000;
    });
    EXPECT_EQ(families(host), std::set<Family>({Family::v6}));
}

TEST(Comparison, AfterAllChangesTheKernelsOwnRulesAreThere) {
    Host host = after();
    host.facts.kernel.rules.clear();
    host.facts.kernel.rules.push_back(rule(Family::v4, 0, kTableLocal));
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    const Comparison comparison = compare(plan, host.facts.kernel, {});
    EXPECT_EQ(comparison.changed.answer(sent("192.0.2.1")).ifname, "eth0");
    EXPECT_EQ(comparison.actual.answer(sent("192.0.2.1")).error, ENETUNREACH);
}

// ---- The kernel's own ---------------------------------------------------------------------------

TEST(KernelRules, ThoseWithoutWhichNothingGoes) {
    KernelSnapshot kernel = two_interfaces().kernel;
    EXPECT_EQ(missing_kernel_rules(kernel), std::vector<Rule>());
    kernel.rules.pop_back();  // table default is empty
    EXPECT_EQ(missing_kernel_rules(kernel), std::vector<Rule>());
    kernel.rules.pop_back();
    EXPECT_EQ(missing_kernel_rules(kernel),
              std::vector<Rule>({rule(Family::v4, 32766, kTableMain)}));
    kernel.rules.push_back(rule(Family::v6, 32766, kTableMain));
    EXPECT_EQ(missing_kernel_rules(kernel), std::vector<Rule>({
                                                rule(Family::v4, 32766, kTableMain),
                                                rule(Family::v6, 0, kTableLocal),
                                            }));
    kernel.rules.push_back(rule(Family::v4, 5, kTableMain));
    kernel.rules.back().iif = "eth0";
    EXPECT_EQ(missing_kernel_rules(kernel).size(), 2u) << "for some packets alone";
    kernel.rules.back().iif.clear();
    EXPECT_EQ(missing_kernel_rules(kernel).size(), 1u) << "whatever its priority";
    kernel.rules.clear();
    EXPECT_EQ(missing_kernel_rules(kernel), std::vector<Rule>()) << "not recorded";
}

TEST(KernelRules, AreThoseThatEveryNamespaceBeginsWith) {
    for (const Rule& own : two_interfaces().kernel.rules) EXPECT_TRUE(is_kernels_own(own));
    EXPECT_FALSE(is_kernels_own(rule(Family::v4, 32765, kTableMain)));
    EXPECT_FALSE(is_kernels_own(rule(Family::v4, 32766, kIsp)));
}

}  // namespace
}  // namespace eni
