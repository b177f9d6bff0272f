#include "marking_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text.hpp"

namespace eni {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Marking two() {
    return {0x7f, {{"eth0", 1, false}, {"eth1", 2, true}}};
}

/// Worked out from nft(8); the kernel takes it in tests/vpc_published.sh.
TEST(MarkingText, ForNft) {
    EXPECT_EQ(nft_text(two()),
              R"(add table ip eni-routes
delete table ip eni-routes
add table ip6 eni-routes
delete table ip6 eni-routes
table ip eni-routes {
  chain prerouting {
    type filter hook prerouting priority -150; policy accept;
    iifname "eth0" ct direction original ct mark & 0x7f == 0x0 ct mark set ct mark & 0xffffff80 | 0x1 accept
    iifname "eth0" accept
    iifname "eth1" ct direction original ct mark & 0x7f == 0x0 ct mark set ct mark & 0xffffff80 | 0x2 accept
    iifname "eth1" accept
    ct direction original accept
    ct mark & 0x7f == 0x1 meta mark set meta mark & 0xffffff80 | 0x1 accept
    ct mark & 0x7f == 0x2 meta mark set meta mark & 0xffffff80 | 0x2 accept
  }
  chain requests {
    type filter hook prerouting priority -10; policy accept;
    iifname "eth1" ct direction original ct status dnat ct mark & 0x7f == 0x2 meta mark set meta mark & 0xffffff80 | 0x2
  }
  chain forward {
    type filter hook forward priority -150; policy accept;
    ct direction original meta mark & 0x7f != 0x0 meta mark set meta mark & 0xffffff80
  }
  chain output {
    type route hook output priority -150; policy accept;
    ct direction reply ct status dnat ct mark & 0x7f == 0x1 meta mark set meta mark & 0xffffff80 | 0x1
    ct direction reply ct status dnat ct mark & 0x7f == 0x2 meta mark set meta mark & 0xffffff80 | 0x2
  }
}
table ip6 eni-routes {
  chain prerouting {
    type filter hook prerouting priority -150; policy accept;
    iifname "eth0" ct direction original ct mark & 0x7f == 0x0 ct mark set ct mark & 0xffffff80 | 0x1 accept
    iifname "eth0" accept
    iifname "eth1" ct direction original ct mark & 0x7f == 0x0 ct mark set ct mark & 0xffffff80 | 0x2 accept
    iifname "eth1" accept
    ct direction original accept
    ct mark & 0x7f == 0x1 meta mark set meta mark & 0xffffff80 | 0x1 accept
    ct mark & 0x7f == 0x2 meta mark set meta mark & 0xffffff80 | 0x2 accept
  }
  chain requests {
    type filter hook prerouting priority -10; policy accept;
    iifname "eth0" ct direction original ct status dnat ct mark & 0x7f == 0x1 meta mark set meta mark & 0xffffff80 | 0x1
    iifname "eth1" ct direction original ct status dnat ct mark & 0x7f == 0x2 meta mark set meta mark & 0xffffff80 | 0x2
  }
  chain forward {
    type filter hook forward priority -150; policy accept;
    ct direction original meta mark & 0x7f != 0x0 meta mark set meta mark & 0xffffff80
  }
  chain output {
    type route hook output priority -150; policy accept;
    ct direction reply ct status dnat ct mark & 0x7f == 0x1 meta mark set meta mark & 0xffffff80 | 0x1
    ct direction reply ct status dnat ct mark & 0x7f == 0x2 meta mark set meta mark & 0xffffff80 | 0x2
  }
}
)");
}

TEST(MarkingText, WithoutAStrictFilterNoRequestIsMarked) {
    Marking marking = two();
    marking.interfaces[1].is_on_requests = false;
    const std::string text = nft_text(marking);
    const std::size_t ipv6 = text.find("table ip6 eni-routes {");
    EXPECT_THAT(text.substr(0, ipv6), Not(HasSubstr("requests")));
    EXPECT_THAT(text.substr(ipv6), HasSubstr("requests")) << "firewalld has a filter of its own";
    EXPECT_THAT(iptables_text(marking, Family::v4, {}), Not(HasSubstr("-j MARK")));
}

TEST(MarkingText, ForIptables) {
    EXPECT_EQ(iptables_text(two(), Family::v4, {}),
              R"(*mangle
:ENI-ROUTES - [0:0]
:ENI-ROUTES-OUT - [0:0]
-A PREROUTING -j ENI-ROUTES
-A OUTPUT -j ENI-ROUTES-OUT
-A ENI-ROUTES -i eth0 -m conntrack --ctdir ORIGINAL -m connmark --mark 0x0/0x7f -j CONNMARK --set-xmark 0x1/0x7f
-A ENI-ROUTES -i eth0 -j RETURN
-A ENI-ROUTES -i eth1 -m conntrack --ctdir ORIGINAL -m connmark --mark 0x0/0x7f -j CONNMARK --set-xmark 0x2/0x7f
-A ENI-ROUTES -i eth1 -m conntrack --ctstate NEW,DNAT --ctdir ORIGINAL -m connmark --mark 0x2/0x7f -m mark --mark 0x0 -j MARK --set-xmark 0x2/0x7f
-A ENI-ROUTES -i eth1 -j RETURN
-A ENI-ROUTES -m conntrack --ctdir REPLY -m connmark ! --mark 0x0/0x7f -j CONNMARK --restore-mark --nfmask 0x7f --ctmask 0x7f
-A ENI-ROUTES-OUT -m conntrack --ctstate DNAT --ctdir REPLY -m connmark ! --mark 0x0/0x7f -j CONNMARK --restore-mark --nfmask 0x7f --ctmask 0x7f
COMMIT
)");
    const std::string ipv6 = iptables_text(two(), Family::v6, {});
    EXPECT_THAT(ipv6, HasSubstr("-i eth0 -m conntrack --ctstate NEW,DNAT"));
    EXPECT_THAT(ipv6, HasSubstr("-i eth1 -m conntrack --ctstate NEW,DNAT"));
}

TEST(MarkingText, AJumpThatIsThereIsNotMadeAgain) {
    const std::string text = iptables_text(two(), Family::v4, {true, true, 1, 0});
    EXPECT_THAT(text, Not(HasSubstr("-A PREROUTING")));
    EXPECT_THAT(text, HasSubstr("-A OUTPUT -j ENI-ROUTES-OUT\n"));
}

TEST(MarkingText, OfIptablesAllThatIsThereIsRemoved) {
    EXPECT_EQ(iptables_removal({}), "");
    EXPECT_EQ(iptables_removal({true, true, 2, 1}),
              "*mangle\n-D PREROUTING -j ENI-ROUTES\n-D PREROUTING -j ENI-ROUTES\n"
              "-D OUTPUT -j ENI-ROUTES-OUT\n-F ENI-ROUTES\n-X ENI-ROUTES\n"
              "-F ENI-ROUTES-OUT\n-X ENI-ROUTES-OUT\nCOMMIT\n");
    EXPECT_EQ(iptables_removal({true, false, 0, 0}),
              "*mangle\n-F ENI-ROUTES\n-X ENI-ROUTES\nCOMMIT\n");
}

}  // namespace
}  // namespace eni
