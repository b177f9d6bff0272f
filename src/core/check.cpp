// See check.hpp. The flows' verdicts first, then what of the plan is not there, then what stands
// around. Each difference between plan and kernel is told once: by the flow that it breaks, or
// alone.
#include "core/check.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "core/cause.hpp"
#include "core/names.hpp"
#include "core/ownership.hpp"
#include "core/policy.hpp"
#include "core/render.hpp"
#include "core/words.hpp"

namespace eni {

namespace {

struct Desk {
    const Facts& facts;
    const Config& config;
    const HostFacts& host;
    const Comparison& comparison;
    std::string remedy;  // what lays the policy down
    std::string repair;  // what puts a difference between plan and kernel right
    std::vector<Verdict>& verdicts;
    // Differences that a verdict has named already.
    std::set<Rule> told_rules;
    std::set<std::pair<Family, TableId>> told_tables;
    std::set<std::string> told_groups;

    void say(Grade grade, const std::string& ifname, std::string text, std::string fix = "") {
        verdicts.push_back({grade, ifname, std::move(text), std::move(fix)});
    }
};

/// {"a", "b", "c"} -> "a, b and c"
std::string enumeration(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    return text;
}

const char* rp_filter_word(int value) {
    return value == 0 ? "off" : value == 1 ? "strict" : "loose";
}

// ---- The flows ----------------------------------------------------------------------------------

std::string local_words(const Flow& flow) {
    return flow.local ? flow.local->to_string() : "this host";
}

/// Who sends what is lost, and to whom.
std::string subject_of(const Flow& flow, const std::string& peers) {
    switch (flow.kind) {
        case FlowKind::bound:
            return "answers from " + local_words(flow) + " to " + peers;
        case FlowKind::unbound:
            return "packets of programs bound to no address to " + peers;
        case FlowKind::forwarded:
            return "packets that this host forwards for " + flow.behind->to_string() + " to " +
                   peers;
        case FlowKind::published:
            return "answers of " + flow.behind->to_string() + " for port " +
                   std::to_string(flow.port) + " of " + local_words(flow) + " to " + peers;
    }
    return "";
}

/// "go to 10.0.2.99, which is not eth1's gateway". Eth1's gateway itself may be the wrong one: for
/// what main sends to another next hop.
std::string wrong_gateway_words(const Flow& flow, const Plan& plan) {
    const std::string whose = flow.expected + "'s gateway";
    if (!flow.out.gateway) return "go to nobody, not to " + whose;
    const std::string gateway = flow.out.gateway->to_string();
    for (const InterfacePlan& interface : plan.interfaces) {
        const auto& own = interface.gateway(flow.out.gateway->family());
        if (interface.ifname == flow.expected && own && own->address == *flow.out.gateway)
            return "go to " + gateway + ", " + whose + ", though main knows another way";
    }
    return "go to " + gateway + ", which is not " + whose;
}

std::string problem_of(const Flow& flow, const Desk& desk) {
    const std::string errors = std::strerror(flow.out.error);
    switch (flow.fault) {
        case Fault::none:
            return "";
        case Fault::no_way:
            return "find no way: " + errors;
        case Fault::wrong_link:
            if (flow.kind == FlowKind::unbound && flow.local)
                return "leave by " + flow.out.ifname + " with " +
                       (flow.ifname.empty() ? "" : flow.ifname + "'s ") + flow.local->to_string();
            return "leave by " + flow.out.ifname;
        case Fault::wrong_gateway:
            return wrong_gateway_words(flow, desk.comparison.plan);
        case Fault::refused:
            return std::string("come to nothing: ") + arrivals_word(flow) +
                   (flow.is_dropped_by_rp_filter
                        ? std::string(" are dropped on arrival, rp_filter is ") +
                              rp_filter_word(
                                  effective_rp_filter(desk.facts.kernel, flow.expected)) +
                              " on " + flow.expected
                        : std::string(" are refused by the kernel, ") +
                              std::strerror(flow.refusal));
    }
    return "";
}

std::string arrival_words(const Flow& flow, const Desk& desk) {
    if (flow.fault == Fault::refused || !flow.is_dropped_by_rp_filter) return "";
    const int value = effective_rp_filter(desk.facts.kernel, flow.expected);
    return std::string("; ") + arrivals_word(flow) + " are dropped on arrival, rp_filter is " +
           rp_filter_word(value) + " on " + flow.expected;
}

void tell(Desk& desk, const Cause& cause, Family family) {
    if (cause.rule) desk.told_rules.insert(*cause.rule);
    if (cause.table) desk.told_tables.insert({family, *cause.table});
    if (!cause.group_of.empty()) desk.told_groups.insert(cause.group_of);
}

/// What is lost for the same reason is one verdict, whoever the peers.
struct Loss {
    const Flow* flow;
    Cause cause;
    std::vector<std::string> peers;

    auto key() const {
        return std::make_tuple(flow->kind, flow->ifname, flow->local, flow->behind, flow->port,
                               flow->fault, flow->out.ifname, flow->is_dropped_by_rp_filter,
                               cause.text);
    }
};

std::string fix_of(const Loss& loss, const Desk& desk) {
    const Flow& flow = *loss.flow;
    if (flow.kind == FlowKind::published && flow.fault == Fault::wrong_link)
        return "publish the port on an address of " + flow.out.ifname +
               ", or let a proxy on this host listen on " + local_words(flow);
    if (!loss.cause.fix.empty()) return loss.cause.fix;
    return loss.cause.is_as_planned ? "" : desk.remedy;
}

void judge_losses(Desk& desk, const std::vector<Flow>& flows) {
    std::vector<Loss> losses;
    for (const Flow& flow : flows) {
        if (flow.fault == Fault::none) continue;
        Loss loss{&flow, find_cause(desk.comparison, flow.query, flow.out), {}};
        auto same = std::find_if(losses.begin(), losses.end(),
                                 [&](const Loss& other) { return other.key() == loss.key(); });
        if (same == losses.end()) same = losses.insert(same, loss);
        same->peers.push_back(flow.peer.name);
    }
    for (const Loss& loss : losses) {
        const Flow& flow = *loss.flow;
        tell(desk, loss.cause, flow.query.family());
        const bool is_published = flow.kind == FlowKind::published;
        const bool is_right_way_out = flow.fault == Fault::refused;
        const std::string why =
            loss.cause.text.empty() || is_right_way_out ? "" : " (" + loss.cause.text + ")";
        desk.say(is_published ? Grade::warning : Grade::broken, flow.ifname,
                 subject_of(flow, enumeration(loss.peers)) + " " + problem_of(flow, desk) + why +
                     arrival_words(flow, desk),
                 fix_of(loss, desk));
    }
}

bool lacks_carrier(const Desk& desk, const std::string& ifname) {
    const Link* link = find_link(desk.facts.kernel, ifname);
    return link != nullptr && link->is_up && !link->has_carrier;
}

/// One line for each address that answers, and one for what is bound to none.
void judge_answers(Desk& desk, const std::vector<Flow>& flows) {
    std::vector<std::pair<const Flow*, std::vector<std::string>>> good;
    for (const Flow& flow : flows) {
        if (flow.fault != Fault::none || lacks_carrier(desk, flow.expected)) continue;
        const auto is_same = [&](const auto& other) {
            const Flow& first = *other.first;
            return first.kind == flow.kind && first.expected == flow.expected &&
                   (flow.kind == FlowKind::unbound ||
                    (first.local == flow.local && first.behind == flow.behind &&
                     first.port == flow.port));
        };
        auto found = std::find_if(good.begin(), good.end(), is_same);
        if (found == good.end()) found = good.insert(found, {&flow, {}});
        found->second.push_back(flow.peer.name);
    }
    for (const auto& [flow, peers] : good) {
        const std::string by = " by " + flow->expected;
        const std::string words =
            flow->kind == FlowKind::bound     ? local_words(*flow) + " answers "
            : flow->kind == FlowKind::unbound ? "programs bound to no address reach "
            : flow->kind == FlowKind::forwarded
                ? flow->behind->to_string() + " reaches, through this host, "
                : "port " + std::to_string(flow->port) + " of " + local_words(*flow) + ", which " +
                      flow->behind->to_string() + " serves, answers ";
        desk.say(Grade::good, flow->ifname, words + enumeration(peers) + by);
    }
}

void judge_rp_filter(Desk& desk, const std::vector<Flow>& flows, const Plan& plan) {
    const KernelSnapshot& kernel = desk.facts.kernel;
    for (const InterfacePlan& interface : plan.interfaces) {
        const std::string& ifname = interface.ifname;
        const Link* link = find_link(kernel, ifname);
        const int value = effective_rp_filter(kernel, ifname);
        const bool drops = std::any_of(flows.begin(), flows.end(), [&](const Flow& flow) {
            return flow.is_dropped_by_rp_filter && flow.expected == ifname;
        });
        const char* effect =
            value == 0   ? "whatever comes in is accepted"
            : value == 2 ? "what comes in is accepted where there is a way back, by any interface"
            : drops      ? "what comes in is dropped where its answer would leave elsewhere"
                         : "nothing of the above is dropped";
        desk.say(drops ? Grade::note : Grade::good, ifname,
                 std::string("rp_filter is ") + rp_filter_word(value) + " (conf/all " +
                     std::to_string(kernel.rp_filter_all) + ", conf/" + ifname + " " +
                     std::to_string(link != nullptr ? link->rp_filter : 0) + "): " + effect);
    }
}

// ---- The plan against the kernel and the disk ---------------------------------------------------

/// The interface that a table was for, where it is gone. Tables have other names than interfaces'
/// as well: "main", "isp2".
std::string gone_words(const Desk& desk, TableId table) {
    const std::string name = name_of(table, desk.comparison.names);
    const auto& globs = desk.config.include;
    const bool is_interface = std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
        return glob_matches(glob, name);
    });
    return is_interface && find_link(desk.facts.kernel, name) == nullptr ? " (" + name + " is gone)"
                                                                         : "";
}

void judge_differences(Desk& desk, const Changes& changes) {
    const TableNames& names = desk.comparison.names;
    const auto& absent = desk.comparison.families_without_policy;
    for (const GroupChange& change : changes.groups)
        if (desk.told_groups.count(change.ifname) == 0 && absent.empty())
            desk.say(Grade::warning, change.ifname,
                     "is in link group " + std::to_string(change.from) + " instead of " +
                         std::to_string(change.to),
                     desk.repair);
    for (const auto& rule : changes.rules_added)
        if (desk.told_rules.count(rule.object) == 0 && absent.count(rule.object.family) == 0)
            desk.say(Grade::warning, rule.ifname,
                     quoted_rule(rule.object, names) + " (" + rule.why + ") is missing",
                     desk.repair);
    for (const auto& rule : changes.rules_deleted)
        if (desk.told_rules.count(rule.object) == 0)
            desk.say(Grade::warning, rule.ifname,
                     quoted_rule(rule.object, names) + " is left over" +
                         gone_words(desk, rule.object.table),
                     desk.repair);
    const auto judge_route = [&](const Planned<Route>& route, const std::string& what) {
        const Family family = route.object.family();
        const bool is_first = desk.told_tables.insert({family, route.object.table}).second;
        if (absent.count(family) != 0 || !is_first) return;  // one for each table
        desk.say(Grade::warning, route.ifname,
                 "table " + name_of(route.object.table, names) + what +
                     quoted_route(route.object, names) + gone_words(desk, route.object.table),
                 desk.repair);
    };
    for (const RouteAddition& addition : changes.routes_added)
        judge_route(addition.route, " lacks ");
    for (const auto& route : changes.routes_deleted) judge_route(route, " has left over ");
}

void judge_files(Desk& desk, const std::vector<FileChange>& files) {
    for (const FileChange& file : files)
        desk.say(Grade::warning, file.ifname,
                 file.path +
                     (!file.before  ? " is missing"
                      : !file.after ? " is left over"
                                    : " is not what eni-routes would write") +
                     ": a boot starts with what the files say",
                 desk.repair);
}

/// First of all, and with everything that follows from it told.
void judge_absence(Desk& desk) {
    for (const Family family : desk.comparison.families_without_policy) {
        const bool is_broken =
            std::any_of(desk.verdicts.begin(), desk.verdicts.end(),
                        [](const Verdict& verdict) { return verdict.grade == Grade::broken; });
        desk.verdicts.insert(desk.verdicts.begin(),
                             {is_broken ? Grade::broken : Grade::warning, "",
                              std::string("none of eni-routes' rules for ") +
                                  (family == Family::v4 ? "IPv4" : "IPv6") + " is in the kernel",
                              desk.remedy});
    }
}

// ---- What stands around -------------------------------------------------------------------------

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
                         gone_words(desk, rule.table));
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
        if (!gateway || gateway->source == "configuration") continue;
        const auto subnet =
            std::find_if(interface.subnets.begin(), interface.subnets.end(),
                         [&](const Prefix& s) { return s.contains(gateway->address); });
        if (subnet != interface.subnets.end() && subnet->address().next() != gateway->address)
            desk.say(Grade::warning, interface.ifname,
                     "its gateway is " + gateway->address.to_string() + ", from " +
                         gateway->source + ": EC2's router is the first address of the subnet, " +
                         subnet->address().next().to_string(),
                     "if that is not meant, take the default route by it out of main");
    }
}

void judge_interfaces(Desk& desk, const Plan& plan) {
    for (const InterfacePlan& interface : plan.interfaces) {
        const Link* link = find_link(desk.facts.kernel, interface.ifname);
        if (link != nullptr && !link->is_up)
            desk.say(Grade::note, interface.ifname, "is down");
        else if (lacks_carrier(desk, interface.ifname))
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
    for (const Note& note : plan.notes)
        if (note.severity == Severity::warning) desk.say(Grade::warning, note.ifname, note.text);
}

// ---- Together -----------------------------------------------------------------------------------

bool is_switched_off(const Facts& facts, const Config& config) {
    return !config.enabled || facts.disk.disabled.count("*") != 0;
}

Plan plan_if_on(Facts facts, Config config) {
    config.enabled = true;
    facts.disk.disabled.erase("*");
    return make_plan(facts, config, Absent::forget);
}

std::string remedy_for(const Facts& facts, const Config& config, const HostFacts& host) {
    if (!config.enabled) return "take 'enabled: false' out of the configuration";
    if (facts.disk.disabled.count("*") != 0) return "eni-routes enable";
    return !host.is_installed() ? "install eni-routes, then: eni-routes regenerate"
                                : "eni-routes regenerate";
}

}  // namespace

Grade CheckResult::worst() const {
    Grade worst = Grade::good;
    for (const Verdict& verdict : verdicts) worst = std::max(worst, verdict.grade);
    return worst;
}

CheckResult check(const Facts& facts, const Config& config, const HostFacts& host, const Plan& plan,
                  const Changes& changes, const std::vector<FileChange>& files, const Ask& ask) {
    const bool is_off = is_switched_off(facts, config);
    const Plan wanted = is_off ? plan_if_on(facts, config) : plan;
    const Comparison comparison = compare(wanted, facts.kernel, table_names(wanted, facts.disk));
    CheckResult result;
    const std::string remedy = remedy_for(facts, config, host);
    const std::string repair = is_off ? "eni-routes regenerate" : remedy;
    Desk desk{facts, config, host, comparison, remedy, repair, result.verdicts, {}, {}, {}};

    if (wanted.is_active) {
        result.flows =
            judge_flows(facts.kernel, wanted, config.check_peers, host.published_ports, ask);
        judge_losses(desk, result.flows);
        judge_answers(desk, result.flows);
        judge_rp_filter(desk, result.flows, wanted);
    } else {
        desk.say(Grade::good, "",
                 "fewer than two managed interfaces: there is nothing to separate");
    }
    judge_differences(desk, changes);
    if (comparison.families_without_policy.empty()) judge_files(desk, files);
    if (!is_off) judge_absence(desk);
    if (is_off)
        desk.say(Grade::note, "", "eni-routes is switched off", desk.remedy);
    else
        judge_hook(desk, wanted.is_active);
    judge_interfaces(desk, wanted);
    judge_watch(desk);
    judge_others(desk);
    if (wanted.is_active) judge_foreign_rules(desk);
    judge_route_files(desk);
    if (wanted.is_active) judge_udp_servers(desk);
    std::stable_sort(result.verdicts.begin(), result.verdicts.end(),
                     [](const Verdict& a, const Verdict& b) { return a.grade > b.grade; });
    return result;
}

}  // namespace eni
