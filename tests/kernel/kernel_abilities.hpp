// What not every kernel has that eni-routes runs on (RHEL 7's 3.10 lacks most of it): tried out
// with `ip`, in the namespace of the test that needs it and skips itself without it. Must not ask
// for the kernel's version: RHEL's have much that is younger than their number.
#pragma once

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "kernel_fixture.hpp"
#include "rtnetlink_numbers.hpp"
#include "socket.hpp"
#include "write_messages.hpp"

namespace eni {

/// Shell commands make something that needs it, show what the kernel has kept, and clear it away.
struct Ability {
    const char* missing;  // why a test is skipped
    const char* make;
    const char* show;
    const char* kept;  // a part of what is then shown
    const char* clear;
};

inline bool lacks(const Ability& ability) {
    const auto succeeds = [](const std::string& command) {
        return std::system(("{ " + command + "; } >/dev/null 2>&1").c_str()) == 0;
    };
    const bool is_kept =
        succeeds(ability.make) &&
        succeeds(std::string(ability.show) + " 2>&1 | grep -F '" + ability.kept + "'");
    (void)succeeds(ability.clear);
    return !is_kept;
}

constexpr Ability kSuppress = {
    "rules have no suppress attributes",
    "ip rule add priority 99 table 99 suppress_prefixlength 1 suppress_ifgroup 99",
    "ip rule show priority 99", "suppress_prefixlength 1 suppress_ifgroup 99",
    "ip rule del priority 99"};
constexpr Ability kUserRules = {
    "rules have no uidrange", "ip rule add priority 99 table 99 uidrange 7-8",
    "ip rule show priority 99", "uidrange 7-8", "ip rule del priority 99"};
constexpr Ability kPortRules = {
    "rules have neither ipproto nor ports", "ip rule add priority 99 table 99 ipproto tcp dport 7",
    "ip rule show priority 99", "ipproto tcp dport 7", "ip rule del priority 99"};

constexpr Ability kGatewayOfOtherFamily = {
    "an IPv4 route has no gateway of IPv6",
    "ip route add 198.51.100.0/24 via inet6 fe80::1 dev eth1 table 99", "ip route show table 99",
    "via inet6 fe80::1", "ip route flush table 99"};
constexpr Ability kCongestionControl = {
    "a route has no congestion control",
    "ip route add 198.51.100.0/24 dev eth1 congctl reno table 99", "ip route show table 99",
    "congctl reno", "ip route flush table 99"};
constexpr Ability kNextHopObjects = {
    "no nexthop objects", "ip nexthop add id 99 via 10.0.2.1 dev eth1", "ip nexthop show id 99",
    "via 10.0.2.1", "ip nexthop del id 99"};
constexpr Ability kSourceRoutes6 = {
    "an IPv6 route has no source prefix",
    "ip -6 route add 2001:db8:99::/64 from 2001:db8::/64 dev eth1 table 99",
    "ip -6 route show table 99", "from 2001:db8::/64", "ip -6 route flush table 99"};
constexpr Ability kOnlink6 = {
    "an IPv6 route is not onlink",
    "ip -6 route add 2001:db8:99::/64 via 2001:db8:98::1 dev eth1 onlink table 99",
    "ip -6 route show table 99", "onlink", "ip -6 route flush table 99"};
constexpr Ability kPreference6 = {
    "an IPv6 route has no preference",
    "ip -6 route add 2001:db8:99::/64 via fe80::1 dev eth1 pref high table 99",
    "ip -6 route show table 99", "pref high", "ip -6 route flush table 99"};
constexpr Ability kMultipath6 = {
    "the next hops of an IPv6 route are told one by one",
    "ip -6 route add 2001:db8:99::/64 table 99 nexthop via fe80::1 dev eth0 "
    "nexthop via fe80::2 dev eth1",
    "ip -6 route show table 99", "nexthop via fe80::2", "ip -6 route flush table 99"};

constexpr Ability kTableOfAnswers = {"an answer does not say which table it is from",
                                     "ip rule add priority 99 to 198.51.100.1 table 99 && "
                                     "ip route add 198.51.100.1 dev eth1 table 99",
                                     "ip route get 198.51.100.1", "table 99",
                                     "ip route flush table 99; ip rule del priority 99"};
constexpr Ability kReasons = {"a refusal does not say why", "true",
                              "ip -6 route add 2001:db8:99::/64 via 2001:db8:2::37 dev eth1",
                              "Gateway can not be a local address", "true"};

// Of these `ip` (before 6.3, 5.19) knows nothing.

/// The kernel names itself as the one that made ::1.
inline bool lacks_address_protocol(Connection* socket) {
    bool is_told = false;
    const NetlinkMessage request = make_message(RTM_GETADDR, 0, rtgenmsg{AF_INET6});
    dump(socket, request.get(), "addresses", [&](const nlmsghdr& message) {
        auto* header = const_cast<nlmsghdr*>(&message);
        if (nlmsg_find_attr(header, sizeof(ifaddrmsg), kIfaProtocol) != nullptr) is_told = true;
    });
    return !is_told;
}

/// RTM_GETSTATS. What a kernel does not know at all comes back as an empty dump.
inline bool lacks_statistics(Connection* socket) {
    bool is_told = false;
    if_stats_msg header{};
    header.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
    const NetlinkMessage request = make_message(RTM_GETSTATS, 0, header);
    dump(socket, request.get(), "statistics", [&](const nlmsghdr&) { is_told = true; });
    return !is_told;
}

}  // namespace eni
