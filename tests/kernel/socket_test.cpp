// Netlink itself: batches, dumps, what is heard; in a network namespace: see kernel_fixture.hpp.
#include "socket.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "kernel_abilities.hpp"
#include "kernel_fixture.hpp"
#include "monitor.hpp"
#include "write_messages.hpp"

namespace eni {
namespace {

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

// ---- Dumps --------------------------------------------------------------------------------------

TEST_F(Kernel, ADumpThatTheKernelRefusesSaysOfWhat) {
    if (lacks_statistics(socket.get())) GTEST_SKIP() << "no dump that it would refuse";
    const NetlinkMessage request = make_message(RTM_GETSTATS, 0, rtgenmsg{AF_UNSPEC});
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
    if (setsockopt(descriptor_of(socket.get()), 270, strict, &on, sizeof on) != 0)
        GTEST_SKIP() << "a dump of one table is a dump of all";
    rtmsg header{};
    header.rtm_family = AF_INET;
    header.rtm_table = 99;
    const NetlinkMessage request = make_message(RTM_GETROUTE, 0, header);
    int count = 0;
    dump(socket.get(), request.get(), "table 99", [&](const nlmsghdr&) { ++count; });
    EXPECT_EQ(count, 0);
}

// ---- The monitor --------------------------------------------------------------------------------

TEST_F(Kernel, LocalRoutesMatterWhereSomeAreOurs) {
    Monitor monitor;
    monitor.know(look().links, Plan{});
    ip("route add local 10.0.9.0/28 dev eth1");
    EXPECT_FALSE(monitor.hear().matters());
    Plan plan;
    plan.routes.push_back({route_to("10.0.2.64/28", "eth1"), "eth1", ""});
    plan.routes.back().object.table = kTableLocal;
    monitor.know(look().links, plan);
    ip("route del local 10.0.9.0/28 dev eth1");
    EXPECT_TRUE(monitor.hear().matters());
}

}  // namespace
}  // namespace eni
