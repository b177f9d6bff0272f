// That a plan of the tables that were read alone is the one of all tables, or says that it is not.
#include "tables_read.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "dice.hpp"
#include "example.hpp"
#include "filtered_facts.hpp"
#include "make_plan.hpp"
#include "ownership.hpp"

namespace eni {
namespace {

Route in_table(std::uint32_t table, Route route) {
    route.table = TableId{table};
    return route;
}

/// As an event finds it, once the policy is there.
Facts settled(const Facts& facts, const Config& config = {}) {
    const Plan plan = make_plan(facts, config, Absent::keep);
    Facts later = carried_out(facts, plan);
    later.run = plan.run;
    return later;
}

/// By a device that is none of ours.
void add_foreign_routes(Facts& facts, std::uint32_t table, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::string dst =
            "172." + std::to_string(16 + i / 65536) + "." + std::to_string(i / 256 % 256);
        facts.kernel.routes.push_back(in_table(
            table, via(dst + "." + std::to_string(i % 256) + "/32", "192.0.2.1", "tunnel", 0)));
    }
}

bool needs_all(const Facts& facts, const Config& config = {}) {
    return make_plan(filtered(facts, config), config, Absent::keep).needs_all_routes;
}

// ---- Which tables -------------------------------------------------------------------------------

TEST(TablesToRead, AreTheKernelsOursTheNamedOnesAndThoseOfRules) {
    Facts facts = two_interfaces();
    facts.run.tables_given = {TableId{10005}};
    facts.run.tables_named = {TableId{500}};
    facts.run.interfaces["eth7"].table = TableId{10007};
    facts.disk.table_names = {{TableId{600}, "eth1", false},
                              {TableId{601}, "mine", false},
                              {TableId{10009}, "eth9", true}};
    facts.kernel.rules.push_back(rule(Family::v6, 100, TableId{5000}));
    Config config;
    config.interfaces["eth3"].table = TableId{333};
    const auto read = [&] { return tables_to_read(facts.kernel, facts.disk, facts.run, config); };
    const std::set<TableId> expected = {
        kTableDefault,  kTableMain,   kTableLocal,  TableId{10005}, TableId{500},
        TableId{10007}, TableId{600}, TableId{333}, TableId{10009}, TableId{5000}};
    EXPECT_EQ(read(), expected);
    Rule cni = rule(Family::v4, 1024, kTableMain);
    cni.fwmark = cni.fwmask = 0x80;
    facts.kernel.rules.push_back(cni);
    EXPECT_EQ(read().count(TableId{2}) + read().count(TableId{16}), 2U);
}

// ---- How many are left out ----------------------------------------------------------------------

TEST(UnneededRoutes, AreCountedByTheirOrderOfMagnitude) {
    Facts facts = settled(two_interfaces());
    EXPECT_EQ(unneeded_routes(facts, {}), 0U);
    add_foreign_routes(facts, 77, 1000);
    EXPECT_EQ(unneeded_routes(facts, {}), 0U) << "too few to matter";
    add_foreign_routes(facts, 78, 1100);
    EXPECT_EQ(unneeded_routes(facts, {}), 2048U);
    EXPECT_EQ(make_plan(facts, {}, Absent::keep).run.unneeded_routes, 2048U);
    facts.kernel.rules.push_back(rule(Family::v4, 100, TableId{78}));
    EXPECT_EQ(unneeded_routes(facts, {}), 0U) << "those of table 78 are needed";
}

TEST(UnneededRoutes, AreKeptWhereNotAllWereRead) {
    Facts facts = settled(two_interfaces());
    facts.run.unneeded_routes = 4096;
    EXPECT_EQ(unneeded_routes(filtered(facts, {}), {}), 4096U);
    EXPECT_EQ(unneeded_routes(facts, {}), 0U);
}

TEST(UnneededRoutes, HaveToBeManyMoreThanTables) {
    RunState run;
    EXPECT_FALSE(pays_to_filter(run, 0));
    run.unneeded_routes = 1024;
    EXPECT_TRUE(pays_to_filter(run, 8));
    EXPECT_FALSE(pays_to_filter(run, 1000));
    run.unneeded_routes = 65536;
    EXPECT_TRUE(pays_to_filter(run, 1000));
}

// ---- What hangs on the others -------------------------------------------------------------------

TEST(UnreadRoutes, AreNotNeededWhereNothingIsNew) {
    Facts facts = settled(two_interfaces());
    add_foreign_routes(facts, 77, 2000);
    EXPECT_FALSE(needs_all(facts));
    EXPECT_LT(filtered(facts, {}).kernel.routes.size(), 20U);
}

TEST(UnreadRoutes, AreNeededForAnInterfaceThatIsNew) {
    Facts facts = settled(two_interfaces());
    facts.kernel.links.push_back(eth("eth2"));
    facts.kernel.addresses.push_back(address("eth2", "10.0.3.9/24"));
    facts.kernel.routes.push_back(via("0.0.0.0/0", "10.0.3.1", "eth2", 102));
    facts.kernel.routes.push_back(
        in_table(10002, via("0.0.0.0/0", "192.0.2.1", "tunnel", 0)));  // its number is used
    EXPECT_TRUE(needs_all(facts));
    EXPECT_EQ(make_plan(facts, {}, Absent::keep).interfaces.at(2).table.id, TableId{10003});
}

TEST(UnreadRoutes, AreNeededWhereNothingBetterNamesAGateway) {
    Facts facts = settled(two_interfaces());
    auto& routes = facts.kernel.routes;
    routes.erase(std::find_if(routes.begin(), routes.end(), [](const Route& route) {
        return route.table == kTableMain && route.is_default() && route.hops[0].ifname == "eth1";
    }));
    EXPECT_TRUE(needs_all(facts));
    routes.push_back(in_table(77, via("0.0.0.0/0", "10.0.2.254", "eth1", 0)));
    EXPECT_TRUE(needs_all(facts));
    facts.run.interfaces["eth1"].lease_router = ip("10.0.2.2");
    EXPECT_FALSE(needs_all(facts));
}

TEST(UnreadRoutes, AreNotAskedForWhereAllWereRead) {
    EXPECT_FALSE(make_plan(two_interfaces(), {}, Absent::keep).needs_all_routes);
}

// ---- Any host -----------------------------------------------------------------------------------

constexpr std::uint32_t kSomeTables[] = {2, 77, 200, 300, 5000, 10000, 10001, 10002, 10003, 10900};

class RandomHost {
  public:
    explicit RandomHost(std::uint32_t seed) : dice_(seed) {}

    Facts make() {
        Facts facts = dice_.once_in(3) ? three_interfaces() : two_interfaces();
        if (!dice_.once_in(5)) facts = settled(facts, config_);
        for (std::uint32_t i = dice_.below(5); i > 0; --i) change(facts);
        for (std::uint32_t i = dice_.below(8); i > 0; --i) add_route(facts);
        for (std::uint32_t i = dice_.below(4); i > 0; --i) add_rule(facts);
        return facts;
    }

    const Config& config() {
        if (dice_.once_in(4)) config_.suppress = Suppress::off;
        if (dice_.once_in(6)) config_.interfaces["eth1"].table = TableId{table()};
        if (dice_.once_in(8)) config_.table_base = 9999;
        return config_;
    }

  private:
    template <class All>
    std::uint32_t below(const All& all) {
        return dice_.below(static_cast<std::uint32_t>(std::size(all)));
    }
    std::uint32_t table() { return kSomeTables[below(kSomeTables)]; }
    std::string ifname() { return dice_.one_of<std::string>({"eth0", "eth1", "eth2", "tunnel"}); }

    static Facts three_interfaces() {
        Facts facts = two_interfaces();
        add_interface(facts);
        return facts;
    }

    static void add_interface(Facts& facts) {
        if (facts.kernel.links.size() > 2) return;
        facts.kernel.links.push_back(eth("eth2"));
        facts.kernel.addresses.push_back(address("eth2", "10.0.3.9/24"));
        facts.kernel.routes.push_back(onlink("10.0.3.0/24", "eth2", "10.0.3.9", 102));
    }

    /// What an event may be about, and what may be lost meanwhile.
    void change(Facts& facts) {
        switch (dice_.below(9)) {
            case 0:
                return add_interface(facts);
            case 1:
                return facts.leases.push_back({"eth1", {ip("10.0.2.1")}});
            case 2:
                return facts.disk.table_names.push_back(
                    {TableId{table()}, ifname(), dice_.once_in(3)});
            case 3:
                facts.enis["02:00:00:00:00:01"] =
                    eni(1 + dice_.below(3), {"10.0.2.0/24"}, {"10.0.2.37"});
                return;
            case 4:
                if (facts.kernel.links.size() > 1) facts.kernel.links.pop_back();
                return;
            case 5:
                facts.run = RunState{};
                return;
            case 6:
                facts.disk.table_names.clear();
                return;
            case 7:
                return facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
            default:
                facts.kernel.routes.erase(facts.kernel.routes.begin() + below(facts.kernel.routes));
        }
    }

    void add_route(Facts& facts) {
        const auto dst = dice_.one_of<std::string>({"0.0.0.0/0", "10.9.0.0/16", "0.0.0.0/1"});
        Route route = via(dst, dice_.one_of<std::string>({"10.0.2.254", "10.0.0.1", "10.0.3.1"}),
                          ifname(), dice_.below(3));
        route.protocol = dice_.once_in(3) ? kOurProtocol : 4;
        facts.kernel.routes.push_back(in_table(table(), route));
    }

    void add_rule(Facts& facts) {
        Rule added = rule(Family::v4, dice_.one_of<std::uint32_t>({100, 20050, 20101, 30000}),
                          TableId{table()});
        if (dice_.once_in(6)) return add_cni(facts);
        if (dice_.once_in(2)) added.from = net("10.0.2.37/32");
        if (dice_.once_in(3)) added.fwmark = added.fwmask = 0x80;
        facts.kernel.rules.push_back(added);
    }

    /// By its rule for what is marked, and a pod's interface.
    static void add_cni(Facts& facts) {
        Rule marked = rule(Family::v4, 1024, kTableMain);
        marked.fwmark = marked.fwmask = 0x80;
        facts.kernel.rules.push_back(marked);
        facts.kernel.routes.push_back(in_table(2, via("0.0.0.0/0", "10.0.2.1", "eth1", 0)));
    }

    Dice dice_;
    Config config_;
};

TEST(AnyHost, HasTheSameChangesByTheTablesThatWereReadOrNeedsAll) {
    constexpr std::uint32_t kHosts = ENI_IS_OPTIMISED ? 20000 : 4000;
    std::uint32_t needing = 0, without_some = 0, differing = 0;
    for (std::uint32_t seed = 0; seed < kHosts; ++seed) {
        RandomHost host(seed);
        const Config config = host.config();
        const Facts all = host.make(), some = filtered(all, config);
        if (all.kernel.links.size() < 2) continue;
        const ChangeSet by_all = make_change_set(all, config, Absent::keep, {});
        const ChangeSet by_some = make_change_set(some, config, Absent::keep, {});
        const bool is_same = words_for(by_all) == words_for(by_some);
        ASSERT_FALSE(by_all.plan.needs_all_routes);
        ASSERT_TRUE(is_same || by_some.plan.needs_all_routes) << seed << "\n"
                                                              << words_for(by_all) << "\n"
                                                              << words_for(by_some);
        if (by_some.plan.needs_all_routes) ++needing;
        if (!is_same) ++differing;
        if (!by_some.plan.needs_all_routes && some.kernel.routes.size() < all.kernel.routes.size())
            ++without_some;
    }
    // That the hosts are worth something.
    EXPECT_GT(differing, kHosts / 50);
    EXPECT_GT(without_some, kHosts / 20);
    EXPECT_LT(needing, kHosts * 9 / 10);
}

}  // namespace
}  // namespace eni
