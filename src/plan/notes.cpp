// See notes.hpp. Each function is one kind of note, and says when there is one.
#include "notes.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "bookkeeping.hpp"
#include "format.hpp"
#include "gateway.hpp"
#include "our_files.hpp"
#include "ownership.hpp"
#include "tables.hpp"
#include "text.hpp"

namespace eni {

namespace {

class Notes {
  public:
    void note(std::string_view code, const std::string& ifname, std::string text) {
        all.push_back({Severity::note, ifname, std::move(text), code});
    }
    void warn(std::string_view code, const std::string& ifname, std::string text) {
        all.push_back({Severity::warning, ifname, std::move(text), code});
    }

    std::vector<Note> all;
};

void note_links_left_alone(Notes& notes, const std::vector<LeftAlone>& links) {
    for (const auto& [ifname, why] : links) switch (why) {
            case LeftAlone::Why::odd_name:
                notes.warn("link-name-not-plain", "",
                           "an interface has a name that is not made of letters, digits, '.', '_' "
                           "and '-': left alone");
                break;
            case LeftAlone::Why::name_of_a_kernel_table:
                notes.warn("link-name-reserved", ifname,
                           "the kernel's own table has this name: left alone");
                break;
            case LeftAlone::Why::belongs_to_a_cni:
                notes.note("left-to-cni", ifname,
                           "amazon-vpc-cni routes its pods by this interface: left to it");
                break;
            case LeftAlone::Why::no_place:  // see note_too_many
                break;
        }
}

void note_too_many(Notes& notes, const ManagedInterfaces& managed) {
    const auto count =
        std::count_if(managed.left_alone.begin(), managed.left_alone.end(),
                      [](const LeftAlone& left) { return left.why == LeftAlone::Why::no_place; });
    if (count == 0) return;
    const std::size_t all = managed.interfaces.size() + static_cast<std::size_t>(count);
    notes.warn("interfaces-too-many", "",
               std::to_string(count) + " of " + std::to_string(all) +
                   " interfaces are left alone: there are priorities for " +
                   std::to_string(kSlots) + ", and tables up to number 4294967295");
}

/// Why table eni-others stands for the suppress rule, where the kernel has that rule.
void note_others(Notes& notes, const Plan& plan, const Facts& facts, const MainTables& mains,
                 const Interfaces& interfaces) {
    if (!plan.others || plan.is_basic) return;
    for (const Interface& interface : interfaces)
        if (has_group_of_its_own(facts, plan.ownership, interface))
            notes.note("link-group-foreign", interface.name(),
                       "its link is in group " + std::to_string(interface.link->group) +
                           ", which a firewall may match: it stays there, and "
                           "table eni-others stands for the suppress rule");
    for (const Family family : kFamilies) {
        const auto& parts = mains.of(family).everything;
        if (parts.empty()) continue;
        const auto first = *std::min_element(parts.begin(), parts.end(),
                                             [](auto* a, auto* b) { return a->dst < b->dst; });
        notes.note("main-default-in-parts", "",
                   "main has a default that the suppress rule cannot pass over (" +
                       format_route(*first, "") +
                       (parts.size() == 1 ? ""
                                          : " and " + std::to_string(parts.size() - 1) +
                                                " more that cover the internet") +
                       "): table eni-others stands for it");
    }
}

void note_tables(Notes& notes, const Interfaces& interfaces) {
    for (const Interface& interface : interfaces)
        if (interface.table_refused)
            notes.warn("table-number-taken", interface.name(),
                       "another interface has table " +
                           std::to_string(number(*interface.table_refused)) +
                           " already: it gets the next free one");
    for (const Interface& interface : interfaces)
        if (interface.table_is_nameless)
            notes.warn("table-name-not-plain", interface.name(),
                       "the name of table " + interface.table.name +
                           " is no name that `ip` and a shell take for it alone: rules and routes "
                           "have the number");
}

void note_addresses(Notes& notes, const Facts& facts, const Config& config,
                    const Interfaces& interfaces) {
    if (config.addresses != Addresses::off && !interfaces.empty() && is_cni_at_work(facts.kernel))
        notes.note("addresses-left-to-cni", "",
                   "amazon-vpc-cni gives the assigned addresses to its pods: none are added");
}

void note_files(Notes& notes, const Interfaces& interfaces) {
    for (const Interface& interface : interfaces) {
        if (interface.file.profile_is_not_plain)
            notes.warn("profile-name-not-plain", interface.name(),
                       "the name of its profile is not plain, or longer than 248 characters: no "
                       "files are written, and rules and routes are applied live only");
        if (const auto& profile = interface.file.policy)
            notes.note("profile-has-policy", interface.name(),
                       "ifcfg-" + profile->name + " has " +
                           enumeration(profile->policy_keys, "and") +
                           ", which NetworkManager does not read beside a rule-" + profile->name +
                           ": no files are written, and rules and routes are applied live only");
        if (interface.file.in_the_way)
            notes.note("file-in-the-way", interface.name(),
                       *interface.file.in_the_way +
                           " is not eni-routes' and stays as it is; rules and "
                           "routes are applied live only");
    }
}

void note_routes(Notes& notes, const std::vector<Planned<Route>>& left_out) {
    for (const Planned<Route>& planned : left_out)
        notes.warn("route-in-the-way", planned.ifname,
                   "the table has another route to " + planned.object.dst.to_string() +
                       " that is not eni-routes': it stays, and ours is left out");
}

std::string with_length(const Address& address, std::uint8_t length) {
    return address.address.to_string() + "/" + std::to_string(length);
}

/// The table is EC2's way; main is as the netmask says.
void note_netmasks(Notes& notes, const Facts& facts, const Interfaces& interfaces) {
    for (const Interface& interface : interfaces) {
        if (interface.eni == nullptr) continue;
        for (const Address& address : facts.kernel.addresses) {
            if (address.ifname != interface.name()) continue;
            const Prefix said(address.address, address.prefix_length);
            const auto subnet = interface.subnet_in_ec2(address.address);
            if (!said.is_host() && subnet && *subnet != said)
                notes.warn("netmask-wrong", interface.name(),
                           "its address is " + with_length(address, said.length()) +
                               ", but its subnet in EC2 is " + subnet->to_string() +
                               ": main looks for the wrong hosts on this link, until its profile "
                               "has " +
                               with_length(address, subnet->length()));
        }
    }
}

/// Of IPv6 it is nothing unusual: a neighbour that has not been talked to is forgotten. What a user
/// put into a table of his own is none of our keeping.
void note_kept_default(Notes& notes, const Facts& facts, const Ownership& ownership,
                       const Interface& interface, Family family) {
    const Route& kept = *interface.ip(family).default_route;
    const bool is_by_us = std::any_of(
        facts.kernel.routes.begin(), facts.kernel.routes.end(), [&](const Route& route) {
            return route.is_default() && route.family() == family && !route.hops.empty() &&
                   route.hops[0].key() == kept.hops[0].key() && route.table != kTableMain &&
                   is_ours(route, ownership);
        });
    if (!is_by_us) return;
    const auto& gateway = kept.hops[0].gateway;
    const std::string key = family == Family::v4 ? "gateway" : "gateway6";
    const std::string text =
        "nothing names its " + std::string(family == Family::v4 ? "IPv4" : "IPv6") +
        " gateway any more: " + (gateway ? gateway->to_string() : "the default on its link") +
        ", as its table has it, is kept. 'interface: {" + interface.name() + ": {" + key + ": " +
        (gateway ? gateway->to_string() : "ADDRESS") + "}}' in the configuration sets it for good";
    if (family == Family::v4)
        notes.warn("gateway-kept", interface.name(), text);
    else
        notes.note("gateway-kept", interface.name(), text);
}

void note_gateways(Notes& notes, const Facts& facts, const Ownership& ownership,
                   const Interfaces& interfaces) {
    for (const Interface& interface : interfaces)
        for (const Family family : kFamilies) {
            const IpConfig& ip = interface.ip(family);
            const std::string version = family == Family::v4 ? "IPv4" : "IPv6";
            if (ip.addresses.empty()) continue;
            if (!ip.default_route)
                notes.warn("gateway-unknown", interface.name(),
                           "no " + version + " gateway is known: its table has no default yet");
            else if (const auto subnets = interface.subnets_in_ec2(family);
                     ip.gateway && !subnets.empty() && !in_subnets(ip.gateway->address, subnets))
                notes.warn("gateway-outside-subnet", interface.name(),
                           "its gateway " + ip.gateway->address.to_string() + ", from " +
                               format_gateway_source(ip.gateway->source) +
                               ", is not in its subnet in EC2, " + subnets.front().to_string());
            else if (ip.gateway && ip.gateway->source == GatewaySource::first_address)
                notes.note("gateway-assumed", interface.name(),
                           "no gateway is named: " + ip.gateway->address.to_string() +
                               " is assumed, the first address of its subnet, as on EC2");
            if (ip.is_default_kept) note_kept_default(notes, facts, ownership, interface, family);
        }
}

void note_first_files(Notes& notes, const Plan& plan, const DiskFacts& disk) {
    for (const InterfacePlan& interface : plan.interfaces) {
        const bool has_rules =
            std::any_of(plan.rules.begin(), plan.rules.end(),
                        [&](const Planned<Rule>& rule) { return rule.ifname == interface.ifname; });
        if (!interface.file_name || !has_rules ||
            disk.files.count(file_paths(*interface.file_name)[0]) != 0)
            continue;
        const std::string& name = *interface.file_name;
        notes.note("file-new", interface.ifname,
                   "rule-" + name +
                       " is new. While it exists NetworkManager itself does not read route-" +
                       name + ", and nmcli refuses static routes for this profile;" +
                       " 'files: none' in the configuration prevents it");
    }
}

void note_foreign_rules(Notes& notes, const Plan& plan, const KernelSnapshot& kernel) {
    for (const Rule& rule : kernel.rules)
        if (in_band(rule.priority, plan.ownership) && !is_ours(rule, plan.ownership))
            notes.note("rule-in-band", "",
                       "a rule in our band is not eni-routes' and stays: " + format_rule(rule));
}

/// IPv6 has several sources on a link, and privacy extensions (RFC 8981) change them.
void note_outgoing(Notes& notes, const Plan& plan, const RunState& before) {
    for (const Family family : kFamilies) {
        const auto& now = plan.run.outgoing(family);
        const auto& then = before.outgoing(family);
        if (!now || !then) continue;
        const std::string leaves = "programs bound to no address now leave by " + now->ifname +
                                   " with " + now->source.to_string() + ": ";
        if (now->ifname != then->ifname)
            notes.note(kOutgoingChanged, now->ifname,
                       leaves + "main's default went there from " + then->ifname + " (" +
                           then->source.to_string() + ")");
        else if (family == Family::v4 && now->source != then->source)
            notes.note(kOutgoingChanged, now->ifname,
                       leaves + "before it was " + then->source.to_string());
    }
}

}  // namespace

std::vector<Note> make_notes(const Plan& plan, const Facts& facts, const Config& config,
                             const MainTables& mains, const ManagedInterfaces& managed,
                             const std::vector<Planned<Route>>& left_out) {
    Notes notes;
    note_links_left_alone(notes, managed.left_alone);
    note_too_many(notes, managed);
    note_others(notes, plan, facts, mains, managed.interfaces);
    note_tables(notes, managed.interfaces);
    note_addresses(notes, facts, config, managed.interfaces);
    note_files(notes, managed.interfaces);
    note_routes(notes, left_out);
    note_netmasks(notes, facts, managed.interfaces);
    note_gateways(notes, facts, plan.ownership, managed.interfaces);
    note_first_files(notes, plan, facts.disk);
    note_foreign_rules(notes, plan, facts.kernel);
    note_outgoing(notes, plan, facts.run);
    return std::move(notes.all);
}

}  // namespace eni
