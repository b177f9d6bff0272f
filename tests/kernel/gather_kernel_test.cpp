// What is read of the kernel, in a network namespace: see kernel_fixture.hpp.
#include "gather_kernel.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "format.hpp"
#include "kernel_abilities.hpp"
#include "kernel_fixture.hpp"

namespace eni {
namespace {

// ---- Links, addresses, neighbours --------------------------------------------------------------

TEST_F(Kernel, LinksAreReadWithTheirSettings) {
    ip("link set eth1 address 02:00:00:00:00:AB group 10000");
    ip("link add bridge0 type bridge");
    ip("link set peer-eth1 master bridge0");
    ip("link set eth0 down");
    write_file("/proc/sys/net/ipv4/conf/all/rp_filter", "1");
    write_file("/proc/sys/net/ipv4/conf/eth1/rp_filter", "2");
    write_file("/proc/sys/net/ipv4/conf/eth1/forwarding", "1");
    write_file("/proc/sys/net/ipv6/conf/eth0/forwarding", "1");
    const KernelSnapshot kernel = look();
    EXPECT_EQ(kernel.rp_filter_all, 1);
    const Link eth1 = link_named(kernel, "eth1");
    EXPECT_EQ(eth1.ifindex, static_cast<int>(if_nametoindex("eth1")));
    EXPECT_EQ(eth1.mac, "02:00:00:00:00:ab");
    EXPECT_EQ(eth1.kind, "veth");
    EXPECT_EQ(eth1.group, 10000u);
    EXPECT_EQ(eth1.rp_filter, 2);
    EXPECT_TRUE(eth1.ethernet && eth1.is_up && eth1.forwarding4);
    EXPECT_FALSE(eth1.is_port || eth1.forwarding6);
    const Link eth0 = link_named(kernel, "eth0");
    EXPECT_TRUE(eth0.forwarding6);
    EXPECT_FALSE(eth0.is_up || eth0.forwarding4);
    EXPECT_TRUE(link_named(kernel, "peer-eth1").is_port);
    EXPECT_EQ(link_named(kernel, "bridge0").kind, "bridge");
    EXPECT_FALSE(link_named(kernel, "lo").ethernet);
}

TEST_F(Kernel, AddressesAreReadAndTentativeOnesCount) {
    ip("address add 10.0.2.38/24 dev eth1");  // secondary
    ip("address add 10.0.9.1 peer 10.0.9.2/32 dev eth0");
    ip("address add 2001:db8:2::99/64 dev eth1");  // DAD takes a second
    std::set<std::string> found;
    for (const Address& a : look().addresses)
        if (a.is_global)
            found.insert(a.ifname + " " + a.address.to_string() + "/" +
                         std::to_string(a.prefix_length) + (a.is_duplicate ? " duplicate" : ""));
    EXPECT_EQ(found, (std::set<std::string>{"eth0 10.0.0.29/24", "eth0 10.0.9.1/32",
                                            "eth0 2001:db8::29/64", "eth1 10.0.2.37/24",
                                            "eth1 10.0.2.38/24", "eth1 2001:db8:2::37/64",
                                            "eth1 2001:db8:2::99/64"}));
}

TEST_F(Kernel, NeighboursAreRead) {
    ip("-6 neighbour add fe80::1 lladdr 02:00:00:00:00:01 dev eth1 router nud reachable");
    ip("-6 neighbour add fe80::2 lladdr 02:00:00:00:00:02 dev eth1 nud reachable");
    const std::vector<Neighbour> routers = look().routers;
    ASSERT_EQ(routers.size(), 1u);
    EXPECT_EQ(routers[0].ifname, "eth1");
    EXPECT_EQ(routers[0].address, address("fe80::1"));
}

Words failed_gateways(Connection* socket) {
    Words words;
    for (const Neighbour& failed : gather_failed_gateways(socket, gather_kernel(socket)))
        words.push_back(failed.ifname + " " + failed.address.to_string());
    std::sort(words.begin(), words.end());
    return words;
}

TEST_F(Kernel, GatewaysThatDidNotAnswerAreRead) {
    ip("route add default via 10.0.2.99 dev eth1 table 10001");
    ip("-6 route add default via fe80::99 dev eth1 table 10001");
    for (const char* silent : {"10.0.2.99", "10.0.2.1", "10.0.2.7"})
        ip("neighbour add " + std::string(silent) + " dev eth1 nud failed");
    ip("neighbour add 10.0.2.99 dev eth0 nud failed");  // no route leads to it there
    ip("-6 neighbour add fe80::99 dev eth1 nud failed");
    ip("-6 neighbour add fe80::7 dev eth1 nud failed");
    ip("neighbour add 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0 nud reachable");
    EXPECT_EQ(failed_gateways(socket.get()),
              (Words{"eth1 10.0.2.1", "eth1 10.0.2.99", "eth1 fe80::99"}));
}

// ---- Routes -------------------------------------------------------------------------------------

class KernelRoutes : public Kernel {
  protected:
    /// What ip adds is read in the same words.
    void expect_read(const Words& added4, const Words& added6) const {
        const auto with_number = [](std::string words) {
            return words.replace(words.find("table T") + 6, 1, "10001");
        };
        for (const std::string& route : added4) ip("-4 route add " + with_number(route));
        for (const std::string& route : added6) ip("-6 route add " + with_number(route));
        Words expected = added4;
        expected.insert(expected.end(), added6.begin(), added6.end());
        std::sort(expected.begin(), expected.end());
        EXPECT_EQ(table(10001), expected);
        for (const Route& route : look().routes)
            EXPECT_FALSE(route.is_exotic) << format_route(route);
    }
};

TEST_F(KernelRoutes, WhatIpAddsToATableIsReadInTheSameWords) {
    const Words added4 = {
        "10.1.0.0/24 dev eth1 table T scope link",
        "10.10.0.0/24 dev eth1 table T metric 20 scope link",
        "10.11.0.0/24 via 10.0.2.1 dev eth1 table T metric 5 src 10.0.2.37 realms 5/6 mtu lock "
        "1400 advmss 1300",
        "10.12.0.0/24 tos 0x10 via 10.0.2.1 dev eth1 table T",
        "10.13.0.0/24 via 192.0.2.1 dev eth1 table T onlink",
        "10.15.0.0/24 table T nexthop via 10.0.0.1 dev eth0 weight 1 nexthop via 10.0.2.1 dev eth1 "
        "weight 3",
        "blackhole 10.16.0.0/24 table T",
        "default via 10.0.2.1 dev eth1 table T",
        "prohibit 10.17.0.0/24 table T",
        "throw 10.18.0.0/24 table T",
        "unreachable 10.19.0.1 table T metric 9",
    };
    const Words added6 = {
        "2001:db8:10::/64 dev eth1 table T metric 20",
        "2001:db8:11::/64 via fe80::1 dev eth1 table T src 2001:db8:2::37 mtu 1400",
        "blackhole 2001:db8:16::/64 table T",
        "default via fe80::1 dev eth1 table T",
        "prohibit 2001:db8:17::/64 table T",
        "throw 2001:db8:18::/64 table T",
        "unreachable 2001:db8:19::1 table T",
    };
    expect_read(added4, added6);
}

TEST_F(KernelRoutes, AGatewayOfTheOtherFamilyIsRead) {
    if (lacks(kGatewayOfOtherFamily)) GTEST_SKIP() << kGatewayOfOtherFamily.missing;
    expect_read({"10.14.0.0/24 via inet6 fe80::1 dev eth1 table T"}, {});
}

TEST_F(KernelRoutes, ACongestionControlIsRead) {
    if (lacks(kCongestionControl)) GTEST_SKIP() << kCongestionControl.missing;
    expect_read({"10.14.0.0/24 dev eth1 table T scope link mtu 1400 congctl reno"}, {});
}

TEST_F(KernelRoutes, AnIpv6RouteThatIsOnlinkIsRead) {
    if (lacks(kOnlink6)) GTEST_SKIP() << kOnlink6.missing;
    expect_read({}, {"2001:db8:13::/64 via 2001:db8:99::1 dev eth1 table T onlink"});
}

TEST_F(KernelRoutes, ThePreferenceOfAnIpv6RouteIsRead) {
    if (lacks(kPreference6)) GTEST_SKIP() << kPreference6.missing;
    expect_read({}, {"2001:db8:11::/64 via fe80::1 dev eth1 table T mtu 1400 pref high",
                     "default via fe80::1 dev eth1 table T pref low"});
}

TEST_F(KernelRoutes, TheNextHopsOfAnIpv6RouteAreRead) {
    if (lacks(kMultipath6)) GTEST_SKIP() << kMultipath6.missing;
    expect_read({}, {"2001:db8:12::/64 table T nexthop via fe80::1 dev eth0 weight 1 "
                     "nexthop via fe80::2 dev eth1 weight 3"});
}

TEST_F(Kernel, EveryTableIsReadWhoeverMadeItsRoutes) {
    ip("route add local default dev lo table 100");
    const Words found = table(254), local = table(255);
    EXPECT_EQ(std::count(found.begin(), found.end(),
                         "10.0.2.0/24 dev eth1 table T scope link src 10.0.2.37"),
              1);
    EXPECT_EQ(std::count(found.begin(), found.end(), "2001:db8:2::/64 dev eth1 table T metric 256"),
              1);
    EXPECT_EQ(
        std::count(local.begin(), local.end(), "local 10.0.2.37 dev eth1 table T src 10.0.2.37"),
        1);
    EXPECT_TRUE(std::any_of(local.begin(), local.end(), [](const std::string& words) {
        return words.find("local 2001:db8:2::37 dev ") == 0;
    }));
    EXPECT_EQ(table(100), Words{"local default dev lo table T"});
}

TEST_F(KernelRoutes, AnIpv6RouteWithASourcePrefixIsExotic) {
    if (lacks(kSourceRoutes6)) GTEST_SKIP() << kSourceRoutes6.missing;
    ip("-6 route add 2001:db8:20::/64 from 2001:db8::/64 dev eth1 table 10001");
    const KernelSnapshot kernel = look();
    for (const Route& route : kernel.routes)
        EXPECT_EQ(route.is_exotic, route.table == TableId{10001}) << format_route(route);
    EXPECT_EQ(table(10001).size(), 1u);
}

TEST_F(KernelRoutes, ARouteByANextHopObjectIsReadByItsNextHop) {
    if (lacks(kNextHopObjects)) GTEST_SKIP() << kNextHopObjects.missing;
    ip("nexthop add id 7 via 10.0.2.1 dev eth1");
    ip("route add 10.20.0.0/24 nhid 7 table 10002");
    for (const Route& route : look().routes) EXPECT_FALSE(route.is_exotic) << format_route(route);
    EXPECT_EQ(table(10002), Words{"10.20.0.0/24 via 10.0.2.1 dev eth1 table T"});
}

// ---- Rules --------------------------------------------------------------------------------------

class KernelRules : public Kernel {
  protected:
    /// What ip adds, with priorities from 100 on, is read in the same words.
    void expect_read(const Words& added) const {
        for (const std::string& rule : added) ip("rule add " + rule);
        Words found;
        for (const Rule& rule : look().rules) {
            EXPECT_FALSE(rule.is_exotic) << format_rule(rule);
            if (number(rule.priority) >= 100 && number(rule.priority) < 200)
                found.push_back(format_rule(rule));
        }
        EXPECT_EQ(found, added);
    }

    /// Each, from priority 100 on, is known not to be known; nothing else is.
    void expect_exotic(const Words& added) const {
        for (std::size_t i = 0; i < added.size(); ++i)
            ip("rule add priority " + std::to_string(100 + i) + " " + added[i]);
        std::size_t exotic = 0;
        for (const Rule& rule : look().rules) {
            const auto priority = number(rule.priority);
            EXPECT_EQ(rule.is_exotic, priority >= 100 && priority < 200) << format_rule(rule);
            if (rule.is_exotic) ++exotic;
        }
        EXPECT_EQ(exotic, added.size());
    }
};

TEST_F(KernelRules, WhatIpAddsIsReadInTheSameWords) {
    expect_read({
        "from 10.0.2.0/24 table 10001 priority 100",
        "from 10.0.2.37/32 to 10.9.0.0/16 iif lo table 10001 priority 101",
        "to 10.0.2.0/24 table 77 priority 102",
        "fwmark 0x5/0xff oif eth1 table 10001 priority 103",
        "fwmark 0x5 table 10001 priority 104",
        "iif not-there table 4294967295 priority 105",
    });
    ip("-6 rule add from 2001:db8:2::/64 table 10001 priority 200");
    EXPECT_EQ(rules(200), Words{"from 2001:db8:2::/64 table 10001 priority 200"});
    EXPECT_EQ(rules(0).size() + rules(32766).size() + rules(32767).size(), 5u);
}

TEST_F(KernelRules, TheSuppressAttributesAreRead) {
    if (lacks(kSuppress)) GTEST_SKIP() << kSuppress.missing;
    expect_read({"from all table main suppress_prefixlength 1 suppress_ifgroup 10000 priority 105",
                 "from all table main suppress_prefixlength 0 priority 106"});
}

TEST_F(KernelRules, ThoseThatFillManyDatagramsAreAllRead) {
    const std::size_t before = look().rules.size();
    std::vector<Rule> added;
    for (int i = 0; i < 600; ++i) {
        const auto priority = static_cast<std::uint32_t>(1000 + i);
        added.push_back(rule_from_to_table(
            "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "/32", priority));
        added.push_back(rule_from_to_table("2001:db8::" + std::to_string(i) + "/128", priority));
    }
    ASSERT_EQ(words(apply(additions({}, added))), "");
    const std::vector<Rule> found = look().rules;
    EXPECT_EQ(found.size(), before + added.size());
    for (const Rule& rule : added)
        EXPECT_EQ(std::count(found.begin(), found.end(), rule), 1) << format_rule(rule);
}

TEST_F(KernelRules, EachSelectorAndActionIsRead) {
    expect_read({"not from 10.0.2.0/24 table 10001 priority 100",
                 "to 10.9.0.0/16 tos 0x10 table 10001 priority 101",
                 "from 10.0.2.0/24 blackhole priority 102", "from all unreachable priority 103",
                 "fwmark 0x1/0x1 prohibit priority 104", "iif lo goto 32766 priority 105",
                 "from all nop priority 106"});
}

TEST_F(KernelRules, UsersAreRead) {
    if (lacks(kUserRules)) GTEST_SKIP() << kUserRules.missing;
    expect_read({"uidrange 5-7 table 10001 priority 100"});
}

TEST_F(KernelRules, ProtocolsAndPortsAreRead) {
    if (lacks(kPortRules)) GTEST_SKIP() << kPortRules.missing;
    expect_read({"ipproto tcp dport 80 table 10001 priority 100",
                 "ipproto udp sport 1000-2000 table 10001 priority 101"});
}

TEST_F(KernelRules, ThoseThatWeKnowTooLittleOfAreExotic) {
    expect_exotic({"from all realms 5 table 10001"});
}

/// What is read is written again, so that the kernel has the same rule twice.
TEST_F(KernelRules, WhatIsReadIsWritten) {
    if (lacks(kPortRules) || lacks(kUserRules)) GTEST_SKIP() << kPortRules.missing;
    ip("rule add not from 10.0.2.0/24 to 10.9.0.0/16 tos 0x10 fwmark 0x5/0xf iif lo oif eth1 "
       "uidrange 5-7 ipproto 6 sport 80 dport 1000-2000 goto 32766 priority 100");
    const auto find = [&](std::uint32_t priority) {
        for (const Rule& rule : look().rules)
            if (number(rule.priority) == priority) return rule;
        return Rule{};
    };
    Rule rule = find(100);
    rule.priority = Priority{101};
    ASSERT_EQ(words(apply(additions({}, {rule}))), "");
    EXPECT_EQ(format_rule(find(101)), format_rule(rule));
    EXPECT_EQ(find(101), rule);
}

// ---- The probe ----------------------------------------------------------------------------------

TEST_F(Kernel, TheProbeFindsTheSuppressAttributesAndLeavesNothingBehind) {
    if (lacks(kSuppress)) GTEST_SKIP() << kSuppress.missing;
    for (const char* twin :
         {"", "from 10.0.0.0/8", "suppress_prefixlength 1 suppress_ifgroup 10000"})
        ip("rule add priority 32765 table main " + std::string(twin));
    const KernelSnapshot before = look();
    EXPECT_TRUE(probe_suppress(socket.get(), 10000));
    EXPECT_TRUE(probe_suppress(socket.get(), 10000));
    EXPECT_TRUE(look().rules == before.rules);
}

TEST_F(Kernel, TheProbeFindsWhatIpFinds) {
    const KernelSnapshot before = look();
    EXPECT_EQ(probe_suppress(socket.get(), 10000), !lacks(kSuppress));
    EXPECT_TRUE(look().rules == before.rules);
}

TEST_F(Kernel, TheProbeOfAnUnprivilegedUserSaysWhy) {
    if (seteuid(65534) != 0) GTEST_SKIP() << "no other user here";
    std::string error;
    try {
        probe_suppress(open_netlink().get(), 10000);
    } catch (const std::system_error& refused) {
        error = refused.what();
        EXPECT_EQ(refused.code().value(), EPERM);
    }
    ASSERT_EQ(seteuid(0), 0);
    EXPECT_NE(error.find("ip rule add"), std::string::npos) << error;
}

}  // namespace
}  // namespace eni
