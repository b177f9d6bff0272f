// Rules of ours beside another program's that fit the same words, in a network namespace: see
// kernel_fixture.hpp.
#include "exact_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apply_kernel.hpp"
#include "kernel_abilities.hpp"
#include "kernel_fixture.hpp"

namespace eni {
namespace {

/// Ours is `from 10.0.2.0/24 iif lo table 10001 priority 20101`.
const std::string kOurs = "from 10.0.2.0/24 iif lo table 10001 priority 20101";

class ExactRules : public Kernel {
  protected:
    Rule ours() const {
        Rule rule = rule_from_to_table("10.0.2.0/24", 20101);
        rule.iif = "lo";
        return rule;
    }

    void add(const std::string& words) const { ip("rule add " + words); }

    /// `ip rule add` is refused where the kernel takes another one for it.
    void add_ours() const { EXPECT_EQ(words(apply(additions({}, {ours()}))), ""); }

    /// At 20101, in the kernel's order.
    std::vector<std::string> there() const {
        std::vector<std::string> found;
        for (const Rule& rule : look().rules)
            if (number(rule.priority) == 20101) found.push_back(format_rule(rule));
        return found;
    }

    Changes deletion() const {
        Changes changes;
        changes.rules_deleted.push_back({ours(), "eth1", ""});
        return changes;
    }

    /// Theirs is before ours, and is all that is left when ours is deleted.
    void expect_kept(const std::string& theirs) const {
        SCOPED_TRACE(theirs);
        add(theirs);
        add_ours();
        ASSERT_EQ(there().size(), 2u);
        EXPECT_EQ(words(apply(deletion())), "");
        EXPECT_EQ(there(), std::vector<std::string>{theirs});
        ip("rule del priority 20101");
    }
};

TEST_F(ExactRules, AnotherProgramsThatIsFirstIsNotDeletedInThePlaceOfOurs) {
    if (lacks(kPortRules) || lacks(kUserRules)) GTEST_SKIP() << kPortRules.missing;
    for (const std::string more : {"iif lo ipproto tcp", "iif lo dport 80", "iif lo uidrange 5-7"})
        expect_kept("from 10.0.2.0/24 " + more + " table 10001 priority 20101");
}

TEST_F(ExactRules, NorIsOneWithAMarkOrATos) {
    expect_kept("from 10.0.2.0/24 fwmark 0x5/0xff iif lo table 10001 priority 20101");
    expect_kept("from 10.0.2.0/24 tos 0x10 iif lo table 10001 priority 20101");
    expect_kept("from 10.0.2.0/24 to 10.9.0.0/16 iif lo table 10001 priority 20101");
    expect_kept("from 10.0.2.0/24 iif lo oif eth1 table 10001 priority 20101");
}

TEST_F(ExactRules, SeveralKeepTheirOrder) {
    const std::vector<std::string> theirs = {
        "from 10.0.2.0/24 tos 0x10 iif lo table 10001 priority 20101",
        "from 10.0.2.0/24 to 10.9.0.0/16 iif lo table 10001 priority 20101",
        "from 10.0.2.0/24 fwmark 0x5/0xff iif lo table 10001 priority 20101"};
    add(theirs[0]);
    add(theirs[1]);
    add_ours();
    add(theirs[2]);
    EXPECT_EQ(words(apply(deletion())), "");
    std::vector<std::string> left = there();
    std::sort(left.begin(), left.end());
    std::vector<std::string> wanted = theirs;
    std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(left, wanted);
}

TEST_F(ExactRules, WhereOneWouldGoThatCannotBeWrittenNothingIsDeleted) {
    add("from 10.0.2.0/24 iif lo realms 5 table 10001 priority 20101");
    add_ours();
    const auto before = there();
    const std::string failures = words(apply(deletion()));
    EXPECT_NE(failures.find("another program's"), std::string::npos) << failures;
    EXPECT_EQ(there(), before);
}

/// The kernel says EEXIST of some of these: it does not compare `not`, nor all of the others.
TEST_F(ExactRules, OursIsAddedBesideOneThatTheKernelTakesForIt) {
    for (const std::string theirs : {"not from 10.0.2.0/24 iif lo table 10001 priority 20101",
                                     "from 10.0.2.0/24 tos 0x10 iif lo table 10001 priority 20101",
                                     "iif lo table 10001 priority 20101"}) {
        SCOPED_TRACE(theirs);
        add(theirs);
        EXPECT_EQ(words(apply(additions({}, {ours()}))), "");
        EXPECT_EQ(there(), (std::vector<std::string>{theirs, kOurs}));
        EXPECT_EQ(words(apply(additions({}, {ours()}))), "");
        EXPECT_EQ(there(), (std::vector<std::string>{theirs, kOurs})) << "and once only";
        EXPECT_EQ(words(apply(deletion())), "");
        EXPECT_EQ(there(), std::vector<std::string>{theirs});
        ip("rule del priority 20101");
    }
}

TEST_F(ExactRules, OnlyWhatFitsAllThatIsNamedIsARival) {
    Rule rule = ours();
    const auto is_rival = [&](auto change) {
        Rule other = rule;
        change(other);
        return !rivals_of(rule, {other}).empty();
    };
    EXPECT_FALSE(is_rival([](Rule&) {})) << "ours itself, once more";
    EXPECT_TRUE(is_rival([](Rule& r) { r.ip_protocol = 6; }));
    EXPECT_TRUE(is_rival([](Rule& r) { r.is_inverted = true; }));
    EXPECT_FALSE(is_rival([](Rule& r) { r.table = TableId{5}; }));
    EXPECT_FALSE(is_rival([](Rule& r) { r.iif = "eth0"; }));
    EXPECT_FALSE(is_rival([](Rule& r) { r.from.reset(); }));
    EXPECT_FALSE(is_rival([](Rule& r) { r.priority = Priority{1}; }));
    rule.from.reset();
    EXPECT_TRUE(is_rival([](Rule& r) { r.from = Prefix::parse("10.0.0.0/8"); }));
}

}  // namespace
}  // namespace eni
