// Rules and routes of a snapshot as `ip` lists them.
#include "listing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "example.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Host {
    Plan plan = make_plan(two_interfaces(), {}, Absent::forget);
    Facts facts = carried_out(two_interfaces(), plan);

    std::string listing(std::size_t limit = 100) const {
        return render_listing(facts.kernel, plan, names_of_tables(plan, facts.disk), limit);
    }
};

TEST(Listing, OwnTablesFirstAndLocalLast) {
    Host host;
    Route local = onlink("10.0.0.29/32", "eth0", "10.0.0.29", 0);
    local.type = RouteType::local;
    local.table = kTableLocal;
    local.scope = Scope::host;
    local.protocol = 2;
    host.facts.kernel.routes.insert(host.facts.kernel.routes.begin(), local);
    Route foreign = via("10.9.0.0/16", "10.0.0.9", "eth0", 0);
    foreign.table = TableId{300};
    foreign.protocol = 99;
    host.facts.kernel.routes.insert(host.facts.kernel.routes.begin(), foreign);
    EXPECT_EQ(host.listing(),
              R"(# ip rule
0: from all lookup local
20000: from all lookup main suppress_prefixlength 1 suppress_ifgroup 10000
20100: from 10.0.0.0/24 iif lo lookup eth0
20101: from 10.0.2.0/24 iif lo lookup eth1
25101: from all to 10.0.2.0/24 lookup eth1
32766: from all lookup main
32767: from all lookup default

# ip route show table all
10.0.0.0/24 dev eth0 table eth0 scope link src 10.0.0.29 proto eni-routes
default via 10.0.0.1 dev eth0 table eth0 proto eni-routes
10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37 proto eni-routes
default via 10.0.2.1 dev eth1 table eth1 proto eni-routes
default via 10.0.0.1 dev eth0 table main metric 100
default via 10.0.2.1 dev eth1 table main metric 101
10.0.0.0/24 dev eth0 table main metric 100 scope link src 10.0.0.29
10.0.2.0/24 dev eth1 table main metric 101 scope link src 10.0.2.37
10.9.0.0/16 via 10.0.0.9 dev eth0 table 300 proto 99
local 10.0.0.29 dev eth0 table local src 10.0.0.29 proto kernel
)");
}

TEST(Listing, SaysHowMuchIsLeftOut) {
    const std::string listing = Host().listing(3);
    EXPECT_THAT(listing, HasSubstr("20100: from 10.0.0.0/24 iif lo lookup eth0\n... and 4 more\n"));
    EXPECT_THAT(listing, HasSubstr("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37 proto "
                                   "eni-routes\n... and 5 more\n"));
}

TEST(Listing, EachFamilyThatThereIs) {
    Host host;
    EXPECT_THAT(host.listing(), Not(HasSubstr("ip -6")));
    host.facts.kernel.rules.push_back(rule(Family::v6, 32766, kTableMain));
    EXPECT_THAT(host.listing(), testing::EndsWith("\n\n# ip -6 rule\n32766: from all lookup main\n"
                                                  "\n# ip -6 route show table all\n"));
    host.facts.kernel = {};
    EXPECT_EQ(host.listing(), "");
}

}  // namespace
}  // namespace eni
