// The kernel edge against the kernel: each test has a network namespace of its own, in which `ip`
// is the second opinion. Needs root or user namespaces; without either the tests skip themselves.
// What not every kernel has is in kernel_abilities.hpp.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "apply_kernel.hpp"
#include "format.hpp"
#include "gather_kernel.hpp"
#include "socket.hpp"

namespace eni {

using Words = std::vector<std::string>;

inline void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    ASSERT_TRUE(file) << path;
}

/// False where this user may not have a namespace.
inline bool enter_namespace() {
    if (unshare(CLONE_NEWNET) == 0) return true;
    const std::string uid = std::to_string(geteuid()), gid = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + uid + " 1");
    write_file("/proc/self/gid_map", "0 " + gid + " 1");
    return true;
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
    Words table(std::uint32_t id) const {
        Words words;
        for (const Route& route : look().routes)
            if (route.table == TableId{id}) words.push_back(format_route(route, "T"));
        std::sort(words.begin(), words.end());
        return words;
    }

    /// The rules of a priority in ip's words, in the kernel's order.
    Words rules(std::uint32_t priority) const {
        Words words;
        for (const Rule& rule : look().rules)
            if (rule.priority == Priority{priority}) words.push_back(format_rule(rule));
        return words;
    }

    NetlinkSocket socket;
};

inline IpAddress address(const std::string& text) {
    return IpAddress::parse(text).value();
}

inline Route route_to(const char* dst, const char* ifname, const char* gateway = nullptr) {
    Route route;
    route.table = TableId{10001};
    route.dst = Prefix::parse(dst).value();
    route.hops = {{ifname, std::nullopt, 1, false}};
    if (gateway != nullptr) route.hops[0].gateway = address(gateway);
    if (gateway == nullptr && route.family() == Family::v4) route.scope = Scope::link;
    if (route.family() == Family::v6) route.metric = 1024;
    return route;
}

inline Rule rule_from_to_table(const std::string& from, std::uint32_t priority) {
    Rule rule;
    rule.from = Prefix::parse(from).value();
    rule.family = rule.from->family();
    rule.priority = Priority{priority};
    rule.table = TableId{10001};
    return rule;
}

inline Changes additions(const std::vector<Route>& routes, const std::vector<Rule>& rules = {}) {
    Changes changes;
    for (const Route& route : routes)
        changes.routes_added.push_back({RouteAction::add, {route, "", ""}});
    for (const Rule& rule : rules) changes.rules_added.push_back({rule, "", ""});
    return changes;
}

inline Changes deletions(const std::vector<Route>& routes, const std::vector<Rule>& rules = {}) {
    Changes changes;
    for (const Route& route : routes) changes.routes_deleted.push_back({route, "", ""});
    for (const Rule& rule : rules) changes.rules_deleted.push_back({rule, "", ""});
    return changes;
}

inline std::string words(const std::vector<Failure>& failures) {
    std::string all;
    for (const Failure& failure : failures) all += failure.what + ": " + failure.error + "\n";
    return all;
}

inline const Link& link_named(const KernelSnapshot& kernel, const std::string& ifname) {
    return *std::find_if(kernel.links.begin(), kernel.links.end(),
                         [&](const Link& link) { return link.ifname == ifname; });
}

}  // namespace eni
