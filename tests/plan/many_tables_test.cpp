// Many names in rt_tables and many interfaces: what a plan costs with them, and what becomes of
// those that there is no place for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "change_set.hpp"
#include "example.hpp"
#include "interfaces.hpp"
#include "make_plan.hpp"
#include "tables.hpp"

namespace eni {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Seconds of a processor. Unoptimised it takes a tenth of that, with sanitizers as much as 3; where
// each interface looks at all others it takes minutes.
constexpr double kBound = ENI_IS_OPTIMISED ? 3 : 15;

double seconds_of_plan(const Facts& facts) {
    const std::clock_t start = std::clock();
    make_plan(facts, {}, Absent::keep);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// Each with an address; of their names the numbers begin with `first`.
Facts with_interfaces(int count, int first = 0) {
    Facts facts = two_interfaces();
    facts.kernel.links.clear();
    facts.kernel.addresses.clear();
    facts.disk.profiles.clear();
    for (int i = 0; i < count; ++i) {
        const std::string ifname = "eth" + std::to_string(first + i);
        Link link = eth(ifname);
        link.ifindex = i + 2;
        link.mac = "02:00:00:00:" + std::to_string(10 + i / 90) + ":" + std::to_string(10 + i % 90);
        facts.kernel.links.push_back(link);
        const std::string subnet = "10." + std::to_string(i / 200) + "." + std::to_string(i % 200);
        facts.kernel.addresses.push_back(address(ifname, subnet + ".9/24"));
        facts.kernel.routes.push_back(
            onlink(subnet + ".0/24", ifname, subnet + ".9", 100 + static_cast<unsigned>(i)));
    }
    return facts;
}

/// "10000 foreign0" and so on: no interface can have one of these numbers.
void add_names(Facts& facts, std::uint32_t count, std::uint32_t first, bool are_ours = false) {
    for (std::uint32_t i = 0; i < count; ++i)
        facts.disk.table_names.push_back(
            {TableId{first + i}, "foreign" + std::to_string(i), are_ours});
}

std::size_t slots_of(const ManagedInterfaces& managed) {
    std::set<std::uint32_t> slots;
    for (const Interface& interface : managed.interfaces)
        if (interface.slot < kSlots) slots.insert(interface.slot);
    return slots.size();
}

TEST(ManyTables, AllOfTheBandIsGivenAndTheRestIsLeftAlone) {
    for (const int first : {0, 5000}) {  // by the digits of their names; or none fits
        const Facts facts = with_interfaces(912, first);
        const ManagedInterfaces managed = managed_interfaces(facts, {});
        EXPECT_EQ(managed.interfaces.size(), 900u);
        EXPECT_EQ(slots_of(managed), 900u);
        ASSERT_EQ(managed.left_alone.size(), 12u);
        EXPECT_EQ(managed.left_alone.front().why, LeftAlone::Why::no_place);
        EXPECT_EQ(managed.interfaces.front().name(), "eth" + std::to_string(first));
    }
}

TEST(ManyTables, HowManyHaveNoPlaceIsSaidOnce) {
    const Plan plan = make_plan(with_interfaces(905), {}, Absent::keep);
    EXPECT_EQ(plan.interfaces.size(), 900u);
    const auto notes = notes_of(plan);
    EXPECT_EQ(std::count_if(notes.begin(), notes.end(),
                            [](const std::string& note) {
                                return note.find("left alone") != std::string::npos;
                            }),
              1);
    EXPECT_THAT(notes, Contains(HasSubstr("5 of 905 interfaces are left alone")));
    EXPECT_THAT(notes_of(make_plan(with_interfaces(3), {}, Absent::keep)),
                Not(Contains(HasSubstr("left alone"))));
}

TEST(ManyTables, ABandThatIsFullToTheLastPlace) {
    const ManagedInterfaces managed = managed_interfaces(with_interfaces(900), {});
    EXPECT_EQ(slots_of(managed), 900u);
    EXPECT_THAT(managed.left_alone, IsEmpty());
}

TEST(ManyTables, NamesOfOthersCostLittle) {
    for (const bool are_ours : {false, true}) {
        Facts facts = with_interfaces(15);
        add_names(facts, 40000, 10000, are_ours);
        EXPECT_LT(seconds_of_plan(facts), kBound);
    }
}

TEST(ManyTables, NamesOfOthersCostLittleWithAllInterfaces) {
    Facts facts = with_interfaces(900);
    add_names(facts, 40000, 10000);
    const Plan plan = make_plan(facts, {}, Absent::keep);
    std::set<TableId> ids;
    for (const InterfacePlan& interface : plan.interfaces) ids.insert(interface.table.id);
    EXPECT_EQ(ids.size(), 900u);
    EXPECT_EQ(number(*ids.begin()), 50000u) << "behind the names";
    EXPECT_LT(seconds_of_plan(facts), kBound);
}

/// One number, or one name, of all entries.
TEST(ManyTables, EntriesThatContradictEachOtherCostLittle) {
    for (const bool has_one_number : {true, false}) {
        Facts facts = with_interfaces(900);
        for (std::uint32_t i = 0; i < 40000; ++i)
            facts.disk.table_names.push_back(
                has_one_number ? TableName{TableId{10001}, "n" + std::to_string(i)}
                               : TableName{TableId{20000 + i}, "eth1"});
        EXPECT_LT(seconds_of_plan(facts), kBound) << has_one_number;
    }
}

/// What is written and what is not is no look at each file for each interface.
TEST(ManyTables, ARunCostsLittleWithAllInterfacesAndTheirFiles) {
    Facts facts = with_interfaces(900);
    for (const Link& link : facts.kernel.links)
        facts.disk.profiles.push_back({link.ifname, link.ifname, "", "", {}});
    const Plan plan = make_plan(facts, {}, Absent::keep);
    facts = carried_out(facts, plan);
    facts.run = plan.run;
    EXPECT_GT(facts.disk.files.size(), 1700u);
    for (int i = 0; i < 900; ++i)  // of interfaces that are away
        facts.disk.files["/etc/sysconfig/network-scripts/rule-gone" + std::to_string(i)] =
            "# eni-routes: gone" + std::to_string(i) + "\n";
    const std::clock_t start = std::clock();
    EXPECT_TRUE(make_change_set(facts, {}, Absent::keep).empty());
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, kBound);
}

TEST(ManyTables, NumbersEndWithTheLastThatThereIs) {
    Facts facts = with_interfaces(2);
    for (Link& link : facts.kernel.links) {
        facts.enis[link.mac] = eni(1, {"10.0.0.0/24"});
        facts.enis[link.mac].network_card = 42949573;  // 10000 and a hundred times this is 2^32 + 4
    }
    EXPECT_THAT(make_plan(facts, {}, Absent::keep).interfaces, IsEmpty());
}

}  // namespace
}  // namespace eni
