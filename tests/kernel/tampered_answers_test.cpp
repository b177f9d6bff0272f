// The kernel's answers cut, changed, lost and late; system calls that fail: what is said of it, how
// soon, and that nothing is believed in part. In a network namespace: see kernel_fixture.hpp.
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ask_kernel.hpp"
#include "tampered_fixture.hpp"
#include "write_messages.hpp"

namespace eni {
namespace {

// ---- Cut, and changed ---------------------------------------------------------------------------

/// At every byte. What ends behind a message, and whose end comes in another datagram, is an answer
/// like any other: there is nothing in it that does not add up.
TEST_F(Tampered, AnAnswerThatIsCutShortIsAnError) {
    ASSERT_GE(datagrams_.size(), 6u);
    for (std::size_t i = 0; i < datagrams_.size(); ++i) {
        const std::vector<std::size_t> whole = borders(datagrams_[i]);
        const std::size_t last = whole[whole.size() - 2];
        const bool has_end = header_at(&datagrams_[i][last]).nlmsg_type == NLMSG_DONE;
        for (std::size_t size = 0; size < datagrams_[i].size(); ++size) {
            const bool is_border = std::find(whole.begin(), whole.end(), size) != whole.end();
            if (is_border && size != 0 && !has_end) continue;
            change_datagram(i, [&](char*, std::size_t) { return size; });
            expect_error_or_all(std::to_string(size) + " bytes of datagram " + std::to_string(i),
                                /* must_fail= */ true);
        }
        expect_all("after datagram " + std::to_string(i));
    }
}

TEST_F(Tampered, ItSaysOfWhat) {
    change_datagram(0, [](char*, std::size_t size) { return size - 1; });
    EXPECT_EQ(result().error, "dump of links: the kernel's answer is cut short");
    tampering().change = [](char* bytes, std::size_t size) {
        return header_at(bytes).nlmsg_type == RTM_NEWROUTE ? size - 8 : size;
    };
    EXPECT_EQ(result().error, "dump of routes: the kernel's answer is cut short");
    // A route to 255.255.255.255/250.
    tampering().change = [](char* bytes, std::size_t size) {
        if (header_at(bytes).nlmsg_type == RTM_NEWROUTE) bytes[sizeof(nlmsghdr) + 1] = '\xfa';
        return size;
    };
    EXPECT_EQ(result().error.find("dump of routes: rtnetlink: malformed message: "), 0u)
        << result().error;
}

TEST_F(Tampered, LengthsThatDoNotAddUpAreAnError) {
    for (std::size_t i = 0; i < datagrams_.size(); ++i) {
        const std::vector<std::size_t> whole = borders(datagrams_[i]);
        for (std::size_t n = 0; n + 1 < whole.size(); ++n) {
            const std::uint32_t right = header_at(&datagrams_[i][whole[n]]).nlmsg_len;
            const auto rest = static_cast<std::uint32_t>(datagrams_[i].size() - whole[n]);
            for (const std::uint32_t wrong : {0u, 1u, 15u, 16u, right - 4, right - 1, right + 4,
                                              rest + 1, 0x7fffffffu, 0xfffffff0u, 0xffffffffu}) {
                change_datagram(i, [&](char* bytes, std::size_t size) {
                    std::memcpy(bytes + whole[n], &wrong, sizeof wrong);
                    return size;
                });
                expect_error_or_all(std::to_string(wrong) + " for " + std::to_string(right));
            }
        }
    }
    expect_all("afterwards");
}

/// Of an attribute's length, of a header's: any two bytes.
TEST_F(Tampered, NoByteLeadsToACrash) {
    for (std::size_t i = 0; i < datagrams_.size(); ++i)
        for (std::size_t at = 0; at + 1 < datagrams_[i].size(); at += 2) {
            change_datagram(i, [&](char* bytes, std::size_t size) {
                bytes[at] = static_cast<char>(bytes[at] + 3);
                return size;
            });
            (void)result();
        }
    tampering().change = nullptr;
    expect_all("afterwards");
}

// ---- Messages of netlink's own ------------------------------------------------------------------

/// Makes the second message of a datagram into another of the same length: of one that has the end
/// of its dump as well.
void change_second(std::uint16_t type, std::int32_t error, int times) {
    tampering().change = [=](char* bytes, std::size_t size) mutable {
        const auto whole = borders(Bytes(bytes, bytes + size));
        if (whole.size() < 4 || times == 0) return size;
        if (header_at(bytes + whole[whole.size() - 2]).nlmsg_type != NLMSG_DONE) return size;
        --times;
        std::memcpy(bytes + whole[1] + offsetof(nlmsghdr, nlmsg_type), &type, sizeof type);
        std::memcpy(bytes + whole[1] + sizeof(nlmsghdr), &error, sizeof error);
        return size;
    };
}

TEST_F(Tampered, AnErrorInTheMiddleIsNoEnd) {
    constexpr std::uint16_t kEnds[] = {NLMSG_ERROR, NLMSG_DONE};
    for (const int error : {0, ENOENT, EOPNOTSUPP, EAFNOSUPPORT, EINVAL})
        for (const std::uint16_t type : kEnds) {
            if (type == NLMSG_DONE && error == 0) continue;  // that is what an end looks like
            change_second(type, -error, 1);
            expect_error_or_all("error " + std::to_string(error), /* must_fail= */ true);
            expect_all("after error " + std::to_string(error));
        }
}

TEST_F(Tampered, WhatTheKernelLackedOrLostIsAskedAgain) {
    constexpr std::uint16_t kLost[] = {NLMSG_OVERRUN, NLMSG_ERROR};
    for (const std::uint16_t type : kLost) {
        change_second(type, -ENOBUFS, 1);
        expect_all("once");
        change_second(type, -ENOBUFS, -1);
        expect_error_or_all("always", /* must_fail= */ true);
    }
}

TEST_F(Tampered, AnEndThatIsTooShortIsAnError) {
    tampering().change = [](char* bytes, std::size_t size) {
        const auto whole = borders(Bytes(bytes, bytes + size));
        const std::size_t last = whole[whole.size() - 2];
        if (header_at(bytes + last).nlmsg_type != NLMSG_DONE) return size;
        const std::uint32_t header_alone = sizeof(nlmsghdr);
        std::memcpy(bytes + last, &header_alone, sizeof header_alone);
        return last + header_alone;
    };
    expect_error_or_all("the end", /* must_fail= */ true);
}

// ---- Lost, late, and from another ---------------------------------------------------------------

const std::string kNothingCame = "no answer from the kernel for 5 s";

TEST_F(Tampered, ALostEndIsNotWaitedForWithoutEnd) {
    tampering().limit_ms = 5000;
    const NetlinkSocket waits = open_netlink();
    EXPECT_EQ(tampering().limit.tv_sec, 5);
    tampering().change = [](char* bytes, std::size_t size) -> std::optional<std::size_t> {
        const auto whole = borders(Bytes(bytes, bytes + size));
        const std::size_t last = whole[whole.size() - 2];
        if (header_at(bytes + last).nlmsg_type != NLMSG_DONE) return size;
        if (last == 0) return std::nullopt;
        return last;
    };
    const auto begin = Clock::now();
    EXPECT_EQ(error_of([&] { gather_links(waits.get()); }), "dump of links: " + kNothingCame);
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(6));
}

TEST_F(Tampered, NorIsALostAnswerOrAcknowledgement) {
    const auto lose_all = [](char*, std::size_t) { return std::optional<std::size_t>(); };
    const AskKernel ask(truth_.links);
    RouteQuery query;
    query.dst = address("10.0.2.5");
    std::vector<NetlinkMessage> messages;
    messages.push_back(
        rule_message(RTM_NEWRULE, NLM_F_CREATE, rule_from_to_table("10.0.2.0/24", 20102)));
    tampering().change = lose_all;
    EXPECT_NE(error_of([&] { ask(query); }).find(kNothingCame), std::string::npos);
    EXPECT_NE(error_of([&] { send_batch(socket.get(), messages); }).find(kNothingCame),
              std::string::npos);
    tampering().change = nullptr;
    EXPECT_EQ(rules(20102).size(), 1u) << "it was done, once";
    EXPECT_EQ(ask(query).ifname, "eth1");
    EXPECT_EQ(send_batch(socket.get(), messages).at(0).error, 0);
}

/// A datagram that is full of one rule, and the next as well: the kernel's own answer.
TEST_F(Tampered, RulesThatAreTheSameAreBelieved) {
    std::vector<NetlinkMessage> messages;
    for (int i = 0; i < 3000; ++i)
        messages.push_back(
            rule_message(RTM_NEWRULE, NLM_F_CREATE, rule_from_to_table("10.0.2.0/24", 20102)));
    send_batch(socket.get(), messages);
    EXPECT_EQ(rules(20102).size(), messages.size());
}

/// As from a kernel that has lost its place: it is asked again.
TEST_F(Tampered, ADatagramThatComesTwiceIsNot) {
    int times = 1;  // so many answers are altered
    std::optional<Bytes> before;
    tampering().change = [&](char* bytes, std::size_t size) -> std::optional<std::size_t> {
        const auto seq_of = [](const char* data) {
            nlmsghdr header;
            std::memcpy(&header, data, sizeof header);
            return header.nlmsg_seq;
        };
        if (before && seq_of(before->data()) == seq_of(bytes) && times > 0) {
            --times;
            size = before->size();
            std::copy(before->begin(), before->end(), bytes);
        }
        before = Bytes(bytes, bytes + size);
        return size;
    };
    EXPECT_EQ(gather_links(socket.get()).size(), 5u) << "lo and two pairs";
    EXPECT_EQ(times, 0);
    times = 1000;
    EXPECT_EQ(error_of([&] { gather_links(socket.get()); }),
              "dump of links: it changed each time while it was read (10 times)");
}

TEST_F(Tampered, WhatComesLateIsNotTakenForTheNextAnswer) {
    std::vector<Bytes> late;
    tampering().change = [&](char* bytes, std::size_t size) -> std::optional<std::size_t> {
        late.emplace_back(bytes, bytes + size);
        return late.size() == 1 ? size - 1 : size;
    };
    EXPECT_NE(result().error, "");
    tampering().change = nullptr;
    expect_all("what the kernel had still to say");
    // Said once more before the next answer.
    ip("route add 10.7.0.0/16 dev eth1");
    const KernelSnapshot now = look();
    for (const Bytes& old : datagrams_) {
        tampering().first = {old, old};
        const Result after = result();
        EXPECT_EQ(after.error, "");
        EXPECT_TRUE(is_same(after.kernel, now));
    }
}

/// An end of the next dump, before it begins, from a process of root's.
TEST_F(Tampered, AnotherProcessIsNotBelieved) {
    std::uint32_t seq = 0, port = 0;
    tampering().change = [&](char* bytes, std::size_t size) {
        seq = header_at(bytes).nlmsg_seq;
        port = header_at(bytes).nlmsg_pid;
        return size;
    };
    (void)gather_links(socket.get());
    tampering().change = nullptr;
    const int other = ::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct {
        nlmsghdr header;
        int error;
    } end{{NLMSG_LENGTH(sizeof(int)), NLMSG_DONE, NLM_F_MULTI, seq + 1, port}, 0};
    sockaddr_nl to{};
    to.nl_family = AF_NETLINK;
    to.nl_pid = port;
    ASSERT_EQ(::sendto(other, &end, sizeof end, 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(sizeof end));
    close(other);
    EXPECT_EQ(gather_links(socket.get()).size(), truth_.links.size());
    expect_all("afterwards");
}

// ---- Acknowledgements ---------------------------------------------------------------------------

TEST_F(Tampered, AnAcknowledgementThatIsCutShortIsAFailure) {
    std::vector<NetlinkMessage> messages;
    messages.push_back(rule_message(RTM_DELRULE, 0, rule_from_to_table("10.0.2.0/24", 20102)));
    for (std::size_t size = 0; size < NLMSG_LENGTH(sizeof(nlmsgerr)); ++size) {
        change_datagram(0, [&](char*, std::size_t) { return size; });
        EXPECT_NE(error_of([&] { send_batch(socket.get(), messages); }), "") << size;
        change_datagram(0, [&](char* bytes, std::size_t) {  // consistent, and too little
            const auto length = static_cast<std::uint32_t>(size);
            std::memcpy(bytes, &length, sizeof length);
            return size;
        });
        EXPECT_NE(error_of([&] { send_batch(socket.get(), messages); }), "") << size;
    }
    tampering().change = nullptr;
    EXPECT_EQ(send_batch(socket.get(), messages).at(0).error, ENOENT);
}

/// The refused message that is told with the refusal has a length of its own.
TEST_F(Tampered, AReasonWhoseLengthsDoNotAddUpIsNone) {
    std::vector<NetlinkMessage> messages;
    messages.push_back(route_message(RTM_NEWROUTE, NLM_F_CREATE,
                                     route_to("10.2.0.0/24", "eth1", "192.0.2.1"),
                                     {{"eth1", link_named(truth_, "eth1").ifindex}}));
    for (const std::uint32_t wrong : {0u, 1u, 15u, 17u, 1000u, 0x7fffffffu, 0xffffffffu})
        for (std::uint16_t flags = 0; flags <= 0x300; flags += 0x100) {
            change_datagram(0, [&](char* bytes, std::size_t size) {
                std::memcpy(bytes + offsetof(nlmsghdr, nlmsg_flags), &flags, sizeof flags);
                std::memcpy(bytes + sizeof(nlmsghdr) + sizeof(int), &wrong, sizeof wrong);
                return size;
            });
            EXPECT_EQ(send_batch(socket.get(), messages).at(0).error, ENETUNREACH);
        }
}

}  // namespace
}  // namespace eni
