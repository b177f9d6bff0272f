// Who undoes what we do three times in ten seconds is let have his way, for a minute.
#include "fights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "example.hpp"

namespace eni {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Rule our_rule(const std::string& from = "10.0.2.0/24") {
    Rule result = rule(Family::v4, 20101, TableId{10001});
    result.from = net(from);
    return result;
}

Changes adding(const Rule& rule) {
    Changes changes;
    changes.rules_added = {{rule, "eth1", "", true, true}};
    return changes;
}

std::string somebody(const std::string&) {
    return "ip, process 4711";
}
std::string nobody(const std::string&) {
    return "";
}

/// What is left to do of it at that time.
std::size_t left(const Fights& fights, Changes changes, Time now) {
    fights.amend(changes, now);
    return changes.rules_added.size() + changes.rules_deleted.size() + changes.routes_added.size() +
           changes.routes_deleted.size() + changes.groups.size() + changes.addresses_added.size() +
           changes.addresses_deleted.size() + changes.markings.size();
}

/// Made three times within three seconds, from second 0 on.
Fights fighting(const Changes& changes) {
    Fights fights;
    for (int second = 0; second < 3; ++second) fights.made(changes, somebody, seconds(second));
    return fights;
}

TEST(Fights, TheThirdTimeItIsOne) {
    Fights fights;
    const Changes changes = adding(our_rule());
    EXPECT_THAT(fights.made(changes, somebody, seconds(0)), IsEmpty());
    EXPECT_THAT(fights.made(changes, somebody, seconds(5)), IsEmpty());
    EXPECT_EQ(left(fights, changes, seconds(6)), 1u);
    const auto begun = fights.made(changes, somebody, seconds(10));
    ASSERT_THAT(begun, SizeIs(1));
    EXPECT_EQ(begun[0].ifname, "eth1");
    EXPECT_EQ(begun[0].what, "ip rule add from 10.0.2.0/24 table 10001 priority 20101");
    EXPECT_EQ(begun[0].who, "ip, process 4711");
    EXPECT_EQ(left(fights, changes, seconds(11)), 0u);
    EXPECT_EQ(left(fights, adding(our_rule("10.0.3.0/24")), seconds(11)), 1u);
}

TEST(Fights, MoreThanTenSecondsApartIsNone) {
    Fights fights;
    for (const int second : {0, 5, 11, 17, 23})
        EXPECT_THAT(fights.made(adding(our_rule()), somebody, seconds(second)), IsEmpty());
}

TEST(Fights, WhatNobodyUndidIsNone) {
    Fights fights;
    for (int second = 0; second < 9; ++second)
        EXPECT_THAT(fights.made(adding(our_rule()), nobody, seconds(second)), IsEmpty());
    EXPECT_THAT(fights.all(), IsEmpty());
    EXPECT_FALSE(fights.next_due(seconds(9)));
}

TEST(Fights, IsTriedAgainOnceAMinute) {
    const Changes changes = adding(our_rule());
    Fights fights = fighting(changes);
    EXPECT_EQ(fights.next_due(seconds(3)), Time(seconds(62)));
    EXPECT_EQ(left(fights, changes, seconds(61)), 0u);
    EXPECT_EQ(left(fights, changes, seconds(62)), 1u);
    EXPECT_THAT(fights.made(changes, somebody, seconds(62)), IsEmpty());  // is known already
    EXPECT_EQ(left(fights, changes, seconds(121)), 0u);
    EXPECT_EQ(left(fights, changes, seconds(122)), 1u);
}

TEST(Fights, IsForgottenAfterAMinuteOfPeace) {
    const Changes changes = adding(our_rule());
    Fights fights = fighting(changes);
    EXPECT_EQ(fights.next_due(seconds(62)), Time(seconds(122)));  // to forget it
    fights.made({}, somebody, seconds(121));
    EXPECT_THAT(fights.all(), SizeIs(1));
    fights.made({}, somebody, seconds(122));
    EXPECT_THAT(fights.all(), IsEmpty());
    EXPECT_FALSE(fights.next_due(seconds(122)));
    EXPECT_THAT(fights.made(changes, somebody, seconds(123)), IsEmpty());
}

TEST(Fights, EveryKindOfChangeCanBeOne) {
    Changes changes = adding(our_rule());
    changes.rules_deleted = {{our_rule("10.9.0.0/24"), "", "", true, true}};
    Route route = via("0.0.0.0/0", "10.0.2.1", "eth1", 0);
    route.table = TableId{10001};
    changes.routes_added = {{RouteAction::add, {route, "eth1", "", true, true}}};
    route.dst = net("10.9.0.0/24");
    changes.routes_deleted = {{route, "eth1", "", true, true}};
    changes.groups = {{"eth1", 0, 10000}};
    changes.addresses_added = {{address("eth1", "10.0.2.50/32"), "eth1", "", true, true}};
    changes.addresses_deleted = {{address("eth1", "10.0.2.51/32"), "eth1", "", true, true}};
    const Fights fights = fighting(changes);
    EXPECT_THAT(fights.all(), SizeIs(7));
    EXPECT_EQ(left(fights, changes, seconds(3)), 0u);
    EXPECT_EQ(left(fights, changes, minutes(2)), 7u);
}

TEST(Fights, OverAnAddressIsToldInIpsWords) {
    Changes changes;
    changes.addresses_added = {{address("eth1", "10.0.2.50/32"), "eth1", "", true, true}};
    const auto all = fighting(changes).all();
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].ifname, "eth1");
    EXPECT_EQ(all[0].what, "ip address add 10.0.2.50/32 dev eth1");
    EXPECT_EQ(all[0].who, "ip, process 4711");
    EXPECT_EQ(all[0].subject, subject_of(address("eth1", "10.0.2.50/32")));
    EXPECT_EQ(left(fighting(changes), changes, seconds(3)), 0u);
    changes.addresses_added[0].object = address("eth0", "10.0.2.50/32");
    EXPECT_EQ(left(fighting({}), changes, seconds(3)), 1u) << "on another interface it is another";
    changes.addresses_deleted = changes.addresses_added;
    changes.addresses_added.clear();
    EXPECT_THAT(fighting(changes).all().at(0).what, "ip address del 10.0.2.50/32 dev eth0");
}

/// `nft flush ruleset`, again and again.
TEST(Fights, OverMarksIsToldByTheirPlace) {
    Changes changes;
    changes.markings = {{MarkingTool::nft, Marking{0x7f, {{"eth0", 1}, {"eth1", 2}}}}};
    const auto nft = [](const std::string& subject) {
        return subject == "marks" ? "nft, process 4711" : "";
    };
    Fights fights;
    EXPECT_THAT(fights.made(changes, nft, seconds(0)), IsEmpty());
    EXPECT_THAT(fights.made(changes, nft, seconds(1)), IsEmpty());
    EXPECT_EQ(left(fights, changes, seconds(2)), 1u);
    const auto begun = fights.made(changes, nft, seconds(2));
    ASSERT_THAT(begun, SizeIs(1));
    EXPECT_EQ(begun[0].ifname, "");
    EXPECT_EQ(begun[0].what, "write nft tables eni-routes");
    EXPECT_EQ(begun[0].who, "nft, process 4711");
    EXPECT_EQ(left(fights, changes, seconds(3)), 0u);
    Changes others = changes;
    others.markings[0].tool = MarkingTool::iptables;
    EXPECT_EQ(left(fights, others, seconds(3)), 1u) << "chains of iptables are not these";
    others = changes;
    others.markings[0].marking.reset();
    EXPECT_EQ(left(fights, others, seconds(3)), 1u) << "nor is that they go";
    EXPECT_EQ(left(fights, changes, seconds(62)), 1u) << "it is tried again";
}

TEST(Fights, MarksThatNobodyUndidAreNone) {
    Changes changes;
    changes.markings = {{MarkingTool::iptables, Marking{0x7f, {{"eth1", 2}}}}};
    Fights fights;
    for (int second = 0; second < 9; ++second)
        EXPECT_THAT(fights.made(changes, nobody, seconds(second)), IsEmpty());
}

TEST(Fights, SubjectsOfAddressesTellTheAddressAndTheInterface) {
    const std::string subject = subject_of(address("eth1", "10.0.2.50/32"));
    EXPECT_EQ(subject, subject_of(address("eth1", "10.0.2.50/24"))) << "as a message tells of it";
    EXPECT_NE(subject, subject_of(address("eth0", "10.0.2.50/32")));
    EXPECT_NE(subject, subject_of(address("eth1", "10.0.2.51/32")));
}

/// The same route, first added, then in another's place: it is one aim.
TEST(Fights, AddingAndReplacingARouteIsTheSame) {
    Route route = via("0.0.0.0/0", "10.0.2.1", "eth1", 0);
    route.table = TableId{10001};
    Changes changes;
    changes.routes_added = {{RouteAction::add, {route, "eth1", "", true, true}}};
    Changes replacing = changes;
    replacing.routes_added[0].action = RouteAction::replace;
    Fights fights;
    fights.made(changes, somebody, seconds(0));
    fights.made(replacing, somebody, seconds(1));
    EXPECT_THAT(fights.made(changes, somebody, seconds(2)), SizeIs(1));
}

}  // namespace
}  // namespace eni
