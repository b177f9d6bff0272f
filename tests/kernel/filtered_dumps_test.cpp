// The routes of some tables alone, where the kernel can tell of those; and all of them where it
// cannot, or does not. In a network namespace: see tampered_fixture.hpp.
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rtnetlink_numbers.hpp"
#include "tampered_fixture.hpp"

namespace eni {
namespace {

class FilteredDumps : public Tampered {
  protected:
    void SetUp() override {
        Tampered::SetUp();
        if (IsSkipped()) return;
        for (const char* route :
             {"10.77.0.0/16 dev eth0 table 77", "10.50.0.0/16 dev eth0 table 5000"}) {
            ip("route add " + std::string(route));
            ip("-6 route add 2001:db8:77::/64 dev eth1 " +
               std::string(std::strstr(route, "table")));
        }
        if (!reads_some()) GTEST_SKIP() << "dumps have all tables (before Linux 4.20)";
        tampering() = Tampering{};
    }

    static std::optional<std::set<TableId>> wanted(const KernelSnapshot&) {
        return std::set<TableId>{TableId{0},    kTableMain,     kTableLocal,
                                 TableId{5000}, TableId{10001}, TableId{10099}};
    }

    KernelSnapshot read() const { return gather_kernel(socket.get(), wanted); }
    bool reads_some() const { return read().tables_read.has_value(); }

    static Words routes_in_words(const KernelSnapshot& kernel, const std::set<TableId>& tables) {
        Words words;
        for (const Route& route : kernel.routes)
            if (tables.empty() || tables.count(route.table) != 0)
                words.push_back(format_route(route));
        std::sort(words.begin(), words.end());
        return words;
    }

    /// How many times is received before the first answer about routes.
    int answers_before_routes() const {
        tampering().calls.clear();
        int count = 0;
        gather_kernel(socket.get(), [&](const KernelSnapshot& kernel) {
            count = tampering().calls["receive"];
            return wanted(kernel);
        });
        return count;
    }

    /// What comes where it is not done.
    void expect_all_tables() const {
        const KernelSnapshot kernel = read();
        EXPECT_FALSE(kernel.tables_read);
        tampering() = Tampering{};
        EXPECT_EQ(routes_in_words(kernel, {}), routes_in_words(look(), {}));
    }
};

/// Table 10099 is not there, and 5000 above what a header has room for.
TEST_F(FilteredDumps, HaveTheTablesThatWereAskedForAndNoOther) {
    const KernelSnapshot some = read(), all = look();
    EXPECT_EQ(some.tables_read, wanted(all));
    EXPECT_EQ(routes_in_words(some, {}), routes_in_words(all, *wanted(all)));
    EXPECT_EQ(routes_in_words(some, {TableId{5000}}).size(), 2u) << "one of each family";
    EXPECT_EQ(routes_in_words(some, {TableId{77}}).size(), 0u);
    EXPECT_TRUE(some.rules == all.rules);
    EXPECT_EQ(some.links.size(), all.links.size());
    EXPECT_EQ(some.addresses.size(), all.addresses.size());
}

TEST_F(FilteredDumps, OfALargeTableHaveAllOfIt) {
    std::vector<Route> routes;
    for (int i = 0; i < 3000; ++i) {
        const std::string low = std::to_string(i / 250) + "." + std::to_string(i % 250);
        routes.push_back(route_to(("10.200." + low).c_str(), "eth1"));
        routes.push_back(route_to(("2001:db8:200::" + std::to_string(i)).c_str(), "eth1"));
    }
    for (Route& route : routes) route.table = TableId{5000};
    ASSERT_EQ(words(apply(additions(routes))), "");
    const KernelSnapshot some = read(), all = look();
    EXPECT_EQ(some.tables_read, wanted(all));
    EXPECT_EQ(routes_in_words(some, {TableId{5000}}).size(), routes.size() + 2);
    EXPECT_EQ(routes_in_words(some, {}), routes_in_words(all, *wanted(all)));
}

TEST_F(FilteredDumps, AreChosenByTheRules) {
    std::size_t rules = 0, routes = 1;
    gather_kernel(socket.get(), [&](const KernelSnapshot& kernel) {
        rules = kernel.rules.size();
        routes = kernel.routes.size();
        return wanted(kernel);
    });
    EXPECT_EQ(rules, look().rules.size());
    EXPECT_EQ(routes, 0u);
    const auto none = [](const KernelSnapshot&) -> std::optional<std::set<TableId>> { return {}; };
    const KernelSnapshot all = gather_kernel(socket.get(), none);
    EXPECT_FALSE(all.tables_read);
    EXPECT_TRUE(is_same(all, look()));
}

TEST_F(FilteredDumps, LeaveTheSocketAsItWas) {
    read();
    EXPECT_TRUE(is_same(look(), gather_kernel(open_netlink().get())));
}

TEST_F(FilteredDumps, AreAllTablesWhereTheKernelHasNoStrictChecking) {
    tampering().failing["setsockopt"] = {ENOPROTOOPT, -1};
    expect_all_tables();
}

/// A kernel that knows the option and not the filter.
TEST_F(FilteredDumps, AreAllTablesWhereTheKernelRefusesTheFilter) {
    bool is_refused = false;
    tampering().change = [&](char* bytes, std::size_t size) -> std::optional<std::size_t> {
        nlmsghdr header = header_at(bytes);
        if (is_refused || (header.nlmsg_flags & kFlagDumpFiltered) == 0) return size;
        is_refused = true;
        nlmsgerr refusal{};
        refusal.error = -EINVAL;
        header.nlmsg_type = NLMSG_ERROR;
        header.nlmsg_flags = 0;
        header.nlmsg_len = NLMSG_LENGTH(sizeof refusal);
        std::memcpy(bytes, &header, sizeof header);
        std::memcpy(bytes + NLMSG_HDRLEN, &refusal, sizeof refusal);
        return header.nlmsg_len;
    };
    expect_all_tables();
    EXPECT_TRUE(is_refused);
}

TEST_F(FilteredDumps, AreAllTablesWhereTheKernelDoesNotKeepToTheFilter) {
    // Another socket in the place of the strict one: it was lost on the way.
    tampering().failing["receive"] = {ENOBUFS, 1, answers_before_routes()};
    expect_all_tables();
}

TEST_F(FilteredDumps, AreAllTablesWhereAnAnswerIsOfAnotherTable) {
    bool is_changed = false;
    tampering().change = [&](char* bytes, std::size_t size) -> std::optional<std::size_t> {
        const nlmsghdr header = header_at(bytes);
        if (is_changed || (header.nlmsg_flags & kFlagDumpFiltered) == 0) return size;
        for (std::size_t i = 0; i + 8 <= header.nlmsg_len; i += 4) {
            const std::uint16_t table[] = {8, RTA_TABLE};
            if (i < NLMSG_HDRLEN + sizeof(rtmsg) || std::memcmp(bytes + i, table, 4) != 0) continue;
            const std::uint32_t other = 77;
            std::memcpy(bytes + i + 4, &other, sizeof other);
            is_changed = true;
            break;
        }
        return size;
    };
    expect_all_tables();
}

TEST_F(FilteredDumps, ThatFailAreErrors) {
    tampering().failing["receive"] = {EIO, 1, answers_before_routes()};
    EXPECT_EQ(error_of([&] { read(); }).find("dump of routes"), 0u);
}

}  // namespace
}  // namespace eni
