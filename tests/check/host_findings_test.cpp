// What check() says of what stands around the policy: the hook, NetworkManager, the watch, SELinux,
// servers, multicast, published ports, files that people made. And that it says nothing of what was
// not recorded.
#include "checked_host.hpp"

namespace eni {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Host idle() {
    Host host = before();
    host.facts.kernel.links.pop_back();
    return host;
}

// ---- The hook -----------------------------------------------------------------------------------

TEST(Hook, Faults) {
    const std::string etc = "/etc/NetworkManager/dispatcher.d/30-eni-routes";
    const std::string pre_up = "/etc/NetworkManager/dispatcher.d/pre-up.d/30-eni-routes";
    const std::string nothing = "  because nothing is done when an interface comes up";
    const struct {
        void (*change)(HostFacts& host);
        Lines lines;
    } cases[] = {
        {[](HostFacts& h) { h.hooks[1].is_there = false; },
         {"warning host hook-missing: " + pre_up + " is missing",
          "  because not every event is acted upon", "  fix: yum reinstall eni-routes"}},
        {[](HostFacts& h) { h.hooks[0].problem = "is not executable"; },
         {"warning host hook-not-executable: " + etc + " is not executable",
          "  because NetworkManager does not run it",
          "  fix: chown root " + etc + " && chmod 755 " + etc}},
        {[](HostFacts& h) { h.hooks[0].calls_us = false; },
         {"warning host hook-foreign: " + etc + " is not eni-routes' hook", nothing,
          "  fix: mv " + etc + " /root/"}},
        {[](HostFacts& h) { h.hooks[0].calls_us = false, h.hooks[0].hides_ours = true; },
         {"warning host hook-foreign: " + etc + " is not eni-routes' hook",
          nothing + "; it hides the one in /usr/lib", "  fix: mv " + etc + " /root/"}},
        {[](HostFacts& h) { h.dispatcher_is_enabled = false; },
         {"warning host dispatcher-disabled: NetworkManager-dispatcher is not enabled",
          "  because no hook runs",
          "  fix: systemctl enable --now NetworkManager-dispatcher.service"}},
    };
    for (const auto& each : cases) {
        Host host = after();
        each.change(*host.facts.host);
        const CheckResult result = checked(host);
        EXPECT_EQ(lines_of(result, Grade::note), each.lines);
        EXPECT_EQ(result.host_is_right, Lines());
        host = idle();
        each.change(*host.facts.host);
        EXPECT_EQ(checked(host).worst(), Grade::note) << "there is nothing to act upon";
    }
}

TEST(Hook, OurOwnInEtcBeforeOneInUsrLibIsAllRight) {
    Host host = after();
    host.facts.host->hooks[0].hides_ours = true;
    EXPECT_EQ(lines_of(host), Lines());
}

// ---- NetworkManager -----------------------------------------------------------------------------

TEST(NetworkManager, IsRightWhereItRunsAndManages) {
    Host host = after();
    add_device(host, "eth0", "eth0");
    add_device(host, "eth1", "eth1");
    const CheckResult result = checked(host);
    EXPECT_EQ(lines_of(result, Grade::note), Lines());
    EXPECT_EQ(result.host_is_right, Lines({"hook", "NetworkManager"}));
}

TEST(NetworkManager, DoesNotRun) {
    Host host = after();
    host.facts.host->networkmanager.emplace();
    const CheckResult result = checked(host);
    EXPECT_EQ(lines_of(result, Grade::note),
              Lines({"warning host networkmanager-stopped: NetworkManager does not run",
                     "  because eni-routes gets no event when an interface comes up",
                     "  fix: systemctl start NetworkManager"}));
    EXPECT_THAT(result.host_is_right, Not(Contains("NetworkManager")));
}

TEST(NetworkManager, DoesNotManageAnInterface) {
    Host host = after();
    add_device(host, "eth1", "");
    add_device(host, "docker0", "");
    for (NetworkManagerDevice& device : host.facts.host->networkmanager->devices)
        device.is_managed = false;
    const CheckResult result = checked(host);
    EXPECT_EQ(lines_of(result, Grade::note),
              Lines({"warning eth1 networkmanager-unmanaged: is not managed by NetworkManager",
                     "  because no event is sent when it comes up or gets an address",
                     "  fix: nmcli device set eth1 managed yes"}));
    EXPECT_THAT(result.host_is_right, Not(Contains("NetworkManager")));
}

TEST(NetworkManager, IsNotJudgedWhereItDidNotAnswer) {
    EXPECT_THAT(checked(after()).host_is_right, Not(Contains("NetworkManager")));
}

// ---- The watch, and SELinux ---------------------------------------------------------------------

TEST(Change, ThatIsNotConfirmedIsAWarning) {
    const Host host = before();
    const CheckResult result =
        check(host.facts, host.config, make_change_set(host.facts, host.config, Absent::forget),
              walk_of(host.facts.kernel), std::nullopt, {"a change waits", "eni-routes confirm"});
    EXPECT_THAT(lines_of(result, Grade::warning),
                testing::IsSupersetOf(Lines({"warning host change-unconfirmed: a change waits",
                                             "  fix: eni-routes confirm"})));
}

TEST(Unconfirmed, TheHoldForAnImageHasACodeOfItsOwn) {
    const Host host = after();
    const CheckResult result =
        check(host.facts, host.config, make_change_set(host.facts, host.config, Absent::forget),
              walk_of(host.facts.kernel), std::nullopt,
              {"it is sealed", "eni-routes regenerate", /* is_sealed= */ true});
    EXPECT_THAT(lines_of(result, Grade::warning),
                testing::IsSupersetOf(Lines(
                    {"warning host image-sealed: it is sealed", "  fix: eni-routes regenerate"})));
}

TEST(Watch, IsEnabledAndDoesNotRun) {
    Host host = after();
    EXPECT_EQ(lines_of(host), Lines()) << "neither enabled nor running";
    host.facts.host->watch_is_enabled = true;
    EXPECT_EQ(lines_of(host),
              Lines({"warning host watch-stopped: eni-routes-watch is enabled and does not run",
                     "  because what NetworkManager sends no event for is not repaired; why it "
                     "ended: journalctl -u eni-routes-watch",
                     "  fix: systemctl restart eni-routes-watch"}));
    host.facts.host->watch = WatchFacts{4711, {}};
    EXPECT_EQ(lines_of(host), Lines());
    EXPECT_THAT(checked(host).host_is_right, Contains("watch"));
    Host nothing = idle();
    nothing.facts.host->watch_is_enabled = true;
    EXPECT_EQ(complaints(nothing), Lines()) << "there is nothing to repair";
}

TEST(Watch, Fights) {
    Host host = after();
    host.facts.host->watch = WatchFacts{4711, {{"eth1", "rule 20101 is deleted again and again"}}};
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 watch-fight: rule 20101 is deleted again and again",
                     "  because another program undoes it; eni-routes watch tries again once a "
                     "minute"}));
    EXPECT_THAT(checked(host).host_is_right, Not(Contains("watch")));
}

/// What it steps back from differs from the plan: that is the same cause.
TEST(Watch, AFightExplainsWhatDiffers) {
    Host host = after();
    erase_rule(host, 25101);
    host.facts.host->watch = WatchFacts{4711, {{"eth1", "rule 25101 is deleted again and again"}}};
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result), Lines({"warning eth1 watch-fight"}));
    EXPECT_EQ(result.findings[0].consequences,
              Lines({"rule \"25101: from all to 10.0.2.0/24 lookup eth1\" is missing"}));
}

TEST(SELinux, WhatItDenied) {
    const std::string domain = "NetworkManager_dispatcher_custom_t";
    const std::string time = "2026-11-26 08:00:00 UTC";
    const std::string details = "; the details: ausearch -m avc";
    Host host = after();
    host.facts.host->denials = {
        {"eni-routes-event", domain, "write", "rt_tables", "file", "etc_t", time},
        {"eni-routes-event", domain, "create", "", "netlink_route_socket", domain, time},
        {"nm-dispatcher", "NetworkManager_dispatcher_t", "execute",
         "/etc/NetworkManager/dispatcher.d/30-eni-routes", "file", "user_home_t", time}};
    EXPECT_EQ(
        lines_of(host),
        Lines(
            {"warning host selinux-denied: SELinux denied eni-routes-event { write } on file "
             "rt_tables",
             "  because " + domain + " may not do so with etc_t, the last time " + time + details,
             "  fix: restorecon -Rv /etc/iproute2 /etc/sysconfig /etc/eni-routes /run/eni-routes "
             "/var/lib/eni-routes",
             "warning host selinux-denied: SELinux denied eni-routes-event { create } on "
             "netlink_route_socket",
             "  because " + domain + " may not do so with " + domain + ", the last time " + time +
                 details,
             "warning host selinux-denied: SELinux denied nm-dispatcher { execute } on file "
             "/etc/NetworkManager/dispatcher.d/30-eni-routes",
             "  because NetworkManager_dispatcher_t may not do so with user_home_t, the last time " +
                 time + details,
             "  fix: restorecon -Rv /etc/NetworkManager /usr/lib/NetworkManager "
             "/usr/libexec/eni-routes-event"}));
}

// ---- Servers, multicast, published ports --------------------------------------------------------

TEST(UdpServers, OfEveryAddressAnswerFromAnyOne) {
    Host host = after();
    host.facts.host->udp_servers = {{53, "named"}, {514, ""}};
    const std::string why =
        "  because unless it takes care itself, it answers from the address that main prefers, "
        "whichever it was asked at; listening on each address by itself it does not";
    EXPECT_EQ(
        lines_of(host),
        Lines({"warning host udp-server: named listens on UDP port 53 of every address", why,
               "warning host udp-server: a server listens on UDP port 514 of every address", why}));
    host.facts.kernel.links.pop_back();
    EXPECT_THAT(heads(host), Not(Contains(HasSubstr("udp-server"))));
}

/// Nobody can bind vxlan's or wireguard's elsewhere.
TEST(UdpServers, TheKernelsOwnSocketsAreNone) {
    Host host = after();
    host.facts.host->udp_servers = {{4789, "", /* is_kernels= */ true}};
    EXPECT_EQ(lines_of(host), Lines());
}

TEST(Multicast, IsLostOnASecondaryUnderStrictRpFilter) {
    Host host = after();
    host.facts.host->multicast_groups = {
        {"eth0", ip("239.1.2.3")}, {"eth1", ip("239.1.2.3")}, {"docker0", ip("239.1.2.3")}};
    EXPECT_EQ(lines_of(host),
              Lines({"note eth1 multicast-rp-filter: multicast to 239.1.2.3 from other networks is "
                     "dropped on arrival",
                     "  because rp_filter is strict on eth1, and looks up the way back to its "
                     "source without eni-routes' rules",
                     "  fix: sysctl -w net.ipv4.conf.eth1.rp_filter=2"}));
    for (const int loose : {0, 2}) {
        host.facts.kernel.rp_filter_all = loose;
        EXPECT_EQ(lines_of(host), Lines());
    }
    link_named(host, "eth1").rp_filter = 1;
    host.facts.kernel.rp_filter_all = 0;
    EXPECT_EQ(heads(host), Lines({"note eth1 multicast-rp-filter"})) << "the larger counts";
}

TEST(PublishedPort, AnswersByThePrimary) {
    Host host = installed(with_published_port());
    const Lines bad = {
        "warning eth1 published-port: replies of 172.17.0.2 for port 8080 of "
        "10.0.2.37 to the internet leave by eth0",
        "  because " + kMain + " finds " + kDefault0 +
            "; published on an address of eth0, or served by a proxy on this host, "
            "it would answer",
        "  fix: 'forwarded: connmark' in the configuration, then: eni-routes regenerate",
        dropped_on("eth1")};
    EXPECT_EQ(lines_of(host), bad);
    EXPECT_FALSE(checked(host).interfaces.at(1).addresses.at(0).is_lost)
        << "the host's own answers";
    host.facts.host->published_ports.push_back({"udp", 8080, std::nullopt, ip("172.17.0.2")});
    EXPECT_EQ(lines_of(host), bad) << "the internet is one peer, of TCP and of UDP";
    host.facts.host->published_ports.pop_back();
    auto& port = host.facts.host->published_ports[0];
    port.address = ip("10.0.2.37");
    EXPECT_EQ(lines_of(host), bad);
    port.address = ip("10.0.0.29");
    EXPECT_EQ(lines_of(host), Lines());
    port = {"tcp", 80, std::nullopt, ip("203.0.113.5")};
    EXPECT_EQ(lines_of(host), Lines()) << "a target that is not behind this host";
}

TEST(PublishedPort, WithoutAnyWayHasNoSuchRemedy) {
    Host host = before();
    add_docker(host);
    host.facts.kernel.rp_filter_all = 0;
    Rule to_docker = rule(Family::v4, 50, kIsp);
    to_docker.iif = "docker0";
    host.facts.kernel.rules.push_back(to_docker);
    host.facts.kernel.routes.push_back(in_table(kIsp, blackhole("0.0.0.0/0")));
    host = installed(host);
    host.facts.host->published_ports = {{"tcp", 8080, ip("10.0.0.29"), ip("172.17.0.2")}};
    const Finding finding = finding_of(host, "published-port");
    EXPECT_EQ(finding.text,
              "replies of 172.17.0.2 for port 8080 of 10.0.0.29 to the internet have no way: "
              "Invalid argument");
    EXPECT_THAT(finding.because, Not(HasSubstr("proxy")));
    EXPECT_THAT(finding.because, HasSubstr("rule \"50: from all iif docker0 lookup 500\""));
}

// ---- Files that people made ---------------------------------------------------------------------

TEST(Files, WhatCouldNotBeRead) {
    Host host = after();
    host.facts.disk.unread = {
        {Unread::Kind::script, "/etc/x", "cannot read /etc/x: Input/output error"}};
    EXPECT_EQ(lines_of(host),
              Lines({"warning host file-unread: cannot read /etc/x: Input/output error",
                     "  because it stays as it is, as the other files of its "
                     "profile do"}));
}

TEST(RouteFiles, ThatNobodyReads) {
    Host host = after();
    auto& files = host.facts.disk.files;
    const std::string route0 = std::string(kScripts) + "route-eth0";
    const std::string route7 = std::string(kScripts) + "route-eth7";
    files[route0] = "10.9.0.0/16 via 10.0.0.1\n";
    EXPECT_EQ(lines_of(host), Lines()) << "NetworkManager reads that one";
    files[route7] = "# to the office\n10.9.0.0/16 via 10.0.0.1\n10.8.0.0/16 via 10.0.0.2  # too\n";
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth7 route-file-unread: " + route7 + " is read by no program",
                     "  because there is no ifcfg-eth7 beside it",
                     "  fix: nmcli connection modify eth7 +ipv4.routes '10.9.0.0/16 10.0.0.1, "
                     "10.8.0.0/16 10.0.0.2' && rm " +
                         route7}));
    files[route7] = "10.9.0.0/16 dev eth7 metric 5\n";
    EXPECT_EQ(finding_of(host, "route-file-unread").fix, "") << "nmcli would need it in words";
    files.erase(route7);
    const std::string route6 = std::string(kScripts) + "route6-eth7";
    files[route6] = "2001:db8:9::/64 via 2001:db8:1::9\n";
    EXPECT_EQ(finding_of(host, "route-file-unread").fix,
              "nmcli connection modify eth7 +ipv6.routes '2001:db8:9::/64 2001:db8:1::9' && rm " +
                  route6);
}

TEST(RouteFiles, BesideARuleFileAreTheStockScripts) {
    for (const char* rules : {"rule-eth0", "rule6-eth0"}) {
        Host host = after();
        auto& files = host.facts.disk.files;
        files[std::string(kScripts) + "route-eth0"] = "10.9.0.0/16 via 10.0.0.1\n";
        files[std::string(kScripts) + rules] = "to 10.9.0.0/16 table 500\n";
        EXPECT_EQ(
            lines_of(host),
            Lines({"warning eth0 route-file-unread: /etc/sysconfig/network-scripts/route-eth0 "
                   "is not read by NetworkManager",
                   "  because a rule file stands beside it",
                   "  fix: yum install NetworkManager-dispatcher-routing-rules"}));
        host.facts.host->has_stock_script = true;
        EXPECT_EQ(lines_of(host), Lines());
    }
}

/// Only where `adopt` would take their place.
TEST(FilesByHand, AreNamed) {
    Host host = after();
    const std::string rules = std::string(kScripts) + "rule-eth0";
    auto& bytes = host.facts.disk.files[rules];
    bytes = "from 10.0.0.0/24 table 10000\n";
    const auto lines = [&](const std::string& grade) {
        return Lines({grade + " eth0 file-by-hand: " + rules +
                          " is made by hand and does what eni-routes does itself",
                      "  because when eth0 goes down and up, the rules of both are mixed up",
                      "  fix: eni-routes adopt eth0"});
    };
    EXPECT_EQ(lines_of(host), lines("note")) << "nothing applies it";
    host.facts.host->has_stock_script = true;
    EXPECT_EQ(lines_of(host), lines("warning"));
    for (const char* others : {"to 10.99.0.0/24 table 300\n", "from 10.0.0.0/24 tabel 10000\n"}) {
        bytes = others;
        EXPECT_THAT(heads(host), Not(Contains(HasSubstr("file-by-hand"))));
    }
    bytes = "from 10.0.0.0/24 table 10000\n";
    host.facts.disk.disabled = {"*"};
    EXPECT_THAT(heads(host), Not(Contains(HasSubstr("file-by-hand")))) << "it is all that there is";
}

// ---- What was not recorded ----------------------------------------------------------------------

/// Facts of before 0.2 do not say whether there is a hook: that is not to say that there is none.
TEST(NotRecorded, IsNotJudged) {
    Host host = after();
    host.facts.disk.files[std::string(kScripts) + "rule-eth0"] = "";
    host.facts.disk.files[std::string(kScripts) + "route-eth0"] = "";
    EXPECT_EQ(heads(host), Lines({"warning eth0 route-file-unread"}));
    host.facts.host.reset();
    const CheckResult result = checked(host);
    EXPECT_EQ(
        lines_of(result, Grade::note),
        Lines({"note host host-not-recorded: these facts do not have what else is on the host",
               "  because the hook, services, servers and published ports are not judged"}));
    EXPECT_EQ(result.host_is_right, Lines());
    erase_rule(host, 25101);
    EXPECT_EQ(finding_of(host, "rule-missing").fix, "eni-routes regenerate");
}

}  // namespace
}  // namespace eni
