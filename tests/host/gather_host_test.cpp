// What other programs print, read for `check`: realistic texts, and such that nobody should print.
#include "gather_host.hpp"

#include <gtest/gtest.h>

#include <random>

#include "example.hpp"

namespace eni {
namespace {

using Lines = std::vector<std::string>;

// ---- UDP sockets --------------------------------------------------------------------------------

constexpr char kUdp[] =
    R"(   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  295: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   991        0 21001 2 0000000000000000 0
  296: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   991        0 21002 2 0000000000000000 0
  310: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21003 2 0000000000000000 0
  365: 00000000:007B 00000000:0000 07 00000000:00000000 00:00000000 00000000   123        0 21004 2 0000000000000000 0
  366: 00000000:01BD 090200C0:0035 01 00000000:00000000 00:00000000 00000000     0        0 21005 2 0000000000000000 0
  400: 00000000:7FFF 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21006 2 0000000000000000 0
  401: 00000000:8000 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21007 2 0000000000000000 0
  402: 00000000:EE47 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21008 2 0000000000000000 0
  403: 00000000:EE48 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21009 2 0000000000000000 0
)";

constexpr char kUdp6[] =
    R"(  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  100: 00000000000000000000000000000000:0222 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31001 2 0000000000000000 0
  101: 00000000000000000000000000000000:0202 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31002 2 0000000000000000 0
  102: 00000000000000000000000001000000:0202 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31003 2 0000000000000000 0
  103: 000080FE00000000FF00000201000002:0203 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31004 2 0000000000000000 0
)";

Lines sockets_in(const std::string& text) {
    Lines lines;
    for (const UdpSocket& socket : wildcard_sockets_from(text, 32768, 60999))
        lines.push_back(std::to_string(socket.port) + " " + socket.inode);
    return lines;
}

TEST(UdpSockets, BoundToEveryAddressAndToAPortOfTheirOwn) {
    EXPECT_EQ(sockets_in(kUdp), Lines({"53 21001", "123 21004", "32767 21006", "61000 21009"}));
    EXPECT_EQ(sockets_in(kUdp6), Lines({"514 31002"}));
}

TEST(UdpSockets, MalformedLinesAreLeftOut) {
    for (const char* line :
         {"", "x", "1: 2 3", "1: 00000000 00000000:0000 7 0 0 0 0 0 9",
          "1: 00000000:0000 00000000:0000 7 0 0 0 0 0 9",
          "1: 00000000:10035 00000000:0000 7 0 0 0 0 0 9",
          "1: 00000000:-035 00000000:0000 7 0 0 0 0 0 9",
          "1: 00000000: 00000000:0000 7 0 0 0 0 0 9", "1: 00000000:0035 00000000:0000 7 0 0 0 0 0",
          "1: \xff\xfe:0035 00000000:0000 7 0 0 0 0 0 9"})
        EXPECT_EQ(sockets_in(line), Lines()) << line;
    EXPECT_EQ(sockets_in("1: 00000000:0035 00000000:0000 7 0 0 0 0 0 9"), Lines({"53 9"}));
}

// ---- Multicast groups ---------------------------------------------------------------------------

/// As a processor that begins with the low byte prints them.
constexpr char kIgmp[] =
    "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
    "1\tlo        :     1      V3\n"
    "\t\t\t\t010000E0     1 0:00000000\t\t0\n"
    "3\teth1      :     3      V3\n"
    "\t\t\t\t030201EF     1 0:00000000\t\t0\n"
    "\t\t\t\tFB0000E0     1 0:00000000\t\t0\n"
    "\t\t\t\t010100E0     2 0:00000000\t\t0\n";

Lines groups_in(const std::string& text) {
    Lines lines;
    for (const MulticastGroup& group : multicast_groups_from(text))
        lines.push_back(group.ifname + " " + group.address.to_string());
    return lines;
}

TEST(MulticastGroups, WithoutThoseOfALinksOwnHousekeeping) {
    EXPECT_EQ(groups_in(kIgmp), Lines({"eth1 239.1.2.3", "eth1 224.0.1.1"}));
}

TEST(MulticastGroups, MalformedLinesAreLeftOut) {
    const std::string link = "3\teth1      :     1      V3\n";
    for (const char* line : {"\t\t\t\t030201E", "\t\t\t\t0030201EF", "\t\t\t\t0302010A", "\t\t\t\t",
                             "\t\t\t\t-30201EF", "\t\t\t\tX30201EF", "030201EF"})
        EXPECT_EQ(groups_in(link + line), Lines()) << line;
    EXPECT_EQ(groups_in("\t\t\t\t030201EF     1 0:00000000\t\t0\n"), Lines()) << "of no link";
}

// ---- Published ports ----------------------------------------------------------------------------

/// "tcp 8080 on 10.0.2.37 -> 172.17.0.2"
Lines words(const std::vector<PublishedPort>& ports) {
    Lines lines;
    for (const PublishedPort& port : ports)
        lines.push_back(port.protocol + " " + std::to_string(port.port) +
                        (port.address ? " on " + port.address->to_string() : "") + " -> " +
                        port.target.to_string());
    return lines;
}

constexpr char kIptables[] =
    R"(# Generated by iptables-save v1.8.9 (nf_tables) on Sun Mar  1 12:00:00 2026
*nat
:PREROUTING ACCEPT [12:720]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A DOCKER -d 10.0.2.37/32 ! -i docker0 -p udp -m udp --dport 5353 -j DNAT --to-destination 172.17.0.3:53
-A DOCKER -d 10.0.2.0/24 -p tcp -m tcp --dport 81 -j DNAT --to-destination 172.17.0.4
-A DOCKER ! -d 10.0.2.37/32 -p tcp -m tcp --dport 82 -j DNAT --to-destination 172.17.0.5:82
-A DOCKER -p tcp -m tcp ! --dport 83 -j DNAT --to-destination 172.17.0.6:83
-A DOCKER -p tcp -m tcp --dport 8000:8010 -j DNAT --to-destination 172.17.0.7:80
-A DOCKER -j DNAT --to-destination 172.17.0.8
COMMIT
# Completed on Sun Mar  1 12:00:00 2026
)";

TEST(Iptables, DockersRules) {
    EXPECT_EQ(words(ports_from_iptables(kIptables)),
              Lines({"tcp 8080 -> 172.17.0.2", "udp 5353 on 10.0.2.37 -> 172.17.0.3",
                     "tcp 81 -> 172.17.0.4", "tcp 82 -> 172.17.0.5"}));
    EXPECT_EQ(
        words(ports_from_iptables(
            "-A DOCKER -d 2001:db8:2::37/128 ! -i docker0 -p tcp -m tcp --dport 443 -j DNAT --to-destination [fd00::2]:443\n"
            "-A DOCKER -p tcp --dport 444 -j DNAT --to-destination fd00::3")),
        Lines({"tcp 443 on 2001:db8:2::37 -> fd00::2", "tcp 444 -> fd00::3"}));
}

TEST(Iptables, MalformedLinesAreLeftOut) {
    const std::string rule = "-A X -p tcp --dport 80 -j DNAT --to-destination ";
    for (const std::string& line :
         {std::string(), std::string("!"), std::string("! !"), rule, rule + ":80", rule + "[]:80",
          rule + "[", rule + "[fd00::2:80", rule + "172.17.0.2-172.17.0.9:80", rule + "172.17.0:80",
          rule + "\xff\xff", std::string("-A X --dport 80 --to-destination 172.17.0.2"),
          std::string("-A X --dport 0 -j DNAT --to-destination 172.17.0.2"),
          std::string("-A X --dport 65536 -j DNAT --to-destination 172.17.0.2"),
          std::string("-A X --dport 99999999999999999999 -j DNAT --to-destination 172.17.0.2"),
          std::string("-A X --dport -1 -j DNAT --to-destination 172.17.0.2"),
          std::string("-A X --dport 80 -j DNAT --to-destination")})
        EXPECT_EQ(words(ports_from_iptables(line)), Lines()) << line;
}

/// A ruleset as nft 1.0 prints it, with these expressions in its one rule.
std::string ruleset(const std::string& expressions) {
    return R"({"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}, {"table": {"family": "ip", "name": "nat", "handle": 1}}, {"chain": {"family": "ip", "table": "nat", "name": "pre", "handle": 1, "type": "nat", "hook": "prerouting", "prio": -100, "policy": "accept"}}, {"rule": {"family": "ip", "table": "nat", "chain": "pre", "handle": 2, "expr": [)" +
           expressions + "]}}]}";
}
std::string match(const std::string& protocol, const std::string& field, const std::string& right,
                  const std::string& op = "==") {
    return R"({"match": {"op": ")" + op + R"(", "left": {"payload": {"protocol": ")" + protocol +
           R"(", "field": ")" + field + R"("}}, "right": )" + right + "}}";
}
const std::string kDnat = R"({"dnat": {"addr": "172.17.0.2", "port": 80}})";

Lines nft(const std::string& expressions) {
    return words(ports_from_nft(ruleset(expressions)));
}

TEST(Nft, RulesWithAPortAndATarget) {
    const std::string counter = R"({"counter": {"packets": 0, "bytes": 0}}, )";
    EXPECT_EQ(nft(match("tcp", "dport", "8080") + ", " + counter + kDnat),
              Lines({"tcp 8080 -> 172.17.0.2"}));
    EXPECT_EQ(nft(match("ip", "daddr", R"("10.0.2.37")") + ", " + match("udp", "dport", "53") +
                  ", " + kDnat),
              Lines({"udp 53 on 10.0.2.37 -> 172.17.0.2"}));
    EXPECT_EQ(
        nft(match("ip6", "daddr", R"("2001:db8:2::37")") + ", " + match("tcp", "dport", "443") +
            R"(, {"dnat": {"family": "ip6", "addr": "fd00::2", "port": 443}})"),
        Lines({"tcp 443 on 2001:db8:2::37 -> fd00::2"}));
    EXPECT_EQ(nft(match("ip", "daddr", R"({"prefix": {"addr": "10.0.2.0", "len": 24}})") + ", " +
                  match("tcp", "dport", "80") + ", " + kDnat),
              Lines({"tcp 80 -> 172.17.0.2"}));
}

/// firewalld's --add-forward-port, in its own table.
TEST(Nft, Firewalld) {
    EXPECT_EQ(
        words(ports_from_nft(
            R"({"nftables": [{"metainfo": {"version": "1.0.4", "json_schema_version": 1}}, {"table": {"family": "inet", "name": "firewalld", "handle": 2}}, {"rule": {"family": "inet", "table": "firewalld", "chain": "nat_PRE_public_allow", "handle": 240, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": "ipv4"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 8443}}, {"dnat": {"family": "ip", "addr": "172.17.0.2", "port": 443}}]}}, {"rule": {"family": "inet", "table": "firewalld", "chain": "nat_PREROUTING", "handle": 12, "expr": [{"jump": {"target": "nat_PREROUTING_ZONES"}}]}}]})")),
        Lines({"tcp 8443 -> 172.17.0.2"}));
}

TEST(Nft, WhatSaysNothingAboutOnePortIsLeftOut) {
    const std::string port = match("tcp", "dport", "80") + ", ";
    for (const std::string& expressions :
         {kDnat, match("tcp", "sport", "80") + ", " + kDnat,
          match("tcp", "dport", R"({"set": [80, 443]})") + ", " + kDnat,
          match("tcp", "dport", R"({"range": [80, 90]})") + ", " + kDnat,
          match("tcp", "dport", "80", "!=") + ", " + kDnat, port + R"({"masquerade": null})",
          port + R"({"dnat": {"port": 81}})", port + R"({"dnat": null})",
          port + R"({"dnat": {"addr": {"map": {"key": 1, "data": "@ports"}}}})"})
        EXPECT_EQ(nft(expressions), Lines()) << expressions;
    EXPECT_EQ(nft(match("ip", "daddr", R"("10.0.2.37")", "!=") + ", " + port + kDnat),
              Lines({"tcp 80 -> 172.17.0.2"}))
        << "everywhere but there";
}

TEST(Nft, WrongTypesAreLeftOut) {
    for (const char* json :
         {"", "{", "null", "1", "[]", "\"nftables\"", R"({"nftables": 5})", R"({"nftables": "x"})",
          R"({"nftables": null})", R"({"nftables": [1, null, [], "x"]})",
          R"({"nftables": {"rule": 1}})", R"({"nftables": [{"rule": 7}]})",
          R"({"nftables": [{"rule": {"expr": 1}}]})",
          R"({"nftables": [{"rule": {"expr": {"dnat": 1}}}]})", "{\"nftables\": [\"\xff\xfe\"]}"})
        EXPECT_EQ(words(ports_from_nft(json)), Lines()) << json;
    const std::string good = match("tcp", "dport", "80") + ", " + kDnat + ", ";
    for (const char* expression :
         {"1", "null", "[]", R"({"match": 1})", R"({"match": []})", R"({"match": [1, 2]})",
          R"({"match": {"left": [], "right": 1}})", R"({"match": {"left": {"payload": 3}}})",
          R"({"match": {"left": {"payload": []}, "right": "x"}})",
          R"({"match": {"left": {"payload": {"field": 3, "protocol": []}}, "right": 80}})",
          R"({"match": {"op": 5, "left": {"payload": {"field": "daddr"}}, "right": 80}})",
          R"({"match": {"left": {"payload": {"field": "daddr"}}, "right": "10.0.0.0/33"}})"})
        EXPECT_EQ(nft(good + expression), Lines({"tcp 80 -> 172.17.0.2"})) << expression;
    EXPECT_EQ(
        nft(R"({"match": {"left": {"payload": {"field": "dport", "protocol": 6}}, "right": 80}}, )" +
            kDnat),
        Lines({" 80 -> 172.17.0.2"}));
    for (const char* number : {"0", "65536", "-1", "80.5", "1e99", "18446744073709551615",
                               "99999999999999999999999", "true", "\"http\""})
        EXPECT_EQ(nft(match("tcp", "dport", number) + ", " + kDnat), Lines()) << number;
}

// ---- Nothing may throw --------------------------------------------------------------------------

template <class Read>
void survive_damage(const std::string& text, Read read) {
    for (std::size_t end = 0; end < text.size(); ++end) EXPECT_NO_THROW(read(text.substr(0, end)));
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
        std::string damaged = text;
        for (int k = 0; k < 5; ++k)
            damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
        EXPECT_NO_THROW(read(damaged));
    }
}

TEST(GatherHost, TruncatedAndDamagedTextDoesNotThrow) {
    survive_damage(kUdp,
                   [](const std::string& text) { wildcard_sockets_from(text, 32768, 60999); });
    survive_damage(kIgmp, multicast_groups_from);
    survive_damage(kIptables, [](const std::string& text) { ports_from_iptables(text); });
    survive_damage(ruleset(match("ip", "daddr", R"("10.0.2.37")") + ", " +
                           match("tcp", "dport", "8080") + ", " + kDnat),
                   [](const std::string& text) { ports_from_nft(text); });
}

}  // namespace
}  // namespace eni
