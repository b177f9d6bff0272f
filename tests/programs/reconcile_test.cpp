// What a run changes where it is limited to some interfaces.
#include "reconcile.hpp"

#include <gtest/gtest.h>

#include "example.hpp"

namespace eni {
namespace {

/// eth0 and eth1 with the policy applied, and their names in rt_tables.
Facts applied() {
    const Facts facts = two_interfaces();
    const Plan plan = make_plan(facts, {}, Absent::forget);
    Facts later = carried_out(facts, plan);
    later.disk.table_names = plan.table_names;
    later.run = plan.run;
    return later;
}

std::set<std::string> changed(const Facts& facts, const Request& request) {
    std::set<std::string> ifnames;
    for (const auto& rule : make_change_set(facts, {}, request).changes.rules_added)
        ifnames.insert(rule.ifname);
    return ifnames;
}

TEST(Limit, IsToTheInterfacesThatWereNamed) {
    Facts facts = applied();
    facts.kernel.rules.clear();
    Request request;
    EXPECT_EQ(changed(facts, request).count("eth0"), 1u);
    request.ifnames = {"eth1"};
    EXPECT_EQ(changed(facts, request).count("eth0"), 0u);
    EXPECT_EQ(changed(facts, request).count("eth1"), 1u);
}

/// Else eth1 would move into a table that eth0's rules still lead to.
TEST(Limit, IsNoneWhereATableChangesHands) {
    Facts facts = applied();
    eni_of(facts, "eth0") = eni(1, {"10.0.0.0/24"}, {"10.0.0.29"});
    eni_of(facts, "eth1") = eni(0, {"10.0.2.0/24"}, {"10.0.2.37"});
    Request request;
    request.ifnames = {"eth1"};
    EXPECT_EQ(changed(facts, request).count("eth0"), 1u);
    EXPECT_EQ(changed(facts, request).count("eth1"), 1u);
}

}  // namespace
}  // namespace eni
