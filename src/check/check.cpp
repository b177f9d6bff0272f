// See check.hpp. The flows' verdicts first, then what of the plan is not there; what stands around
// is surroundings.cpp's part. Each difference between plan and kernel is told once: by the flow
// that it breaks, or alone.
#include "check.hpp"

#include <algorithm>
#include <cstring>

#include "cause.hpp"
#include "check_state.hpp"
#include "format.hpp"
#include "make_plan.hpp"
#include "ownership.hpp"
#include "text.hpp"

namespace eni {

namespace {

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

std::string drop_words(const Flow& flow, const Desk& desk) {
    const int value = effective_rp_filter(desk.facts.kernel, flow.expected);
    return arrivals_word(flow) + std::string(" are dropped on arrival, rp_filter is ") +
           rp_filter_word(value) + " on " + flow.expected;
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
            return "come to nothing: " +
                   (flow.is_dropped_by_rp_filter
                        ? drop_words(flow, desk)
                        : arrivals_word(flow) + std::string(" are refused by the kernel, ") +
                              std::strerror(flow.refusal));
    }
    return "";
}

std::string arrival_words(const Flow& flow, const Desk& desk) {
    const bool is_told = flow.fault == Fault::refused || !flow.is_dropped_by_rp_filter;
    return is_told ? "" : "; " + drop_words(flow, desk);
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
                 subject_of(flow, enumeration(loss.peers, "and")) + " " + problem_of(flow, desk) +
                     why + arrival_words(flow, desk),
                 fix_of(loss, desk));
    }
}

/// One line for each address that answers, and one for what is bound to none.
void judge_answers(Desk& desk, const std::vector<Flow>& flows) {
    std::vector<std::pair<const Flow*, std::vector<std::string>>> good;
    for (const Flow& flow : flows) {
        if (flow.fault != Fault::none || desk.lacks_carrier(flow.expected)) continue;
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
        desk.say(Grade::good, flow->ifname, words + enumeration(peers, "and") + by);
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
                         desk.gone_words(rule.object.table),
                     desk.repair);
    for (const auto& address : changes.addresses_deleted)
        desk.say(
            Grade::warning, address.ifname,
            address.object.address.to_string() + " was put on it by eni-routes, and is left over",
            desk.repair);
    const auto judge_route = [&](const Planned<Route>& route, const std::string& what) {
        const Family family = route.object.family();
        const bool is_first = desk.told_tables.insert({family, route.object.table}).second;
        if (absent.count(family) != 0 || !is_first) return;  // one for each table
        desk.say(Grade::warning, route.ifname,
                 "table " + name_of(route.object.table, names) + what +
                     quoted_route(route.object, names) + desk.gone_words(route.object.table),
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
    judge_surroundings(desk, wanted, is_off);
    std::stable_sort(result.verdicts.begin(), result.verdicts.end(),
                     [](const Verdict& a, const Verdict& b) { return a.grade > b.grade; });
    return result;
}

}  // namespace eni
