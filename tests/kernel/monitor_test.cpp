// What the monitor makes of the runs between which it hears, and of what it hears, in a network
// namespace: see kernel_fixture.hpp. (The watch itself is tried in vpc_watch.sh.)
#include "monitor.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "kernel_fixture.hpp"

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

// ---- What is heard ------------------------------------------------------------------------------

/// One that knows of two interfaces, of which the first two are managed, of rules 20100 and 20101,
/// and of table 10001.
class Hearing : public Kernel {
  protected:
    void SetUp() override {
        Kernel::SetUp();
        ip("link set eth0 group 10000");
        ip("link set eth1 group 10000");
        ip("rule add from 10.0.0.0/24 iif lo lookup 10000 priority 20100");
        ip("rule add from 10.0.2.0/24 iif lo lookup 10001 priority 20101");
        ip("rule add to 10.99.0.0/24 lookup 300 priority 31000");
        ip("route add 10.0.2.0/24 dev eth1 table 10001 proto 206");
        ip("route add 10.98.0.0/24 dev eth1 table 300");
        const KernelSnapshot kernel = look();
        Plan plan = plan_for({"eth0", "eth1"});
        for (const Rule& rule : kernel.rules)
            if (rule.priority == Priority{20100} || rule.priority == Priority{20101})
                plan.rules.push_back({rule, {}, {}});
        plan.ownership.tables_given = {TableId{10000}, TableId{10001}};
        plan.tables_asked = {TableId{300}};
        plan.link_groups = {{"eth0", 10000}, {"eth1", 10000}};
        monitor_.emplace();  // in this namespace
        monitor_->know(kernel.links, plan);
    }
    /// "loss", "change", "both" or "nothing", of these commands of `ip`.
    std::string heard(const std::vector<std::string>& commands) {
        for (const std::string& command : commands) ip(command);
        const Heard heard = monitor_->hear();
        EXPECT_EQ(heard.is_only_loss(), heard.is_loss && !heard.is_change);
        return heard.is_loss     ? heard.is_change ? "both" : "loss"
               : heard.is_change ? "change"
                                 : "nothing";
    }

    std::optional<Monitor> monitor_;
};

TEST_F(Hearing, WhatIsTakenOffOursIsALoss) {
    EXPECT_EQ(heard({"rule del priority 20101"}), "loss");
    EXPECT_EQ(heard({"route flush table 10001"}), "loss");
    EXPECT_EQ(heard({"link set eth1 group 0"}), "loss");
}

TEST_F(Hearing, AnythingElseMayBePartOfMore) {
    EXPECT_EQ(heard({"rule del priority 31000"}), "change");
    EXPECT_EQ(heard({"rule add to 10.97.0.0/24 lookup 300 priority 31001"}), "change");
    EXPECT_EQ(heard({"route del 10.98.0.0/24 table 300"}), "change");
    EXPECT_EQ(heard({"route add 10.96.0.0/24 dev eth1 table 10001"}), "change");
    EXPECT_EQ(heard({"address add 10.0.2.50/24 dev eth1"}), "change");
    EXPECT_EQ(heard({"link set lo group 7"}), "change");
    EXPECT_EQ(heard({"route add 10.95.0.0/24 dev eth1 table 5000"}), "nothing");
    EXPECT_EQ(heard({"link set eth1 txqueuelen 77"}), "nothing");
}

TEST_F(Hearing, ALossBesideAChangeIsNotAllThereIs) {
    EXPECT_EQ(heard({"rule del priority 20101", "address add 10.0.2.50/24 dev eth1"}), "both");
}

/// The kernel takes routes off with the link: NetworkManager is taking it down, perhaps.
TEST_F(Hearing, WhatTheKernelTakesOffIsAChange) {
    EXPECT_EQ(heard({"link set eth1 down"}), "change");
}

}  // namespace
}  // namespace eni
