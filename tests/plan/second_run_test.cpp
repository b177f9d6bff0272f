// A plan is made for the host as it is after the run: what the run adds is there, what it takes off
// is not. So the second run has nothing to do. Each test is a host where it once had.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "example.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Plan plan_of(const Facts& facts) {
    return make_plan(facts, imds(), Absent::forget);
}

Facts afterwards(const Facts& facts) {
    const Plan plan = plan_of(facts);
    Facts later = carried_out(facts, plan);
    later.run = plan.run;
    return later;
}

bool has_nothing_to_do(const Facts& facts) {
    return diff(plan_of(facts), facts.kernel).empty();
}

/// EC2 has said just now which addresses eth1 has beside 10.0.2.37; main has no default by it.
Facts assigned(const std::vector<std::string>& addresses) {
    Facts facts = two_interfaces();
    facts.kernel.routes.erase(facts.kernel.routes.begin() + 1);
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    for (const std::string& each : addresses) eni_of(facts, "eth1").addresses.push_back(ip(each));
    return facts;
}

/// The run before has put 10.0.2.50 on eth1, and EC2 has taken it away since.
Facts taken_away() {
    Facts facts = afterwards(assigned({"10.0.2.50"}));
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    return facts;
}

TEST(AddressThatIsAdded, IsNoGateway) {
    Facts facts = assigned({"10.0.2.50"});
    facts.leases = {{"eth1", {ip("10.0.2.50")}}};
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                Contains("default via 10.0.2.1 dev eth1 table eth1"));
    EXPECT_TRUE(has_nothing_to_do(afterwards(facts)));
}

TEST(AddressThatIsTakenOff, MayBeAGateway) {
    Facts facts = taken_away();
    facts.leases = {{"eth1", {ip("10.0.2.50")}}};
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                Contains("default via 10.0.2.50 dev eth1 table eth1"));
    EXPECT_TRUE(has_nothing_to_do(afterwards(facts)));
}

TEST(AddressThatIsAdded, HasNoRouteInAnOwnTable) {
    Facts facts = assigned({"10.0.2.50"});
    facts.kernel.routes.push_back(onlink("10.0.2.50/32", "eth1", "", 0));
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), Not(Contains(HasSubstr("10.0.2.50"))));
    EXPECT_TRUE(has_nothing_to_do(afterwards(facts)));
}

TEST(AddressThatIsTakenOff, MayHaveARouteInAnOwnTable) {
    Facts facts = taken_away();
    facts.kernel.routes.push_back(onlink("10.0.2.50/32", "eth1", "", 0));
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"),
                Contains("10.0.2.50 dev eth1 table eth1 scope link"));
    EXPECT_TRUE(has_nothing_to_do(afterwards(facts)));
}

TEST(AddressThatIsTakenOff, IsNoSourceOfWhatIsBoundToNone) {
    Facts facts = taken_away();
    auto& addresses = facts.kernel.addresses;
    std::rotate(addresses.begin(), addresses.end() - 1, addresses.end());  // the kernel's first
    facts.kernel.routes[0] = via("0.0.0.0/0", "10.0.2.1", "eth1", 100);
    EXPECT_EQ(plan_of(facts).run.outgoing4->source, ip("10.0.2.37"));
    EXPECT_THAT(notes_of(plan_of(afterwards(facts))), Not(Contains(HasSubstr("now leave by"))));
}

/// The lease of before has named 10.0.2.254, that of now itself a router, which it cannot be.
TEST(RouterOfALease, ThatIsUsedIsRemembered) {
    Facts facts = assigned({});
    eni_of(facts, "eth1").is_fresh = false;
    facts.run.interfaces["eth1"].mac = facts.kernel.links[1].mac;
    facts.run.interfaces["eth1"].lease_router = ip("10.0.2.254");
    facts.leases = {{"eth1", {ip("10.0.2.37")}}};
    const Plan plan = plan_of(facts);
    EXPECT_THAT(routes_of(plan, "eth1"), Contains("default via 10.0.2.254 dev eth1 table eth1"));
    EXPECT_EQ(plan.run.interfaces.at("eth1").lease_router, ip("10.0.2.254"));
    EXPECT_TRUE(has_nothing_to_do(afterwards(facts)));
}

/// Its connected route would be a default on the link, which the second run would take for main's.
TEST(NetmaskOfAllZeros, MakesNoDefault) {
    Facts facts = assigned({});
    facts.enis.clear();
    facts.kernel.addresses[1] = address("eth1", "10.0.2.37/0");
    facts.kernel.routes.pop_back();
    EXPECT_THAT(routes_of(plan_of(facts), "eth1"), IsEmpty());
    EXPECT_TRUE(has_nothing_to_do(afterwards(facts)));
}

}  // namespace
}  // namespace eni
