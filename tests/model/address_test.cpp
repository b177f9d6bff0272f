// Addresses and prefixes: what is accepted, what is refused, how they print and compare.
#include "address.hpp"

#include <gtest/gtest.h>

namespace eni {
namespace {

TEST(IpAddressTest, ParsesAndPrintsBothFamilies) {
    EXPECT_EQ(IpAddress::parse("10.0.2.37")->to_string(), "10.0.2.37");
    EXPECT_EQ(IpAddress::parse("2001:DB8::0:1")->to_string(), "2001:db8::1");
}

TEST(IpAddressTest, RefusesEverythingElse) {
    for (const char* text : {"", " 10.0.0.1", "10.0.0.1 ", "10.0.0", "010.0.0.1", "10.0.0.256",
                             "10.0.0.1/24", "fe80::1%eth0", "::g", "1", "$(reboot)"})
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    EXPECT_FALSE(IpAddress::parse(std::string("10.0.0.1\0x", 10)));
}

TEST(IpAddressTest, KnowsItsKind) {
    EXPECT_TRUE(IpAddress::parse("169.254.169.254")->is_link_local());
    EXPECT_TRUE(IpAddress::parse("febf::1")->is_link_local());
    EXPECT_FALSE(IpAddress::parse("fec0::1")->is_link_local());
    EXPECT_TRUE(IpAddress::parse("239.1.1.1")->is_multicast());
    EXPECT_FALSE(IpAddress::parse("240.1.1.1")->is_multicast());
    EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
    EXPECT_FALSE(IpAddress::parse("::2")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("::")->is_any());
    EXPECT_NE(*IpAddress::parse("::"), *IpAddress::parse("0.0.0.0"));
}

TEST(IpAddressTest, NextCarries) {
    EXPECT_EQ(IpAddress::parse("10.0.0.255")->next().to_string(), "10.0.1.0");
    EXPECT_EQ(IpAddress::parse("255.255.255.255")->next().to_string(), "0.0.0.0");
    EXPECT_EQ(IpAddress::parse("2001:db8::ffff")->next().to_string(), "2001:db8::1:0");
}

TEST(IpAddressTest, TakesBytesOfTheRightSizeOnly) {
    const unsigned char bytes[16] = {10, 0, 2, 37};
    EXPECT_EQ(IpAddress::from_bytes(bytes, 4)->to_string(), "10.0.2.37");
    EXPECT_EQ(IpAddress::from_bytes(bytes, 16)->family(), Family::v6);
    EXPECT_FALSE(IpAddress::from_bytes(bytes, 5));
}

TEST(PrefixTest, ClearsHostBits) {
    EXPECT_EQ(Prefix(*IpAddress::parse("10.0.2.37"), 24).to_string(), "10.0.2.0/24");
    EXPECT_EQ(Prefix(*IpAddress::parse("10.0.2.37"), 23).to_string(), "10.0.2.0/23");
    EXPECT_EQ(Prefix(*IpAddress::parse("2001:db8:3::37"), 47).to_string(), "2001:db8:2::/47");
    EXPECT_EQ(Prefix(*IpAddress::parse("10.0.2.37"), 99).to_string(), "10.0.2.37/32");
}

TEST(PrefixTest, RefusesSetHostBitsAndBadLengths) {
    for (const char* text : {"10.0.2.37/24", "10.0.2.0/33", "10.0.2.0/", "10.0.2.0/+24",
                             "10.0.2.0/024", "10.0.2.0/24/", "2001:db8::/129", "/24"})
        EXPECT_FALSE(Prefix::parse(text)) << text;
    EXPECT_EQ(Prefix::parse("10.0.2.37")->to_string(), "10.0.2.37/32");
    EXPECT_EQ(Prefix::parse("0.0.0.0/0")->length(), 0);
}

TEST(PrefixTest, Contains) {
    const Prefix subnet = *Prefix::parse("10.0.2.0/24");
    EXPECT_TRUE(subnet.contains(*IpAddress::parse("10.0.2.255")));
    EXPECT_FALSE(subnet.contains(*IpAddress::parse("10.0.3.0")));
    EXPECT_FALSE(subnet.contains(*IpAddress::parse("::")));
    EXPECT_FALSE(Prefix::any(Family::v4).contains(*IpAddress::parse("::1")));
    EXPECT_TRUE(subnet.contains(*Prefix::parse("10.0.2.128/25")));
    EXPECT_FALSE(subnet.contains(*Prefix::parse("10.0.0.0/8")));
}

std::vector<std::string> routers(const std::string& text) {
    std::vector<std::string> result;
    for (const IpAddress& router : routers_from(text)) result.push_back(router.to_string());
    return result;
}

using Words = std::vector<std::string>;

TEST(RoutersFrom, KeepsTheOrder) {
    EXPECT_EQ(routers("10.0.2.2 10.0.2.1"), (Words{"10.0.2.2", "10.0.2.1"}));
    EXPECT_EQ(routers("  10.0.2.1\n"), Words{"10.0.2.1"});
    EXPECT_EQ(routers("169.254.1.1 223.255.255.1"), (Words{"169.254.1.1", "223.255.255.1"}));
    EXPECT_EQ(routers(""), Words{});
}

TEST(RoutersFrom, LeavesOutWhatNoRouterHas) {
    for (const std::string bad :
         {"0.0.0.0", "0.0.0.1", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "fe80::1",
          "10.0.2", "10.0.2.1/24", "eth1", "10.0.2.1,10.0.2.2"})
        EXPECT_EQ(routers(bad + " 10.0.2.1"), Words{"10.0.2.1"}) << bad;
}

}  // namespace
}  // namespace eni
