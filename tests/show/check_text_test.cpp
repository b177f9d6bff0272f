// A check's result in words, byte for byte, and how wide its lines are. Its JSON: check_json_test.
#include "check_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "checked_hosts.hpp"
#include "example.hpp"
#include "text.hpp"
#include "wrap.hpp"

namespace eni {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Finding finding(Grade grade, const std::string& ifname, const std::string& text,
                const std::string& because = "", const std::string& fix = "") {
    Finding result;
    result.grade = grade;
    result.code = "rule-missing";
    result.ifname = ifname;
    result.text = text;
    result.because = because;
    result.fix = fix;
    return result;
}

Finding lost() {
    Finding result = finding(Grade::broken, "eth1", "replies to the internet leave by eth0",
                             "rule \"20101: from 10.0.2.0/24 iif lo lookup eth1\" is missing",
                             "eni-routes regenerate");
    result.consequences = {"its table has a route that nothing leads to"};
    return result;
}

/// All is well with two interfaces.
CheckResult good() {
    CheckResult result;
    result.interfaces = {{"eth0", true, {checked("10.0.0.29", "198.51.100.10")}},
                         {"eth1", true, {checked("10.0.2.37", "198.51.100.11")}}};
    result.host_is_right = {"hook", "NetworkManager", "watch"};
    return result;
}

CheckResult broken() {
    CheckResult result = good();
    result.interfaces[1].addresses[0].is_lost = true;
    result.findings = {lost()};
    result.flows = {lost_flow()};
    return result;
}

std::string text_of(const CheckResult& result, Detail detail = Detail::normal) {
    return render_check(result, detail, Paint(false));
}

std::string last_line(const CheckResult& result) {
    return lines_of(text_of(result)).back();
}

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    for (const std::string& line : lines_of(text)) widest = std::max(widest, columns_of(line));
    return widest;
}

TEST(CheckText, ABlockForEachInterface) {
    EXPECT_EQ(text_of(good()),
              "eth0  10.0.0.29  198.51.100.10  ok\n"
              "eth1  10.0.2.37  198.51.100.11  ok\n"
              "host  hook, NetworkManager, watch  ok\n"
              "every address would be routed by its own interface\n");
}

TEST(CheckText, WhatIsBrokenComesFirst) {
    EXPECT_EQ(text_of(broken()),
              "eth1  10.0.2.37  198.51.100.11  BROKEN  replies to the internet leave by eth0\n"
              "      because  rule \"20101: from 10.0.2.0/24 iif lo lookup eth1\" is missing\n"
              "      fix      eni-routes regenerate\n"
              "eth0  10.0.0.29  198.51.100.10  ok\n"
              "host  hook, NetworkManager, watch  ok\n"
              "1 broken\n");
    CheckResult result = good();
    result.findings = {finding(Grade::warning, "", "the watch does not run"),
                       finding(Grade::note, "eth0", "is new"),
                       finding(Grade::broken, "lan", "has no table")};
    EXPECT_EQ(text_of(result),
              "lan   BROKEN  has no table\n"
              "host  warning  the watch does not run\n"
              "      ok       hook, NetworkManager, watch\n"
              "eth0  10.0.0.29  198.51.100.10  note  is new\n"
              "eth1  10.0.2.37  198.51.100.11  ok\n"
              "1 broken, 1 warning\n");
}

TEST(CheckText, TheWorstOfABlockIsItsFirst) {
    CheckResult result = good();
    result.findings = {finding(Grade::note, "eth1", "is new"),
                       finding(Grade::warning, "eth1", "its netmask is wrong", "", "nmcli"), lost(),
                       finding(Grade::warning, "eth1", "a server answers by eth0")};
    EXPECT_EQ(text_of(result, Detail::quiet),
              "eth1  10.0.2.37  198.51.100.11  BROKEN  replies to the internet leave by eth0\n"
              "      because  rule \"20101: from 10.0.2.0/24 iif lo lookup eth1\" is missing\n"
              "      fix      eni-routes regenerate\n"
              "      warning  its netmask is wrong\n"
              "      fix      nmcli\n"
              "      warning  a server answers by eth0\n"
              "      note     is new\n");
}

TEST(CheckText, NothingThatIsLostIsCalledOk) {
    CheckResult result = broken();
    result.findings[0].ifname = "tun0";
    EXPECT_EQ(text_of(result),
              "tun0  BROKEN  replies to the internet leave by eth0\n"
              "      because  rule \"20101: from 10.0.2.0/24 iif lo lookup eth1\" is missing\n"
              "      fix      eni-routes regenerate\n"
              "eth1  10.0.2.37  198.51.100.11  BROKEN  packets of it are lost: see above\n"
              "eth0  10.0.0.29  198.51.100.10  ok\n"
              "host  hook, NetworkManager, watch  ok\n"
              "1 broken\n");
    EXPECT_THAT(text_of(result, Detail::quiet),
                HasSubstr("\neth1  10.0.2.37  198.51.100.11  BROKEN"));
    result.findings[0].is_accepted = true;
    EXPECT_THAT(text_of(result), HasSubstr("eth1  10.0.2.37  198.51.100.11  accepted\n"));
    EXPECT_EQ(text_of(result, Detail::quiet), "");
    result.findings = {finding(Grade::warning, "tun0", "x")};
    EXPECT_THAT(text_of(result), HasSubstr("eth1  10.0.2.37  198.51.100.11  lost\n"));
}

TEST(CheckText, QuietHidesWhatIsOkAndWhatIsAccepted) {
    EXPECT_EQ(text_of(good(), Detail::quiet), "");
    CheckResult result = broken();
    result.findings.push_back(finding(Grade::note, "", "a note"));
    EXPECT_THAT(text_of(result, Detail::quiet), HasSubstr("\nhost  note  a note\n"));
    EXPECT_THAT(text_of(result, Detail::quiet), Not(HasSubstr("hook")));
    for (Finding& each : result.findings) each.is_accepted = true;
    EXPECT_EQ(text_of(result, Detail::quiet), "");
    result.findings.push_back(finding(Grade::warning, "eth1", "another"));
    EXPECT_EQ(text_of(result, Detail::quiet), "eth1  10.0.2.37  198.51.100.11  warning  another\n");
}

TEST(CheckText, WhatIsAcceptedStandsBehindTheRestAndIsNotCounted) {
    CheckResult result = broken();
    result.findings[0].is_accepted = true;
    result.findings.push_back(finding(Grade::note, "eth1", "is new"));
    EXPECT_EQ(text_of(result),
              "eth1  10.0.2.37  198.51.100.11  note  is new\n"
              "      accepted  replies to the internet leave by eth0\n"
              "eth0  10.0.0.29  198.51.100.10  ok\n"
              "host  hook, NetworkManager, watch  ok\n"
              "nothing is broken but what is accepted\n");
    result.findings.push_back(finding(Grade::warning, "", "a server answers by eth0"));
    result.findings.push_back(finding(Grade::broken, "", "the hook is missing"));
    result.findings.back().is_accepted = true;
    EXPECT_THAT(text_of(result), HasSubstr("host  warning  a server answers by eth0\n"
                                           "      ok       hook, NetworkManager, watch\n"
                                           "      accepted  the hook is missing\n"));
    result.findings.resize(1);
    EXPECT_THAT(text_of(result),
                HasSubstr("eth1  10.0.2.37  198.51.100.11  accepted\n"
                          "      accepted  replies to the internet leave by eth0\n"));
    result.findings.push_back(finding(Grade::warning, "eth0", "x"));
    EXPECT_EQ(last_line(result), "1 warning");
}

TEST(CheckText, TheLastLineSaysNoMoreThanWasTried) {
    CheckResult result = good();
    result.is_probed = true;
    EXPECT_EQ(last_line(result),
              "every gateway answers, and every address would be routed by its own interface");
    result.flows = {lost_flow()};
    result.flows[0].peer.is_configured = true;
    result.flows[0].fault = Fault::none;
    EXPECT_EQ(last_line(result),
              "every gateway answers, and every address has answers of its peers");
    for (const char* code : {"peer-silent", "gateway-silent"}) {
        result.findings = {finding(Grade::note, "eth1", "does not answer")};
        result.findings[0].code = code;
        EXPECT_EQ(last_line(result), "every address would be routed by its own interface");
    }
    EXPECT_EQ(last_line(CheckResult()), "nothing is broken");
}

TEST(CheckText, TheLastLineCounts) {
    const auto line = [](std::size_t broken, std::size_t warnings) {
        CheckResult result;
        result.findings.assign(broken, finding(Grade::broken, "", "x"));
        result.findings.insert(result.findings.end(), warnings, finding(Grade::warning, "", "x"));
        return last_line(result);
    };
    EXPECT_EQ(line(2, 0), "2 broken");
    EXPECT_EQ(line(0, 1), "1 warning");
    EXPECT_EQ(line(1, 2), "1 broken, 2 warnings");
}

TEST(CheckText, OfManyAddressesOneIsNamed) {
    CheckResult result = broken();
    result.interfaces[1].addresses = {checked("10.0.2.36"), checked("10.0.2.37", "", true),
                                      checked("10.0.2.38", "198.51.100.12", true)};
    EXPECT_THAT(text_of(result), StartsWith("eth1  10.0.2.37 +2                 BROKEN  replies"))
        << "the first that is lost";
    result.findings[0].address = ip("10.0.2.38");
    EXPECT_THAT(text_of(result), StartsWith("eth1  10.0.2.38 +2  198.51.100.12  BROKEN  replies"))
        << "the one that it is about";
    result.findings[0].address = ip("10.0.2.1");
    EXPECT_THAT(text_of(result), StartsWith("eth1  10.0.2.37 +2                 BROKEN  replies"))
        << "a gateway is no address of the interface's";
    EXPECT_THAT(text_of(result, Detail::verbose),
                HasSubstr("      address  10.0.2.36: ok\n"
                          "      address  10.0.2.37: lost\n"
                          "      address  10.0.2.38 = 198.51.100.12: lost\n"));
}

TEST(CheckText, VerboseHasAllOfIt) {
    CheckResult result = broken();
    result.findings[0].address = ip("10.0.2.37");
    EXPECT_EQ(
        text_of(result, Detail::verbose),
        "eth1  10.0.2.37  198.51.100.11  BROKEN  replies to the internet leave by eth0\n"
        "      because  rule \"20101: from 10.0.2.0/24 iif lo lookup eth1\" is missing\n"
        "      fix      eni-routes regenerate\n"
        "      also     its table has a route that nothing leads to\n"
        "      code     rule-missing\n"
        "      address  10.0.2.37 = 198.51.100.11: lost\n"
        "      flow     10.0.2.37 \u2194 the internet: leaves by eth0 via 10.0.0.1; requests\n"
        "               dropped by rp_filter on eth1\n"
        "eth0  10.0.0.29  198.51.100.10  ok\n"
        "      address  10.0.0.29 = 198.51.100.10: ok\n"
        "host  hook, NetworkManager, watch  ok\n"
        "1 broken\n");
    result.findings[0].is_accepted = true;
    EXPECT_THAT(text_of(result, Detail::verbose),
                HasSubstr("      accepted  replies to the internet leave by eth0\n"
                          "      because  rule"));
}

/// Long names, IPv6, long sentences, a long word and a long command.
CheckResult wide() {
    CheckResult result = broken();
    const std::string address = "2600:1f18:1111:2222:3333:4444:5555:6666";
    result.interfaces.push_back({"enp137s0f1np1xy", true, {checked(address)}});
    result.interfaces.push_back({"\033[31meth5\033[0m", false, {checked("10.0.5.5")}});
    const std::string sentence =
        "packets that come in from a host in the VPC are answered by another interface than the "
        "one that has the address, and are dropped on their way";
    for (const std::string ifname : {"eth0", "eth1", "enp137s0f1np1xy", "\033[31meth5\033[0m", ""})
        for (const Grade grade : {Grade::broken, Grade::warning, Grade::note}) {
            result.findings.push_back(finding(grade, ifname, sentence, sentence));
            result.findings.push_back(finding(grade, ifname, sentence));
            result.findings.back().is_accepted = true;
            result.findings.back().consequences = {sentence};
        }
    return result;
}

TEST(CheckText, NoLineIsWiderThanATerminal) {
    for (const Detail detail : {Detail::quiet, Detail::normal, Detail::verbose}) {
        EXPECT_LE(widest_line(text_of(wide(), detail)), 80U) << text_of(wide(), detail);
        EXPECT_LE(widest_line(text_of(broken(), detail)), 80U);
    }
    EXPECT_THAT(text_of(wide()), HasSubstr("\\x1b[31meth5"));
    for (const std::string& line : lines_of(text_of(wide(), Detail::verbose)))
        EXPECT_NE(line.back(), ' ') << line;
}

TEST(CheckText, ALongNameMovesNoOther) {
    CheckResult result = good();
    result.interfaces.push_back({"enp137s0f1np1x2", true, {checked("10.0.5.5")}});
    result.interfaces.push_back({"\033\033\033\033eth5", true, {checked("10.0.6.6")}});
    EXPECT_THAT(text_of(result), StartsWith("eth0             10.0.0.29  198.51.100.10  ok\n"));
    EXPECT_THAT(text_of(result), HasSubstr("\nenp137s0f1np1x2  10.0.5.5                  ok\n"));
    EXPECT_THAT(text_of(result), HasSubstr("eth5  10.0.6.6             ok\n"));
}

TEST(CheckText, AFixIsNeverBroken) {
    const std::string fix =
        "nmcli connection modify 'System eth1' ipv4.addresses 10.0.2.37/24 && "
        "nmcli connection up 'System eth1'";
    CheckResult result = broken();
    result.findings[0].fix = fix;
    EXPECT_THAT(text_of(result), HasSubstr("\n      fix      " + fix + "\n"));
}

TEST(CheckText, ColoursWhereTheyAreOn) {
    CheckResult result = broken();
    result.findings.push_back(finding(Grade::warning, "eth0", "x"));
    result.findings.push_back(finding(Grade::note, "eth0", "y"));
    EXPECT_EQ(render_check(result, Detail::normal, Paint(true)),
              "\033[1meth1\033[0m  10.0.2.37  198.51.100.11  \033[1;31mBROKEN\033[0m  replies to "
              "the internet leave by eth0\n"
              "      because  rule \"20101: from 10.0.2.0/24 iif lo lookup eth1\" is missing\n"
              "      fix      \033[1meni-routes regenerate\033[0m\n"
              "\033[1meth0\033[0m  10.0.0.29  198.51.100.10  \033[33mwarning\033[0m  x\n"
              "      note     y\n"
              "\033[1mhost\033[0m  hook, NetworkManager, watch  \033[32mok\033[0m\n"
              "\033[1;31m1 broken, 1 warning\033[0m\n");
    EXPECT_THAT(render_check(good(), Detail::normal, Paint(true)),
                HasSubstr("\033[32mevery address would"));
}

/// Fifteen of five hundred, and what may be found of them: in a quarter of a second it is there.
TEST(CheckText, TakesNoLongerThanItHasToSay) {
    CheckResult result;
    for (int i = 0; i < 15; ++i) {
        const std::string ifname = "eth" + std::to_string(i);
        CheckedInterface interface {
            ifname, true, {}
        };
        for (int j = 0; j < 500; ++j)
            interface.addresses.push_back(checked("10." + std::to_string(i) + "." +
                                                  std::to_string(j / 250) + "." +
                                                  std::to_string(j % 250 + 1)));
        result.interfaces.push_back(interface);
    }
    for (int i = 0; i < 10000; ++i)
        result.findings.push_back(
            finding(Grade::warning, "eth" + std::to_string(i % 15), "x", "y", "z"));
    const std::string text = text_of(result);
    EXPECT_EQ(lines_of(text).size(), 30001U);
    EXPECT_EQ(lines_of(text).back(), "10000 warnings");
    EXPECT_THAT(text, StartsWith("eth0   10.0.0.1 +499   warning  x\n"));
}

TEST(FlowTable, Titles) {
    Flow flow = lost_flow();
    flow.behind = ip("172.17.0.2");
    flow.port = 8080;
    const auto title = [&](FlowKind kind) {
        flow.kind = kind;
        return flow_title(flow);
    };
    EXPECT_EQ(title(FlowKind::bound), "10.0.2.37 \u2194 the internet");
    EXPECT_EQ(title(FlowKind::unbound), "programs bound to no address \u2192 the internet");
    EXPECT_EQ(title(FlowKind::forwarded), "172.17.0.2 \u2192 this host \u2192 the internet");
    EXPECT_EQ(title(FlowKind::published),
              "the internet \u2192 10.0.2.37 port 8080 \u2192 172.17.0.2");
    flow.locals = {ip("10.0.2.37")};
    EXPECT_EQ(title(FlowKind::bound), "10.0.2.37 \u2194 the internet");
    flow.locals = {ip("10.0.2.37"), ip("10.0.2.38"), ip("10.0.2.39")};
    EXPECT_EQ(title(FlowKind::bound), "10.0.2.37 and 2 more \u2194 the internet");
}

TEST(FlowTable, Outcomes) {
    Flow flow = lost_flow();
    const auto outcome = [&](Fault fault, bool is_dropped) {
        flow.fault = fault;
        flow.is_dropped_by_rp_filter = is_dropped;
        return flow_outcome(flow);
    };
    EXPECT_EQ(outcome(Fault::wrong_link, true),
              "leaves by eth0 via 10.0.0.1; requests dropped by rp_filter on eth1");
    EXPECT_EQ(outcome(Fault::wrong_link, false), "leaves by eth0 via 10.0.0.1");
    EXPECT_EQ(outcome(Fault::wrong_gateway, false), "leaves by eth0 via 10.0.0.1, a wrong gateway");
    EXPECT_EQ(outcome(Fault::no_address, false), "lost: eth1 does not have the address");
    EXPECT_EQ(outcome(Fault::link_down, false), "lost: eth1 is down");
    EXPECT_EQ(outcome(Fault::no_carrier, false),
              "leaves by eth0 via 10.0.0.1, which has no carrier");
    EXPECT_EQ(outcome(Fault::silent_gateway, false),
              "leaves by eth0 via 10.0.0.1, which does not answer");
    EXPECT_EQ(outcome(Fault::refused, true), "requests dropped by rp_filter on eth1");
    flow.refusal = EHOSTUNREACH;
    EXPECT_EQ(outcome(Fault::refused, false), "requests refused: No route to host");
    flow.out.error = ENETUNREACH;
    EXPECT_EQ(outcome(Fault::no_way, false), "no way: Network is unreachable");
    flow.out = {};
    flow.out.ifname = "eth1";
    EXPECT_EQ(outcome(Fault::none, false), "by eth1");
    // What this host begins itself, or passes on, is answered: those are no requests.
    flow.kind = FlowKind::unbound;
    EXPECT_EQ(outcome(Fault::refused, true), "answers dropped by rp_filter on eth1");
}

}  // namespace
}  // namespace eni
