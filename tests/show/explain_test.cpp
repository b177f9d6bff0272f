// What `eni-routes explain` prints, byte for byte, with the walk in the kernel's place.
#include "explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "example.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

using testing::HasSubstr;

struct Host {
    KernelSnapshot kernel;
    TableNames names;
};

Host host(bool has_policy) {
    Facts facts = two_interfaces();
    const Plan plan = make_plan(facts, {}, Absent::forget);
    if (has_policy) facts = carried_out(facts, plan);
    return {facts.kernel, names_of_tables(plan, facts.disk)};
}

std::string explained(const Host& host, const RouteQuery& query, const Ask& ask) {
    return explain(host.kernel, host.names, query, ask, Paint(false));
}
std::string explained(const Host& host, const RouteQuery& query) {
    return explained(host, query,
                     [&](const RouteQuery& asked) { return answer_by_walk(host.kernel, asked); });
}

TEST(Explain, WhatIsSentFromAnAddress) {
    EXPECT_EQ(
        explained(host(true), sent("192.0.2.1", "10.0.2.37")),
        "From 10.0.2.37 to 192.0.2.1, sent by this host:\n"
        "\n"
        "  0: from all lookup local                                                    nothing in table local\n"
        "  20000: from all lookup main suppress_prefixlength 1 suppress_ifgroup 10000  passes over \"default via 10.0.0.1 dev eth0 table main metric 100\": its prefix is too short\n"
        "  20100: from 10.0.0.0/24 iif lo lookup eth0                                  no: it is not sent from 10.0.0.0/24\n"
        "> 20101: from 10.0.2.0/24 iif lo lookup eth1                                  finds \"default via 10.0.2.1 dev eth1 table eth1\"\n"
        "\n"
        "kernel     by eth1 via 10.0.2.1; it agrees\n");
}

TEST(Explain, TheSourceThatTheKernelChooses) {
    EXPECT_EQ(
        explained(host(false), sent("192.0.2.1")),
        "From no address in particular to 192.0.2.1, sent by this host:\n"
        "\n"
        "  0: from all lookup local     nothing in table local\n"
        "> 32766: from all lookup main  finds \"default via 10.0.0.1 dev eth0 table main metric 100\"\n"
        "\n"
        "kernel     by eth0 via 10.0.0.1; it agrees\n"
        "source     10.0.0.29, chosen by the kernel\n");
    Host strange = host(true);
    strange.kernel.routes[0].prefsrc = ip("10.0.2.37");
    EXPECT_THAT(explained(strange, sent("192.0.2.1")),
                testing::EndsWith("source     10.0.2.37, chosen by the kernel\n"
                                  "           a connection asks once more with it, and goes by "
                                  "eth1 via 10.0.2.1\n"));
}

TEST(Explain, OtherSteps) {
    Host changed = host(false);
    changed.kernel.rules.push_back(rule(Family::v4, 5, kTableMain));
    changed.kernel.rules.back().is_exotic = true;
    EXPECT_THAT(
        explained(changed, sent("10.0.2.99")),
        testing::AllOf(HasSubstr("  5: from all lookup main (and more)  passed over: it has "
                                 "a selector or an action that eni-routes does not know\n"),
                       HasSubstr("kernel     by eth1, directly; it agrees\n")));
    EXPECT_THAT(explained(changed, sent("10.0.2.37")),
                testing::AllOf(HasSubstr("> 0: from all lookup local  an address of this host\n"),
                               HasSubstr("kernel     to this host itself; it agrees\n")));
    changed.kernel.routes.clear();
    EXPECT_THAT(
        explained(changed, sent("192.0.2.1")),
        testing::AllOf(HasSubstr("\n  no rule finds a route\n"),
                       testing::EndsWith("\n\nkernel     no way: Network is unreachable; it "
                                         "agrees\n")));
}

TEST(Explain, DisagreementIsShown) {
    RouteAnswer other;
    other.ifname = "eth0";
    other.gateway = ip("10.0.0.1");
    EXPECT_THAT(
        explained(host(true), sent("192.0.2.1", "10.0.2.37"),
                  [&](const RouteQuery&) { return other; }),
        testing::EndsWith("kernel     by eth0 via 10.0.0.1; it DISAGREES with the walk above\n"));
}

TEST(Explain, RpFilterDropsWhatComesIn) {
    Host strict = host(false);
    strict.kernel.rp_filter_all = 1;
    EXPECT_EQ(
        explained(strict, received("eth1", "192.0.2.1", "10.0.2.37")),
        "From 192.0.2.1 to 10.0.2.37, come in by eth1:\n"
        "\n"
        "> 0: from all lookup local  an address of this host\n"
        "\n"
        "kernel     refuses it: Invalid cross-device link\n"
        "\n"
        "The way back to 192.0.2.1, which rp_filter (strict on eth1) looks up:\n"
        "\n"
        "  0: from all lookup local     nothing in table local\n"
        "> 32766: from all lookup main  finds \"default via 10.0.0.1 dev eth0 table main metric 100\"\n"
        "\n"
        "rp_filter  drops it: the answer would leave by eth0\n");
}

TEST(Explain, RpFilterAcceptsWhatComesIn) {
    const auto last_line = [](Host given, int filter, const RouteQuery& query) {
        given.kernel.rp_filter_all = filter;
        std::string text = explained(given, query);
        text.pop_back();
        return text.substr(text.rfind('\n') + 1);
    };
    const RouteQuery query = received("eth1", "192.0.2.1", "10.0.2.37");
    EXPECT_EQ(last_line(host(true), 1, query), "rp_filter  accepts it");
    EXPECT_EQ(last_line(host(false), 2, query), "rp_filter  accepts it");
    EXPECT_EQ(last_line(host(false), 0, query), "rp_filter  off on eth1");
    Host unreachable = host(false);
    unreachable.kernel.routes.resize(2);
    for (Route& route : unreachable.kernel.routes) route.dst = net("10.99.0.0/16");
    EXPECT_EQ(last_line(unreachable, 2, query), "rp_filter  drops it: there is no way back");
    EXPECT_EQ(last_line(host(true), 1, received("eth1", "2001:db8::9", "2001:db8:2::37")),
              "rp_filter  there is none for IPv6 (a firewall may have one)");
}

TEST(Explain, RpFilterOfLinux618) {
    Host strict = host(false);
    strict.kernel.rp_filter_all = 1;
    RouteAnswer dropped;
    dropped.error = EINVAL;
    EXPECT_THAT(explained(strict, received("eth1", "192.0.2.1", "10.0.2.37"),
                          [&](const RouteQuery&) { return dropped; }),
                HasSubstr("\nkernel     refuses it: Invalid argument\n"));
}

/// The way back is looked up as if it came in by the link that the packet leaves by.
TEST(Explain, RpFilterOfWhatIsForwarded) {
    Host strict = host(false);
    strict.kernel.rp_filter_all = 1;
    strict.kernel.rules.push_back(rule(Family::v4, 100, TableId{500}));
    strict.kernel.rules.back().iif = "eth1";
    strict.kernel.routes.push_back(via("0.0.0.0/0", "10.0.0.9", "eth0", 0));
    strict.kernel.routes.back().table = TableId{500};
    EXPECT_THAT(explained(strict, received("eth0", "10.0.2.50", "10.0.2.99")),
                testing::EndsWith("rp_filter  accepts it\n"));
}

TEST(Explain, ALocalRouteOfAnotherTableIsNamed) {
    Host proxy = host(false);
    proxy.kernel.rules.push_back(rule(Family::v4, 100, TableId{500}));
    proxy.kernel.routes.push_back(onlink("10.5.0.0/16", "lo", "", 0));
    proxy.kernel.routes.back().type = RouteType::local;
    proxy.kernel.routes.back().table = TableId{500};
    EXPECT_THAT(explained(proxy, sent("10.5.0.1")),
                testing::AllOf(HasSubstr("finds \"local 10.5.0.0/16 dev lo table 500"),
                               HasSubstr("kernel     to this host itself; it agrees\n")));
}

TEST(Explain, WhatARuleIsForThatThePacketIsNot) {
    Host changed = host(false);
    Rule& other = changed.kernel.rules.emplace_back(rule(Family::v4, 5, kTableMain));
    other.ip_protocol = 6;
    EXPECT_THAT(explained(changed, sent("192.0.2.1")),
                HasSubstr("5: from all ipproto tcp lookup main  no: it is for tcp\n"));
    other.ip_protocol = 0;
    other.dport = NumberRange{80, 90};
    EXPECT_THAT(explained(changed, sent("192.0.2.1")),
                HasSubstr("no: it is for destination ports 80 to 90\n"));
    other.dport.reset();
    other.users = NumberRange{7, 7};
    EXPECT_THAT(explained(changed, sent("192.0.2.1")), HasSubstr("no: it is for users 7\n"));
}

TEST(Explain, WhatTheKernelDoesWithoutItsRulesIsNoDisagreement) {
    for (const int error : {EINVAL, ENETUNREACH}) {  // the latter from Linux 6.18
        RouteAnswer refused;
        refused.error = error;
        EXPECT_THAT(explained(host(true), sent("192.0.2.1", "10.9.9.9"),
                              [&](const RouteQuery&) { return refused; }),
                    testing::AllOf(HasSubstr("no interface has 10.9.9.9"),
                                   testing::Not(HasSubstr("DISAGREES"))));
    }
    RouteAnswer group;
    group.type = RouteType::multicast;
    group.ifname = "eth1";
    EXPECT_THAT(explained(host(true), sent("239.1.1.1", "10.0.2.37"),
                          [&](const RouteQuery&) { return group; }),
                testing::AllOf(HasSubstr("to a group"), testing::Not(HasSubstr("DISAGREES"))));
}

TEST(Explain, ColoursWhereTheyAreOn) {
    const Host broken = host(false);
    RouteAnswer other;
    other.ifname = "eth1";
    const std::string text = explain(
        broken.kernel, broken.names, sent("192.0.2.1", "10.0.2.37"),
        [&](const RouteQuery&) { return other; }, Paint(true));
    EXPECT_THAT(text,
                testing::AllOf(HasSubstr("> \033[1m32766: from all lookup main\033[0m  finds"),
                               HasSubstr("\033[2mnothing in table local\033[0m"),
                               HasSubstr("\033[1;31m; it DISAGREES with the walk above\033[0m")));
}

}  // namespace
}  // namespace eni
