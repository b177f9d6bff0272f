// What the monitor makes of the runs between which it hears. (The watch itself is tried in
// vpc_watch.sh.)
#include "monitor.hpp"

#include <gtest/gtest.h>

namespace eni {
namespace {

Link link_of(const std::string& ifname, int ifindex) {
    Link link;
    link.ifname = ifname;
    link.ifindex = ifindex;
    return link;
}

Plan plan_for(const std::vector<std::string>& ifnames) {
    Plan plan;
    for (const std::string& ifname : ifnames) {
        plan.interfaces.emplace_back();
        plan.interfaces.back().ifname = ifname;
    }
    return plan;
}

// A run was begun by the loss of an address and found the link gone; RTM_DELLINK comes later.
TEST(Monitor, AManagedLinkThatARunFindsNoMoreHasVanished) {
    const Link eth0 = link_of("eth0", 2), eth1 = link_of("eth1", 3),
               docker0 = link_of("docker0", 4);
    Monitor monitor;
    EXPECT_FALSE(monitor.know({eth0, eth1, docker0}, plan_for({"eth0", "eth1"})));
    EXPECT_FALSE(monitor.know({eth0, eth1}, plan_for({"eth0", "eth1"})));  // it was not managed
    EXPECT_TRUE(monitor.know({eth0}, plan_for({"eth0"})));
    EXPECT_FALSE(monitor.know({eth0}, plan_for({"eth0"})));
}

TEST(Monitor, ARenamedLinkHasVanished) {
    Monitor monitor;
    monitor.know({link_of("eth0", 2), link_of("eth1", 3)}, plan_for({"eth0", "eth1"}));
    EXPECT_TRUE(monitor.know({link_of("eth0", 2), link_of("lan", 3)}, plan_for({"eth0"})));
}

TEST(Monitor, ALinkThatIsManagedNoLongerHasNotVanished) {
    Monitor monitor;
    monitor.know({link_of("eth0", 2), link_of("eth1", 3)}, plan_for({"eth0", "eth1"}));
    EXPECT_FALSE(monitor.know({link_of("eth0", 2), link_of("eth1", 3)}, plan_for({})));
}

}  // namespace
}  // namespace eni
