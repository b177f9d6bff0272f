// A host whose kernel's answers a test changes on their way: see tampered_answers.hpp and
// kernel_fixture.hpp. Must not know what is wrong with which.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "kernel_fixture.hpp"
#include "tampered_answers.hpp"

namespace eni {

using Bytes = std::vector<char>;
using Clock = std::chrono::steady_clock;

/// What one wants to know of the kernel, as one value; and the words of what is thrown instead.
struct Result {
    KernelSnapshot kernel;
    std::string error;
};

inline bool is_same(const KernelSnapshot& a, const KernelSnapshot& b) {
    const auto names = [](const KernelSnapshot& kernel) {
        Words words;
        for (const Link& link : kernel.links) words.push_back(link.ifname);
        return words;
    };
    const auto addresses = [](const KernelSnapshot& kernel) {
        Words words;
        for (const Address& each : kernel.addresses)
            words.push_back(each.ifname + " " + each.address.to_string());
        return words;
    };
    return names(a) == names(b) && addresses(a) == addresses(b) && a.routes == b.routes &&
           a.rules == b.rules;
}

inline nlmsghdr header_at(const char* bytes) {
    nlmsghdr header;
    std::memcpy(&header, bytes, sizeof header);
    return header;
}

/// Where the messages of a datagram begin, and its end.
inline std::vector<std::size_t> borders(const Bytes& datagram) {
    std::vector<std::size_t> at = {0};
    while (at.back() < datagram.size())
        at.push_back(at.back() + NLMSG_ALIGN(header_at(&datagram[at.back()]).nlmsg_len));
    return at;
}

class Tampered : public Kernel {
  protected:
    void SetUp() override {
        tampering() = Tampering{};
        Kernel::SetUp();
        if (IsSkipped()) return;
        for (const char* route : {"10.1.0.0/16 via 10.0.2.1 dev eth1 table 10001 mtu lock 1400",
                                  "default via 10.0.2.1 dev eth1 table 10001",
                                  "10.9.0.0/16 nexthop via 10.0.0.1 dev eth0 nexthop via 10.0.2.1 "
                                  "dev eth1 weight 3",
                                  "blackhole 10.8.0.0/16"})
            ip("route add " + std::string(route));
        ip("rule add from 10.0.2.0/24 to 10.9.0.0/16 tos 0x10 iif lo table 10001 priority 20101");
        truth_ = look();
        tampering().change = [&](char* bytes, std::size_t size) {
            datagrams_.emplace_back(bytes, bytes + size);
            return size;
        };
        ASSERT_TRUE(is_same(result().kernel, truth_));
        tampering().change = nullptr;
    }

    void TearDown() override { tampering() = Tampering{}; }

    /// By a socket of its own: how much a datagram holds depends on what the socket has read
    /// before.
    static Result result() {
        Result result;
        try {
            result.kernel = gather_kernel(open_netlink().get());
        } catch (const std::exception& error) {
            result.error = error.what();
        }
        return result;
    }

    /// The n-th datagram that comes from now on.
    static void change_datagram(std::size_t number,
                                std::function<std::optional<std::size_t>(char*, std::size_t)> how) {
        tampering().change = [number, how = std::move(how), count = std::size_t{0}](
                                 char* bytes, std::size_t size) mutable {
            return count++ == number ? how(bytes, size) : size;
        };
    }

    /// An error that says of what, or all of it.
    void expect_error_or_all(const std::string& where, bool must_fail = false) const {
        const Result tampered = result();
        tampering().change = nullptr;
        if (tampered.error.empty())
            EXPECT_TRUE(!must_fail && is_same(tampered.kernel, truth_)) << where;
        else
            EXPECT_EQ(tampered.error.find("dump of "), 0u) << where << ": " << tampered.error;
    }

    void expect_all(const std::string& where) const {
        const Result now = result();
        EXPECT_EQ(now.error, "") << where;
        EXPECT_TRUE(is_same(now.kernel, truth_)) << where;
    }

    std::string error_of(const std::function<void()>& deed) const {
        try {
            deed();
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    }

    KernelSnapshot truth_;
    std::vector<Bytes> datagrams_;  // of all that was asked, in their order
};

}  // namespace eni
