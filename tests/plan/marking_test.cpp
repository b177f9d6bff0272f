// `forwarded: connmark`: which mark an interface has, the rules by marks, src_valid_mark, and when
// it is left out; each case worked out by hand.
#include "marking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "marked_host.hpp"
#include "ownership.hpp"

namespace eni {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Lines = std::vector<std::string>;

struct Host {
    Facts facts = markable(two_interfaces());
    Config config = connmark();

    Plan plan() const { return make_plan(facts, config, Absent::forget); }

    /// "eth1 0x2/0x7f", and whether requests carry it as well.
    Lines marks() const {
        Lines lines;
        const auto marking = plan().marking;
        if (!marking) return lines;
        for (const auto& [ifname, mark, is_on_requests] : marking->interfaces)
            lines.push_back(ifname + " " + format_mark(mark, marking->mask) +
                            (is_on_requests ? " on requests" : ""));
        return lines;
    }

    /// The planned rules of a family that ask for a mark.
    Lines rules(Family family = Family::v4) const {
        Lines lines;
        const Plan made = plan();
        for (const auto& planned : made.rules)
            if (planned.object.family == family && planned.object.fwmark != 0)
                lines.push_back(
                    format_rule(planned.object, table_name(made, planned.object.table)));
        return lines;
    }

    /// The notes on marks: "warning eth7 CODE: TEXT".
    Lines notes() const {
        Lines lines;
        for (const Note& note : plan().notes)
            if (note.code.substr(0, 5) == "marks")
                lines.push_back(
                    std::string(note.severity == Severity::warning ? "warning " : "note ") +
                    note.ifname + " " + std::string(note.code) + ": " + note.text);
        return lines;
    }
};

/// With an address and a route of main's, as DHCP has them.
void add_interface(Facts& facts, const std::string& ifname, const std::string& subnet) {
    facts.kernel.links.push_back(eth(ifname));
    facts.kernel.addresses.push_back(address(ifname, subnet + ".9/24"));
    facts.kernel.routes.push_back(onlink(subnet + ".0/24", ifname, subnet + ".9", 102));
}

/// eth1 alone has IPv6.
void add_ipv6(Facts& facts) {
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 101));
    facts.kernel.routes.push_back(via("::/0", "fe80::1", "eth1", 101));
}

Rule marked_rule(std::uint32_t priority, std::uint32_t mark, std::uint32_t mask) {
    Rule result = rule(Family::v4, priority, TableId{500});
    result.fwmark = mark;
    result.fwmask = mask;
    return result;
}

// ---- Numbers ------------------------------------------------------------------------------------

TEST(Marks, AreTheSlotAndOneMore) {
    Host host;
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0x7f", "eth1 0x2/0x7f"}));
    add_interface(host.facts, "eth9", "10.0.9");
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0x7f", "eth1 0x2/0x7f", "eth9 0xa/0x7f"}));
}

/// Connections outlive a run: a mark stays where another interface goes away.
TEST(Marks, StayWhenAnotherInterfaceGoes) {
    Host host;
    add_interface(host.facts, "eth9", "10.0.9");
    host.facts = after_run(host.facts, host.config);
    auto& links = host.facts.kernel.links;
    links.erase(links.begin() + 1);
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0x7f", "eth9 0xa/0x7f"}));
}

TEST(Marks, LieWhereTheMaskHasThem) {
    Host host;
    host.config.mark_mask = 0x3f00;
    EXPECT_EQ(host.marks(), Lines({"eth0 0x100/0x3f00", "eth1 0x200/0x3f00"}));
    EXPECT_EQ(host.rules(), Lines({"fwmark 0x100/0x3f00 iif eth0 goto 20100 priority 20098",
                                   "fwmark 0x100/0x3f00 table eth0 priority 20099",
                                   "fwmark 0x200/0x3f00 iif eth1 goto 20101 priority 20098",
                                   "fwmark 0x200/0x3f00 table eth1 priority 20099"}));
    host.config.mark_mask = 0xc0000000;
    EXPECT_EQ(host.marks(), Lines({"eth0 0x40000000/0xc0000000", "eth1 0x80000000/0xc0000000"}));
    host.config.mark_mask = 0xffffffff;
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0xffffffff", "eth1 0x2/0xffffffff"}));
}

/// Two bits are three marks. eth2 has the last of them by its slot, eth7 the next that is free.
TEST(Marks, OfASlotThatTheMaskHasNoNumberForAreTheNextThatIsFree) {
    Host host;
    host.config.mark_mask = 0x30;
    add_interface(host.facts, "eth2", "10.0.4");
    EXPECT_EQ(host.marks(), Lines({"eth0 0x10/0x30", "eth1 0x20/0x30", "eth2 0x30/0x30"}));
    EXPECT_THAT(host.notes(), IsEmpty());
    host.facts.kernel.links.pop_back();
    add_interface(host.facts, "eth7", "10.0.7");
    EXPECT_EQ(host.marks(), Lines({"eth0 0x10/0x30", "eth1 0x20/0x30", "eth7 0x30/0x30"}));
    EXPECT_THAT(host.notes(), IsEmpty());
}

/// Also where it is the first of all: each of the others keeps its own.
TEST(Marks, OfASlotAreNotGivenToAnother) {
    Host host;
    host.config.mark_mask = 0x30;
    host.config.primary = "eth7";
    add_interface(host.facts, "eth2", "10.0.4");
    add_interface(host.facts, "eth7", "10.0.7");
    EXPECT_THAT(host.marks(), ::testing::UnorderedElementsAre("eth0 0x10/0x30", "eth1 0x20/0x30",
                                                              "eth2 0x30/0x30"));
    EXPECT_EQ(host.notes().size(), 1u);
}

TEST(Marks, OfTooSmallAMaskAreNotForAll) {
    Host host;
    host.config.mark_mask = 0x3;
    add_interface(host.facts, "eth7", "10.0.7");
    add_interface(host.facts, "eth8", "10.0.8");
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0x3", "eth1 0x2/0x3", "eth7 0x3/0x3"}));
    EXPECT_EQ(host.notes(),
              Lines{"warning eth8 marks-unavailable: forwarded: connmark has no mark for it: "
                    "mark_mask 0x3 has too few bits"});
    EXPECT_EQ(host.rules().size(), 2 * 3u);
    EXPECT_EQ(host.plan().interfaces.size(), 4u) << "its own routing is as ever";
}

// ---- Rules --------------------------------------------------------------------------------------

const Lines kBoth = {"fwmark 0x1/0x7f iif eth0 goto 20100 priority 20098",
                     "fwmark 0x1/0x7f table eth0 priority 20099",
                     "fwmark 0x2/0x7f iif eth1 goto 20101 priority 20098",
                     "fwmark 0x2/0x7f table eth1 priority 20099"};

const Lines kOfEth1 = {kBoth[2], kBoth[3]};

TEST(MarkRules, LeadAnswersToTheTableAndRequestsPastIt) {
    const Host host;
    EXPECT_EQ(host.rules(), kBoth);
    EXPECT_THAT(host.rules(Family::v6), IsEmpty());
    for (const auto& planned : host.plan().rules)
        if (planned.object.fwmark != 0) {
            EXPECT_TRUE(planned.in_kernel);
            EXPECT_FALSE(planned.in_file) << "the stock script knows of no marks";
        }
}

TEST(MarkRules, OfAFamilyAreForInterfacesThatHaveIt) {
    Host host;
    add_ipv6(host.facts);
    EXPECT_EQ(host.rules(), kBoth);
    EXPECT_EQ(host.rules(Family::v6), kOfEth1) << "requests too: firewalld has a filter for IPv6";
}

TEST(MarkRules, RequestsAreMarkedWhereRpFilterIsStrict) {
    Host host;
    add_ipv6(host.facts);
    host.facts.kernel.rp_filter_all = 1;
    EXPECT_EQ(host.rules(), kBoth);
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0x7f on requests", "eth1 0x2/0x7f on requests"}));
    EXPECT_EQ(host.rules(Family::v6), kOfEth1) << "IPv6 has no rp_filter";
}

/// The larger of all's and the interface's own counts: 2 is loose.
TEST(MarkRules, WhichRpFilterCounts) {
    Host host;
    Link& eth1 = host.facts.kernel.links[1];
    eth1.rp_filter = 1;
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0x7f", "eth1 0x2/0x7f on requests"}));
    host.facts.kernel.rp_filter_all = 2;
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0x7f", "eth1 0x2/0x7f"}));
    host.facts.kernel.rp_filter_all = 1;
    eth1.rp_filter = 2;
    EXPECT_EQ(host.marks(), Lines({"eth0 0x1/0x7f on requests", "eth1 0x2/0x7f"}));
    EXPECT_EQ(host.rules(), kBoth) << "whoever else marks a request";
}

TEST(MarkRules, FollowThePriorityBase) {
    Host host;
    host.config.priority_base = 1000;
    host.facts.kernel.rp_filter_all = 1;
    EXPECT_EQ(host.rules(), Lines({"fwmark 0x1/0x7f iif eth0 goto 1100 priority 1098",
                                   "fwmark 0x1/0x7f table eth0 priority 1099",
                                   "fwmark 0x2/0x7f iif eth1 goto 1101 priority 1098",
                                   "fwmark 0x2/0x7f table eth1 priority 1099"}));
}

// ---- Left out -----------------------------------------------------------------------------------

void expect_left_out(const Host& host, const std::string& note) {
    EXPECT_THAT(host.marks(), IsEmpty());
    EXPECT_THAT(host.rules(), IsEmpty());
    EXPECT_EQ(host.notes(), Lines{note});
    EXPECT_FALSE(host.plan().run.marking);
    EXPECT_TRUE(host.plan().src_valid_marks.empty());
    EXPECT_EQ(rules_of(host.plan()).size(), 4u) << "the policy is in force as ever";
}

TEST(MarksLeftOut, NeitherProgramIsThere) {
    Host host;
    host.facts.kernel.rp_filter_all = 1;
    host.facts.marking = nothing_of_ours(MarkingTool::none);
    expect_left_out(host,
                    "warning  marks-unavailable: forwarded: connmark needs nft, or "
                    "iptables-restore and ip6tables-restore, and this host has neither: install "
                    "nftables");
}

std::string in_use(const std::string& by) {
    return "warning  marks-in-use: forwarded: connmark is left out: its bits 0x7f of marks are "
           "used by " +
           by + "; mark_mask chooses others";
}

TEST(MarksLeftOut, ARuleHasOneOfTheBits) {
    Host host;
    host.facts.kernel.rp_filter_all = 1;
    host.facts.kernel.rules.push_back(marked_rule(100, 0x40, 0xc0));
    expect_left_out(host, in_use("rule \"100: from all fwmark 0x40/0xc0 lookup 500\""));
    host.config.mark_mask = 0x3f;
    EXPECT_EQ(host.marks().size(), 2u) << "0x40 and 0x80 are none of these";
}

/// It asks for the packets whose bits are none.
TEST(MarksLeftOut, ARuleForWhatIsNotMarkedHasTheBitsAsWell) {
    Host host;
    host.facts.kernel.rules.push_back(marked_rule(100, 0, 0x1));
    EXPECT_THAT(host.marks(), IsEmpty());
    host.facts.kernel.rules.back().fwmask = 0x80;
    EXPECT_EQ(host.marks().size(), 2u);
}

/// Of 0xca6c, wg-quick's, the bits are 0x6c, the mark of the interface of slot 107.
TEST(MarksLeftOut, AWholeMarkCollidesWhereItWouldBeTakenForOurs) {
    Host host;
    Rule wg = marked_rule(32765, 0xca6c, 0xffffffff);
    wg.is_inverted = true;
    host.facts.kernel.rules.push_back(wg);
    EXPECT_EQ(host.marks().size(), 2u);
    EXPECT_THAT(host.notes(), IsEmpty());
    add_interface(host.facts, "eth107", "10.0.107");
    EXPECT_EQ(host.notes(), Lines{in_use("rule \"32765: not from all fwmark 0xca6c lookup 500\"")});
    host.config.mark_mask = 0x7f0000;
    EXPECT_EQ(host.marks().size(), 3u);
}

TEST(MarksLeftOut, NetfilterIsToldOfTheBitsByAnother) {
    Host host;
    auto& uses = host.facts.marking->uses;
    uses = {{"nft rule \"meta mark set 0x111\"", 0x111, 0xffffffff},
            {"iptables rule \"-j MARK --set-xmark 0x80/0x80\"", 0x80, 0x80}};
    EXPECT_EQ(host.marks().size(), 2u) << "neither is one of ours";
    uses.push_back({"nft rule \"ct mark 0x100\"", 0x100, 0xffffffff});
    expect_left_out(host, in_use("nft rule \"ct mark 0x100\""));  // 0x101 is not 0x100
    uses.pop_back();
    uses.push_back({"iptables rule \"-j MARK --set-xmark 0x8/0x18\"", 0x8, 0x18});
    expect_left_out(host, in_use("iptables rule \"-j MARK --set-xmark 0x8/0x18\""));
    uses = {{"nft rule \"meta mark set 0x2\"", 0x2, 0xffffffff}};
    expect_left_out(host, in_use("nft rule \"meta mark set 0x2\""));
    uses = {{"nft rule \"meta mark set 0x64\"", 0x64, 0xffffffff}};
    EXPECT_EQ(host.marks().size(), 2u) << "that would be the hundredth interface's";
    uses = {{"iptables rule \"--set-xmark 0x4/0x0\"", 0x4, 0}};
    EXPECT_THAT(host.marks(), IsEmpty()) << "XOR: it changes a bit of ours";
}

/// As after the run that made it: our own rules are nobody's use.
TEST(MarksLeftOut, NotByOurOwnRules) {
    Host host;
    host.facts = after_run(host.facts, host.config);
    ASSERT_EQ(std::count_if(host.facts.kernel.rules.begin(), host.facts.kernel.rules.end(),
                            [](const Rule& each) { return each.fwmark != 0; }),
              4);
    EXPECT_EQ(host.marks().size(), 2u);
}

TEST(MarksLeftOut, ByDefault) {
    Host host;
    host.config = {};
    host.facts.kernel.rp_filter_all = 1;
    EXPECT_THAT(host.marks(), IsEmpty());
    EXPECT_THAT(host.rules(), IsEmpty());
    EXPECT_THAT(host.notes(), IsEmpty());
    EXPECT_TRUE(host.plan().src_valid_marks.empty());
    EXPECT_FALSE(host.plan().run.marking);
    for (const auto& [ifname, state] : host.plan().run.interfaces)
        EXPECT_FALSE(state.set_src_valid_mark) << ifname;
}

/// The watch leaves iptables alone: it neither begins with marks, nor has others than netfilter
/// has.
TEST(MarksUnread, StayAsTheyWerePutInForce) {
    Host host;
    host.facts.kernel.rp_filter_all = 1;
    const Host unread{two_interfaces(), connmark()};
    EXPECT_THAT(unread.marks(), IsEmpty());
    EXPECT_THAT(unread.rules(), IsEmpty());
    EXPECT_THAT(unread.notes(), IsEmpty());
    host.facts = after_run(host.facts, host.config);
    const Lines marks = host.marks(), rules = host.rules();
    host.facts.marking.reset();
    for (const std::uint32_t mask : {0x7fu, 0x3f00u}) {
        host.config.mark_mask = mask;
        EXPECT_EQ(host.marks(), marks);
        EXPECT_EQ(host.rules(), rules);
        EXPECT_EQ(host.plan().run.marking, host.facts.run.marking);
        EXPECT_THAT(host.notes(), IsEmpty());
    }
    host.config.forwarded = Forwarded::off;
    EXPECT_THAT(host.rules(), IsEmpty()) << "off is off";
}

TEST(MarksUnread, ThatCannotBeReadAreNotedAndStay) {
    Host host;
    const auto fail = [](Host& failing) {
        failing.facts.marking = MarkingFacts();
        failing.facts.marking->error = "nf_tables: Operation not permitted";
    };
    const Lines note = {
        "warning  marks-unavailable: forwarded: connmark stays as it is: what netfilter has cannot "
        "be read: nf_tables: Operation not permitted"};
    Host never = host;
    fail(never);
    EXPECT_THAT(never.marks(), IsEmpty());
    EXPECT_THAT(never.rules(), IsEmpty());
    EXPECT_EQ(never.notes(), note);
    host.facts = after_run(host.facts, host.config);
    const MarkingState known = *host.facts.run.marking;
    fail(host);
    EXPECT_EQ(host.rules(), kBoth);
    EXPECT_EQ(host.notes(), note);
    EXPECT_EQ(host.plan().run.marking, known);
    EXPECT_FALSE(marking_in_force(host.facts)) << "nobody knows";
    EXPECT_TRUE(make_change_set(host.facts, host.config, Absent::forget).changes.markings.empty());
    host.config.forwarded = Forwarded::off;
    EXPECT_THAT(host.notes(), IsEmpty());
    EXPECT_EQ(host.plan().run.marking, known) << "it is to be taken off when it can be";
}

TEST(MarksLeftOut, WhereThePolicyIsSwitchedOff) {
    Host host;
    host.config.enabled = false;
    host.facts.marking = nothing_of_ours(MarkingTool::none);
    EXPECT_THAT(host.marks(), IsEmpty());
    EXPECT_THAT(host.notes(), IsEmpty()) << "nothing is missing";
}

// ---- src_valid_mark -----------------------------------------------------------------------------

using Wanted = std::map<std::string, bool>;

TEST(SrcValidMark, IsSetWhereRpFilterIsStrict) {
    Host host;
    host.facts.kernel.links[1].rp_filter = 1;
    const Plan plan = host.plan();
    EXPECT_EQ(plan.src_valid_marks, Wanted({{"eth1", true}}));
    EXPECT_TRUE(plan.run.interfaces.at("eth1").set_src_valid_mark);
    EXPECT_FALSE(plan.run.interfaces.at("eth0").set_src_valid_mark);
}

TEST(SrcValidMark, ThatWasOnAlreadyIsNotOurs) {
    Host host;
    host.facts.kernel.links[1].rp_filter = 1;
    host.facts.kernel.links[1].src_valid_mark = true;
    EXPECT_TRUE(host.plan().src_valid_marks.empty());
    host.facts = after_run(host.facts, host.config);
    EXPECT_FALSE(host.facts.run.interfaces.at("eth1").set_src_valid_mark);
    host.config = {};
    EXPECT_TRUE(host.plan().src_valid_marks.empty());
}

/// Set by us: it stays on, and what somebody switched off is set again.
TEST(SrcValidMark, ThatWeSetIsKept) {
    Host host;
    host.facts.kernel.links[1].rp_filter = 1;
    host.facts = after_run(host.facts, host.config);
    ASSERT_TRUE(host.facts.kernel.links[1].src_valid_mark);
    EXPECT_EQ(host.plan().src_valid_marks, Wanted({{"eth1", true}}));
    EXPECT_TRUE(host.plan().run.interfaces.at("eth1").set_src_valid_mark);
    host.facts.kernel.links[1].src_valid_mark = false;
    EXPECT_TRUE(after_run(host.facts, host.config).kernel.links[1].src_valid_mark);
}

TEST(SrcValidMark, ThatWeSetIsPutBack) {
    Host host;
    host.facts.kernel.links[1].rp_filter = 1;
    const Facts in_force = host.facts = after_run(host.facts, host.config);
    const auto expect_back = [&](const char* why) {
        EXPECT_EQ(host.plan().src_valid_marks, Wanted({{"eth1", false}})) << why;
        const Facts after = after_run(host.facts, host.config);
        EXPECT_FALSE(after.kernel.links[1].src_valid_mark) << why;
        const auto known = after.run.interfaces.find("eth1");
        EXPECT_TRUE(known == after.run.interfaces.end() || !known->second.set_src_valid_mark);
        host = Host{in_force, connmark()};
    };
    host.config.forwarded = Forwarded::off;
    expect_back("it is switched off");
    host.config.enabled = false;
    expect_back("all of it is");
    host.config.exclude.push_back("eth1");
    expect_back("the interface is not managed any more");
    host.facts.kernel.links[1].rp_filter = 2;
    expect_back("rp_filter is loose");
    host.facts.marking->tool = MarkingTool::none;
    expect_back("nobody can put marks in force");
}

TEST(SrcValidMark, OfAnotherLinkOfThatNameIsLeftAlone) {
    Host host;
    host.facts.kernel.links[1].rp_filter = 1;
    host.facts = after_run(host.facts, host.config);
    host.facts.kernel.links[1].mac = "02:00:00:00:00:99";
    host.config = {};
    EXPECT_TRUE(host.plan().src_valid_marks.empty());
}

// ---- Other programs' rules for all packets ------------------------------------------------------

/// wg-quick's pair, with its table's default by the tunnel.
void add_wg_quick(Facts& facts) {
    Rule not_wg = marked_rule(5270, 0xca6c, 0xffffffff);
    not_wg.is_inverted = true;
    Rule suppressed = rule(Family::v4, 5269, kTableMain);
    suppressed.suppress_prefixlength = 0;
    Route tunnel = onlink("0.0.0.0/0", "wg0", "", 0);
    tunnel.table = TableId{500};
    facts.kernel.rules.push_back(suppressed);
    facts.kernel.rules.push_back(not_wg);
    facts.kernel.routes.push_back(tunnel);
}

TEST(MarkRules, AreLedPastRulesForAllPackets) {
    Host host;
    add_wg_quick(host.facts);
    EXPECT_EQ(host.rules(), Lines({kBoth[0], kBoth[1], kBoth[2], kBoth[3],
                                   "fwmark 0x1/0x7f goto 20000 priority 5268",
                                   "fwmark 0x2/0x7f goto 20000 priority 5268"}));
    const Plan plan = host.plan();
    const KernelSnapshot after = applied(diff(plan, host.facts.kernel), host.facts.kernel);
    RouteQuery answer = received("docker0", "172.17.0.2", "192.0.2.1");
    EXPECT_EQ(answer_by_walk(after, answer).ifname, "wg0") << "what is not marked";
    answer.mark = 2;
    EXPECT_EQ(answer_by_walk(after, answer).ifname, "eth1");
    EXPECT_EQ(answer_by_walk(after, answer).gateway, ip("10.0.2.1"));
}

/// Where requests carry marks: they go as those that carry none, by the walk through all rules.
TEST(MarkRules, ARequestGoesAsIfItHadNoMark) {
    Host host;
    host.facts.kernel.rp_filter_all = 1;
    host.facts.kernel.links.push_back(eth("docker0"));
    host.facts.kernel.links.back().kind = "bridge";
    host.facts.kernel.routes.push_back(onlink("172.17.0.0/16", "docker0", "172.17.0.1", 0));
    const KernelSnapshot after = after_run(host.facts, host.config).kernel;
    RouteQuery request = received("eth1", "192.0.2.1", "172.17.0.2");
    EXPECT_EQ(answer_by_walk(after, request).error, EXDEV) << "rp_filter drops it";
    request.mark = 2;
    EXPECT_EQ(answer_by_walk(after, request).error, 0);
    EXPECT_EQ(answer_by_walk(after, request).ifname, "docker0");
    request.dst = ip("198.51.100.77");  // behind main's default: eth0's, not that of eth1's table
    EXPECT_EQ(answer_by_walk(after, request).ifname, "eth0");
}

// ---- A run, and the next ------------------------------------------------------------------------

/// Strict, with IPv6, and a tunnel for everything.
Host full() {
    Host host;
    add_ipv6(host.facts);
    add_wg_quick(host.facts);
    host.facts.kernel.rp_filter_all = 1;
    return host;
}

bool is_done(const Facts& facts, const Config& config) {
    return make_change_set(facts, config, Absent::forget).changes.empty();
}

TEST(Marking, IsPutInForceOnce) {
    for (const MarkingTool tool : {MarkingTool::nft, MarkingTool::iptables}) {
        Host host = full();
        host.facts.marking = nothing_of_ours(tool);
        const Facts after = after_run(host.facts, host.config);
        EXPECT_TRUE(is_done(after, host.config));
        ASSERT_TRUE(after.run.marking);
        EXPECT_EQ(after.run.marking->tool, tool);
        EXPECT_EQ(after.run.marking->marking, *host.plan().marking);
        EXPECT_EQ(after.run.marking->print, print_of(host.plan().marking));
        EXPECT_TRUE(marking_in_force(after));
    }
}

TEST(Marking, IsTakenOffAsAWhole) {
    Host host = full();
    const Facts without = after_run(host.facts, {});
    const Facts off = after_run(after_run(host.facts, host.config), {});
    EXPECT_TRUE(is_done(off, {}));
    EXPECT_FALSE(off.run.marking);
    EXPECT_EQ(off.marking->nft, "");
    for (const Rule& each : off.kernel.rules) EXPECT_TRUE(each.fwmark == 0 || each.is_inverted);
    EXPECT_EQ(off.kernel.rules.size(), without.kernel.rules.size());
    for (const Link& link : off.kernel.links) EXPECT_FALSE(link.src_valid_mark) << link.ifname;
}

TEST(Marking, MovesWithTheMaskTheBaseAndTheProgram) {
    const Host host = full();
    Facts facts = after_run(host.facts, host.config);
    Config moved = host.config;
    moved.mark_mask = 0x7f00;
    moved.priority_base = 12000;
    facts.marking->tool = MarkingTool::iptables;
    EXPECT_FALSE(is_done(facts, moved));
    facts = after_run(facts, moved);
    EXPECT_TRUE(is_done(facts, moved));
    EXPECT_EQ(facts.marking->nft, "");
    for (const Rule& each : facts.kernel.rules)
        EXPECT_TRUE(each.fwmark == 0 || each.is_inverted || each.fwmask == 0x7f00);
}

TEST(Marking, IsInForceWhereNetfilterHasWhatWasMade) {
    const Host host = full();
    const Facts after = after_run(host.facts, host.config);
    EXPECT_EQ(marking_in_force(after), host.plan().marking);
    const auto is_in_force = [&](auto change) {
        Facts changed = after;
        change(changed);
        return marking_in_force(changed).has_value();
    };
    EXPECT_FALSE(is_in_force([](Facts& f) { f.marking->nft = "another"; }));
    EXPECT_FALSE(is_in_force([](Facts& f) { f.marking->nft.clear(); }));
    EXPECT_FALSE(is_in_force([](Facts& f) { f.marking->nft = f.run.marking->print = ""; }))
        << "nothing is there, and nothing was";
    EXPECT_FALSE(is_in_force([](Facts& f) { f.run.marking->tool = MarkingTool::iptables; }));
    EXPECT_FALSE(is_in_force([](Facts& f) { f.run.marking.reset(); }));
    EXPECT_FALSE(is_in_force([](Facts& f) { f.marking.reset(); })) << "it is not known";
}

/// Where netfilter was not read, what was known of it stays known; what is left of it as well.
TEST(Marking, IsRememberedUntilItIsGone) {
    const Host host = full();
    Facts facts = after_run(host.facts, host.config);
    const MarkingState known = *facts.run.marking;
    Facts unread = facts;
    unread.marking.reset();
    EXPECT_EQ(make_plan(unread, host.config, Absent::forget).run.marking, known);
    EXPECT_EQ(make_plan(unread, {}, Absent::forget).run.marking, known);
    EXPECT_EQ(make_plan(facts, {}, Absent::forget).run.marking, known) << "to be taken off yet";
    facts.marking->nft.clear();
    EXPECT_FALSE(make_plan(facts, {}, Absent::forget).run.marking);
}

}  // namespace
}  // namespace eni
