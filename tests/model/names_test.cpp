// What counts as a plain name, and which names a glob takes.
#include "names.hpp"

#include <gtest/gtest.h>

namespace eni {
namespace {

TEST(Names, PlainNamesAreShortAndNeedNoQuoting) {
    for (const char* name : {"eth0", "e", "0", "enp0s3f1d2", "eth1.100", "br-lan_2", "Ethernet-0"})
        EXPECT_TRUE(is_plain_name(name)) << name;
    for (const char* name : {"", ".", "..", "-eth0", "_eth0", "eth 0", "eth0/", "eth0\n", "eth*",
                             "eth0:1", "eth\u00e9", "$eth0", "eth0;id"})
        EXPECT_FALSE(is_plain_name(name)) << name;
    EXPECT_FALSE(is_plain_name(std::string_view("eth\0", 4)));
}

TEST(Names, LengthHasALimit) {
    EXPECT_TRUE(is_plain_name("abcdefghijklmno"));
    EXPECT_FALSE(is_plain_name("abcdefghijklmnop"));
    EXPECT_TRUE(is_plain_name("abcdefghijklmnop", 16));
    EXPECT_FALSE(is_plain_name("eth0", 3));
}

TEST(Names, GlobsMatchTheWholeName) {
    EXPECT_TRUE(glob_matches("eth[0-9]*", "eth0"));
    EXPECT_TRUE(glob_matches("eth[0-9]*", "eth10"));
    EXPECT_TRUE(glob_matches("en[opsx][0-9]*", "ens5"));
    EXPECT_TRUE(glob_matches("eth?", "eth1"));
    EXPECT_TRUE(glob_matches("eth1", "eth1"));
    EXPECT_TRUE(glob_matches("*", ".hidden"));
    EXPECT_FALSE(glob_matches("eth[0-9]*", "ethernet"));
    EXPECT_FALSE(glob_matches("eth[0-9]*", "veth0"));
    EXPECT_FALSE(glob_matches("eth?", "eth10"));
    EXPECT_FALSE(glob_matches("eth1", "ETH1"));
    EXPECT_FALSE(glob_matches("", "eth1"));
}

TEST(Names, ABackslashQuotesAndAnUnclosedBracketIsItself) {
    EXPECT_TRUE(glob_matches("eth\\*", "eth*"));
    EXPECT_FALSE(glob_matches("eth\\*", "eth0"));
    EXPECT_TRUE(glob_matches("eth[", "eth["));
    EXPECT_FALSE(glob_matches("eth[", "eth0"));
}

TEST(MacFrom, TakesSixPairsAndNothingElse) {
    EXPECT_EQ(mac_from("0A:58:c0:A8:00:01"), "0a:58:c0:a8:00:01");
    EXPECT_EQ(mac_from("0A-58-c0-A8-00-01"), "0a:58:c0:a8:00:01");
    EXPECT_EQ(mac_from(""), std::nullopt);
    EXPECT_EQ(mac_from("0a:58:c0:a8:00:1"), std::nullopt);
    EXPECT_EQ(mac_from("0a.58.c0.a8.00.01"), std::nullopt);
    EXPECT_EQ(mac_from("0a:58:c0:a8:00:0g"), std::nullopt);
}

}  // namespace
}  // namespace eni
