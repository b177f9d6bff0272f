// System calls on netlink sockets that fail, once or always; what the monitor does with such and
// with what it cannot read. In a network namespace: see kernel_fixture.hpp.
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "apply_kernel.hpp"
#include "kernel_abilities.hpp"
#include "monitor.hpp"
#include "ownership.hpp"
#include "tampered_fixture.hpp"
#include "write_messages.hpp"

namespace eni {
namespace {

// ---- System calls that fail ---------------------------------------------------------------------

TEST_F(Tampered, WhatFailsForAMomentIsTriedAgain) {
    for (const char* call : {"socket", "bind", "getsockname", "setsockopt", "send", "receive"})
        for (const int error : {EINTR, ENOMEM, ENOBUFS, EAGAIN}) {
            if (error == EAGAIN && std::string(call) == "receive") continue;  // nothing came
            tampering().failing[call] = {error, 1};
            const std::string where = std::string(call) + ": " + std::strerror(error);
            EXPECT_EQ(error_of([&] { (void)gather_links(open_netlink().get()); }), "") << where;
            tampering().failing[call] = {error, 1};
            expect_all(where);
        }
}

TEST_F(Tampered, WhatFailsForGoodIsToldSoonAndInWords) {
    for (const char* call : {"socket", "bind", "getsockname", "send", "receive"})
        for (const int error : {EINTR, ENOMEM, ENOBUFS, EMFILE, EPERM}) {
            tampering().failing[call] = {error, -1};
            const auto begin = Clock::now();
            const std::string said = error_of([&] { (void)gather_links(open_netlink().get()); });
            EXPECT_NE(said.find(std::strerror(error)), std::string::npos) << said;
            EXPECT_TRUE(said.find("netlink socket: ") == 0 || said.find("dump of links") == 0)
                << said;
            EXPECT_LT(Clock::now() - begin, std::chrono::milliseconds(900)) << call;
            tampering().failing.clear();
        }
}

/// Of sizes of buffers, and of what an old kernel does not know.
TEST_F(Tampered, OptionsThatAreRefusedAreDoneWithout) {
    tampering().failing["setsockopt"] = {ENOPROTOOPT, 4};
    EXPECT_EQ(error_of([&] { (void)gather_links(open_netlink().get()); }), "");
}

/// It may have been done: it is not sent again.
TEST_F(Tampered, AnAcknowledgementThatIsLostIsAFailure) {
    std::vector<NetlinkMessage> messages;
    messages.push_back(
        rule_message(RTM_NEWRULE, NLM_F_CREATE, rule_from_to_table("10.0.2.0/24", 20102)));
    tampering().failing["receive"] = {ENOBUFS, 1};
    tampering().calls.clear();
    EXPECT_NE(error_of([&] { send_batch(socket.get(), messages); }), "");
    EXPECT_EQ(tampering().calls["send"], 1);
    EXPECT_EQ(rules(20102).size(), 1u);
}

// ---- Changes -----------------------------------------------------------------------------------

TEST_F(Tampered, ChangesWhoseAcknowledgementIsLostAreFailuresAndTheSecondRoundMakesThem) {
    const Changes changes =
        additions({route_to("10.6.0.0/24", "eth1")}, {rule_from_to_table("10.0.2.0/24", 20102)});
    for (const int error : {ENOBUFS, EIO}) {
        tampering().failing["receive"] = {error, 1};
        const std::vector<Failure> failures = apply_kernel(socket.get(), truth_, changes);
        ASSERT_EQ(failures.size(), 2u);
        EXPECT_EQ(failures[0].error,
                  std::string("unknown whether it was done: ") + std::strerror(error));
        EXPECT_EQ(words(apply_kernel(socket.get(), truth_, changes)), "");
        EXPECT_EQ(rules(20102).size(), 1u);
    }
}

TEST_F(Tampered, AfterALostAcknowledgementNothingMoreIsTried) {
    std::vector<Rule> added;
    for (std::uint32_t i = 0; i < 3000; ++i)
        added.push_back(rule_from_to_table("10.0.2.0/24", 1000 + i));
    tampering().failing["receive"] = {ENOBUFS, 1, 2};
    const std::vector<Failure> failures = apply_kernel(socket.get(), truth_, additions({}, added));
    EXPECT_EQ(failures.size(), 3000u);
    EXPECT_EQ(failures.back().error.find("not tried"), 0u) << failures.back().error;
    EXPECT_EQ(look().rules.size(), truth_.rules.size() + 300);
    EXPECT_EQ(words(apply_kernel(socket.get(), truth_, additions({}, added))), "");
    EXPECT_EQ(look().rules.size(), truth_.rules.size() + 3000);
}

/// The kernel deletes another program's in the place of ours, and is asked again and again.
TEST_F(Tampered, ARuleThatWasDeletedInThePlaceOfOursIsPutBackWhateverFails) {
    const Rule ours = rule_from_to_table("10.0.2.0/24", 20102);
    for (const char* call : {"send", "receive"})
        for (int nth = 0, reached = 1; reached != 0; ++nth) {
            ip("rule add from 10.0.2.0/24 tos 0x10 table 10001 priority 20102");
            const Words theirs = rules(20102);
            ASSERT_EQ(words(apply_kernel(socket.get(), look(), additions({}, {ours}))), "");
            ASSERT_EQ(rules(20102).size(), 2u);
            const KernelSnapshot before = look();
            tampering().failing[call] = {EIO, 1, nth};
            const auto failures = apply_kernel(socket.get(), before, deletions({}, {ours}));
            reached = tampering().failing[call].times == 0;
            tampering().failing.clear();
            if (failures.empty()) {
                EXPECT_EQ(rules(20102), theirs) << call << " " << nth;
            }
            EXPECT_EQ(words(apply_kernel(socket.get(), look(), deletions({}, {ours}))), "");
            EXPECT_EQ(rules(20102), theirs) << call << " " << nth;
            ip("rule del priority 20102");
        }
}

// ---- The probe ----------------------------------------------------------------------------------

TEST_F(Tampered, AProbeWhoseDeletionFailsIsDeletedAllTheSame) {
    if (lacks(kSuppress)) GTEST_SKIP() << kSuppress.missing;
    // Each call of each kind in turn, until none of them fails any more.
    for (const char* call : {"send", "receive"})
        for (int nth = 0, reached = 1; reached != 0; ++nth) {
            tampering().calls.clear();
            tampering().failing[call] = {ENOBUFS, 1, nth};
            EXPECT_TRUE(probe_suppress(socket.get(), 10000)) << call << " " << nth;
            reached = tampering().failing[call].times == 0;
            tampering().failing.clear();
            EXPECT_TRUE(look().rules == truth_.rules) << call << " " << nth;
        }
}

TEST_F(Tampered, AProbeThatNothingDeletesIsTakenByTheNext) {
    if (lacks(kSuppress)) GTEST_SKIP() << kSuppress.missing;
    tampering().failing["send"] = {EIO, -1, 3};  // the addition and the two dumps of rules go well
    const auto begin = Clock::now();
    EXPECT_TRUE(probe_suppress(socket.get(), 10000));
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(1));
    tampering().failing.clear();
    EXPECT_TRUE(is_probe(look().rules[2])) << format_rule(look().rules[2]);
    EXPECT_TRUE(probe_suppress(socket.get(), 10000));
    EXPECT_TRUE(look().rules == truth_.rules);
}

// ---- The monitor --------------------------------------------------------------------------------

TEST_F(Tampered, TheMonitorGoesOnAfterAFailure) {
    Monitor monitor;
    monitor.know(truth_.links, Plan{});
    (void)monitor.hear();
    for (const int error : {ENOMEM, ENOBUFS, EIO}) {
        tampering().failing["receive"] = {error, 1};
        EXPECT_TRUE(monitor.hear().matters()) << "something may be lost: " << std::strerror(error);
        EXPECT_FALSE(monitor.hear().matters());
        tampering().failing["receive"] = {error, -1};
        tampering().calls.clear();
        EXPECT_TRUE(monitor.hear().matters());
        EXPECT_LT(tampering().calls["receive"], 100);
        tampering().failing.clear();
    }
    tampering().failing["receive"] = {EINTR, 1};
    EXPECT_FALSE(monitor.hear().matters());
}

TEST_F(Tampered, WhatTheMonitorCannotReadMatters) {
    Monitor monitor;
    monitor.know(truth_.links, Plan{});
    (void)monitor.hear();
    ip("route add 10.7.0.0/16 dev eth1 table 999");
    EXPECT_FALSE(monitor.hear().matters());
    ip("route del 10.7.0.0/16 dev eth1 table 999");
    change_datagram(0, [](char*, std::size_t size) { return size - 1; });
    EXPECT_TRUE(monitor.hear().matters());
    ip("route add 10.7.0.0/16 dev eth1 table 999");
    change_datagram(0, [](char*, std::size_t) { return std::size_t{5}; });
    EXPECT_TRUE(monitor.hear().matters());
    ip("route del 10.7.0.0/16 dev eth1 table 999");
    change_datagram(0, [](char* bytes, std::size_t size) {
        bytes[sizeof(nlmsghdr) + sizeof(rtmsg)] = 3;  // an attribute's length
        return size;
    });
    EXPECT_TRUE(monitor.hear().matters());
    tampering().change = nullptr;
    EXPECT_FALSE(monitor.hear().matters());
}

/// By a socket that no part of the program knows of.
void send_from(std::uint32_t port, const nlmsghdr& request) {
    const int other = ::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    sockaddr_nl own{};
    own.nl_family = AF_NETLINK;
    own.nl_pid = port;
    ASSERT_EQ(::bind(other, reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    ASSERT_GT(::send(other, &request, request.nlmsg_len, 0), 0);
    close(other);
}

/// A process of another PID namespace may have our number, and so a port that ends in it.
TEST_F(Tampered, AnotherProcessOfOurNumberIsHeard) {
    Monitor monitor;
    monitor.know(truth_.links, Plan{});
    std::vector<NetlinkMessage> messages;
    messages.push_back(
        rule_message(RTM_NEWRULE, NLM_F_CREATE, rule_from_to_table("10.0.2.0/24", 20102)));
    (void)monitor.hear();
    send_batch(socket.get(), messages);
    { send_batch(open_netlink().get(), messages); }
    EXPECT_FALSE(monitor.hear().matters()) << "our own, of a socket that is closed as well";

    nlmsghdr* request = nlmsg_hdr(messages[0].get());
    request->nlmsg_flags |= NLM_F_REQUEST;
    send_from(static_cast<std::uint32_t>(getpid()) + (37u << 22), *request);
    EXPECT_TRUE(monitor.hear().matters());
}

/// A port that a socket of ours had is another's later.
TEST_F(Tampered, AnotherProcessWithAPortThatWasOursIsHeard) {
    Monitor monitor;
    monitor.know(truth_.links, Plan{});
    std::vector<NetlinkMessage> messages;
    messages.push_back(
        rule_message(RTM_NEWRULE, NLM_F_CREATE, rule_from_to_table("10.0.2.0/24", 20102)));
    { send_batch(open_netlink().get(), messages); }
    nlmsghdr* request = nlmsg_hdr(messages[0].get());
    EXPECT_FALSE(monitor.hear().matters());
    send_from(request->nlmsg_pid, *request);
    EXPECT_TRUE(monitor.hear().matters());
}

}  // namespace
}  // namespace eni
