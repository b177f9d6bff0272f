// Many rules, routes and packets: what one packet costs once the snapshot is ready for it, and
// that the few rules it asks are those that it matches.
#include <gtest/gtest.h>

#include <chrono>

#include "cpu_time.hpp"
#include "dice.hpp"
#include "example.hpp"

namespace eni {
namespace {

using Clock = CpuTime;

IpAddress numbered(std::uint32_t number) {
    const std::uint8_t bytes[] = {
        static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    return IpAddress::from_bytes(bytes, sizeof bytes).value();
}

/// 10,000 rules of others, of each kind some, and 100,000 routes, before the kernel's own.
KernelSnapshot crowded() {
    KernelSnapshot kernel = two_interfaces().kernel;
    for (std::uint32_t i = 0; i < 10000; ++i) {
        Rule other = rule(Family::v4, 100 + i, TableId{1000 + i % 10});
        if (i % 4 == 0) other.from = Prefix(numbered(0x0b000000 + i), 32);
        if (i % 4 == 1) other.to = Prefix(numbered(0x0c000000 + i * 256), 24);
        if (i % 4 == 2) other.fwmark = i, other.fwmask = 0xffffffff;
        if (i % 4 == 3) other.iif = "veth" + std::to_string(i);
        kernel.rules.push_back(other);
    }
    for (std::uint32_t i = 0; i < 100000; ++i) {
        Route route = via("0.0.0.0/0", "10.0.0.1", "eth0", 0);
        route.dst = Prefix(numbered(0x14000000 + i * 256), static_cast<std::uint8_t>(24 + i % 9));
        route.table = i % 2 == 0 ? kTableMain : TableId{1000 + i % 10};
        kernel.routes.push_back(route);
    }
    return kernel;
}

/// To be made ready is a sort. Asking each rule costs a thousand packets more than that, and asking
/// each route a hundred times as much.
TEST(ManyPackets, AThousandCostLessThanToBeMadeReadyForThem) {
    const KernelSnapshot kernel = crowded();
    const auto start = Clock::now();
    const Lookup lookup(kernel);
    const auto ready = Clock::now();
    std::size_t decided = 0;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        RouteQuery query = sent("192.0.2.1", "10.0.2.37");
        if (i % 2 == 0) query.dst = numbered(0x14000000 + i * 25600);
        if (i % 3 == 0) query.src = numbered(0x0b000000 + i);
        if (lookup.walk(query).decision() != nullptr) ++decided;
    }
    const auto end = Clock::now();
    EXPECT_EQ(decided, 1000u);
    EXPECT_LT((end - ready).count() * 2, (ready - start).count());
}

TEST(ManyPackets, OtherRulesOverTheSameRoutesCostTheRulesAlone) {
    const KernelSnapshot kernel = crowded();
    const std::vector<Rule> few = two_interfaces().kernel.rules;
    const auto start = Clock::now();
    const Lookup lookup(kernel);
    const auto ready = Clock::now();
    std::size_t decided = 0;
    for (int i = 0; i < 1000; ++i)
        if (lookup.with_rules(few).walk(sent("192.0.2.1")).decision() != nullptr) ++decided;
    const auto end = Clock::now();
    EXPECT_EQ(decided, 1000u);
    EXPECT_LT((end - ready).count(), (ready - start).count());
}

// ---- The few and all ----------------------------------------------------------------------------

Prefix some_prefix(Dice& dice) {
    return {numbered(0x0a000000 + dice.below(1024)),
            static_cast<std::uint8_t>(20 + dice.below(13))};
}

Rule some_rule(Dice& dice) {
    Rule some = rule(Family::v4, dice.below(40), TableId{1000 + dice.below(4)});
    some.is_inverted = dice.once_in(6);
    if (dice.once_in(3)) some.from = some_prefix(dice);
    if (dice.once_in(3)) some.to = some_prefix(dice);
    if (dice.once_in(5)) some.iif = dice.once_in(2) ? "lo" : "eth1";
    if (dice.once_in(8)) some.oif = "eth1";
    if (dice.once_in(4)) some.fwmark = dice.below(4), some.fwmask = 1 + dice.below(3);
    if (dice.once_in(20)) some.is_exotic = true;
    if (dice.once_in(10)) some.action = RuleAction::blackhole;
    if (!dice.once_in(4)) return some;
    some.action = RuleAction::go_to;
    some.target = Priority{dice.below(45)};  // backwards and to nowhere as well
    return some;
}

RouteQuery some_packet(Dice& dice) {
    RouteQuery query = sent("10.0.0.0");
    query.dst = numbered(0x0a000000 + dice.below(1024));
    if (!dice.once_in(3)) query.src = numbered(0x0a000000 + dice.below(1024));
    if (dice.once_in(3)) query.iif = "eth1";
    if (dice.once_in(3)) query.oif = "eth1";
    query.mark = dice.below(4);
    return query;
}

TEST(ManyPackets, TheWalkOfTheFewThatMatchIsThatOfAll) {
    Dice dice(20000);
    std::size_t decided = 0, jumps = 0;
    for (int round = 0; round < 200; ++round) {
        KernelSnapshot kernel;
        for (int i = 0; i < 30; ++i) kernel.rules.push_back(some_rule(dice));
        for (int i = 0; i < 10; ++i) {
            Route route = via("0.0.0.0/0", "10.9.0.1", "eth0", 0);
            route.dst = some_prefix(dice);
            route.table = TableId{1000 + dice.below(4)};
            kernel.routes.push_back(route);
        }
        const Lookup lookup(kernel);
        for (int i = 0; i < 20; ++i) {
            const RouteQuery query = some_packet(dice);
            const Walk all = lookup.walk_all(query), few = lookup.walk(query);
            std::vector<std::pair<const Rule*, StepResult>> of_all, of_few;
            for (const Step& step : all.steps)
                if (step.result != StepResult::no_match)
                    of_all.emplace_back(step.rule, step.result);
            for (const Step& step : few.steps) of_few.emplace_back(step.rule, step.result);
            ASSERT_EQ(of_all, of_few);
            if (all.decision() != nullptr) ++decided;
            for (const Step& step : all.steps) jumps += step.result == StepResult::jumped ? 1 : 0;
        }
    }
    EXPECT_GT(decided, 1000u);
    EXPECT_GT(jumps, 100u);
}

TEST(ManyPackets, TheLongestMatchIsThatOfASearchThroughAll) {
    Dice dice(20000);
    for (int round = 0; round < 200; ++round) {
        KernelSnapshot kernel;
        for (int i = 0; i < 40; ++i) {
            Route route = via("0.0.0.0/0", "10.9.0.1", "eth0", dice.below(3));
            route.dst = Prefix(numbered(0x0a000000 + dice.below(64)),
                               static_cast<std::uint8_t>(dice.once_in(9) ? 0 : 26 + dice.below(7)));
            route.table = TableId{1000 + dice.below(2)};
            route.tos = dice.once_in(4) ? 0x10 : 0;
            kernel.routes.push_back(route);
        }
        const RouteIndex routes(kernel);
        for (std::uint32_t i = 0; i < 70; ++i) {
            const IpAddress dst = numbered(0x0a000000 + i);
            const std::uint8_t tos = dice.once_in(2) ? 0x10 : 0;
            const Route* best = nullptr;
            for (const Route& route : kernel.routes) {
                if (route.table != TableId{1000} || !route.dst.contains(dst)) continue;
                if (route.tos != 0 && route.tos != tos) continue;
                const auto rank = [](const Route& of) {
                    return std::make_tuple(-of.dst.length(), -of.tos, of.metric);
                };
                if (best == nullptr || rank(route) < rank(*best)) best = &route;
            }
            ASSERT_EQ(routes.longest_match(TableId{1000}, dst, tos), best);
        }
    }
}

}  // namespace
}  // namespace eni
