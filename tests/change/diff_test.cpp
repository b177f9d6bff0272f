// The difference between plan and kernel: converges from any snapshot, touches nothing foreign.
#include "diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "example.hpp"
#include "make_plan.hpp"
#include "marked_host.hpp"
#include "ownership.hpp"

namespace eni {
namespace {

/// An interface has an address once with each length.
std::vector<Address>::const_iterator place_of(const KernelSnapshot& kernel, const Address& wanted) {
    return std::find_if(kernel.addresses.begin(), kernel.addresses.end(), [&](const Address& each) {
        return format_address(each) == format_address(wanted);
    });
}

/// What the kernel has after it obeyed, as the kernel does it: an identity once, deletions by the
/// full description.
KernelSnapshot obeyed(KernelSnapshot kernel, const Changes& changes) {
    const auto remove = [](auto& objects, const auto& object) {
        const auto found = std::find(objects.begin(), objects.end(), object);
        ASSERT_NE(found, objects.end()) << "deletes what is not there";
        objects.erase(found);
    };
    for (const GroupChange& change : changes.groups)
        for (Link& link : kernel.links)
            if (link.ifname == change.ifname) link.group = change.to;
    for (const SrcValidMarkChange& change : changes.src_valid_marks)
        for (Link& link : kernel.links)
            if (link.ifname == change.ifname) {
                EXPECT_NE(link.src_valid_mark, change.to) << "it is that already";
                link.src_valid_mark = change.to;
            }
    for (const RouteAddition& change : changes.routes_added) {
        const Route& route = change.route.object;
        const auto same =
            std::find_if(kernel.routes.begin(), kernel.routes.end(),
                         [&](const Route& r) { return r.identity() == route.identity(); });
        EXPECT_EQ(same != kernel.routes.end(), change.action == RouteAction::replace);
        if (same != kernel.routes.end())
            *same = route;
        else
            kernel.routes.push_back(route);
    }
    for (const auto& added : changes.rules_added) kernel.rules.push_back(added.object);
    for (const auto& deleted : changes.rules_deleted) remove(kernel.rules, deleted.object);
    for (const auto& deleted : changes.routes_deleted) remove(kernel.routes, deleted.object);
    for (const auto& added : changes.addresses_added) {
        EXPECT_EQ(place_of(kernel, added.object), kernel.addresses.end()) << "it is there already";
        kernel.addresses.push_back(added.object);
    }
    for (const auto& deleted : changes.addresses_deleted) {
        const auto found = place_of(kernel, deleted.object);
        EXPECT_NE(found, kernel.addresses.end()) << "deletes what is not there";
        if (found != kernel.addresses.end()) kernel.addresses.erase(found);
    }
    return kernel;
}

using Words = std::vector<std::string>;

template <class Object>
std::vector<Object> foreign(const std::vector<Object>& objects, const Ownership& ownership) {
    std::vector<Object> left;
    for (const Object& object : objects)
        if (!is_ours(object, ownership)) left.push_back(object);
    return left;
}

Words foreign_words(const KernelSnapshot& kernel, const Ownership& ownership) {
    Words words;
    for (const Address& each : foreign(kernel.addresses, ownership))
        words.push_back(format_address(each));
    return words;
}

void expect_converges(const Facts& facts, const Plan& plan) {
    const Changes changes = diff(plan, facts.kernel);
    for (const KernelSnapshot& after :
         {obeyed(facts.kernel, changes), applied(changes, facts.kernel)}) {
        EXPECT_TRUE(diff(plan, after).empty());
        EXPECT_EQ(foreign(after.rules, plan.ownership),
                  foreign(facts.kernel.rules, plan.ownership));
        EXPECT_EQ(foreign(after.routes, plan.ownership),
                  foreign(facts.kernel.routes, plan.ownership));
        EXPECT_THAT(foreign_words(facts.kernel, plan.ownership),
                    ::testing::IsSubsetOf(foreign_words(after, plan.ownership)));
    }
}

TEST(Diff, FromNothing) {
    const Facts facts = two_interfaces();
    expect_converges(facts, make_plan(facts, {}, Absent::forget));
}

TEST(Diff, SecondOfAPairIsSurplus) {
    Facts facts = two_interfaces();
    const Plan plan = make_plan(facts, {}, Absent::forget);
    facts.kernel = obeyed(facts.kernel, diff(plan, facts.kernel));
    facts.kernel.rules.push_back(plan.rules.back().object);
    const Changes changes = diff(plan, facts.kernel);
    ASSERT_EQ(changes.rules_deleted.size(), 1u);
    EXPECT_EQ(changes.rules_deleted[0].object, plan.rules.back().object);
    EXPECT_TRUE(changes.rules_added.empty());
}

/// Of a run that was killed; and nothing that is like it.
TEST(Diff, AProbeThatIsLeftOverIsDeletedAndNothingElse) {
    const auto deleted = [](const Rule& rule, bool enabled) {
        Facts facts = two_interfaces();
        Config config;
        config.enabled = enabled;
        facts.kernel.rules.push_back(rule);
        const Plan plan = make_plan(facts, config, Absent::forget);
        expect_converges(facts, plan);
        Words words;
        for (const auto& change : diff(plan, facts.kernel).rules_deleted)
            words.push_back(format_rule(change.object));
        return words;
    };
    Rule forgotten = probe_rule(10000);  // by a kernel without these
    forgotten.suppress_prefixlength.reset();
    forgotten.suppress_ifgroup.reset();
    for (const Rule& probe : {probe_rule(10000), probe_rule(77), forgotten})
        for (const bool enabled : {true, false})
            EXPECT_EQ(deleted(probe, enabled), Words{format_rule(probe)});
    const auto like = [](auto change) {
        Rule rule = probe_rule(10000);
        change(rule);
        return rule;
    };
    for (const Rule& other : {like([](Rule& rule) { rule.iif = "eni-prob"; }),
                              like([](Rule& rule) { rule.priority = Priority{32764}; }),
                              like([](Rule& rule) { rule.table = TableId{99}; }),
                              like([](Rule& rule) { rule.family = Family::v6; }),
                              like([](Rule& rule) { rule.fwmark = 1; }),
                              like([](Rule& rule) { rule.from = Prefix::parse("10.0.2.0/24"); }),
                              like([](Rule& rule) { rule.action = RuleAction::prohibit; }),
                              like([](Rule& rule) { rule.suppress_prefixlength = 0; }),
                              like([](Rule& rule) { rule.suppress_ifgroup.reset(); }),
                              like([](Rule& rule) { rule.is_exotic = true; })})
        EXPECT_EQ(deleted(other, true), Words{}) << format_rule(other);
}

TEST(Diff, ChangedRouteIsReplacedInItsPlace) {
    Facts facts = two_interfaces();
    const Plan plan = make_plan(facts, {}, Absent::forget);
    facts.kernel = obeyed(facts.kernel, diff(plan, facts.kernel));
    facts.kernel.routes.back().hops[0].gateway = ip("10.0.2.99");
    const Changes changes = diff(plan, facts.kernel);
    ASSERT_EQ(changes.routes_added.size(), 1u);
    EXPECT_EQ(changes.routes_added[0].action, RouteAction::replace);
    EXPECT_TRUE(changes.routes_deleted.empty());
}

TEST(Diff, RoutesOnTheLinkComeBeforeThoseByAGateway) {
    Facts facts = two_interfaces();
    facts.kernel.routes.push_back(via("10.0.1.0/24", "10.0.2.50", "eth1", 0));
    bool seen_gateway = false;
    for (const auto& change :
         diff(make_plan(facts, {}, Absent::forget), facts.kernel).routes_added) {
        const bool has_gateway = change.route.object.hops[0].gateway.has_value();
        EXPECT_FALSE(seen_gateway && !has_gateway);
        seen_gateway = seen_gateway || has_gateway;
    }
}

TEST(Diff, TheOrderOfTheKernelsRoutesIsOfNoImportance) {
    Facts facts = two_interfaces();
    for (int i = 0; i < 60; ++i)
        facts.kernel.routes.push_back(
            via("172.16." + std::to_string(i) + ".0/24", "10.0.2.50", "eth1", 0));
    const Plan plan = make_plan(facts, {}, Absent::forget);
    const KernelSnapshot done = obeyed(facts.kernel, diff(plan, facts.kernel));
    std::mt19937 random(7);
    for (std::size_t run = 1; run <= done.routes.size(); ++run) {
        KernelSnapshot kernel = done;  // runs of so many routes each, in an order of their own
        for (std::size_t at = 0; at + run <= kernel.routes.size(); at += run)
            std::swap_ranges(kernel.routes.begin() + at, kernel.routes.begin() + at + run,
                             kernel.routes.begin() + random() % (at / run + 1) * run);
        EXPECT_TRUE(diff(plan, kernel).empty()) << run;
        const auto lost =
            std::find_if(kernel.routes.begin(), kernel.routes.end(), [&](const Route& route) {
                return is_ours(route, plan.ownership) && !route.is_default();
            });
        const Prefix dst = lost->dst;
        lost->dst = net("192.0.2.0/24");
        const Changes changes = diff(plan, kernel);
        ASSERT_EQ(changes.routes_added.size(), 1U) << run;
        EXPECT_EQ(changes.routes_added[0].route.object.dst, dst);
        ASSERT_EQ(changes.routes_deleted.size(), 1U) << run;
        EXPECT_EQ(changes.routes_deleted[0].object.dst, net("192.0.2.0/24"));
    }
}

TEST(Diff, LimitedToAnInterfaceStillHasWhatServesAll) {
    const Facts facts = two_interfaces();
    const Changes changes =
        limited_to(diff(make_plan(facts, {}, Absent::forget), facts.kernel), {"eth1"});
    EXPECT_EQ(changes.groups.size(), 1u);
    EXPECT_EQ(changes.rules_added.size(), 3u) << "the suppress rule, from, to";
    for (const auto& route : changes.routes_added) EXPECT_EQ(route.route.ifname, "eth1");
}

// ---- Addresses ----------------------------------------------------------------------------------

/// eth1 is to have 10.0.2.50, and has 10.0.2.51 of ours still.
struct AddressCase {
    AddressCase() {
        facts.kernel.addresses.push_back(address("eth1", "10.0.2.51/32"));
        facts.run.interfaces["eth1"] = {facts.kernel.links[1].mac, {}, {}, 0, {ip("10.0.2.51")}};
        eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.50"});
        config.addresses = Addresses::imds;
    }
    Plan plan() const { return make_plan(facts, config, Absent::forget); }

    Facts facts = two_interfaces();
    Config config;
};

Words words_of(const std::vector<Address>& addresses) {
    Words words;
    for (const Address& each : addresses) words.push_back(format_address(each));
    return words;
}
TEST(Diff, OfAddressesConverges) {
    const AddressCase a;
    const Changes changes = diff(a.plan(), a.facts.kernel);
    ASSERT_EQ(changes.addresses_added.size(), 1u);
    EXPECT_EQ(format_address(changes.addresses_added[0].object), "10.0.2.50/32 dev eth1");
    ASSERT_EQ(changes.addresses_deleted.size(), 1u);
    EXPECT_EQ(format_address(changes.addresses_deleted[0].object), "10.0.2.51/32 dev eth1");
    EXPECT_EQ(changes.addresses_deleted[0].ifname, "eth1");
    EXPECT_EQ(changes.addresses_deleted[0].why, "not in the plan (any more)");
    EXPECT_FALSE(changes.empty());
    const KernelSnapshot after = applied(changes, a.facts.kernel);
    EXPECT_EQ(words_of(after.addresses),
              Words({"10.0.0.29/24 dev eth0", "10.0.2.37/24 dev eth1", "10.0.2.50/32 dev eth1"}));
    EXPECT_TRUE(diff(a.plan(), after).addresses_added.empty());
    EXPECT_TRUE(diff(a.plan(), after).addresses_deleted.empty());
}

TEST(Diff, ThatHasAnAddressAloneIsNotEmpty) {
    Changes changes;
    EXPECT_TRUE(changes.empty());
    changes.addresses_added.resize(1);
    EXPECT_FALSE(changes.empty());
    changes.addresses_added.clear();
    changes.addresses_deleted.resize(1);
    EXPECT_FALSE(changes.empty());
}

TEST(Diff, OfAddressesCanBeLimitedToAnInterface) {
    const AddressCase a;
    const Changes changes = diff(a.plan(), a.facts.kernel);
    const Changes here = limited_to(changes, {"eth1"}), elsewhere = limited_to(changes, {"eth0"});
    EXPECT_EQ(here.addresses_added.size(), 1u);
    EXPECT_EQ(here.addresses_deleted.size(), 1u);
    EXPECT_TRUE(elsewhere.addresses_added.empty());
    EXPECT_TRUE(elsewhere.addresses_deleted.empty());
    EXPECT_EQ(limited_to(changes, {}).addresses_added.size(), 1u);
    EXPECT_EQ(limited_to(changes, {}).addresses_deleted.size(), 1u);
}

TEST(Applied, TakesOneAddressOfItsInterfaceAndLength) {
    KernelSnapshot kernel;
    kernel.addresses = {address("eth0", "10.0.2.50/32"), address("eth1", "10.0.2.50/24"),
                        address("eth1", "10.0.2.51/32"), address("eth1", "10.0.2.50/32")};
    Changes changes;
    changes.addresses_deleted = {{address("eth1", "10.0.2.50/32"), "eth1", ""}};
    EXPECT_EQ(words_of(applied(changes, kernel).addresses),
              Words({"10.0.2.50/32 dev eth0", "10.0.2.50/24 dev eth1", "10.0.2.51/32 dev eth1"}));
}

/// As the kernel does it, so that what is sent to such an address arrives.
TEST(Applied, AnAddressHasItsRouteInTableLocal) {
    Route loopback = onlink("127.0.0.0/8", "lo", "127.0.0.1", 0);
    loopback.table = kTableLocal;
    loopback.type = RouteType::local;
    loopback.protocol = 2;
    const auto lines = [](const KernelSnapshot& kernel) {
        Words words;
        for (const Route& each : kernel.routes) words.push_back(format_route(each, "local"));
        return words;
    };
    KernelSnapshot kernel;
    kernel.routes = {loopback};
    Changes added, deleted;
    added.addresses_added = {{address("eth1", "10.0.2.50/32"), "eth1", ""}};
    deleted.addresses_deleted = added.addresses_added;
    const KernelSnapshot with = applied(added, kernel);
    ASSERT_EQ(lines(with).size(), 2u);
    EXPECT_EQ(lines(with)[1], "local 10.0.2.50 dev eth1 table local src 10.0.2.50");
    EXPECT_EQ(lines(applied(deleted, with)), lines(kernel));
    EXPECT_EQ(lines(applied(added, {})), Words()) << "recorded without table local";
}

// ---- Marks --------------------------------------------------------------------------------------

const Marking kMarking{0x7f, {{"eth0", 1}, {"eth1", 2, true}}};

/// What is to be done, where netfilter has these prints, and this was put in force the last time.
Words deeds(const std::optional<Marking>& wanted, const MarkingFacts& facts,
            const std::optional<MarkingState>& known) {
    Words words;
    for (const MarkingChange& change : diff_marking(wanted, facts, known)) {
        words.push_back(format_command(change));
        EXPECT_EQ(change.marking, words.back().substr(0, 5) == "write" ? wanted : std::nullopt);
    }
    return words;
}

MarkingFacts told(MarkingTool tool, const std::string& nft, const std::string& iptables) {
    MarkingFacts facts = nothing_of_ours(tool);
    facts.nft = nft;
    facts.iptables = iptables;
    return facts;
}

const Words kNothing = {};
const std::string kNft = "nft tables eni-routes", kIptables = "iptables chains ENI-ROUTES";

TEST(DiffOfMarks, IsNothingWhereNetfilterWasNotRead) {
    EXPECT_TRUE(diff_marking(kMarking, std::nullopt, std::nullopt).empty());
    MarkingFacts failed = nothing_of_ours();
    failed.error = "nf_tables: Operation not permitted";
    EXPECT_TRUE(diff_marking(kMarking, failed, std::nullopt).empty());
    failed.nft = "a";
    EXPECT_TRUE(diff_marking(std::nullopt, failed, std::nullopt).empty());
    EXPECT_TRUE(
        diff_marking(std::nullopt, std::nullopt, MarkingState{MarkingTool::nft, kMarking, "a"})
            .empty());
}

TEST(DiffOfMarks, WritesWhatIsNotThere) {
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::nft, "", ""), {}), Words{"write " + kNft});
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::iptables, "", ""), {}),
              Words{"write " + kIptables});
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::none, "", ""), {}), kNothing);
    const MarkingState made{MarkingTool::nft, kMarking, "a"};
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::nft, "", ""), made), Words{"write " + kNft})
        << "somebody removed it";
    const MarkingState failed{MarkingTool::nft, kMarking, ""};
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::nft, "", ""), failed), Words{"write " + kNft})
        << "it could not be put in force, and is tried again";
}

TEST(DiffOfMarks, LeavesWhatIsAsItWasMade) {
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::nft, "a", ""),
                    MarkingState{MarkingTool::nft, kMarking, "a"}),
              kNothing);
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::iptables, "", "a"),
                    MarkingState{MarkingTool::iptables, kMarking, "a"}),
              kNothing);
}

TEST(DiffOfMarks, WritesWhatIsOtherwise) {
    const MarkingState made{MarkingTool::nft, kMarking, "a"};
    const Words write = {"write " + kNft};
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::nft, "b", ""), made), write) << "by hand";
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::nft, "a", ""), {}), write) << "not known whose";
    Marking other = kMarking;
    other.mask = 0x3f;
    EXPECT_EQ(deeds(other, told(MarkingTool::nft, "a", ""), made), write) << "another mask";
    other = kMarking;
    other.interfaces[0].is_on_requests = true;
    EXPECT_EQ(deeds(other, told(MarkingTool::nft, "a", ""), made), write) << "rp_filter";
    other.interfaces.pop_back();
    EXPECT_EQ(deeds(other, told(MarkingTool::nft, "a", ""), made), write) << "an interface went";
}

TEST(DiffOfMarks, RemovesWhatTheOtherProgramHas) {
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::nft, "", "a"),
                    MarkingState{MarkingTool::iptables, kMarking, "a"}),
              Words({"write " + kNft, "remove " + kIptables}));
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::iptables, "a", ""),
                    MarkingState{MarkingTool::nft, kMarking, "a"}),
              Words({"remove " + kNft, "write " + kIptables}));
    EXPECT_EQ(deeds(kMarking, told(MarkingTool::nft, "a", "b"),
                    MarkingState{MarkingTool::nft, kMarking, "a"}),
              Words{"remove " + kIptables});
}

TEST(DiffOfMarks, RemovesAllWhereNoneAreWanted) {
    const MarkingState made{MarkingTool::nft, kMarking, "a"};
    EXPECT_EQ(deeds({}, told(MarkingTool::nft, "a", ""), made), Words{"remove " + kNft});
    EXPECT_EQ(deeds({}, told(MarkingTool::nft, "b", "c"), {}),
              Words({"remove " + kNft, "remove " + kIptables}));
    EXPECT_EQ(deeds({}, told(MarkingTool::nft, "", ""), made), kNothing);
    EXPECT_EQ(deeds({}, told(MarkingTool::none, "", "c"), {}), Words{"remove " + kIptables});
}

/// A sysctl set and one put back, marks that come and marks that go.
Changes changes_of_marks() {
    Changes changes;
    changes.src_valid_marks = {{"eth0", true}, {"eth1", false}};
    changes.markings = {{MarkingTool::nft, kMarking}, {MarkingTool::iptables, std::nullopt}};
    return changes;
}

TEST(DiffOfMarks, ThatOnlyAddsTakesNothingAway) {
    const Changes kept = additions_of(changes_of_marks(), Plan());
    ASSERT_EQ(kept.src_valid_marks.size(), 1u);
    EXPECT_EQ(kept.src_valid_marks[0].ifname, "eth0");
    ASSERT_EQ(kept.markings.size(), 1u);
    EXPECT_EQ(kept.markings[0].tool, MarkingTool::nft);
}

TEST(DiffOfMarks, LimitedToAnInterfaceHasNetfilterWhichServesAll) {
    const Changes kept = limited_to(changes_of_marks(), {"eth1"});
    ASSERT_EQ(kept.src_valid_marks.size(), 1u);
    EXPECT_EQ(kept.src_valid_marks[0].ifname, "eth1");
    EXPECT_EQ(kept.markings.size(), 2u);
    EXPECT_EQ(limited_to(changes_of_marks(), {}).src_valid_marks.size(), 2u);
}

TEST(DiffOfMarks, OfEitherKindAloneIsNotEmpty) {
    Changes changes = changes_of_marks();
    changes.markings.clear();
    EXPECT_FALSE(changes.empty());
    changes = changes_of_marks();
    changes.src_valid_marks.clear();
    EXPECT_FALSE(changes.empty());
}

/// The plan says nothing of those that are neither strict nor were set by us.
TEST(DiffOfMarks, OfSysctlsIsWhatTheyAreNotYet) {
    Facts facts = two_interfaces();
    Plan plan = make_plan(facts, {}, Absent::forget);
    facts.kernel.links[0].src_valid_mark = true;
    EXPECT_TRUE(diff(plan, facts.kernel).src_valid_marks.empty());
    plan.src_valid_marks = {{"eth0", true}, {"eth1", true}, {"eth7", true}};
    const Changes changes = diff(plan, facts.kernel);
    ASSERT_EQ(changes.src_valid_marks.size(), 1u);
    EXPECT_EQ(changes.src_valid_marks[0].ifname, "eth1");
    EXPECT_TRUE(changes.src_valid_marks[0].to);
    EXPECT_TRUE(applied(changes, facts.kernel).links[1].src_valid_mark);
    plan.src_valid_marks = {{"eth0", false}};
    EXPECT_FALSE(applied(diff(plan, facts.kernel), facts.kernel).links[0].src_valid_mark);
}

/// A local route that nobody delegates any more, beside another program's, and one in our own
/// table, where eni-routes adds none.
TEST(Diff, OfLocalRoutesTouchesOurOwnAlone) {
    Facts facts = two_interfaces();
    Route local = onlink("10.0.2.64/28", "eth1", "", 0);
    local.table = kTableLocal;
    local.type = RouteType::local;
    local.scope = Scope::host;
    local.protocol = 3;
    facts.kernel.routes.push_back(local);
    local.dst = net("10.0.2.80/28");
    local.protocol = kOurProtocol;
    facts.kernel.routes.push_back(local);
    local.table = TableId{10001};
    facts.run.tables_given = {local.table};
    facts.kernel.routes.push_back(local);
    const auto deleted = diff(make_plan(facts, {}, Absent::forget), facts.kernel).routes_deleted;
    ASSERT_EQ(deleted.size(), 1u);
    EXPECT_EQ(deleted[0].object.dst, net("10.0.2.80/28"));
}

/// Rules and routes as they might stand anywhere: in our band and tables, and beside them.
class RandomHost {
  public:
    explicit RandomHost(unsigned seed) : random_(seed) {}

    Facts facts() {
        Facts facts = two_interfaces();
        facts.run.tables_given = {TableId{10000}, TableId{10001}, TableId{777}};
        facts.run.priority_bases = {15000};
        if (pick(2) == 0) facts.disk.table_names = {{TableId{500}, "eth1", false}};
        for (unsigned i = pick(30); i > 0; --i) facts.kernel.rules.push_back(some_rule());
        for (unsigned i = pick(30); i > 0; --i) add_once(facts.kernel.routes, some_route());
        for (Link& link : facts.kernel.links) link.group = pick(2) * 10000;
        add_addresses(facts);
        add_marks(facts);
        return facts;
    }

    Config config() {
        Config config;
        if (pick(2) == 0) config.suppress = Suppress::off;
        if (pick(4) == 0) config.enabled = false;
        if (pick(3) == 0) config.match = Match::address;
        if (pick(3) != 0) config.addresses = Addresses::imds;
        if (pick(2) == 0) config.forwarded = Forwarded::connmark;
        if (pick(4) == 0) config.mark_mask = 0x3f00;
        return config;
    }

  private:
    unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

    TableId table() {
        const TableId tables[] = {TableId{10000}, TableId{10001}, TableId{777}, TableId{500},
                                  kTableMain};
        return tables[pick(5)];
    }

    Rule some_rule() {
        const std::uint32_t priorities[] = {100, 15101, 20000, 20099, 20100, 20101, 25101, 32766};
        Rule r = rule(pick(2) == 0 ? Family::v4 : Family::v6, priorities[pick(8)], table());
        if (r.family == Family::v4 && pick(2) == 0)
            r.from = net(pick(2) == 0 ? "10.0.2.0/24" : "10.0.0.0/24");
        if (pick(2) == 0) r.iif = "lo";
        if (pick(5) == 0) r.fwmark = r.fwmask = 1;
        if (pick(6) == 0) r.suppress_prefixlength = 1, r.suppress_ifgroup = 10000;
        if (pick(6) == 0) r.is_inverted = true;
        if (pick(6) == 0) r.users = NumberRange{0, 9};
        if (pick(6) == 0) r.action = RuleAction::unreachable, r.table = TableId{0};
        return r;
    }

    Route some_route() {
        const char* dsts[] = {"10.0.2.0/24", "10.0.0.0/24", "0.0.0.0/0", "10.9.0.0/16"};
        Route route = pick(2) == 0 ? via(dsts[pick(4)], "10.0.2.1", "eth1", pick(2))
                                   : onlink(dsts[pick(4)], "eth0", "", pick(2));
        route.table = table();
        route.protocol = pick(2) == 0 ? kOurProtocol : 3;
        return route;
    }

    IpAddress some_address() {
        const char* addresses[] = {"10.0.2.50", "10.0.2.51", "10.0.2.52", "10.0.2.53"};
        return ip(addresses[pick(4)]);
    }

    /// What EC2 said, what eni-routes had added, and what there is; each may be the other.
    void add_addresses(Facts& facts) {
        for (const Link& link : facts.kernel.links) {
            Eni& eni = facts.enis[link.mac];
            eni.is_fresh = pick(2) == 0;
            if (pick(2) == 0) eni.delegated = {net("10.0.2.64/28")};
            InterfaceState& state = facts.run.interfaces[link.ifname];
            state.mac = link.mac;
            for (unsigned i = pick(4); i > 0; --i) eni.addresses.push_back(some_address());
            for (unsigned i = pick(4); i > 0; --i) state.added.push_back(some_address());
        }
        const bool keeps_protocols = pick(2) == 0;  // as of Linux 5.18
        if (keeps_protocols) {
            facts.kernel.addresses.push_back(eni::address("lo", "127.0.0.1/8"));
            facts.kernel.addresses.back().protocol = 1;
        }
        for (unsigned i = pick(6); i > 0; --i) {
            Address address = eni::address(pick(2) == 0 ? "eth0" : "eth1", "10.0.2.50/24");
            address.address = some_address();
            if (pick(2) == 0) address.prefix_length = 32;
            if (keeps_protocols && pick(2) == 0) address.protocol = kOurProtocol;
            if (place_of(facts.kernel, address) == facts.kernel.addresses.end())
                facts.kernel.addresses.push_back(address);
        }
    }

    /// Strict or not, and what was or was not set by us.
    void add_marks(Facts& facts) {
        if (pick(8) != 0) facts.marking = nothing_of_ours();
        facts.kernel.rp_filter_all = static_cast<int>(pick(3));
        for (Link& link : facts.kernel.links) {
            link.src_valid_mark = pick(2) == 0;
            facts.run.interfaces[link.ifname].set_src_valid_mark = pick(2) == 0;
        }
    }

    /// As the kernel does it with an exclusive add.
    static void add_once(std::vector<Route>& routes, const Route& route) {
        for (const Route& other : routes)
            if (other.identity() == route.identity()) return;
        routes.push_back(route);
    }

    std::mt19937 random_;
};

/// They depend on what is remembered, and on each other; as src_valid_mark does.
void expect_the_same_addresses_the_next_time(const Facts& facts, const Config& config,
                                             const Plan& plan) {
    Facts later = facts;
    later.kernel = applied(diff(plan, facts.kernel), facts.kernel);
    later.run = plan.run;
    if (!plan.ownership.has_address_protocol)
        for (Address& each : later.kernel.addresses) each.protocol = 0;
    const Changes changes = diff(make_plan(later, config, Absent::forget), later.kernel);
    EXPECT_TRUE(changes.addresses_added.empty());
    EXPECT_TRUE(changes.addresses_deleted.empty());
    EXPECT_TRUE(changes.src_valid_marks.empty());
}

TEST(Diff, ConvergesFromAnySnapshotAndRespectsWhatIsForeign) {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        RandomHost host(seed);
        const Facts facts = host.facts();
        const Config config = host.config();
        const Plan plan = make_plan(facts, config, Absent::forget);
        expect_converges(facts, plan);
        expect_the_same_addresses_the_next_time(facts, config, plan);
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace eni
