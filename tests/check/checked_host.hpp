// A host that check() judges: the design's example before and after eni-routes, faults made by
// hand, and what is found as lines. In the kernel's place is the walk through its rules.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"
#include "diff.hpp"
#include "marked_host.hpp"

namespace eni {

using Lines = std::vector<std::string>;

constexpr char kScripts[] = "/etc/sysconfig/network-scripts/";
constexpr TableId kTable0{10000}, kTable1{10001}, kTable2{10002}, kIsp{500};

struct Host {
    Facts facts;
    Config config;
};

/// eth0 and eth1, rp_filter strict, nothing of eni-routes' but its hook.
inline Host before() {
    Host host{two_interfaces(), {}};
    host.facts.host.emplace();
    host.facts.kernel.rp_filter_all = 1;
    const std::string hook = "/etc/NetworkManager/dispatcher.d/";
    host.facts.host->hooks.resize(2);
    host.facts.host->hooks[0].path = hook + "30-eni-routes";
    host.facts.host->hooks[1].path = hook + "pre-up.d/30-eni-routes";
    return host;
}

/// As after `eni-routes regenerate`.
inline Host installed(Host host) {
    host.facts = carried_out(host.facts, make_plan(host.facts, host.config, Absent::forget));
    return host;
}
inline Host after() {
    return installed(before());
}

/// Of eth0 and eth1 EC2 has said just now what they have: an Elastic IP each.
inline Host on_ec2() {
    Host host = before();
    eni_of(host.facts, "eth0") = eni(0, {"10.0.0.0/24"}, {"10.0.0.29"});
    eni_of(host.facts, "eth0").associations = {{ip("10.0.0.29"), ip("198.51.100.10")}};
    eni_of(host.facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    eni_of(host.facts, "eth1").associations = {{ip("10.0.2.37"), ip("198.51.100.11")}};
    return host;
}

// ---- What is found ------------------------------------------------------------------------------

inline Ask walk_of(const KernelSnapshot& kernel) {
    return [&kernel](const RouteQuery& query) { return answer_by_walk(kernel, query); };
}

inline CheckResult checked(const Host& host, const Ask& ask,
                           const std::optional<Probe>& probe = std::nullopt) {
    const Facts& facts = host.facts;
    const Plan plan = make_plan(facts, host.config, Absent::forget);
    Changes changes = diff(plan, facts.kernel);
    changes.markings = diff_marking(plan.marking, facts.marking, facts.run.marking);
    return check(facts, host.config, {plan, changes, diff_files(plan, facts.disk), {}}, ask, probe);
}
inline CheckResult checked(const Host& host, const std::optional<Probe>& probe = std::nullopt) {
    return checked(host, walk_of(host.facts.kernel), probe);
}

/// "BROKEN eth1 rule-missing"
inline std::string head_of(const Finding& finding) {
    const char* grades[] = {"good", "note", "warning", "BROKEN"};
    return std::string(grades[static_cast<int>(finding.grade)]) + " " +
           (finding.ifname.empty() ? "host" : finding.ifname) + " " + finding.code;
}

/// Its head with the text, and a line each for why, the remedy, and what follows from it.
inline Lines lines_of(const Finding& finding) {
    Lines lines = {head_of(finding) + ": " + finding.text};
    if (!finding.because.empty()) lines.push_back("  because " + finding.because);
    if (!finding.fix.empty()) lines.push_back("  fix: " + finding.fix);
    for (const std::string& consequence : finding.consequences)
        lines.push_back("  + " + consequence);
    return lines;
}

inline Lines lines_of(const CheckResult& result, Grade lowest, Grade highest = Grade::broken) {
    Lines lines;
    for (const Finding& finding : result.findings)
        if (finding.grade >= lowest && finding.grade <= highest)
            for (const std::string& line : lines_of(finding)) lines.push_back(line);
    return lines;
}
inline Lines lines_of(const Host& host) {
    return lines_of(checked(host), Grade::note);
}
inline Lines complaints(const Host& host) {
    return lines_of(checked(host), Grade::warning);
}

/// Of all findings, in their order.
inline Lines heads(const CheckResult& result) {
    Lines heads;
    for (const Finding& finding : result.findings) heads.push_back(head_of(finding));
    return heads;
}
inline Lines heads(const Host& host) {
    return heads(checked(host));
}

/// The one finding of that code.
inline Finding finding_of(const CheckResult& result, const std::string& code) {
    std::vector<Finding> found;
    for (const Finding& finding : result.findings)
        if (finding.code == code) found.push_back(finding);
    EXPECT_EQ(found.size(), 1u) << code;
    return found.empty() ? Finding() : found.front();
}
inline Finding finding_of(const Host& host, const std::string& code) {
    return finding_of(checked(host), code);
}

// ---- What stands in the kernel ------------------------------------------------------------------

inline Rule from_rule(std::uint32_t priority, const std::string& from, TableId table) {
    Rule result = rule(net(from).family(), priority, table);
    result.from = net(from);
    return result;
}

inline Rule marked_rule(std::uint32_t priority, std::uint32_t mark, std::uint32_t mask,
                        TableId table) {
    Rule result = rule(Family::v4, priority, table);
    result.fwmark = mark;
    result.fwmask = mask;
    return result;
}

inline Route in_table(TableId table, Route route) {
    route.table = table;
    return route;
}

inline Route blackhole(const std::string& dst) {
    Route route;
    route.type = RouteType::blackhole;
    route.dst = net(dst);
    return route;
}

/// What a transparent proxy (TPROXY) has behind its rule: whoever a packet is for, it stays here.
inline Route proxy_route(TableId table) {
    Route route = onlink("0.0.0.0/0", "lo", "", 0);
    route.table = table;
    route.type = RouteType::local;
    route.scope = Scope::host;
    return route;
}

template <class Is>
void erase_rules(Host& host, Is is_it) {
    auto& rules = host.facts.kernel.rules;
    rules.erase(std::remove_if(rules.begin(), rules.end(), is_it), rules.end());
}
inline void erase_rule(Host& host, std::uint32_t priority) {
    erase_rules(host, [&](const Rule& r) { return r.priority == Priority{priority}; });
}
template <class Is>
void erase_routes(Host& host, Is is_it) {
    auto& routes = host.facts.kernel.routes;
    routes.erase(std::remove_if(routes.begin(), routes.end(), is_it), routes.end());
}

inline Link& link_named(Host& host, const std::string& ifname) {
    for (Link& link : host.facts.kernel.links)
        if (link.ifname == ifname) return link;
    throw std::logic_error("no such link");
}

inline Route& default_of(Host& host, TableId table) {
    for (Route& route : host.facts.kernel.routes)
        if (route.table == table && route.is_default()) return route;
    throw std::logic_error("no default");
}

/// A third interface, whose subnet and default main has.
inline void add_eth2(Host& host) {
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.links.push_back(eth("eth2"));
    kernel.addresses.push_back(address("eth2", "10.0.4.11/24"));
    kernel.routes.push_back(via("0.0.0.0/0", "10.0.4.1", "eth2", 102));
    kernel.routes.push_back(onlink("10.0.4.0/24", "eth2", "10.0.4.11", 102));
}

/// 172.17.0.0/16 behind docker0, for which the host forwards.
inline void add_docker(Host& host) {
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.links.push_back(eth("docker0"));
    kernel.links.back().kind = "bridge";
    for (Link& link : kernel.links) link.forwarding4 = true;
    kernel.addresses.push_back(address("docker0", "172.17.0.1/16"));
    kernel.routes.push_back(onlink("172.17.0.0/16", "docker0", "172.17.0.1", 0));
}

/// Port 8080 of all addresses, or of that one, is served by 172.17.0.2.
inline Host with_published_port(const std::string& address = "") {
    Host host = before();
    add_docker(host);
    std::optional<IpAddress> local;
    if (!address.empty()) local = ip(address);
    host.facts.host->published_ports = {{"tcp", 8080, local, ip("172.17.0.2")}};
    return host;
}

/// As after a run with `forwarded: connmark`, by nft.
inline Host marked(Host host) {
    host.config.forwarded = Forwarded::connmark;
    host.facts = markable(host.facts);
    const Facts ran = after_run(host.facts, host.config);
    host = installed(host);
    host.facts.run = ran.run;
    host.facts.marking = ran.marking;
    return host;
}

inline void add_ipv6(Host& host) {
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.addresses.push_back(address("eth0", "2001:db8::29/64"));
    kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    for (const Route& route :
         {via("::/0", "fe80::1", "eth0", 100), via("::/0", "fe80::1", "eth1", 101),
          onlink("2001:db8::/64", "eth0", "", 256), onlink("2001:db8:2::/64", "eth1", "", 256)})
        kernel.routes.push_back(route);
    kernel.rules.push_back(rule(Family::v6, 0, kTableLocal));
    kernel.rules.push_back(rule(Family::v6, 32766, kTableMain));
}

// ---- What NetworkManager says -------------------------------------------------------------------

/// It runs, and manages the link; without a profile, where that is empty.
inline void add_device(Host& host, const std::string& ifname, const std::string& profile) {
    auto& networkmanager = host.facts.host->networkmanager;
    if (!networkmanager) networkmanager.emplace();
    networkmanager->runs = true;
    NetworkManagerDevice device;
    device.ifname = ifname;
    device.state = profile.empty() ? "disconnected" : "connected";
    device.profile = profile;
    device.has_usable_profile = !profile.empty();
    networkmanager->devices.push_back(device);
}

// ---- Pieces of sentences ------------------------------------------------------------------------

const std::string kMain = "rule \"32766: from all lookup main\"";
const std::string kOurs = "rule \"20101: from 10.0.2.0/24 iif lo lookup eth1\"";
const std::string kSuppress =
    "rule \"20000: from all lookup main suppress_prefixlength 1 suppress_ifgroup 10000\"";
const std::string kDefault0 = "\"default via 10.0.0.1 dev eth0 table main metric 100\"";
const std::string kFixed = "  fix: eni-routes regenerate";

inline std::string dropped_on(const std::string& ifname) {
    return "  + requests are dropped on arrival: rp_filter is strict on " + ifname;
}

}  // namespace eni
