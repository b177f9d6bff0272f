#include "mark_uses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eni {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "value/mask"
std::vector<std::string> numbers(const std::vector<MarkUse>& uses) {
    std::vector<std::string> texts;
    for (const MarkUse& use : uses) {
        char text[32];
        std::snprintf(text, sizeof text, "%x/%x", use.value, use.mask);
        texts.emplace_back(text);
    }
    return texts;
}

std::vector<std::string> nft(const std::string& rule) {
    return numbers(mark_uses_of_nft("table ip x {\n\tchain y {\n\t\t" + rule + "\n\t}\n}\n"));
}

std::vector<std::string> iptables(const std::string& rule) {
    return numbers(mark_uses_of_iptables("*mangle\n:X - [0:0]\n-A X " + rule + "\nCOMMIT\n"));
}

TEST(MarkUses, OfNftInTheWordsOfEachVersion) {
    EXPECT_THAT(nft("meta mark & 0x00004000 == 0x00004000 masquerade"), ElementsAre("0/4000"));
    EXPECT_THAT(nft("mark and 0x4000 == 0x4000 masquerade"), ElementsAre("0/4000"));
    EXPECT_THAT(nft("meta mark set meta mark | 0x00008000"), ElementsAre("8000/8000"));
    EXPECT_THAT(nft("ct mark set ct mark & 0xffffff7f | 0x80"), ElementsAre("0/80", "80/80"));
    EXPECT_THAT(nft("meta mark 0x00000064 accept"), ElementsAre("64/ffffffff"));
    EXPECT_THAT(nft("ip daddr 10.0.0.1 ct mark set 100 counter packets 5 bytes 7"),
                ElementsAre("64/ffffffff"));
    EXPECT_THAT(nft("meta mark { 0x1, 0x2 } drop"), ElementsAre("1/ffffffff", "2/ffffffff"));
    EXPECT_THAT(nft("meta mark & 0x000f0000 != 0x00010000 ct mark set meta mark & 0x0f000000"),
                ElementsAre("0/f0000", "0/f000000"));
    EXPECT_THAT(nft("meta mark set meta mark ^ 0x10"), ElementsAre("10/10"));
}

TEST(MarkUses, OfNftWhereNoBitsAreNamed) {
    EXPECT_THAT(nft("fib saddr . mark . iif oif missing drop"), IsEmpty());
    EXPECT_THAT(nft("ct mark set meta mark"), IsEmpty());
    EXPECT_THAT(nft("tcp dport 8080 dnat to 172.17.0.2:80"), IsEmpty());
    EXPECT_THAT(nft(R"(xt match "mark" counter)"), IsEmpty());
    EXPECT_THAT(numbers(mark_uses_of_nft("")), IsEmpty());
}

TEST(MarkUses, OurTablesAreNotAnothers) {
    EXPECT_THAT(numbers(mark_uses_of_nft("table ip eni-routes {\n\tmeta mark set 0x1\n}\n"
                                         "table ip other {\n\tmeta mark set 0x2\n}\n"
                                         "table ip6 eni-routes {\n\tmeta mark set 0x3\n}\n")),
                ElementsAre("2/ffffffff"));
}

TEST(MarkUses, OfIptables) {
    EXPECT_THAT(iptables("-m mark ! --mark 0x4000/0x4000 -j RETURN"), ElementsAre("4000/4000"));
    EXPECT_THAT(iptables("-j MARK --set-xmark 0x8000/0x8000"), ElementsAre("8000/8000"));
    EXPECT_THAT(iptables("-j MARK --set-xmark 0x64/0xffffffff"), ElementsAre("64/ffffffff"));
    EXPECT_THAT(iptables("-m connmark --mark 0x80"), ElementsAre("80/ffffffff"));
    EXPECT_THAT(iptables("-j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80"),
                ElementsAre("0/80", "0/80"));
    EXPECT_THAT(iptables("-j TPROXY --on-port 1 --tproxy-mark 0x1/0x1"), ElementsAre("1/1"));
    EXPECT_THAT(iptables("-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff"),
                IsEmpty());
    EXPECT_THAT(iptables("-m mark --mark nonsense -j DROP"), IsEmpty());
    EXPECT_THAT(iptables("-m mark --mark 0x1/ -j DROP"), IsEmpty());
    EXPECT_THAT(iptables("-d 10.0.0.1/32 -j DNAT --to-destination 172.17.0.2:80"), IsEmpty());
}

TEST(MarkUses, OurChainsAreNotAnothers) {
    EXPECT_THAT(numbers(mark_uses_of_iptables(
                    "-A ENI-ROUTES -i eth1 -j MARK --set-xmark 0x2/0x7f\n"
                    "-A ENI-ROUTES-OUT -m connmark ! --mark 0x0/0x7f -j CONNMARK\n"
                    "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n")),
                ElementsAre("4000/4000"));
}

TEST(MarkUses, NameTheRule) {
    const auto uses = mark_uses_of_iptables(
        "-A KUBE-MARK-MASQ -m comment --comment \"a very long comment that says more than is of "
        "use\" -j MARK --set-xmark 0x4000/0x4000\n");
    ASSERT_EQ(uses.size(), 1u);
    EXPECT_EQ(uses[0].where,
              "iptables rule \"-A KUBE-MARK-MASQ -m comment --comment \"a very long comment that "
              "says more than is of use\" -j MARK -...\"");
}

}  // namespace
}  // namespace eni
