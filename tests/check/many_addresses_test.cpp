// check() of a host with 15 interfaces of 500 addresses, 100,000 routes and 10,000 rules of others:
// it ends in time, and finds what is wrong with one address of them.
#include <chrono>
#include <map>
#include <string>

#include "checked_host.hpp"
#include "cpu_time.hpp"

namespace eni {
namespace {

using Clock = CpuTime;
using Seconds = std::chrono::duration<double>;

// A program that is compiled without optimization takes ten times as long, which says nothing.
#if ENI_IS_OPTIMISED
constexpr std::uint32_t kRoutes = 100000;
constexpr double kSeconds = 5, kTimes = 3;
#else
constexpr std::uint32_t kRoutes = 5000;
constexpr double kSeconds = 60, kTimes = 20;
#endif

IpAddress numbered(std::uint32_t number) {
    const std::uint8_t bytes[] = {
        static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    return IpAddress::from_bytes(bytes, sizeof bytes).value();
}

/// eth3 has 10.3.0.0/16 and in it 10.3.1.1 and 499 more.
void add_interface(Facts& facts, std::uint32_t index, std::uint32_t count = 500) {
    const std::string ifname = "eth" + std::to_string(index);
    const std::uint32_t subnet = 0x0a000000 + (index << 16);
    const std::string gateway = numbered(subnet + 1).to_string();
    KernelSnapshot& kernel = facts.kernel;
    kernel.links.push_back(eth(ifname));
    kernel.links.back().ifindex = static_cast<int>(index) + 2;
    kernel.links.back().mac = "02:00:00:00:01:" + std::to_string(10 + index);
    for (std::uint32_t i = 0; i < count; ++i)
        kernel.addresses.push_back(address(ifname, numbered(subnet + 257 + i).to_string() + "/16"));
    kernel.routes.push_back(via("0.0.0.0/0", gateway, ifname, 100 + index));
    kernel.routes.push_back(onlink(numbered(subnet).to_string() + "/16", ifname,
                                   numbered(subnet + 257).to_string(), 100 + index));
}

/// Of each kind some, behind eni-routes' and before them.
void add_others(KernelSnapshot& kernel) {
    for (std::uint32_t i = 0; i < 10000; ++i) {
        Rule other =
            rule(Family::v4, i % 2 == 0 ? 100 + i / 2 : 31000 + i % 1000, TableId{1000 + i % 10});
        if (i % 4 == 0) other.to = Prefix(numbered(0x0c000000 + i * 256), 24);
        if (i % 4 == 1) other.from = Prefix(numbered(0x0b000000 + i), 32);
        if (i % 4 == 2) other.fwmark = i, other.fwmask = 0xffffffff;
        if (i % 4 == 3) other.iif = "veth" + std::to_string(i);
        kernel.rules.push_back(other);
    }
    for (std::uint32_t i = 0; i < kRoutes; ++i) {
        Route route = via("0.0.0.0/0", "10.0.0.1", "eth0", 0);
        route.dst = Prefix(numbered(0x14000000 + i * 256), static_cast<std::uint8_t>(24 + i % 9));
        route.table = i % 2 == 0 ? kTableMain : TableId{1000 + i % 10};
        kernel.routes.push_back(route);
    }
}

/// As a run leaves it, or with all of eni-routes' still missing.
Host crowded(bool is_installed) {
    Host host = before();
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.links.clear();
    kernel.addresses.clear();
    kernel.routes.clear();
    for (std::uint32_t i = 0; i < 15; ++i) add_interface(host.facts, i);
    add_others(kernel);
    return is_installed ? installed(host) : host;
}

/// What check() is given ready-made, and what its answers are looked up in: whoever judges a host
/// needs this much.
struct Prepared {
    Plan plan;
    ChangeSet change_set;
    std::unique_ptr<const Lookup> lookup;
    Seconds took{};
};

Prepared prepared(const Host& host) {
    const auto start = Clock::now();
    Prepared prepared;
    prepared.plan = make_plan(host.facts, host.config, Absent::forget);
    prepared.change_set = {prepared.plan,
                           diff(prepared.plan, host.facts.kernel),
                           diff_files(prepared.plan, host.facts.disk),
                           {}};
    prepared.lookup = std::make_unique<const Lookup>(host.facts.kernel);
    prepared.took = Clock::now() - start;
    return prepared;
}

/// A third of that to the whole of it, as measured.
CheckResult timed_check(const Host& host) {
    const Prepared ready = prepared(host);
    const auto start = Clock::now();
    CheckResult result =
        check(host.facts, host.config, ready.change_set,
              [&](const RouteQuery& query) { return ready.lookup->answer(query); });
    const Seconds took = Clock::now() - start;
    EXPECT_LT(took.count(), kSeconds);
    EXPECT_LT(took.count(), kTimes * ready.took.count());
    ::testing::Test::RecordProperty("times", std::to_string(took / ready.took));
    return result;
}

TEST(ManyAddresses, AHostThatIsAllRight) {
    const CheckResult result = timed_check(crowded(/* is_installed= */ true));
    EXPECT_EQ(heads(result), Lines({"warning host rule-unheard", "note host rule-before-ours"}))
        << "there is a way for 97 of those behind ours";
    EXPECT_EQ(result.findings.back().consequences.size(), 4999u) << "one finding for all";
    ASSERT_EQ(result.interfaces.size(), 15u);
    for (const CheckedInterface& interface : result.interfaces)
        EXPECT_EQ(interface.addresses.size(), 500u);
    EXPECT_EQ(result.flows.size(), 16u * 16u) << "a class for each interface, and nobody";
}

TEST(ManyAddresses, AHostWithoutPolicy) {
    const CheckResult result = timed_check(crowded(/* is_installed= */ false));
    ASSERT_FALSE(result.findings.empty());
    EXPECT_EQ(heads(result), Lines({"BROKEN host policy-missing", "warning host rule-unheard",
                                    "note host rule-before-ours"}));
}

TEST(ManyAddresses, OneOfThemIsLost) {
    Host host = crowded(/* is_installed= */ true);
    host.facts.kernel.rules.push_back(from_rule(50, "10.7.1.77/32", kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    const CheckResult result = timed_check(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth7 foreign-rule", "warning host rule-unheard",
                                    "note host rule-before-ours"}));
    EXPECT_EQ(result.findings.front().address, ip("10.7.1.77"));
}

Host with_interfaces(std::uint32_t interfaces, std::uint32_t addresses) {
    Host host = before();
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.links.clear();
    kernel.addresses.clear();
    kernel.routes.clear();
    for (std::uint32_t i = 0; i < interfaces; ++i) add_interface(host.facts, i, addresses);
    return host;
}

Host with_four_interfaces() {
    Host host = with_interfaces(4, 500);
    host.config.match = Match::address;
    return installed(host);
}

CheckResult checked_by_lookup(const Host& host) {
    return checked(host, [lookup = Lookup(host.facts.kernel)](const RouteQuery& query) {
        return lookup.answer(query);
    });
}

/// With the internet and the neighbours in sixteen subnets each, of which one is its own; and
/// programs that are bound to no address with all.
TEST(ManyInterfaces, EachIsTriedWithSomeSubnets) {
    const CheckResult result = checked_by_lookup(installed(with_interfaces(80, 1)));
    EXPECT_EQ(heads(result), Lines());
    EXPECT_EQ(result.flows.size(), 80u * (1 + 16) + (1 + 80));
    std::map<std::string, int> tried;  // by subnet
    for (const Flow& flow : result.flows) {
        if (flow.kind != FlowKind::bound || !flow.peer.is_neighbour) continue;
        ++tried[flow.peer.name];
        if (flow.peer.name == "neighbours in 10." + flow.ifname.substr(3) + ".0.0/16")
            tried["own " + flow.ifname] = 1;
    }
    EXPECT_EQ(tried.size(), 80u + 80) << "each subnet, and each interface with its own";
    EXPECT_EQ(tried["neighbours in 10.7.0.0/16"], 16);
}

TEST(ManyInterfaces, UpTo64AreTriedWithAll) {
    EXPECT_EQ(checked_by_lookup(installed(with_interfaces(64, 1))).flows.size(), (64u + 1) * 65);
}

/// As where two interfaces share a subnet: each address has a rule, and all of these say the same.
TEST(ManyAddresses, ThoseMatchedByAddressAreAlike) {
    const CheckResult result = checked_by_lookup(with_four_interfaces());
    EXPECT_EQ(heads(result), Lines());
    EXPECT_EQ(result.flows.size(), (4u + 1) * 5) << "and programs bound to no address";
}

/// One whose rule is missing is none of them.
TEST(ManyAddresses, OneOfThemLacksItsRule) {
    Host host = with_four_interfaces();
    auto& rules = host.facts.kernel.rules;
    rules.erase(std::find_if(rules.begin(), rules.end(),
                             [](const Rule& rule) { return rule.from == net("10.2.1.77/32"); }));
    const CheckResult result = checked_by_lookup(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth2 rule-missing"}));
    EXPECT_EQ(result.findings.front().address, ip("10.2.1.77"));
}

/// Forty with rules of their own: 16 classes are tried with all five peers, the others with one.
TEST(ManyAddresses, ThoseThatAreAllDifferentAreTriedWithTheInternet) {
    Host host = with_four_interfaces();
    for (std::uint32_t i = 0; i < 40; ++i) {
        Rule other = from_rule(100 + i, numbered(0x0a010101 + i).to_string() + "/32", kIsp);
        other.to = net("172.31.0.0/16");
        host.facts.kernel.rules.push_back(other);
    }
    EXPECT_EQ(checked_by_lookup(host).flows.size(), (3u + 16 + 1) * 5 + 25);
}

}  // namespace
}  // namespace eni
