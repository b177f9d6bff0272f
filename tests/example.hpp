// The host of the design's example, built up in code: two interfaces in two subnets. Tests change
// what they are about.
#pragma once

#include <string>
#include <vector>

#include "config.hpp"
#include "diff.hpp"
#include "format.hpp"
#include "lookup.hpp"
#include "model.hpp"
#include "render.hpp"

namespace eni {

inline IpAddress ip(const std::string& text) {
    return IpAddress::parse(text).value();
}
inline Prefix net(const std::string& text) {
    return Prefix::parse(text).value();
}

inline Link eth(const std::string& ifname) {
    Link link;
    link.ifname = ifname;
    link.ifindex = static_cast<int>(std::hash<std::string>{}(ifname) % 1000) + 2;
    link.mac = "02:00:00:00:00:0" + ifname.substr(ifname.size() - 1);
    return link;
}

inline Address address(const std::string& ifname, const std::string& with_length) {
    const std::size_t slash = with_length.find('/');
    Address result;
    result.ifname = ifname;
    result.address = ip(with_length.substr(0, slash));
    result.prefix_length = static_cast<std::uint8_t>(std::stoi(with_length.substr(slash + 1)));
    return result;
}

inline Route onlink(const std::string& dst, const std::string& ifname, const std::string& source,
                    std::uint32_t metric) {
    Route route;
    route.dst = net(dst);
    route.metric = metric;
    route.hops = {{ifname, std::nullopt, 1, false}};
    if (route.family() == Family::v4) route.scope = Scope::link;
    if (!source.empty()) route.prefsrc = ip(source);
    return route;
}

inline Route via(const std::string& dst, const std::string& gateway, const std::string& ifname,
                 std::uint32_t metric) {
    Route route;
    route.dst = net(dst);
    route.metric = metric;
    route.hops = {{ifname, ip(gateway), 1, false}};
    return route;
}

inline Rule rule(Family family, std::uint32_t priority, TableId table) {
    Rule result;
    result.family = family;
    result.priority = Priority{priority};
    result.table = table;
    return result;
}

/// eth0 10.0.0.29/24, eth1 10.0.2.37/24, both by DHCP, eth0's default preferred.
inline Facts two_interfaces() {
    Facts facts;
    facts.kernel.links = {eth("eth0"), eth("eth1")};
    facts.kernel.addresses = {address("eth0", "10.0.0.29/24"), address("eth1", "10.0.2.37/24")};
    facts.kernel.routes = {via("0.0.0.0/0", "10.0.0.1", "eth0", 100),
                           via("0.0.0.0/0", "10.0.2.1", "eth1", 101),
                           onlink("10.0.0.0/24", "eth0", "10.0.0.29", 100),
                           onlink("10.0.2.0/24", "eth1", "10.0.2.37", 101)};
    facts.kernel.rules = {rule(Family::v4, 0, kTableLocal), rule(Family::v4, 32766, kTableMain),
                          rule(Family::v4, 32767, kTableDefault)};
    facts.disk.rt_tables_path = "/etc/iproute2/rt_tables.d/eni-routes.conf";
    facts.disk.has_network_scripts = true;
    facts.disk.profiles = {{"eth0", "eth0", ""}, {"eth1", "eth1", ""}};
    return facts;
}

/// What EC2 has said just now of an interface on card 0.
inline Eni eni(std::uint32_t device, const std::vector<std::string>& subnets,
               const std::vector<std::string>& addresses = {}) {
    Eni result;
    result.device_number = device;
    result.is_fresh = true;
    for (const std::string& subnet : subnets) result.subnets.push_back(net(subnet));
    for (const std::string& address : addresses) result.addresses.push_back(ip(address));
    return result;
}

/// What EC2 says of the link of that name.
inline Eni& eni_of(Facts& facts, const std::string& ifname) {
    return facts.enis[find_link(facts.kernel, ifname)->mac];
}

/// With `addresses: imds`.
inline Config imds() {
    Config config;
    config.addresses = Addresses::imds;
    return config;
}

/// The host as it is when the plan is carried out, names and files included.
inline Facts carried_out(Facts facts, const Plan& plan) {
    facts.kernel = applied(diff(plan, facts.kernel), facts.kernel);
    for (const FileChange& file : diff_files(plan, facts.disk))
        facts.disk.files[file.path] = file.after.value();
    facts.disk.table_names = plan.table_names;
    return facts;
}

inline std::string table_name(const Plan& plan, TableId id) {
    for (const InterfacePlan& interface : plan.interfaces)
        if (interface.table.id == id) return interface.table.name;
    return plan.others && plan.others->id == id ? plan.others->name : "";
}

/// A packet that the host sends, and one that comes in.
inline RouteQuery sent(const std::string& dst, const std::string& src = "") {
    RouteQuery query;
    query.dst = ip(dst);
    if (!src.empty()) query.src = ip(src);
    return query;
}

inline RouteQuery received(const std::string& iif, const std::string& src, const std::string& dst) {
    RouteQuery query = sent(dst, src);
    query.iif = iif;
    return query;
}

/// In the kernel's place.
inline RouteAnswer answer_by_walk(const KernelSnapshot& kernel, const RouteQuery& query) {
    return Lookup(kernel).answer(query);
}

/// The rules that the plan has for the kernel, one a line, in `ip`'s words.
inline std::vector<std::string> rules_of(const Plan& plan) {
    std::vector<std::string> lines;
    for (const auto& planned : plan.rules)
        if (planned.in_kernel)
            lines.push_back(format_rule(planned.object, table_name(plan, planned.object.table)));
    return lines;
}

/// The routes that the plan has for the kernel in one interface's table.
inline std::vector<std::string> routes_of(const Plan& plan, const std::string& ifname) {
    std::vector<std::string> lines;
    for (const auto& planned : plan.routes)
        if (planned.in_kernel && planned.ifname == ifname)
            lines.push_back(format_route(planned.object, table_name(plan, planned.object.table)));
    return lines;
}

inline std::vector<std::string> notes_of(const Plan& plan) {
    std::vector<std::string> lines;
    for (const Note& note : plan.notes) lines.push_back(note.ifname + ": " + note.text);
    return lines;
}

}  // namespace eni
