// What stands around the policy, judged for `check`: the hook, other tools, files that nobody
// reads, servers, the watch, the interfaces themselves. See check.hpp and check_state.hpp.
#include <algorithm>
#include <iterator>
#include <map>

#include "check_state.hpp"
#include "format.hpp"
#include "interfaces.hpp"
#include "metadata.hpp"
#include "names.hpp"
#include "ownership.hpp"
#include "render.hpp"

namespace eni {

namespace {

void judge_hook(Desk& desk, bool is_needed) {
    const Grade bad = is_needed ? Grade::broken : Grade::note;
    const std::size_t before = desk.verdicts.size();
    if (!desk.host.is_installed())
        desk.say(bad, "", "the hook is not installed: nothing is done when an interface comes up",
                 "install eni-routes");
    for (const HookFile& hook : desk.host.hooks) {
        if (!hook.is_there && desk.host.is_installed())
            desk.say(bad, "", hook.path + " is missing: not every event is acted upon",
                     "install eni-routes again");
        else if (!hook.calls_us)
            desk.say(bad, "",
                     hook.path + " is not eni-routes' hook" +
                         (hook.hides_ours ? ", and hides the one in /usr/lib" : "") +
                         ": nothing is done when an interface comes up",
                     "move it away");
        else if (!hook.problem.empty())
            desk.say(bad, "", hook.path + " " + hook.problem + ": NetworkManager does not run it",
                     "chown root " + hook.path + " && chmod 755 " + hook.path);
    }
    if (!desk.host.dispatcher_is_enabled)
        desk.say(bad, "", "NetworkManager-dispatcher is not enabled: no hook runs",
                 "systemctl enable --now NetworkManager-dispatcher.service");
    if (desk.verdicts.size() == before)
        desk.say(Grade::good, "", "the hook is installed, and NetworkManager runs it");
}

/// Others who route by source address, told by the numbers that they use.
struct OtherTool {
    const char* name;
    Grade grade;
    const char* fix;
    bool (*is_its_rule)(const Rule& rule);
};

bool between(const Rule& rule, std::uint32_t first, std::uint32_t last) {
    return number(rule.priority) >= first && number(rule.priority) <= last;
}
bool table_is_priority(const Rule& rule) {
    return number(rule.table) == number(rule.priority);
}
bool is_from_host(const Rule& rule) {
    return rule.from && rule.from->is_host();
}

constexpr OtherTool kOtherTools[] = {
    {"nm-cloud-setup", Grade::warning,
     "systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service",
     [](const Rule& rule) {
         return between(rule, 30350, 30350) ||
                (is_from_host(rule) && table_is_priority(rule) &&
                 (between(rule, 30200, 30299) || between(rule, 30400, 30499)));
     }},
    {"cloud-netconfig", Grade::warning, "systemctl disable --now cloud-netconfig.timer",
     [](const Rule& rule) { return between(rule, 30399, 30399) && rule.table == kTableMain; }},
    {"amazon-ec2-net-utils", Grade::warning, "remove that package, or this one",
     [](const Rule& rule) {
         const bool is_its_table = number(rule.table) >= 10000 && number(rule.table) < 10000 + 1000;
         return is_from_host(rule) && is_its_table &&
                (table_is_priority(rule) || between(rule, 32000, 32765));
     }},
    {"amazon-vpc-cni", Grade::note, "",
     [](const Rule& rule) {
         return between(rule, 1024, 1024) && rule.fwmark == 0x80 && rule.fwmask == 0x80;
     }},
    {"Cilium", Grade::note, "",
     [](const Rule& rule) { return number(rule.table) == 2004 && rule.fwmask == 0xf00; }},
};

/// Which packets a rule of somebody else's takes away before ours are asked is not to be known from
/// those that were tried.
void judge_foreign_rules(Desk& desk) {
    const Plan& plan = desk.comparison.plan;
    const auto is_a_tools = [](const Rule& rule) {
        return std::any_of(std::begin(kOtherTools), std::end(kOtherTools),
                           [&](const OtherTool& tool) { return tool.is_its_rule(rule); });
    };
    const auto is_from_us = [&](const Rule& rule) {
        return rule.from && rule.fwmask == 0 &&
               std::any_of(plan.interfaces.begin(), plan.interfaces.end(), [&](const auto& i) {
                   return std::any_of(i.addresses.begin(), i.addresses.end(),
                                      [&](const IpAddress& a) { return rule.from->contains(a); });
               });
    };
    for (const Rule& rule : desk.facts.kernel.rules) {
        const bool comes_first = number(rule.priority) < desk.config.priority_base;
        if (!comes_first || is_kernels_own(rule) || is_ours(rule, plan.ownership) ||
            is_a_tools(rule) || desk.told_rules.count(rule) != 0)
            continue;
        desk.say(
            is_from_us(rule) ? Grade::warning : Grade::note, "",
            quoted_rule(rule, desk.comparison.names) +
                ", which is not eni-routes', comes before its rules: what it takes away was not tried",
            is_from_us(rule) ? "find out who made it" : "");
    }
}

void judge_others(Desk& desk) {
    const KernelSnapshot& kernel = desk.facts.kernel;
    const Ownership& ownership = desk.comparison.plan.ownership;
    for (const OtherTool& tool : kOtherTools) {
        const auto rule =
            std::find_if(kernel.rules.begin(), kernel.rules.end(), [&](const Rule& candidate) {
                return !is_ours(candidate, ownership) && tool.is_its_rule(candidate);
            });
        if (rule != kernel.rules.end())
            desk.say(tool.grade, "",
                     std::string(tool.name) + " is at work on this host as well: " +
                         quoted_rule(*rule, desk.comparison.names),
                     tool.fix);
    }
    for (const Rule& rule : kernel.rules) {
        const bool has_routes =
            std::any_of(kernel.routes.begin(), kernel.routes.end(),
                        [&](const Route& route) { return route.table == rule.table; });
        // Behind a mark there may be a route of type local (TPROXY), which a snapshot has not.
        if (!has_routes && !rule.is_exotic && rule.fwmask == 0 && !is_ours(rule, ownership) &&
            rule.table != kTableLocal && rule.table != kTableDefault && rule.table != kTableMain) {
            desk.told_rules.insert(rule);
            desk.say(Grade::note, "",
                     quoted_rule(rule, desk.comparison.names) +
                         ", which is not eni-routes', leads to an empty table" +
                         desk.gone_words(rule.table));
        }
    }
}

/// The files of a user's that NetworkManager's ifcfg plugin passes over.
void judge_route_files(Desk& desk) {
    const DiskFacts& disk = desk.facts.disk;
    for (const auto& [path, bytes] : disk.files) {
        const std::size_t dash = path.find('-', path.rfind('/'));
        const std::string kind = path.substr(path.rfind('/') + 1, dash - path.rfind('/') - 1);
        if ((kind != "route" && kind != "route6") || marked_owner(bytes)) continue;
        const std::string name = path.substr(dash + 1);
        const auto rules = file_paths(name);
        const bool has_rules = disk.files.count(rules[0]) != 0 || disk.files.count(rules[1]) != 0;
        const bool has_profile =
            std::any_of(disk.profiles.begin(), disk.profiles.end(),
                        [&](const IfcfgProfile& profile) { return profile.name == name; });
        if (!has_profile)
            desk.say(Grade::warning, name,
                     path + " is read by nobody: there is no ifcfg-" + name + " beside it",
                     "nmcli connection modify " + name + " +ipv4.routes ...");
        else if (has_rules && !desk.host.has_stock_script)
            desk.say(Grade::warning, name,
                     path + " is not read by NetworkManager, because a rule file stands beside it",
                     "yum install NetworkManager-dispatcher-routing-rules");
    }
}

void judge_udp_servers(Desk& desk) {
    for (const UdpServer& server : desk.host.udp_servers)
        desk.say(Grade::warning, "",
                 (server.program.empty() ? "a server" : server.program) + " listens on UDP port " +
                     std::to_string(server.port) +
                     " of every address: unless it takes care itself, it answers from the address "
                     "of the interface that main prefers, whichever it was asked at",
                 "let it listen on each address by itself");
}

void judge_watch(Desk& desk) {
    if (!desk.host.watch) return;
    for (const FightFact& fight : desk.host.watch->fights)
        desk.say(Grade::warning, fight.ifname, fight.text,
                 "find out who undoes it; eni-routes watch tries again once a minute");
    if (desk.host.watch->fights.empty())
        desk.say(Grade::good, "", "eni-routes watch runs, and nobody undoes what it does");
}

/// What no rule can put right: an address on two interfaces, and a gateway that is none.
void judge_addresses(Desk& desk, const Plan& plan) {
    std::map<IpAddress, std::string> holder_of;
    for (const InterfacePlan& interface : plan.interfaces) {
        for (const IpAddress& address : interface.addresses) {
            const auto [found, is_new] = holder_of.emplace(address, interface.ifname);
            if (!is_new)
                desk.say(Grade::broken, interface.ifname,
                         address.to_string() + " is an address of " + found->second + " as well",
                         "take it off one of them");
        }
        const auto& gateway = interface.gateway4;
        if (!gateway || gateway->source == GatewaySource::configuration) continue;
        const auto subnet =
            std::find_if(interface.subnets.begin(), interface.subnets.end(),
                         [&](const Prefix& s) { return s.contains(gateway->address); });
        if (subnet != interface.subnets.end() && subnet->address().next() != gateway->address)
            desk.say(Grade::warning, interface.ifname,
                     "its gateway is " + gateway->address.to_string() + ", from " +
                         format_gateway_source(gateway->source) +
                         ": EC2's router is the first address of the subnet, " +
                         subnet->address().next().to_string(),
                     "if that is not meant, take the default route by it out of main");
    }
}

/// What EC2 delivers to an interface, and what it lets out of it.
void judge_assigned(Desk& desk, const InterfacePlan& interface) {
    const Eni* const eni = find_eni(desk.facts, interface.ifname);
    if (eni == nullptr || is_cni_at_work(desk.facts.kernel)) return;
    const auto holder = [&](const IpAddress& address) {
        const auto& addresses = desk.facts.kernel.addresses;
        const auto found = std::find_if(addresses.begin(), addresses.end(),
                                        [&](const Address& own) { return own.address == address; });
        return found == addresses.end() ? "" : found->ifname;
    };
    for (const IpAddress& address : eni->addresses) {
        const auto elastic = public_address_of(*eni, address);
        const std::string words =
            address.to_string() + (elastic ? " (" + elastic->to_string() + ")" : "");
        const std::string on = holder(address);
        const bool has_family =
            std::any_of(interface.addresses.begin(), interface.addresses.end(),
                        [&](const IpAddress& own) { return own.family() == address.family(); });
        if (on.empty())
            desk.say(Grade::warning, interface.ifname,
                     words + " is assigned to it in EC2, and no interface has it",
                     !has_family ? "nmcli connection up " + interface.ifname
                     : desk.config.addresses == Addresses::imds
                         ? desk.repair
                         : "'addresses: imds' in the configuration, then: eni-routes regenerate");
        else if (on != interface.ifname)
            desk.say(Grade::warning, interface.ifname,
                     words + " is assigned to it in EC2, but is an address of " + on);
    }
    const auto is_assigned = [&](const IpAddress& address) {
        return std::find(eni->addresses.begin(), eni->addresses.end(), address) !=
                   eni->addresses.end() ||
               std::any_of(eni->delegated.begin(), eni->delegated.end(),
                           [&](const Prefix& prefix) { return prefix.contains(address); });
    };
    for (const IpAddress& address : interface.addresses)
        if (eni->is_fresh && !is_assigned(address))
            desk.say(Grade::note, interface.ifname,
                     address.to_string() +
                         " is not assigned to it in EC2: nothing gets to it, and with the source "
                         "check nothing that is sent from it gets out");
}

void judge_interfaces(Desk& desk, const Plan& plan) {
    for (const InterfacePlan& interface : plan.interfaces) {
        const Link* link = find_link(desk.facts.kernel, interface.ifname);
        if (link != nullptr && !link->is_up)
            desk.say(Grade::note, interface.ifname, "is down");
        else if (desk.lacks_carrier(interface.ifname))
            desk.say(interface.addresses.empty() ? Grade::note : Grade::broken, interface.ifname,
                     "has no carrier: the kernel chooses it, and nothing gets out",
                     "look whether it is still attached to the instance");
        else if (interface.addresses.empty())
            desk.say(Grade::note, interface.ifname, "has no address");
    }
    const auto& disabled = desk.facts.disk.disabled;
    for (const Link& link : desk.facts.kernel.links)
        if (disabled.count(link.ifname) != 0 && disabled.count("*") == 0)
            desk.say(Grade::note, link.ifname, "is switched off: its addresses answer as main says",
                     "eni-routes enable " + link.ifname);
    judge_addresses(desk, plan);
    for (const InterfacePlan& interface : plan.interfaces) judge_assigned(desk, interface);
    for (const Note& note : plan.notes)
        if (note.severity == Severity::warning) desk.say(Grade::warning, note.ifname, note.text);
}

}  // namespace

std::string Desk::gone_words(TableId table) const {
    const std::string name = name_of(table, comparison.names);
    const auto& globs = config.include;
    const bool is_interface = std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
        return glob_matches(glob, name);
    });
    return is_interface && find_link(facts.kernel, name) == nullptr ? " (" + name + " is gone)"
                                                                    : "";
}

bool Desk::lacks_carrier(const std::string& ifname) const {
    const Link* link = find_link(facts.kernel, ifname);
    return link != nullptr && link->is_up && !link->has_carrier;
}

void judge_surroundings(Desk& desk, const Plan& plan, bool is_off) {
    if (is_off)
        desk.say(Grade::note, "", "eni-routes is switched off", desk.remedy);
    else
        judge_hook(desk, plan.is_active);
    judge_interfaces(desk, plan);
    judge_watch(desk);
    judge_others(desk);
    if (plan.is_active) judge_foreign_rules(desk);
    judge_route_files(desk);
    if (plan.is_active) judge_udp_servers(desk);
}

}  // namespace eni
