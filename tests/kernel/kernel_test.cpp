// The kernel edge against the kernel: each test has a network namespace of its own, in which `ip`
// is the second opinion. Needs root or user namespaces; without either the tests skip themselves.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "apply_kernel.hpp"
#include "ask_kernel.hpp"
#include "diff.hpp"
#include "format.hpp"
#include "gather_kernel.hpp"
#include "lookup.hpp"
#include "make_plan.hpp"
#include "monitor.hpp"
#include "socket.hpp"
#include "write_messages.hpp"

namespace eni {
namespace {

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    ASSERT_TRUE(file) << path;
}

/// False where this user may not have a namespace.
bool enter_namespace() {
    if (unshare(CLONE_NEWNET) == 0) return true;
    const std::string uid = std::to_string(geteuid()), gid = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + uid + " 1");
    write_file("/proc/self/gid_map", "0 " + gid + " 1");
    return true;
}

bool kernel_is_older_than(int major) {
    utsname system{};
    return uname(&system) != 0 || std::atoi(system.release) < major;
}

class Kernel : public testing::Test {
  protected:
    /// Two interfaces: eth0 10.0.0.29/24 2001:db8::29/64, eth1 10.0.2.37/24 2001:db8:2::37/64.
    void SetUp() override {
        if (!enter_namespace()) GTEST_SKIP() << "no network namespace: " << std::strerror(errno);
        ip("link set lo up");
        add_interface("eth0", "10.0.0.29/24", "2001:db8::29/64");
        add_interface("eth1", "10.0.2.37/24", "2001:db8:2::37/64");
        socket = open_netlink();
        for (const char* own : {"2001:db8::29", "2001:db8:2::37"}) wait_for_local_route(own);
    }

    /// Without link-local addresses: they and their routes come some time after the link is up.
    static void add_interface(const std::string& ifname, const char* address4,
                              const char* address6) {
        ip("link add " + ifname + " type veth peer name peer-" + ifname);
        for (const std::string& end : {"peer-" + ifname, ifname})
            ip("link set " + end + " addrgenmode none up");
        ip("address add " + std::string(address4) + " dev " + ifname);
        ip("address add " + std::string(address6) + " dev " + ifname + " nodad");
    }

    /// The kernel makes the route to an IPv6 address of its own a moment after the address.
    void wait_for_local_route(const std::string& own) const {
        const Prefix dst = Prefix::parse(own).value();
        const auto is_it = [&](const Route& route) {
            return route.table == kTableLocal && route.dst == dst;
        };
        for (int i = 0; i < 500; ++i) {
            const std::vector<Route> routes = look().routes;
            if (std::any_of(routes.begin(), routes.end(), is_it)) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        FAIL() << "no route to " << own << " in the local table";
    }

    static void ip(const std::string& words) {
        ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words;
    }

    KernelSnapshot look() const { return gather_kernel(socket.get()); }

    std::vector<Failure> apply(const Changes& changes) const {
        return apply_kernel(socket.get(), look(), changes);
    }

    /// The routes of a table in ip's words, sorted.
    std::vector<std::string> table(std::uint32_t id) const {
        std::vector<std::string> words;
        for (const Route& route : look().routes)
            if (route.table == TableId{id}) words.push_back(format_route(route, "T"));
        std::sort(words.begin(), words.end());
        return words;
    }

    /// The rules of a priority in ip's words, in the kernel's order.
    std::vector<std::string> rules(std::uint32_t priority) const {
        std::vector<std::string> words;
        for (const Rule& rule : look().rules)
            if (rule.priority == Priority{priority}) words.push_back(format_rule(rule));
        return words;
    }

    NetlinkSocket socket;
};

using Words = std::vector<std::string>;

IpAddress address(const std::string& text) {
    return IpAddress::parse(text).value();
}

Route route_to(const char* dst, const char* ifname, const char* gateway = nullptr) {
    Route route;
    route.table = TableId{10001};
    route.dst = Prefix::parse(dst).value();
    route.hops = {{ifname, std::nullopt, 1, false}};
    if (gateway != nullptr) route.hops[0].gateway = address(gateway);
    if (gateway == nullptr && route.family() == Family::v4) route.scope = Scope::link;
    if (route.family() == Family::v6) route.metric = 1024;
    return route;
}

Rule rule_from_to_table(const std::string& from, std::uint32_t priority) {
    Rule rule;
    rule.from = Prefix::parse(from).value();
    rule.family = rule.from->family();
    rule.priority = Priority{priority};
    rule.table = TableId{10001};
    return rule;
}

Changes additions(const std::vector<Route>& routes, const std::vector<Rule>& rules = {}) {
    Changes changes;
    for (const Route& route : routes)
        changes.routes_added.push_back({RouteAction::add, {route, "", ""}});
    for (const Rule& rule : rules) changes.rules_added.push_back({rule, "", ""});
    return changes;
}

Changes deletions(const std::vector<Route>& routes, const std::vector<Rule>& rules = {}) {
    Changes changes;
    for (const Route& route : routes) changes.routes_deleted.push_back({route, "", ""});
    for (const Rule& rule : rules) changes.rules_deleted.push_back({rule, "", ""});
    return changes;
}

std::string words(const std::vector<Failure>& failures) {
    std::string all;
    for (const Failure& failure : failures) all += failure.what + ": " + failure.error + "\n";
    return all;
}

const Link& link_named(const KernelSnapshot& kernel, const std::string& ifname) {
    return *std::find_if(kernel.links.begin(), kernel.links.end(),
                         [&](const Link& link) { return link.ifname == ifname; });
}

// ---- Gathering ----------------------------------------------------------------------------------

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

TEST_F(Kernel, RouterNeighboursAreRead) {
    ip("-6 neighbour add fe80::1 lladdr 02:00:00:00:00:01 dev eth1 router nud reachable");
    ip("-6 neighbour add fe80::2 lladdr 02:00:00:00:00:02 dev eth1 nud reachable");
    const std::vector<RouterNeighbour> routers = look().routers;
    ASSERT_EQ(routers.size(), 1u);
    EXPECT_EQ(routers[0].ifname, "eth1");
    EXPECT_EQ(routers[0].address, address("fe80::1"));
}

TEST_F(Kernel, WhatIpAddsToATableIsReadInTheSameWords) {
    const Words added4 = {
        "10.1.0.0/24 dev eth1 table T scope link",
        "10.10.0.0/24 dev eth1 table T metric 20 scope link",
        "10.11.0.0/24 via 10.0.2.1 dev eth1 table T metric 5 src 10.0.2.37 realms 5/6 mtu lock "
        "1400 advmss 1300 congctl reno",
        "10.12.0.0/24 tos 0x10 via 10.0.2.1 dev eth1 table T",
        "10.13.0.0/24 via 192.0.2.1 dev eth1 table T onlink",
        "10.14.0.0/24 via inet6 fe80::1 dev eth1 table T",
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
        "2001:db8:11::/64 via fe80::1 dev eth1 table T src 2001:db8:2::37 mtu 1400 pref high",
        "2001:db8:12::/64 table T nexthop via fe80::1 dev eth0 weight 1 nexthop via fe80::2 dev "
        "eth1 weight 3",
        "2001:db8:13::/64 via 2001:db8:99::1 dev eth1 table T onlink",
        "blackhole 2001:db8:16::/64 table T",
        "default via fe80::1 dev eth1 table T pref low",
        "prohibit 2001:db8:17::/64 table T",
        "throw 2001:db8:18::/64 table T",
        "unreachable 2001:db8:19::1 table T",
    };
    const auto with_number = [](std::string words) {
        return words.replace(words.find("table T") + 6, 1, "10001");
    };
    for (const std::string& route : added4) ip("-4 route add " + with_number(route));
    for (const std::string& route : added6) ip("-6 route add " + with_number(route));
    Words expected = added4;
    expected.insert(expected.end(), added6.begin(), added6.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(table(10001), expected);
    for (const Route& route : look().routes) EXPECT_FALSE(route.is_exotic) << format_route(route);
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

TEST_F(Kernel, RoutesThatWeKnowTooLittleOfAreExotic) {
    ip("-6 route add 2001:db8:20::/64 from 2001:db8::/64 dev eth1 table 10001");
    ip("nexthop add id 7 via 10.0.2.1 dev eth1");
    ip("route add 10.20.0.0/24 nhid 7 table 10002");
    const KernelSnapshot kernel = look();
    for (const Route& route : kernel.routes)
        EXPECT_EQ(route.is_exotic, route.table == TableId{10001}) << format_route(route);
    EXPECT_EQ(table(10002), Words{"10.20.0.0/24 via 10.0.2.1 dev eth1 table T"});
}

TEST_F(Kernel, WhatIpAddsToTheRulesIsReadInTheSameWords) {
    const Words added = {
        "from 10.0.2.0/24 table 10001 priority 100",
        "from 10.0.2.37/32 to 10.9.0.0/16 iif lo table 10001 priority 101",
        "to 10.0.2.0/24 table 77 priority 102",
        "fwmark 0x5/0xff oif eth1 table 10001 priority 103",
        "fwmark 0x5/0xffffffff table 10001 priority 104",
        "from all table main suppress_prefixlength 1 suppress_ifgroup 10000 priority 105",
        "from all table main suppress_prefixlength 0 priority 106",
        "iif not-there table 4294967295 priority 107",
    };
    for (const std::string& rule : added) ip("rule add " + rule);
    ip("-6 rule add from 2001:db8:2::/64 table 10001 priority 108");
    Words found;
    for (const Rule& rule : look().rules) {
        EXPECT_FALSE(rule.is_exotic) << format_rule(rule);
        if (number(rule.priority) >= 100 && number(rule.priority) < 108)
            found.push_back(format_rule(rule));
    }
    EXPECT_EQ(found, added);
    EXPECT_EQ(rules(108), Words{"from 2001:db8:2::/64 table 10001 priority 108"});
    EXPECT_EQ(rules(0).size() + rules(32766).size() + rules(32767).size(), 5u);
}

TEST_F(Kernel, RulesThatFillManyDatagramsAreAllRead) {
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

TEST_F(Kernel, RulesThatWeKnowTooLittleOfAreExotic) {
    for (const char* rule :
         {"not from 10.0.2.0/24 table 10001", "from all tos 0x10 table 10001",
          "from all ipproto 6 table 10001", "from all dport 80 table 10001",
          "from all uidrange 0-0 table 10001", "from 10.0.2.0/24 blackhole",
          "from 10.0.2.0/24 unreachable", "from all goto 32766", "from all realms 5 table 10001"})
        ip("rule add priority 100 " + std::string(rule));
    int exotic = 0;
    for (const Rule& rule : look().rules) {
        EXPECT_EQ(rule.is_exotic, rule.priority == Priority{100}) << format_rule(rule);
        if (rule.is_exotic) ++exotic;
    }
    EXPECT_EQ(exotic, 9);
}

// ---- Applying -----------------------------------------------------------------------------------

std::vector<Route> some_routes() {
    Route full = route_to("10.11.0.0/24", "eth1", "10.0.2.1");
    full.metric = 5;
    full.prefsrc = address("10.0.2.37");
    full.metrics.values = {{RTAX_MTU, 1400}, {RTAX_INITCWND, 10}};
    full.metrics.lock = 1u << RTAX_MTU;
    full.metrics.congctl = "reno";
    full.realm = 0x50006;
    Route onlink = route_to("10.12.0.0/24", "eth1", "192.0.2.1");
    onlink.hops[0].onlink = true;
    Route multipath = route_to("10.13.0.0/24", "eth1", "10.0.2.1");
    multipath.realm = 7;
    multipath.hops.push_back({"eth0", address("192.0.2.1"), 9, true});
    Route tos = route_to("10.11.0.0/24", "eth1", "10.0.2.1");
    tos.tos = 0x10;
    Route blackhole = route_to("10.14.0.0/24", "eth1");
    blackhole.type = RouteType::blackhole;
    blackhole.scope = Scope::global;
    blackhole.hops.clear();
    Route blackhole6 = route_to("2001:db8:14::/64", "eth1");
    blackhole6.type = RouteType::throw_;
    blackhole6.hops.clear();
    Route full6 = route_to("2001:db8:11::/64", "eth1", "fe80::1");
    full6.prefsrc = address("2001:db8:2::37");
    full6.metrics.values = {{RTAX_MTU, 1400}, {RTAX_HOPLIMIT, 44}};
    full6.pref = 1;
    Route multipath6 = route_to("2001:db8:13::/64", "eth0", "fe80::1");
    multipath6.hops.push_back({"eth1", address("fe80::1"), 1, false});
    return {route_to("10.0.2.0/24", "eth1"),
            route_to("0.0.0.0/0", "eth1", "10.0.2.1"),
            route_to("10.15.0.0/24", "eth1", "fe80::1"),
            route_to("2001:db8:2::/64", "eth1"),
            route_to("::/0", "eth1", "fe80::1"),
            full,
            onlink,
            multipath,
            tos,
            blackhole,
            blackhole6,
            full6,
            multipath6};
}

std::vector<Rule> some_rules() {
    Rule suppress;
    suppress.priority = Priority{20000};
    suppress.suppress_prefixlength = 1;
    suppress.suppress_ifgroup = 10000;
    Rule suppress6 = suppress;
    suppress6.family = Family::v6;
    Rule to;
    to.priority = Priority{25101};
    to.to = Prefix::parse("10.0.2.0/24");
    to.table = TableId{10001};
    Rule oif;
    oif.priority = Priority{29101};
    oif.oif = "eth1";
    oif.table = TableId{77};
    Rule local = rule_from_to_table("10.0.2.0/24", 20101);
    local.iif = "lo";
    return {suppress, suppress6, to, oif, local, rule_from_to_table("2001:db8:2::/64", 20101)};
}

TEST_F(Kernel, WhatIsAppliedIsWhatIsReadAndWhatIsDeletedIsGone) {
    const KernelSnapshot before = look();
    ASSERT_EQ(words(apply(additions(some_routes(), some_rules()))), "");
    const KernelSnapshot after = look();
    for (const Route& route : some_routes())
        EXPECT_EQ(std::count(after.routes.begin(), after.routes.end(), route), 1)
            << format_route(route);
    for (const Rule& rule : some_rules())
        EXPECT_EQ(std::count(after.rules.begin(), after.rules.end(), rule), 1) << format_rule(rule);
    ASSERT_EQ(words(apply(deletions(some_routes(), some_rules()))), "");
    const KernelSnapshot restored = look();
    EXPECT_TRUE(restored.routes == before.routes);
    EXPECT_TRUE(restored.rules == before.rules);
}

TEST_F(Kernel, WhatIsThereOrGoneAlreadyIsNoFailure) {
    ASSERT_EQ(words(apply(additions(some_routes(), some_rules()))), "");
    const KernelSnapshot once = look();
    EXPECT_EQ(words(apply(additions(some_routes(), some_rules()))), "");
    EXPECT_TRUE(look().routes == once.routes);
    EXPECT_TRUE(look().rules == once.rules);
    ASSERT_EQ(words(apply(deletions(some_routes(), some_rules()))), "");
    EXPECT_EQ(words(apply(deletions(some_routes(), some_rules()))), "");
    EXPECT_EQ(words(apply(deletions({route_to("10.0.7.0/24", "gone0")}))), "");
}

TEST_F(Kernel, TheProtocolIsKept) {
    Route route = route_to("10.0.2.0/24", "eth1");
    route.protocol = 206;
    ASSERT_EQ(words(apply(additions({route}))), "");
    for (const Route& found : look().routes)
        EXPECT_EQ(found.protocol == 206, found == route) << format_route(found);
    Route of_another = route;
    of_another.protocol = 4;
    EXPECT_EQ(words(apply(deletions({of_another}))), "");
    EXPECT_EQ(table(10001).size(), 1u);
    EXPECT_EQ(words(apply(deletions({route}))), "");
    EXPECT_EQ(table(10001).size(), 0u);
}

// ---- Assigned addresses -------------------------------------------------------------------------

std::vector<Planned<Address>> our_addresses() {
    std::vector<Planned<Address>> addresses;
    for (const char* text : {"10.0.2.50", "2001:db8:2::50"}) {
        Address ours;
        ours.ifname = "eth1";
        ours.address = address(text);
        ours.prefix_length = ours.address.bits();
        ours.protocol = 206;
        addresses.push_back({ours, "eth1", ""});
    }
    return addresses;
}

Changes adding(const std::vector<Planned<Address>>& addresses) {
    Changes changes;
    changes.addresses_added = addresses;
    return changes;
}
Changes deleting(const std::vector<Planned<Address>>& addresses) {
    Changes changes;
    changes.addresses_deleted = addresses;
    return changes;
}

/// The addresses of an interface with who made them, as the kernel tells them.
Words addresses_of(const KernelSnapshot& kernel, const std::string& ifname) {
    Words found;
    for (const Address& each : kernel.addresses)
        if (each.ifname == ifname)
            found.push_back(format_address(each) + " proto " + std::to_string(each.protocol));
    std::sort(found.begin(), found.end());
    return found;
}

TEST_F(Kernel, AddressesArePutOnAndTakenOff) {
    if (kernel_is_older_than(6)) GTEST_SKIP() << "does not keep who made an address";
    const Words before = addresses_of(look(), "eth1");
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    Words expected = before;
    expected.push_back("10.0.2.50/32 dev eth1 proto 206");
    expected.push_back("2001:db8:2::50/128 dev eth1 proto 206");
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(addresses_of(look(), "eth1"), expected);
    ASSERT_EQ(words(apply(deleting(our_addresses()))), "");
    EXPECT_EQ(addresses_of(look(), "eth1"), before);
}

TEST_F(Kernel, AnAddressIsUsableAtOnceAndMakesNoRoute) {
    const auto main_before = table(254);
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    EXPECT_EQ(table(254), main_before);
    EXPECT_NE(std::system("ip -6 address show tentative | grep -q ::50"), 0);
}

TEST_F(Kernel, AnAddressIsNotTheSourceOfThoseWhoAskForNone) {
    ip("route add default via 10.0.2.1 dev eth1");
    ip("-6 route add default via 2001:db8:2::1 dev eth1");
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    for (const char* words :
         {"192.0.2.1 | grep -q 'src 10.0.2.37 '", "3fff::1 | grep -q 'src 2001:db8:2::37 '",
          "192.0.2.1 from 10.0.2.50 | grep -q eth1", "3fff::1 from 2001:db8:2::50 | grep -q eth1"})
        EXPECT_EQ(std::system(("ip route get " + std::string(words)).c_str()), 0) << words;
}

TEST_F(Kernel, AddressesThatAreThereOrGoneAlreadyAreNoFailure) {
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    EXPECT_EQ(words(apply(adding(our_addresses()))), "");
    ASSERT_EQ(words(apply(deleting(our_addresses()))), "");
    EXPECT_EQ(words(apply(deleting(our_addresses()))), "");
    auto gone = our_addresses();
    gone[0].object.ifname = gone[1].object.ifname = "gone0";
    EXPECT_EQ(words(apply(deleting(gone))), "");
    EXPECT_NE(words(apply(adding(gone))), "");
}

TEST_F(Kernel, ADeletedAddressIsTheOneThatWasNamed) {
    ip("address add 10.0.2.50/24 dev eth1");
    ip("address add 10.0.2.50/32 dev eth0");
    const Words others = addresses_of(look(), "eth0");
    EXPECT_EQ(words(apply(deleting(our_addresses()))), "");
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    ASSERT_EQ(words(apply(deleting(our_addresses()))), "");
    EXPECT_EQ(addresses_of(look(), "eth0"), others);
    EXPECT_EQ(std::system("ip address show dev eth1 | grep -q 'inet 10.0.2.50/24 '"), 0);
}

TEST_F(Kernel, DelegatedPrefixesAreLocalAsAWhole) {
    std::vector<Route> routes;
    for (const char* dst : {"10.0.2.64/28", "2001:db8:2:0:1::/80"}) {
        routes.push_back(route_to(dst, "eth1"));
        routes.back().table = kTableLocal;
        routes.back().type = RouteType::local;
        routes.back().protocol = 206;
        if (routes.back().family() == Family::v4) routes.back().scope = Scope::host;
    }
    ip("route add local 10.0.9.0/28 dev eth1");  // another program's
    const Words others = table(255);
    ASSERT_EQ(words(apply(additions(routes))), "");
    EXPECT_EQ(words(apply(additions(routes))), "");
    EXPECT_EQ(table(255).size(), others.size() + 2);
    for (const Route& route : routes) {
        const KernelSnapshot kernel = look();
        EXPECT_EQ(std::count(kernel.routes.begin(), kernel.routes.end(), route), 1);
    }
    EXPECT_EQ(std::system("ip route get 10.0.2.70 | grep -q '^local '"), 0);
    EXPECT_EQ(std::system("ip -6 route get 2001:db8:2:0:1::7 | grep -q '^local '"), 0);
    ASSERT_EQ(words(apply(deletions(routes))), "");
    EXPECT_EQ(words(apply(deletions(routes))), "");
    EXPECT_EQ(table(255), others);
}

// ---- What stands in the way ---------------------------------------------------------------------

TEST_F(Kernel, ARouteIsReplacedInItsPlace) {
    const Route before = route_to("0.0.0.0/0", "eth1", "10.0.2.1");
    Route after = before;
    after.hops[0].gateway = address("10.0.2.2");
    after.metrics.values = {{RTAX_MTU, 1400}};
    ASSERT_EQ(words(apply(additions({before}))), "");
    Changes changes;
    changes.routes_added.push_back({RouteAction::replace, {after, "", ""}});
    EXPECT_EQ(words(apply(changes)), "");
    EXPECT_EQ(table(10001), Words{format_route(after, "T")});
}

TEST_F(Kernel, AnAddedRouteTakesNobodysPlace) {
    ip("route add 10.9.0.0/24 dev eth0 table 10001");
    ip("-6 route add 2001:db8:9::/64 dev eth0 table 10001");
    const Words before = table(10001);
    (void)apply(additions({route_to("10.9.0.0/24", "eth1"), route_to("2001:db8:9::/64", "eth1")}));
    EXPECT_EQ(table(10001), before);
}

TEST_F(Kernel, ADeletedRouteIsTheOneThatWasNamed) {
    for (const char* twin :
         {"10.9.0.0/24 dev eth1 metric 100", "10.9.0.0/24 dev eth1 metric 200",
          "10.9.0.0/24 dev eth1 metric 300", "10.9.0.0/24 dev eth0 metric 201",
          "10.9.0.0/24 via 10.0.2.1 dev eth1 metric 202", "10.9.0.0/25 dev eth1 metric 200",
          "10.9.0.0/24 tos 0x10 dev eth1 metric 200", "blackhole 10.9.0.0/24 metric 203"}) {
        ip("route add table 10001 " + std::string(twin));
        ip("route add table 10002 " + std::string(twin));
    }
    ip("route append table 10001 10.9.0.0/24 dev eth0 metric 200");
    Words expected = table(10001);
    const Words other = table(10002);
    Route named = route_to("10.9.0.0/24", "eth1");
    named.metric = 200;
    expected.erase(std::find(expected.begin(), expected.end(), format_route(named, "T")));
    ASSERT_EQ(words(apply(deletions({named}))), "");
    EXPECT_EQ(table(10001), expected);
    ASSERT_EQ(words(apply(deletions({named}))), "");  // it is gone: nothing stands in for it
    EXPECT_EQ(table(10001), expected);
    EXPECT_EQ(table(10002), other);
}

TEST_F(Kernel, ADeletedIpv6RouteIsTheOneThatWasNamed) {
    for (const char* twin :
         {"2001:db8:9::/64 dev eth1 metric 100", "2001:db8:9::/64 dev eth1 metric 200",
          "2001:db8:9::/64 dev eth0 metric 201", "2001:db8:9::/64 via fe80::2 dev eth1 metric 202",
          "2001:db8:9::/63 dev eth1 metric 200", "unreachable 2001:db8:9::/64 metric 203"})
        ip("-6 route add table 10001 " + std::string(twin));
    ip("-6 route append table 10001 2001:db8:9::/64 dev eth0 metric 200");
    Words expected = table(10001);
    Route named = route_to("2001:db8:9::/64", "eth1");
    named.metric = 200;
    expected.erase(std::find(expected.begin(), expected.end(), format_route(named, "T")));
    ASSERT_EQ(words(apply(deletions({named, named}))), "");
    EXPECT_EQ(table(10001), expected);
}

TEST_F(Kernel, ADeletedRuleIsTheOneThatWasNamed) {
    for (const char* twin : {"from 10.0.2.0/25", "from 10.0.3.0/24", "from 10.0.2.0/24 iif eth0",
                             "from 10.0.2.0/24 iif lo", "to 10.0.2.0/24", "fwmark 5", "oif eth1",
                             "from all suppress_prefixlength 1 suppress_ifgroup 10000",
                             "from all suppress_prefixlength 0 suppress_ifgroup 10000"})
        ip("rule add priority 20101 table 10001 " + std::string(twin));
    ip("rule add priority 20101 table 10002 from 10.0.2.0/24 iif lo");
    ip("rule add priority 20102 table 10001 from 10.0.2.0/24 iif lo");
    Words expected = rules(20101);
    Rule named = rule_from_to_table("10.0.2.0/24", 20101);
    named.iif = "lo";
    Rule suppress;
    suppress.priority = Priority{20101};
    suppress.table = TableId{10001};
    suppress.suppress_prefixlength = 0;
    suppress.suppress_ifgroup = 10000;
    for (const Rule& rule : {named, suppress})
        expected.erase(std::find(expected.begin(), expected.end(), format_rule(rule)));
    ASSERT_EQ(words(apply(deletions({}, {named, named, suppress, suppress}))), "");
    EXPECT_EQ(rules(20101), expected);
    EXPECT_EQ(rules(20102).size(), 1u);
}

TEST_F(Kernel, ARefusedChangeIsReturnedAndTheOthersAreMade) {
    Changes changes =
        additions({route_to("10.1.0.0/24", "eth1"), route_to("10.2.0.0/24", "eth1", "192.0.2.1"),
                   route_to("10.3.0.0/24", "eth7"), route_to("10.4.0.0/24", "eth1", "10.0.2.1")},
                  {rule_from_to_table("10.0.2.0/24", 20101)});
    changes.groups = {{"eth1", 0, 10000}, {"eth8", 0, 10000}};
    const std::vector<Failure> failures = apply(changes);
    ASSERT_EQ(failures.size(), 3u) << words(failures);
    EXPECT_EQ(words({failures[0]}), "ip link set dev eth8 group 10000: eth8: No such device\n");
    EXPECT_EQ(words({failures[1]}),
              "ip route add 10.3.0.0/24 dev eth7 table 10001 scope link: eth7: No such device\n");
    EXPECT_EQ(failures[2].what, "ip route add 10.2.0.0/24 via 192.0.2.1 dev eth1 table 10001");
    EXPECT_EQ(failures[2].error.find("Network is unreachable"), 0u) << failures[2].error;
    EXPECT_EQ(table(10001), (Words{"10.1.0.0/24 dev eth1 table T scope link",
                                   "10.4.0.0/24 via 10.0.2.1 dev eth1 table T"}));
    EXPECT_EQ(rules(20101).size(), 1u);
    EXPECT_EQ(link_named(look(), "eth1").group, 10000u);
}

TEST_F(Kernel, ARouteThatIsTooLargeForAMessageDoesNotStopTheOthers) {
    Route large = route_to("10.5.0.0/24", "eth1", "10.0.2.1");
    large.hops.resize(1000, large.hops[0]);
    const std::vector<Failure> failures =
        apply(additions({large, route_to("10.6.0.0/24", "eth1")}));
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_NE(failures[0].error.find("no room"), std::string::npos) << failures[0].error;
    EXPECT_EQ(table(10001), Words{"10.6.0.0/24 dev eth1 table T scope link"});
}

TEST_F(Kernel, TheKernelsOwnWordsAreInTheError) {
    if (kernel_is_older_than(5)) GTEST_SKIP() << "extended acknowledgements came bit by bit";
    EXPECT_EQ(words(apply(additions({route_to("10.2.0.0/24", "eth1", "192.0.2.1")}))),
              "ip route add 10.2.0.0/24 via 192.0.2.1 dev eth1 table 10001: "
              "Network is unreachable: Nexthop has invalid gateway\n");
    EXPECT_EQ(words(apply(additions({route_to("::/0", "eth1", "2001:db8:2::37")}))),
              "ip -6 route add default via 2001:db8:2::37 dev eth1 table 10001: "
              "Invalid argument: Gateway can not be a local address\n");
}

TEST_F(Kernel, ABatchOfThousandsIsDoneWhole) {
    const KernelSnapshot before = look();
    std::vector<Route> routes;
    std::vector<Rule> rules;
    for (int i = 0; i < 750; ++i) {
        const std::string net = std::to_string(i / 250) + "." + std::to_string(i % 250);
        routes.push_back(route_to(("10." + net + ".0/24").c_str(), "eth1"));
        rules.push_back(rule_from_to_table("10." + net + ".0/24", 20101));
    }
    routes[400].hops[0].gateway = address("192.0.2.1");  // refused, far from either end
    const std::vector<Failure> failures = apply(additions(routes, rules));
    ASSERT_EQ(failures.size(), 1u) << words(failures);
    EXPECT_EQ(failures[0].what, "ip route add " + format_route(routes[400]));
    KernelSnapshot after = look();
    EXPECT_EQ(after.routes.size(), before.routes.size() + 749);
    EXPECT_EQ(after.rules.size(), before.rules.size() + 750);
    ASSERT_EQ(words(apply(deletions(routes, rules))), "");
    after = look();
    EXPECT_TRUE(after.routes == before.routes);
    EXPECT_TRUE(after.rules == before.rules);
}

TEST_F(Kernel, EachRefusalIsThatOfItsMessage) {
    const std::set<std::size_t> refused = {0, 1, 98, 99, 100, 199, 248, 249};
    std::vector<NetlinkMessage> messages;
    for (std::size_t i = 0; i < 250; ++i) {
        const auto priority = static_cast<std::uint32_t>(1000 + i);
        messages.push_back(rule_message(refused.count(i) != 0 ? RTM_DELRULE : RTM_NEWRULE,
                                        NLM_F_CREATE, rule_from_to_table("10.0.2.0/24", priority)));
    }
    const std::vector<Ack> acks = send_batch(socket.get(), messages);
    ASSERT_EQ(acks.size(), messages.size());
    for (std::size_t i = 0; i < acks.size(); ++i)
        EXPECT_EQ(acks[i].error, refused.count(i) != 0 ? ENOENT : 0) << i;
}

TEST_F(Kernel, NothingToDoIsNothingDone) {
    EXPECT_TRUE(apply(Changes{}).empty());
}

// ---- Asking -------------------------------------------------------------------------------------

class KernelAsked : public Kernel {
  protected:
    RouteAnswer ask(const std::string& dst, const std::string& src = "",
                    const std::string& iif = "", std::uint32_t mark = 0) const {
        RouteQuery query{address(dst), std::nullopt, iif, mark};
        if (!src.empty()) query.src = address(src);
        return AskKernel(look().links)(query);
    }

    /// "by eth0 via 10.0.0.1", "local" or the error.
    static std::string way(const RouteAnswer& answer) {
        if (answer.error != 0) return std::strerror(answer.error);
        if (answer.is_local) return "local";
        return "by " + answer.ifname +
               (answer.gateway ? " via " + answer.gateway->to_string() : "");
    }

    /// Both have a default by a router of their own; main prefers eth0's.
    static void add_defaults() {
        ip("route add default via 10.0.0.1 dev eth0 metric 100");
        ip("route add default via 10.0.2.1 dev eth1 metric 101");
        ip("-6 route add default via 2001:db8::1 dev eth0 metric 100");
        ip("-6 route add default via 2001:db8:2::1 dev eth1 metric 101");
    }

    static void filter_strictly() {
        for (const char* link : {"all", "eth0", "eth1"})
            write_file("/proc/sys/net/ipv4/conf/" + std::string(link) + "/rp_filter", "1");
    }
};

TEST_F(KernelAsked, ForWhatIsSent) {
    add_defaults();
    EXPECT_EQ(way(ask("192.0.2.1")), "by eth0 via 10.0.0.1");
    EXPECT_EQ(way(ask("192.0.2.1", "10.0.2.37")), "by eth0 via 10.0.0.1");
    EXPECT_EQ(way(ask("10.0.2.99")), "by eth1");
    EXPECT_EQ(way(ask("10.0.0.29")), "local");
    EXPECT_EQ(way(ask("2001:db8:9::1")), "by eth0 via 2001:db8::1");
    EXPECT_EQ(way(ask("2001:db8:2::37")), "local");
    EXPECT_EQ(ask("10.0.2.99").prefsrc, address("10.0.2.37"));
    EXPECT_EQ(ask("10.0.2.99", "10.0.0.29").gateway, std::nullopt);
    ip("rule add priority 100 fwmark 0x80 table 10001");
    ip("route add default via 10.0.2.1 dev eth1 table 10001");
    EXPECT_EQ(way(ask("192.0.2.1", "", "", 0x80)), "by eth1 via 10.0.2.1");
    EXPECT_EQ(way(ask("192.0.2.1", "", "", 0x40)), "by eth0 via 10.0.0.1");
    EXPECT_EQ(ask("192.0.2.1", "", "", 0x80).table, TableId{10001}) << "from kernel 4.4";
}

TEST_F(KernelAsked, ForWhatHasNoWay) {
    EXPECT_EQ(ask("192.0.2.1").error, ENETUNREACH);
    EXPECT_NE(ask("2001:db8:9::1").error, 0);
    ip("route add unreachable 10.1.0.0/16");
    ip("route add blackhole 10.2.0.0/16");
    ip("route add prohibit 10.3.0.0/16");
    EXPECT_EQ(ask("10.1.0.1").error, EHOSTUNREACH);
    EXPECT_EQ(ask("10.2.0.1").error, EINVAL);
    EXPECT_EQ(ask("10.3.0.1").error, EACCES);
    ip("-6 route add unreachable 2001:db8:a::/64");
    ip("-6 route add blackhole 2001:db8:b::/64");
    for (const char* dst : {"2001:db8:a::1", "2001:db8:b::1"}) EXPECT_NE(ask(dst).error, 0) << dst;
}

TEST_F(KernelAsked, ForWhatComesIn) {
    add_defaults();
    EXPECT_EQ(way(ask("10.0.2.37", "192.0.2.1", "eth1")), "local") << "rp_filter is off";
    filter_strictly();
    EXPECT_EQ(way(ask("10.0.0.29", "192.0.2.1", "eth0")), "local");
    EXPECT_EQ(way(ask("10.0.2.37", "10.0.2.99", "eth1")), "local");
    const int error = ask("10.0.2.37", "192.0.2.1", "eth1").error;
    EXPECT_TRUE(error == EXDEV || error == EINVAL) << std::strerror(error);
    EXPECT_EQ(way(ask("2001:db8:2::37", "2001:db8:9::1", "eth1")), "local") << "IPv6 has none";
}

TEST_F(KernelAsked, ByALinkThatIsNotThere) {
    EXPECT_THROW(ask("10.0.0.29", "192.0.2.1", "eth7"), std::system_error);
}

/// The kernel is right, of course; this is about the walk.
TEST_F(KernelAsked, TheWalkAnswersAsTheKernelDoes) {
    add_defaults();
    ip("link add docker0 type veth peer name peer-docker0");
    ip("link set docker0 addrgenmode none up");
    ip("link set peer-docker0 addrgenmode none up");
    ip("address add 172.17.0.1/16 dev docker0");
    ip("route add 10.9.0.0/16 via 10.0.2.50 dev eth1");
    ip("route add unreachable 10.66.0.0/16");
    ip("route add throw 10.67.0.0/16 table 500");
    ip("route add 10.68.0.0/16 via 10.0.0.9 dev eth0 table 500");
    ip("rule add priority 40 to 10.64.0.0/10 table 500");
    ip("route add local 10.69.0.0/16 dev lo table 500");
    ip("route add local 10.7.0.0/16 dev lo");
    ip("route add local 10.8.0.0/16 dev eth1");
    for (const char* link : {"all", "eth0", "eth1", "docker0"})
        write_file("/proc/sys/net/ipv4/conf/" + std::string(link) + "/forwarding", "1");
    const std::vector<std::string> dsts = {
        "192.0.2.1", "10.0.0.99", "10.0.2.99",     "10.9.0.1",     "10.66.0.1",
        "10.67.0.1", "10.68.0.1", "172.17.0.2",    "10.0.2.37",    "10.69.0.1",
        "10.7.0.1",  "10.8.0.1",  "2001:db8:9::1", "2001:db8::99", "2001:db8:2::99"};
    const std::set<std::string> own = {"10.0.2.37", "10.69.0.1", "10.7.0.1", "10.8.0.1"};
    const std::vector<std::string> locals = {"10.0.0.29", "10.0.2.37", "172.17.0.1", "2001:db8::29",
                                             "2001:db8:2::37"};
    std::vector<RouteQuery> queries;
    for (const std::string& dst : dsts) {
        queries.push_back({address(dst), std::nullopt, "", 0});
        for (const std::string& local : locals) {
            if (address(dst).family() != address(local).family()) continue;
            queries.push_back({address(dst), address(local), "", 0});
            if (own.count(dst) != 0) continue;  // nobody else has our address
            for (const char* iif : {"eth0", "eth1", "docker0"})
                queries.push_back({address(local), address(dst), iif, 0});
        }
        if (address(dst).family() == Family::v4 && dst != "172.17.0.2")
            queries.push_back({address(dst), address("172.17.0.2"), "docker0", 0});
    }
    Facts facts;
    for (const char* with : {"without the policy", "with it", "with it, filtered"}) {
        if (std::string(with) == "with it") {
            facts.kernel = look();
            const Plan plan = make_plan(facts, {}, Absent::forget);
            ASSERT_EQ(words(apply(diff(plan, facts.kernel))), "");
        }
        if (std::string(with) == "with it, filtered") filter_strictly();
        const KernelSnapshot kernel = look();
        const AskKernel ask_it(kernel.links);
        for (const RouteQuery& query : queries) {
            const RouteAnswer is = ask_it(query), guess = answer_by_walk(kernel, query);
            const std::string what = "to " + query.dst.to_string() + " from " +
                                     (query.src ? query.src->to_string() : "nobody") + " by " +
                                     query.iif + ", " + with;
            EXPECT_EQ(is.error == 0, guess.error == 0)
                << what << ": " << way(is) << " / " << way(guess);
            if (is.error != 0 || guess.error != 0) continue;
            EXPECT_EQ(way(is), way(guess)) << what;
            EXPECT_TRUE(agrees(walk(kernel, query), is)) << what;
            if (!is.is_local) {
                EXPECT_EQ(is.table, guess.table) << what;
            }
            if (!query.src && !is.is_local) {
                EXPECT_EQ(is.prefsrc, guess.prefsrc) << what;
            }
        }
    }
    EXPECT_GT(queries.size(), 100u);
}

// ---- The monitor --------------------------------------------------------------------------------

TEST_F(Kernel, LocalRoutesMatterWhereSomeAreOurs) {
    Monitor monitor;
    monitor.know(look().links, Plan{});
    ip("route add local 10.0.9.0/28 dev eth1");
    EXPECT_FALSE(monitor.hear().matters);
    Plan plan;
    plan.routes.push_back({route_to("10.0.2.64/28", "eth1"), "eth1", ""});
    plan.routes.back().object.table = kTableLocal;
    monitor.know(look().links, plan);
    ip("route del local 10.0.9.0/28 dev eth1");
    EXPECT_TRUE(monitor.hear().matters);
}

// ---- Transport ----------------------------------------------------------------------------------

TEST_F(Kernel, ADumpThatTheKernelRefusesSaysOfWhat) {
    if (kernel_is_older_than(5)) GTEST_SKIP() << "it has no RTM_GETSTATS to refuse";
    constexpr int kGetStats = 94;
    const NetlinkMessage request = make_message(kGetStats, 0, rtgenmsg{AF_UNSPEC});
    try {
        dump(socket.get(), request.get(), "statistics", [](const nlmsghdr&) {});
        FAIL();
    } catch (const std::system_error& error) {
        EXPECT_EQ(std::string(error.what()).find("dump of statistics: "), 0u) << error.what();
        EXPECT_EQ(error.code().value(), EINVAL);
    }
    EXPECT_FALSE(look().links.empty());  // the socket is as good as before
}

NetlinkMessage address_message(int type, std::uint32_t last_bytes) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_prefixlen = 32;
    header.ifa_index = if_nametoindex("eth0");
    NetlinkMessage message = make_message(type, NLM_F_CREATE, header);
    nla_put_u32(message.get(), IFA_LOCAL, htonl(0x0b000000 + last_bytes));
    return message;
}

TEST_F(Kernel, ADumpThatAChangeCameAcrossIsReadAgain) {
    std::vector<NetlinkMessage> messages;
    for (std::uint32_t i = 1; i <= 2000; ++i) messages.push_back(address_message(RTM_NEWADDR, i));
    send_batch(socket.get(), messages);
    std::atomic<bool> stop{false};
    std::thread changing([&stop] {
        const NetlinkSocket other = open_netlink();
        std::vector<NetlinkMessage> both;
        for (const int type : {RTM_NEWADDR, RTM_DELADDR})
            both.push_back(address_message(type, 100000));
        while (!stop) {
            send_batch(other.get(), both);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    });
    const NetlinkMessage request = make_message(RTM_GETADDR, 0, rtgenmsg{AF_INET});
    for (int i = 0; i < 50; ++i) {
        std::set<std::uint32_t> found;
        try {
            dump(socket.get(), request.get(), "addresses", [&](const nlmsghdr& message) {
                EXPECT_EQ(message.nlmsg_flags & NLM_F_DUMP_INTR, 0);
                const auto* local =
                    nlmsg_find_attr(const_cast<nlmsghdr*>(&message), sizeof(ifaddrmsg), IFA_LOCAL);
                EXPECT_TRUE(found.insert(nla_get_u32(local)).second);
            });
            EXPECT_GE(found.size(), 2000u);
        } catch (const std::runtime_error& error) {
            EXPECT_EQ(std::string(error.what()).find("dump of addresses: it changed"), 0u);
        }
    }
    stop = true;
    changing.join();
}

TEST_F(Kernel, ADumpOfATableThatIsNotThereIsEmpty) {
    const int on = 1;
    const int strict = 12;  // NETLINK_GET_STRICT_CHK, kernel 4.20
    if (setsockopt(nl_socket_get_fd(socket.get()), 270, strict, &on, sizeof on) != 0)
        GTEST_SKIP() << "an old kernel";
    rtmsg header{};
    header.rtm_family = AF_INET;
    header.rtm_table = 99;
    const NetlinkMessage request = make_message(RTM_GETROUTE, 0, header);
    int count = 0;
    dump(socket.get(), request.get(), "table 99", [&](const nlmsghdr&) { ++count; });
    EXPECT_EQ(count, 0);
}

// ---- The probe ----------------------------------------------------------------------------------

TEST_F(Kernel, TheProbeFindsTheSuppressAttributesAndLeavesNothingBehind) {
    for (const char* twin :
         {"", "from 10.0.0.0/8", "suppress_prefixlength 1 suppress_ifgroup 10000"})
        ip("rule add priority 32765 table main " + std::string(twin));
    const KernelSnapshot before = look();
    EXPECT_TRUE(probe_suppress(socket.get(), 10000));
    EXPECT_TRUE(probe_suppress(socket.get(), 10000));
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
