// The walk against the kernel: random rules and routes in a network namespace, and random packets,
// of which the kernel says the way. The same ones in each run.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "ask_kernel.hpp"
#include "dice.hpp"
#include "kernel_abilities.hpp"
#include "kernel_fixture.hpp"
#include "lookup.hpp"

namespace eni {
namespace {

const std::vector<std::string> kOwn4 = {"10.0.0.29", "10.0.2.37"};
const std::vector<std::string> kOwn6 = {"2001:db8::29", "2001:db8:2::37"};
const std::vector<std::string> kOthers4 = {"192.0.2.1", "192.0.2.129", "198.51.100.7", "10.0.0.99",
                                           "10.0.2.99", "10.9.0.1",    "10.9.128.1",   "10.8.1.1"};
const std::vector<std::string> kOthers6 = {"2001:db8:9::1", "2001:db8:9:8000::1", "2001:db8:8::1",
                                           "2001:db8::99", "2001:db8:2::99"};
// IPv4's are those of the first RFC, which every kernel takes.
const std::vector<std::uint8_t> kTos = {0x08, 0x10, 0x1c};

const std::vector<std::string>& own(Family family) {
    return family == Family::v4 ? kOwn4 : kOwn6;
}
const std::vector<std::string>& others(Family family) {
    return family == Family::v4 ? kOthers4 : kOthers6;
}

Prefix some_prefix(Dice& dice, const std::vector<std::string>& around) {
    const IpAddress address = eni::address(dice.one_of(around));
    const std::uint32_t bits = address.bits();
    return {address, static_cast<std::uint8_t>(dice.once_in(5) ? 1 : bits - dice.below(bits / 2))};
}

void add_some_selectors(Dice& dice, Rule& rule) {
    if (dice.once_in(3)) rule.from = some_prefix(dice, own(rule.family));
    if (dice.once_in(3)) rule.to = some_prefix(dice, others(rule.family));
    if (dice.once_in(4)) rule.iif = dice.one_of<std::string>({"lo", "eth0", "eth1", "gone"});
    if (dice.once_in(12)) rule.oif = dice.one_of<std::string>({"eth0", "gone"});
    if (dice.once_in(4)) rule.fwmark = dice.below(4), rule.fwmask = 1 + dice.below(3);
    if (dice.once_in(5)) rule.tos = dice.one_of(kTos);
    if (dice.once_in(4)) {
        const std::vector<std::uint8_t> protocols = {IPPROTO_TCP, IPPROTO_UDP, 200};
        rule.ip_protocol = dice.one_of(protocols);
        if (dice.once_in(2)) rule.dport = NumberRange{50, 50 + dice.below(60)};
        if (dice.once_in(3)) rule.sport = NumberRange{50, 50 + dice.below(60)};
    }
    if (dice.once_in(6)) rule.users = NumberRange{dice.below(3), 3 + dice.below(3)};
    rule.is_inverted = dice.once_in(6);
}

Rule some_rule(Dice& dice, Family family, std::uint32_t priority) {
    Rule rule;
    rule.family = family;
    rule.priority = Priority{priority};
    rule.table = TableId{1000 + dice.below(4)};
    add_some_selectors(dice, rule);
    if (dice.once_in(5)) {
        const std::vector<RuleAction> actions = {RuleAction::blackhole, RuleAction::unreachable,
                                                 RuleAction::prohibit, RuleAction::nop};
        rule.action = dice.one_of(actions);
    } else if (dice.once_in(5)) {
        rule.action = RuleAction::go_to;
        rule.target = Priority{priority + 1 + dice.below(12)};
    } else {
        if (dice.once_in(4)) rule.suppress_prefixlength = dice.below(20);
        if (dice.once_in(6)) rule.suppress_ifgroup = dice.below(2);
        return rule;
    }
    rule.table = TableId{0};
    return rule;
}

Route some_route(Dice& dice, Family family) {
    const bool is_v4 = family == Family::v4;
    const bool is_first = dice.once_in(2);
    const char* gateway =
        is_v4 ? (is_first ? "10.0.0.1" : "10.0.2.1") : (is_first ? "2001:db8::1" : "2001:db8:2::1");
    Route route = route_to(is_v4 ? "0.0.0.0/0" : "::/0", is_first ? "eth0" : "eth1", gateway);
    route.table = TableId{1000 + dice.below(4)};
    if (!dice.once_in(4)) route.dst = some_prefix(dice, others(family));
    if (is_v4 && dice.once_in(4)) route.tos = dice.one_of(kTos);
    route.metric = 1024 + dice.below(3);
    if (!dice.once_in(4)) return route;
    const std::vector<RouteType> types = {RouteType::blackhole, RouteType::unreachable,
                                          RouteType::prohibit, RouteType::throw_, RouteType::local};
    route.type = dice.one_of(types);
    route.hops.clear();
    if (route.type != RouteType::local) return route;
    route.hops = {{"lo", std::nullopt, 1, false}};
    if (is_v4) route.scope = Scope::host;
    return route;
}

RouteQuery some_packet(Dice& dice, Family family) {
    RouteQuery query;
    query.dst = address(dice.one_of(others(family)));
    if (!dice.once_in(3)) query.src = address(dice.one_of(own(family)));
    query.mark = dice.below(4);
    if (dice.once_in(2)) query.tos = dice.one_of(kTos);
    if (dice.once_in(2)) {
        const std::vector<std::uint8_t> protocols = {IPPROTO_TCP, IPPROTO_UDP};
        query.protocol = dice.one_of(protocols);
        query.sport = static_cast<std::uint16_t>(40 + dice.below(80));
        query.dport = static_cast<std::uint16_t>(40 + dice.below(80));
    }
    if (dice.once_in(4)) {  // a neighbour's, which this host passes on
        const bool is_first = dice.once_in(2);
        query.iif = is_first ? "eth0" : "eth1";
        query.src = address(family == Family::v4 ? (is_first ? "10.0.0.50" : "10.0.2.50")
                                                 : (is_first ? "2001:db8::50" : "2001:db8:2::50"));
    } else {
        query.user = dice.below(8);
    }
    return query;
}

std::string words(const RouteQuery& query) {
    return query.dst.to_string() + " from " + (query.src ? query.src->to_string() : "-") + " iif " +
           query.iif + " mark " + std::to_string(query.mark) + " tos " + std::to_string(query.tos) +
           " protocol " + std::to_string(query.protocol) + " ports " + std::to_string(query.sport) +
           " " + std::to_string(query.dport) + " user " + std::to_string(query.user);
}

std::string words(const RouteAnswer& answer) {
    if (answer.error != 0) return std::strerror(answer.error);
    if (answer.is_local()) return "local in " + std::to_string(number(answer.table));
    return format_route(Route{answer.table,
                              answer.type,
                              Prefix(),
                              0,
                              0,
                              Scope::global,
                              {},
                              {{answer.ifname, answer.gateway, 1, false}},
                              {},
                              0,
                              0,
                              0,
                              false});
}

std::string words(const Walk& walk) {
    std::string all;
    for (const Step& step : walk.steps)
        all += "  " + format_rule_listing(*step.rule) + " " +
               std::to_string(static_cast<int>(step.result)) +
               (step.route != nullptr ? " " + format_route(*step.route) : "") + "\n";
    return all;
}

class RandomRules : public Kernel {
  protected:
    /// From two neighbours of other links nothing comes; what would is forwarded.
    static void prepare() {
        for (const char* link : {"all", "eth0", "eth1"}) {
            write_file("/proc/sys/net/ipv4/conf/" + std::string(link) + "/forwarding", "1");
            write_file("/proc/sys/net/ipv6/conf/" + std::string(link) + "/forwarding", "1");
            write_file("/proc/sys/net/ipv4/conf/" + std::string(link) + "/rp_filter", "0");
        }
        ip("link set eth1 group 1");
        ip("route add default via 10.0.0.1 dev eth0");
        ip("-6 route add default via 2001:db8:2::1 dev eth1");
    }

    void make_some(Dice& dice) const {
        std::vector<Rule> rules;
        std::vector<Route> routes;
        for (const Family family : kFamilies) {
            for (std::uint32_t i = 0; i < 20; ++i)
                rules.push_back(some_rule(dice, family, 100 + i));
            for (int i = 0; i < 24; ++i) routes.push_back(some_route(dice, family));
        }
        (void)apply(additions(routes, rules));  // of two of one identity the first
    }

    static void clear() {
        for (const char* family : {"-4", "-6"}) {
            const std::string ip = "ip " + std::string(family);
            const std::string command = "for i in $(seq 100 119); do " + ip +
                                        " rule del priority $i 2>/dev/null; done; " +
                                        "for i in 1000 1001 1002 1003; do " + ip +
                                        " route flush table $i 2>/dev/null; done; true";
            ASSERT_EQ(std::system(command.c_str()), 0);
        }
    }
};

TEST_F(RandomRules, TheWalkGoesTheKernelsWay) {
    for (const Ability& ability : {kSuppress, kUserRules, kPortRules, kTableOfAnswers})
        if (lacks(ability)) GTEST_SKIP() << ability.missing;
    prepare();
    Dice dice(20101);
    std::size_t found = 0, refused = 0, local = 0;
    for (int round = 0; round < 20; ++round) {
        make_some(dice);
        const KernelSnapshot kernel = look();
        ASSERT_GT(kernel.rules.size(), 40u);
        ASSERT_GT(kernel.routes.size(), 40u);
        const Lookup lookup(kernel);
        const AskKernel ask(kernel.links);
        for (int i = 0; i < 100; ++i) {
            const RouteQuery query = some_packet(dice, dice.once_in(2) ? Family::v4 : Family::v6);
            const RouteAnswer is = ask(query), guess = lookup.answer(query);
            const std::string what =
                words(query) + ": " + words(is) + ", walk:\n" + words(lookup.walk(query));
            EXPECT_EQ(is.error == 0, guess.error == 0) << what << words(guess);
            if (is.error == 0 && guess.error == 0) {
                EXPECT_TRUE(agrees(lookup.walk(query), is)) << what;
                EXPECT_EQ(words(is), words(guess)) << what;
            }
            (is.error != 0 ? refused : is.is_local() ? local : found) += 1;
            if (HasFailure()) return;
        }
        clear();
    }
    EXPECT_GT(found, 800u);
    EXPECT_GT(refused, 200u);
    EXPECT_GT(local, 50u);
}

}  // namespace
}  // namespace eni
