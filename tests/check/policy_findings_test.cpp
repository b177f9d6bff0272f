// What check() says of the policy as a whole: before the installation and after it, switched off,
// flushed, without the kernel's own rules. Nothing else may be said then: all of it follows.
#include "checked_host.hpp"

namespace eni {
namespace {

/// What is lost on the example's host where nothing of the policy is there.
const Lines kLost = {
    "  + replies from 10.0.0.29 to neighbours in 10.0.2.0/24 leave by eth1",
    dropped_on("eth0"),
    "  + replies from 10.0.2.37 to the internet leave by eth0",
    dropped_on("eth1"),
    "  + replies from 10.0.2.37 to neighbours in 10.0.0.0/24 leave by eth0",
};

Lines with_losses(Lines lines) {
    lines.insert(lines.end(), kLost.begin(), kLost.end());
    return lines;
}

/// IPv6 without a gateway, on eth1 alone: nobody's packets are lost for want of a rule.
Host with_idle_ipv6() {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    host.facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 256));
    host.facts.kernel.rules.push_back(rule(Family::v6, 32766, kTableMain));
    return host;
}

bool is_in_the_band(const Rule& rule) {
    return number(rule.priority) >= 20000 && number(rule.priority) < 30000;
}

// ---- Before and after ---------------------------------------------------------------------------

TEST(Policy, BeforeTheInstallationItIsTheOnlyCause) {
    Host host = before();
    host.facts.host->hooks.clear();
    const CheckResult result = checked(host);
    const Lines expected = with_losses(
        {"BROKEN host not-installed: eni-routes is not installed: nothing is done when an "
         "interface comes up",
         "  because there is no hook of its in NetworkManager's dispatcher.d",
         "  fix: yum install eni-routes && eni-routes regenerate"});
    EXPECT_EQ(lines_of(result, Grade::note), expected);
    EXPECT_EQ(result.worst(), Grade::broken);
    EXPECT_EQ(result.host_is_right, Lines());
    host.facts.host->hooks.resize(2);
    for (HookFile& hook : host.facts.host->hooks) hook.is_there = false;
    EXPECT_EQ(lines_of(host), expected) << "places where it should be are no hook";
}

TEST(Policy, BeforeTheFirstRunNoRuleIsThere) {
    EXPECT_EQ(lines_of(before()),
              with_losses({"BROKEN host policy-missing: none of eni-routes' rules for IPv4 is in "
                           "the kernel",
                           kFixed}));
}

TEST(Policy, AfterItNothingIsFound) {
    const CheckResult result = checked(after());
    EXPECT_EQ(lines_of(result, Grade::note), Lines());
    EXPECT_EQ(result.worst(), Grade::good);
    EXPECT_EQ(result.host_is_right, Lines({"hook"}));
    EXPECT_FALSE(result.is_probed);
    EXPECT_EQ(result.flows.size(), 9u) << "2 addresses and nobody, with 3 peers each";
    ASSERT_EQ(result.interfaces.size(), 2u);
    for (const CheckedInterface& interface : result.interfaces) {
        EXPECT_TRUE(interface.is_managed);
        ASSERT_EQ(interface.addresses.size(), 1u);
        EXPECT_FALSE(interface.addresses[0].is_lost);
        EXPECT_FALSE(interface.addresses[0].public_address);
    }
    EXPECT_EQ(result.interfaces[0].ifname, "eth0");
    EXPECT_EQ(result.interfaces[1].addresses[0].address, ip("10.0.2.37"));
}

TEST(Policy, BasicModeIsAllRightToo) {
    Host host = before();
    host.config.suppress = Suppress::off;
    EXPECT_EQ(lines_of(installed(host)), Lines());
}

TEST(Policy, Ipv6IsAllRightAfterIt) {
    Host host = before();
    add_ipv6(host);
    const CheckResult result = checked(installed(host));
    EXPECT_EQ(lines_of(result, Grade::note), Lines());
    ASSERT_EQ(result.interfaces.size(), 2u);
    EXPECT_EQ(result.interfaces[0].addresses.size(), 2u);
}

TEST(Policy, FewerThanTwoInterfacesAreNothingToSeparate) {
    Host host = before();
    host.facts.kernel.links.pop_back();
    const CheckResult result = checked(host);
    EXPECT_TRUE(result.flows.empty());
    EXPECT_EQ(lines_of(result, Grade::note), Lines());
    host.facts.host->hooks.clear();
    EXPECT_EQ(heads(host), Lines({"note host not-installed"}));
}

/// Of what differs besides, nothing: it is there when eni-routes is.
TEST(Policy, WithoutTheHookARunIsNotTheRemedy) {
    Host host = after();
    host.facts.host->hooks.clear();
    erase_rule(host, 25101);
    EXPECT_EQ(heads(host), Lines({"warning host not-installed"}));
    erase_rule(host, 20101);
    EXPECT_EQ(heads(host), Lines({"BROKEN host not-installed"}));
}

// ---- Switched off -------------------------------------------------------------------------------

struct Switch {
    void (*switch_off)(Host& host);
    Lines words;
};

const Switch kSwitches[] = {
    {[](Host& h) { h.facts.disk.disabled = {"*"}; },
     {"  because eni-routes disable was called", "  fix: eni-routes enable"}},
    {[](Host& h) { h.config.enabled = false; },
     {"  because the configuration has 'enabled: false'",
      "  fix: 'enabled: true' in the configuration, then: eni-routes regenerate"}},
};

TEST(Policy, SwitchedOffItSaysWhatIsLostByThat) {
    for (const Switch& each : kSwitches) {
        Host host = before();
        each.switch_off(host);
        host.facts.host->hooks[0].problem = "is not executable";  // it has nothing to do
        Lines expected = {
            "BROKEN host switched-off: eni-routes is switched off: replies follow main"};
        expected.insert(expected.end(), each.words.begin(), each.words.end());
        EXPECT_EQ(lines_of(host), with_losses(expected));
    }
}

TEST(Policy, SwitchedOffWithNothingLostIsANote) {
    for (const Switch& each : kSwitches) {
        Host host = before();
        each.switch_off(host);
        host.facts.kernel.links.pop_back();
        EXPECT_EQ(heads(host), Lines({"note host switched-off"}));
    }
}

TEST(Policy, SwitchedOffWhatIsLeftOverIsNews) {
    for (const Switch& each : kSwitches) {
        Host host = after();
        each.switch_off(host);
        const CheckResult result = checked(host);
        EXPECT_EQ(heads(result), Lines({"warning host link-group", "note host switched-off"}));
        const Finding& first = result.findings.front();
        EXPECT_EQ(first.text, "eth0: is in link group 10000 instead of 0");
        EXPECT_EQ(first.fix, "eni-routes regenerate");
        EXPECT_THAT(first.consequences, testing::IsSupersetOf(Lines{
                                            "eth1: is in link group 10000 instead of 0",
                                            kSuppress + " is left over", kOurs + " is left over"}));
    }
}

// ---- Flushed ------------------------------------------------------------------------------------

/// Which leaves rule 0 alone: the kernel's own are not eni-routes' to put back.
TEST(Policy, IpRuleFlush) {
    Host host = after();
    erase_rules(host, [](const Rule& r) { return r.priority != Priority{0}; });
    EXPECT_EQ(lines_of(host),
              Lines({"BROKEN host kernel-rule-missing: the kernel's own " + kMain + " is missing",
                     "  fix: ip rule add lookup main priority 32766 && eni-routes regenerate",
                     "  + none of eni-routes' rules for IPv4 is in the kernel",
                     "  + replies from 10.0.0.29 to the internet, neighbours in 10.0.0.0/24 and "
                     "neighbours in 10.0.2.0/24 have no way: Network is unreachable",
                     dropped_on("eth0"),
                     "  + replies from 10.0.2.37 to the internet, neighbours in 10.0.0.0/24 and "
                     "neighbours in 10.0.2.0/24 have no way: Network is unreachable",
                     dropped_on("eth1"),
                     "  + packets of programs bound to no address to the internet, neighbours in "
                     "10.0.0.0/24 and neighbours in 10.0.2.0/24 have no way: Network is "
                     "unreachable"}));
}

TEST(Policy, MainsRuleAloneIsMissing) {
    Host host = after();
    erase_rule(host, 32766);
    const Finding finding = finding_of(host, "kernel-rule-missing");
    EXPECT_EQ(heads(host), Lines({"BROKEN host kernel-rule-missing"}));
    EXPECT_EQ(finding.fix, "ip rule add lookup main priority 32766");
    EXPECT_EQ(finding.rule, std::make_optional(rule(Family::v4, 32766, kTableMain)));
    EXPECT_THAT(finding.consequences,
                testing::Contains("packets of programs bound to no address to the internet and "
                                  "neighbours in 10.0.0.0/24 have no way: Network is "
                                  "unreachable"));
}

TEST(Policy, TheRuleOfTableLocalIsMissing) {
    Host host = after();
    erase_rule(host, 0);
    const Finding finding = finding_of(host, "kernel-rule-missing");
    EXPECT_EQ(finding.text, "the kernel's own rule \"0: from all lookup local\" is missing");
    EXPECT_EQ(finding.fix, "ip rule add lookup local priority 0");
}

TEST(Policy, TheKernelsRulesOfEachFamily) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    Host both = host;
    erase_rules(host, [](const Rule& r) {
        return r.family == Family::v6 && r.priority == Priority{32766};
    });
    Finding finding = finding_of(host, "kernel-rule-missing");
    EXPECT_EQ(finding.text, "the kernel's own " + kMain + " of IPv6 is missing");
    EXPECT_EQ(finding.fix, "ip -6 rule add lookup main priority 32766");
    erase_rule(both, 32766);
    finding = finding_of(both, "kernel-rule-missing");
    EXPECT_EQ(finding.text, "the kernel's own " + kMain + " and " + kMain + " of IPv6 are missing");
    EXPECT_EQ(finding.fix,
              "ip rule add lookup main priority 32766 && ip -6 rule add lookup main priority "
              "32766");
}

TEST(Policy, AnotherRuleForAllThatLooksInMainWillDo) {
    Host host = after();
    erase_rule(host, 32766);
    host.facts.kernel.rules.push_back(rule(Family::v4, 32700, kTableMain));
    EXPECT_EQ(complaints(host), Lines());
    Rule& theirs = host.facts.kernel.rules.back();
    theirs.suppress_prefixlength = 0;
    EXPECT_EQ(finding_of(host, "kernel-rule-missing").grade, Grade::broken) << "not its default";
    theirs.suppress_prefixlength.reset();
    theirs.from = net("10.0.0.0/24");
    EXPECT_EQ(finding_of(host, "kernel-rule-missing").grade, Grade::broken) << "not for all";
}

TEST(Policy, TheRulesOfOneFamilyAreGone) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    erase_rules(host, [](const Rule& r) { return r.family == Family::v6 && is_in_the_band(r); });
    EXPECT_EQ(
        lines_of(host),
        Lines({"BROKEN host policy-missing: none of eni-routes' rules for IPv6 is in the kernel",
               kFixed,
               "  + replies from 2001:db8::29 to neighbours in 2001:db8:2::/64 leave by eth1",
               "  + replies from 2001:db8:2::37 to the internet (IPv6) leave by eth0",
               "  + replies from 2001:db8:2::37 to neighbours in 2001:db8::/64 leave by eth0"}));
    erase_rules(host, is_in_the_band);
    EXPECT_EQ(finding_of(host, "policy-missing").text,
              "none of eni-routes' rules for IPv4 is in the kernel and none of eni-routes' rules "
              "for IPv6 is in the kernel");
}

TEST(Policy, NoRulesAreAWarningWhereNothingIsLost) {
    Host host = installed(with_idle_ipv6());
    erase_rules(host, [](const Rule& r) {
        return r.family == Family::v6 && r.priority != Priority{32766};
    });
    EXPECT_EQ(heads(host),
              Lines({"warning host kernel-rule-missing", "warning eth1 gateway-unknown"}));
    host = with_idle_ipv6();
    host.facts.kernel.rules.push_back(rule(Family::v6, 0, kTableLocal));
    host = installed(host);
    erase_rules(host, [](const Rule& r) { return r.family == Family::v6 && is_in_the_band(r); });
    EXPECT_EQ(heads(host), Lines({"warning host policy-missing", "warning eth1 gateway-unknown"}));
}

TEST(Policy, WarningsOfThePlanAreTold) {
    EXPECT_THAT(lines_of(installed(with_idle_ipv6())),
                testing::Contains("warning eth1 gateway-unknown: no IPv6 gateway is known: its "
                                  "table has no default yet"));
}

}  // namespace
}  // namespace eni
