// By which way the kernel sends a packet, asked in a network namespace: see kernel_fixture.hpp.
#include "ask_kernel.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "diff.hpp"
#include "kernel_abilities.hpp"
#include "kernel_fixture.hpp"
#include "lookup.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

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
        if (answer.is_local()) return "local";
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
}

TEST_F(KernelAsked, ForTheTable) {
    if (lacks(kTableOfAnswers)) GTEST_SKIP() << kTableOfAnswers.missing;
    add_defaults();
    ip("rule add priority 100 fwmark 0x80 table 10001");
    ip("route add default via 10.0.2.1 dev eth1 table 10001");
    EXPECT_EQ(ask("192.0.2.1", "", "", 0x80).table, TableId{10001});
    EXPECT_EQ(ask("192.0.2.1", "", "", 0x40).table, kTableMain);
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
    if (lacks(kSuppress)) GTEST_SKIP() << kSuppress.missing;
    if (lacks(kTableOfAnswers)) GTEST_SKIP() << kTableOfAnswers.missing;
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
        const Lookup lookup(kernel);
        const AskKernel ask_it(kernel.links);
        for (const RouteQuery& query : queries) {
            const RouteAnswer is = ask_it(query), guess = lookup.answer(query);
            const std::string what = "to " + query.dst.to_string() + " from " +
                                     (query.src ? query.src->to_string() : "nobody") + " by " +
                                     query.iif + ", " + with;
            EXPECT_EQ(is.error == 0, guess.error == 0)
                << what << ": " << way(is) << " / " << way(guess);
            if (is.error != 0 || guess.error != 0) continue;
            EXPECT_EQ(way(is), way(guess)) << what;
            EXPECT_TRUE(agrees(lookup.walk(query), is)) << what;
            if (!is.is_local()) {
                EXPECT_EQ(is.table, guess.table) << what;
            }
            if (!query.src && !is.is_local()) {
                EXPECT_EQ(is.prefsrc, guess.prefsrc) << what;
            }
        }
    }
    EXPECT_GT(queries.size(), 100u);
}

}  // namespace
}  // namespace eni
