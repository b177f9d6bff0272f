// Messages that are cut, changed at random or contradict themselves: what they are read as throws,
// or is a noun; no byte outside of them is read (each is at the very end of its memory, for a
// sanitizer or valgrind to see).
#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "dice.hpp"
#include "message_examples.hpp"

namespace eni {
namespace {

using Bytes = std::vector<char>;

Bytes bytes_of(const NetlinkMessage& message) {
    const auto* begin = reinterpret_cast<const char*>(nlmsg_hdr(message.get()));
    return Bytes(begin, begin + nlmsg_hdr(message.get())->nlmsg_len);
}

NetlinkMessage with_type(NetlinkMessage message, int type) {
    nlmsg_hdr(message.get())->nlmsg_type = static_cast<std::uint16_t>(type);
    return message;
}

NetlinkMessage full_route_message() {
    Route route = route_to("10.9.0.0/16", "eth0", "10.0.0.1");
    route.hops.push_back({"eth1", address("fe80::1"), 3, true});
    route.prefsrc = address("10.0.2.37");
    route.metrics.values = {{RTAX_MTU, 1400}};
    route.metrics.lock = 4;
    route.metrics.congctl = "reno";
    route.realm = 5;
    return route_message(RTM_NEWROUTE, 0, route, kIndexes);
}

NetlinkMessage full_rule_message() {
    Rule rule;
    rule.priority = Priority{20101};
    rule.from = prefix("10.0.2.0/24");
    rule.to = prefix("10.9.0.0/16");
    rule.iif = "lo";
    rule.oif = "eth1";
    rule.fwmark = 5;
    rule.fwmask = 15;
    rule.ip_protocol = 6;
    rule.sport = NumberRange{1, 2};
    rule.users = NumberRange{5, 7};
    rule.suppress_prefixlength = 1;
    rule.suppress_ifgroup = 10000;
    return rule_message(RTM_NEWRULE, 0, rule);
}

std::vector<Bytes> examples() {
    Address own;
    own.ifname = "eth1";
    own.address = address("2001:db8::1");
    own.prefix_length = 128;
    Route via = route_to("10.7.0.0/16", "eth1", "fe80::1");
    ndmsg neighbour{};
    neighbour.ndm_family = AF_INET6;
    neighbour.ndm_ifindex = 3;
    neighbour.ndm_flags = NTF_ROUTER;
    NetlinkMessage router = make_message(RTM_NEWNEIGH, 0, neighbour);
    put(router, NDA_DST, address("fe80::1"));
    std::vector<Bytes> all;
    all.push_back(bytes_of(full_link_message()));
    all.push_back(bytes_of(full_route_message()));
    all.push_back(bytes_of(route_message(RTM_DELROUTE, 0, via, kIndexes)));
    all.push_back(bytes_of(full_rule_message()));
    all.push_back(bytes_of(address_message(RTM_NEWADDR, 0, own, kIndexes)));
    all.push_back(bytes_of(router));
    all.push_back(bytes_of(with_type(full_link_message(), RTM_DELLINK)));
    return all;
}

/// By everything that reads one. The words of what is thrown, else nothing.
std::string read(const Bytes& bytes) {
    const std::unique_ptr<char[]> copy(new char[bytes.size()]);
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    const auto& message = *reinterpret_cast<const nlmsghdr*>(copy.get());
    std::string error;
    const auto attempt = [&](auto reads) {
        try {
            (void)reads();
        } catch (const std::runtime_error& malformed) {
            error = malformed.what();
        }
    };
    attempt([&] { return link_from(message); });
    attempt([&] { return address_from(message, kNames); });
    attempt([&] { return router_neighbour_from(message, kNames); });
    attempt([&] { return failed_neighbour_from(message, kNames); });
    attempt([&] { return route_from(message, kNames); });
    attempt([&] { return rule_from(message); });
    attempt([&] { return table_of_route(message); });
    attempt([&] { return index_of_link(message); });
    if (message.nlmsg_type == RTM_NEWROUTE)
        attempt([&] { return route_answer_from(message, kNames); });
    return error;
}

void set_length(Bytes& bytes) {
    const auto length = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(bytes.data(), &length, sizeof length);
}

TEST(MalformedMessages, TheExamplesAreWellFormed) {
    for (const Bytes& example : examples()) EXPECT_EQ(read(example), "");
}

/// Where an attribute ends, and in the padding behind it, it is a shorter message.
TEST(MalformedMessages, OneThatIsCutInAnAttributeThrows) {
    int refused = 0;
    for (const Bytes& example : examples()) {
        const std::size_t headers =
            sizeof(nlmsghdr) + (example.size() == bytes_of(full_link_message()).size()
                                    ? sizeof(ifinfomsg)
                                : example == examples()[4] ? sizeof(ifaddrmsg)
                                                           : sizeof(rtmsg));
        std::size_t end = headers;  // of the attributes that are whole
        for (std::size_t size = sizeof(nlmsghdr); size < example.size(); ++size) {
            Bytes cut(example.begin(), example.begin() + static_cast<std::ptrdiff_t>(size));
            set_length(cut);
            std::uint16_t length = 0;
            if (end + sizeof length <= example.size()) std::memcpy(&length, &example[end], 2);
            if (size >= end + length) end += NLMSG_ALIGN(static_cast<std::size_t>(length));
            if (size <= end && size >= headers) {
                EXPECT_NO_THROW(read(cut));
                continue;
            }
            if (example == examples().back()) continue;  // of a link that went its header is enough
            EXPECT_NE(read(cut), "") << size << " of " << example.size();
            ++refused;
        }
    }
    EXPECT_GT(refused, 300);
}

TEST(MalformedMessages, BytesThatFormNoAttributeThrow) {
    for (const Bytes& example : examples()) {
        if (reinterpret_cast<const nlmsghdr*>(example.data())->nlmsg_type == RTM_DELLINK) continue;
        for (const std::string& rest :
             {std::string(1, '\0'), std::string(3, '\x04'), std::string(4, '\0'),
              std::string("\x03\0\x01\0", 4), std::string("\x20\0\x01\0abcd", 8)}) {
            Bytes longer = example;
            longer.insert(longer.end(), rest.begin(), rest.end());
            set_length(longer);
            EXPECT_NE(read(longer), "") << rest.size() << " more than " << example.size();
        }
    }
}

/// Also in a nest: in IFLA_LINKINFO, in a hop, in the metrics.
TEST(MalformedMessages, AnAttributesLengthThatDoesNotAddUpThrows) {
    const auto wrong_inside = [](int type, unsigned length) {
        const NetlinkMessage message = route_message_of(AF_INET);
        put(message, RTA_OIF, 2);
        std::vector<std::uint8_t> inner = {static_cast<std::uint8_t>(length),
                                           static_cast<std::uint8_t>(length >> 8),
                                           2,
                                           0,
                                           0,
                                           0,
                                           0,
                                           0};
        if (type == RTA_MULTIPATH) inner.insert(inner.begin(), {16, 0, 0, 0, 2, 0, 0, 0});
        put_bytes(message, type, inner);
        return read(bytes_of(message));
    };
    for (const int type : {static_cast<int>(RTA_METRICS), static_cast<int>(RTA_MULTIPATH)}) {
        for (const unsigned length : {0, 1, 3, 9, 64, 0xffff})
            EXPECT_NE(wrong_inside(type, length), "") << type << ": " << length;
    }
    EXPECT_EQ(wrong_inside(RTA_METRICS, 8), "");
}

/// What an attribute of a type means that is beyond all that are known is not known either.
TEST(MalformedMessages, ATypeThatIsFarTooNewMakesItExotic) {
    const NetlinkMessage route = route_message_of(AF_INET);
    put(route, RTA_OIF, 2);
    put(route, 200, 1);
    EXPECT_TRUE(route_from(header(route), kNames)->is_exotic);
    const NetlinkMessage rule = rule_message_of();
    put(rule, 64, 1);
    EXPECT_TRUE(rule_from(header(rule))->is_exotic);
}

TEST(MalformedMessages, RandomChangesCrashNothing) {
    Dice dice(1);
    const std::vector<Bytes> all = examples();
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        Bytes bytes = dice.one_of(all);
        for (std::uint32_t changes = 1 + dice.below(4); changes > 0; --changes) {
            const std::size_t at =
                sizeof(std::uint32_t) + dice.below(static_cast<std::uint32_t>(bytes.size() - 4));
            bytes[at] = static_cast<char>(dice.once_in(2) ? dice.below(256)
                                                          : bytes[at] ^ (1 << dice.below(8)));
        }
        if (dice.once_in(4))
            bytes.resize(sizeof(nlmsghdr) + dice.below(static_cast<std::uint32_t>(
                                                bytes.size() - sizeof(nlmsghdr) + 1)));
        set_length(bytes);
        if (!read(bytes).empty()) ++refused;
    }
    EXPECT_GT(refused, 2'000);
    EXPECT_LT(refused, 18'000);
}

}  // namespace
}  // namespace eni
