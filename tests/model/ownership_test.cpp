// Which rules by marks are ours: their place, their table, and nothing beside the mark. (The other
// kinds are in make_plan_test and diff_test.)
#include "ownership.hpp"

#include <gtest/gtest.h>

#include "example.hpp"

namespace eni {
namespace {

constexpr TableId kTable1{10001}, kNamed{500}, kTheirs{77};

Ownership ours() {
    Ownership ownership;
    ownership.priority_bases = {12000, 20000};
    ownership.link_groups = {10000};
    ownership.tables_given = {kTable1};
    ownership.tables_named = {{kNamed, "isp"}};
    ownership.mark_masks = {0x7f};
    return ownership;
}

/// As eni-routes makes it, but for the change.
template <class Change>
bool answers_are_ours(Change change) {
    Rule answers = rule(Family::v4, 20099, kTable1);
    answers.fwmark = 0x2;
    answers.fwmask = 0x7f;
    change(answers);
    return is_ours(answers, ours());
}

/// What a request is led past the answers' by, but for the change.
template <class Change>
bool request_is_ours(Change change) {
    Rule request = rule(Family::v4, 20098, TableId{0});
    request.fwmark = 0x2;
    request.fwmask = 0x7f;
    request.iif = "eth1";
    request.action = RuleAction::go_to;
    request.target = Priority{20101};
    change(request);
    return is_ours(request, ours());
}

TEST(OwnershipOfMarks, IsByPlaceAndTable) {
    EXPECT_TRUE(answers_are_ours([](Rule&) {}));
    EXPECT_TRUE(answers_are_ours([](Rule& r) { r.family = Family::v6; }));
    EXPECT_TRUE(answers_are_ours([](Rule& r) { r.fwmark = 0x80, r.fwmask = 0xff80; }))
        << "of another mask, before the configuration changed";
    EXPECT_TRUE(answers_are_ours([](Rule& r) { r.priority = Priority{12099}; }))
        << "of an earlier base";
    EXPECT_TRUE(answers_are_ours([](Rule& r) { r.table = kNamed; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.table = kTheirs; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.table = kTableMain; }));
}

/// A user's own, to a table of ours: `fwmark 0x80 lookup eth1`.
TEST(OwnershipOfMarks, OfAUsersRuleElsewhereIsTheUsers) {
    for (const std::uint32_t priority : {99u, 5000u, 12098u, 12100u, 20000u, 20097u, 20098u, 20100u,
                                         20101u, 25101u, 29999u, 30099u, 32099u})
        EXPECT_FALSE(answers_are_ours([&](Rule& r) {
            r.fwmark = r.fwmask = 0x80;
            r.priority = Priority{priority};
        })) << priority;
}

TEST(OwnershipOfMarks, IsOfWhatAsksForNothingElse) {
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.from = net("10.0.2.0/24"); }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.to = net("10.0.2.0/24"); }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.iif = "docker0"; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.oif = "eth1"; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.is_inverted = true; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.ip_protocol = 6; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.users = NumberRange{0, 9}; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.suppress_prefixlength = 0; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.is_exotic = true; }));
    EXPECT_FALSE(answers_are_ours([](Rule& r) { r.fwmark = 0; })) << "what is not marked";
    EXPECT_FALSE(
        answers_are_ours([](Rule& r) { r.action = RuleAction::prohibit, r.table = TableId{0}; }));
}

TEST(OwnershipOfMarks, OfAGotoIsByTheBandsHead) {
    EXPECT_TRUE(request_is_ours([](Rule&) {}));
    EXPECT_TRUE(request_is_ours([](Rule& r) { r.priority = Priority{12098}; }));
    EXPECT_TRUE(request_is_ours([](Rule& r) { r.priority = Priority{20099}; }));
    EXPECT_FALSE(request_is_ours([](Rule& r) { r.priority = Priority{20100}; }));
    EXPECT_FALSE(request_is_ours([](Rule& r) { r.priority = Priority{19999}; }))
        << "it asks for a device as well";
}

/// Past another program's rule for all packets: by a mark alone, to the band.
TEST(OwnershipOfMarks, OfAWayToTheBand) {
    const auto is_way = [](auto change) {
        return request_is_ours([&](Rule& r) {
            r.iif.clear();
            r.priority = Priority{5268};
            r.target = Priority{20000};
            change(r);
        });
    };
    EXPECT_TRUE(is_way([](Rule&) {}));
    EXPECT_FALSE(is_way([](Rule& r) { r.target = Priority{30000}; }));
    EXPECT_FALSE(is_way([](Rule& r) { r.fwmask = 0xffffffff; })) << "none of our masks";
    EXPECT_FALSE(is_way([](Rule& r) { r.target = Priority{11999}; }));
    EXPECT_FALSE(is_way([](Rule& r) { r.is_inverted = true; }));
    EXPECT_FALSE(is_way([](Rule& r) { r.to = net("10.9.0.0/16"); }));
    EXPECT_FALSE(is_way([](Rule& r) { r.from = net("10.0.2.0/24"); }));
}

}  // namespace
}  // namespace eni
