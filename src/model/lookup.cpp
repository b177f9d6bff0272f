// See lookup.hpp. The order of things is that of net/core/fib_rules.c and net/ipv4/fib_rules.c.
#include "lookup.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace eni {

namespace {

/// Empty where the packet fits all selectors.
std::string mismatch(const Selectors& rule, const RouteQuery& query) {
    if (rule.from && !query.src) return "no source is chosen yet";
    if (rule.from && !rule.from->contains(*query.src))
        return "it is not sent from " + rule.from->to_string();
    if (rule.to && !rule.to->contains(query.dst))
        return "it does not go to " + rule.to->to_string();
    // What the host itself sends comes, to a rule, from the loopback device.
    const std::string iif = query.iif.empty() ? "lo" : query.iif;
    if (!rule.iif.empty() && rule.iif != iif)
        return rule.iif == "lo" ? "this host does not send it" : "it does not come by " + rule.iif;
    if (!rule.oif.empty()) return "it is not bound to " + rule.oif;
    if (((query.mark ^ rule.fwmark) & rule.fwmask) != 0) return "it does not carry that mark";
    if (rule.tos != 0) return "it does not carry that TOS";
    return "";
}

/// Of the packet that is asked for neither protocol nor ports nor user are known.
bool asks_for_more(const Selectors& rule) {
    return rule.ip_protocol != 0 || rule.sport || rule.dport || rule.users;
}

/// The errno of a route that refuses; 0 of one that leads somewhere.
int error_of(RouteType type) {
    switch (type) {
        case RouteType::blackhole:
            return EINVAL;
        case RouteType::prohibit:
            return EACCES;
        case RouteType::unreachable:
        case RouteType::throw_:
            return EHOSTUNREACH;
        case RouteType::unicast:
        case RouteType::local:
            break;
    }
    return 0;
}

/// Empty where the rule takes the route. A route that refuses is IPv4's last word: it is an error
/// before it can be suppressed.
std::string suppression(const Rule& rule, const Route& route, const KernelSnapshot& kernel) {
    if (error_of(route.type) != 0 && route.family() == Family::v4) return "";
    if (rule.suppress_prefixlength && route.dst.length() <= *rule.suppress_prefixlength)
        return "its prefix is too short";
    if (!rule.suppress_ifgroup || route.hops.empty()) return "";
    const Link* link = find_link(kernel, route.hops[0].ifname);
    if (link == nullptr || link->group != *rule.suppress_ifgroup) return "";
    return link->ifname + " is in that group";
}

/// The host's own addresses need no route in the local table: facts recorded before version 0.2
/// have none of them.
Step look_into_table(const Rule& rule, const RouteQuery& query, const KernelSnapshot& kernel) {
    if (rule.table == kTableLocal && is_own_address(kernel, query.dst))
        return {rule, StepResult::found, std::nullopt, ""};
    const Route* route = longest_match(kernel, rule.table, query.dst);
    if (route == nullptr || route->type == RouteType::throw_)
        return {rule, StepResult::nothing, std::nullopt, ""};
    const std::string why = suppression(rule, *route, kernel);
    if (!why.empty()) return {rule, StepResult::suppressed, *route, why};
    if (route->type == RouteType::local) return {rule, StepResult::found, std::nullopt, ""};
    return {rule, StepResult::found, *route, ""};
}

Step step(const Rule& rule, const RouteQuery& query, const KernelSnapshot& kernel) {
    if (rule.is_exotic) return {rule, StepResult::unknown, std::nullopt, ""};
    const std::string why = mismatch(rule, query);
    if (why.empty() && asks_for_more(rule)) return {rule, StepResult::unknown, std::nullopt, ""};
    if (why.empty() && rule.is_inverted)
        return {rule, StepResult::no_match, std::nullopt, "it is one of those that are left out"};
    if (!why.empty() && !rule.is_inverted) return {rule, StepResult::no_match, std::nullopt, why};
    switch (rule.action) {
        case RuleAction::lookup:
            return look_into_table(rule, query, kernel);
        case RuleAction::go_to:
            return {rule, StepResult::jumped, std::nullopt, ""};
        case RuleAction::nop:
            return {rule, StepResult::nothing, std::nullopt, ""};
        case RuleAction::blackhole:
        case RuleAction::unreachable:
        case RuleAction::prohibit:
            break;
    }
    return {rule, StepResult::refused, std::nullopt, ""};
}

int error_of(RuleAction action) {
    return action == RuleAction::blackhole  ? EINVAL
           : action == RuleAction::prohibit ? EACCES
                                            : ENETUNREACH;
}

RouteAnswer answer_from(const Step& decision, const KernelSnapshot& kernel) {
    RouteAnswer answer;
    if (decision.result == StepResult::refused) {
        answer.error = error_of(decision.rule.action);
        return answer;
    }
    answer.table = decision.rule.table;
    answer.is_local = !decision.route;
    if (answer.is_local) return answer;
    const Route& route = *decision.route;
    answer.error = error_of(route.type);
    if (route.hops.empty()) return answer;
    answer.ifname = route.hops[0].ifname;
    answer.gateway = route.hops[0].gateway;
    answer.prefsrc = route.prefsrc;
    if (!answer.prefsrc) answer.prefsrc = first_address(kernel, answer.ifname, route.family());
    return answer;
}

/// By the walk alone, without rp_filter.
RouteAnswer way(const KernelSnapshot& kernel, const RouteQuery& query) {
    const Walk steps = walk(kernel, query);
    if (steps.decision() != nullptr) return answer_from(*steps.decision(), kernel);
    RouteAnswer answer;
    answer.error = ENETUNREACH;
    return answer;
}

/// The lookup that rp_filter makes: back to the source, as if it came from where the packet goes
/// (fib_validate_source).
int rp_filter_error(const KernelSnapshot& kernel, const RouteQuery& query,
                    const RouteAnswer& answer) {
    const int filter = effective_rp_filter(kernel, query.iif);
    if (query.family() != Family::v4 || query.iif.empty() || !query.src || filter == 0) return 0;
    const std::string from = answer.is_local ? "" : answer.ifname;
    const RouteAnswer back = way(kernel, {*query.src, query.dst, from, 0});
    const bool is_accepted = back.error == 0 && (filter == 2 || back.ifname == query.iif);
    return is_accepted ? 0 : EXDEV;
}

}  // namespace

std::vector<Rule> in_order(const std::vector<Rule>& rules, Family family) {
    std::vector<Rule> ordered;
    for (const Rule& rule : rules)
        if (rule.family == family) ordered.push_back(rule);
    std::stable_sort(ordered.begin(), ordered.end(), [](const Rule& a, const Rule& b) {
        return number(a.priority) < number(b.priority);
    });
    return ordered;
}

Walk walk(const KernelSnapshot& kernel, const RouteQuery& query) {
    return walk(kernel.rules, kernel, query);
}

Walk walk(const std::vector<Rule>& all, const KernelSnapshot& kernel, const RouteQuery& query) {
    const std::vector<Rule> rules = in_order(all, query.family());
    Walk walk;
    for (auto rule = rules.begin(); rule != rules.end();) {
        walk.steps.push_back(step(*rule, query, kernel));
        if (walk.decision() != nullptr) break;
        auto next = std::next(rule);
        if (walk.steps.back().result == StepResult::jumped) {
            next = std::find_if(rules.begin(), rules.end(),
                                [&](const Rule& other) { return other.priority == rule->target; });
            if (next == rules.end()) {  // the kernel calls it unresolved, and goes on behind it
                walk.steps.back().result = StepResult::nothing;
                next = std::next(rule);
            }
        }
        rule = next;
    }
    return walk;
}

bool agrees(const Walk& walk, const RouteAnswer& answer) {
    const Step* decision = walk.decision();
    if (decision == nullptr || decision->result == StepResult::refused) return answer.error != 0;
    if (!decision->route) return answer.is_local;
    const Route& route = *decision->route;
    if (answer.error != 0) return route.type != RouteType::unicast;
    return std::any_of(route.hops.begin(), route.hops.end(), [&](const NextHop& hop) {
        return hop.ifname == answer.ifname && hop.gateway == answer.gateway;
    });
}

RouteAnswer answer_by_walk(const KernelSnapshot& kernel, const RouteQuery& query) {
    RouteAnswer answer = way(kernel, query);
    if (answer.error == 0) answer.error = rp_filter_error(kernel, query, answer);
    return answer;
}

const Route* longest_match(const KernelSnapshot& kernel, TableId table, const IpAddress& dst) {
    const Route* best = nullptr;
    for (const Route& route : kernel.routes) {
        if (route.table != table || route.tos != 0 || !route.dst.contains(dst)) continue;
        if (best == nullptr || route.dst.length() > best->dst.length() ||
            (route.dst.length() == best->dst.length() && route.metric < best->metric))
            best = &route;
    }
    return best;
}

std::optional<IpAddress> first_address(const KernelSnapshot& kernel, const std::string& ifname,
                                       Family family) {
    for (const Address& own : kernel.addresses)
        if (own.ifname == ifname && own.address.family() == family && own.is_global)
            return own.address;
    return std::nullopt;
}

bool is_own_address(const KernelSnapshot& kernel, const IpAddress& address) {
    return address.is_loopback() ||
           std::any_of(kernel.addresses.begin(), kernel.addresses.end(),
                       [&](const Address& own) { return own.address == address; });
}

int effective_rp_filter(const KernelSnapshot& kernel, const std::string& ifname) {
    const Link* link = find_link(kernel, ifname);
    return std::max(kernel.rp_filter_all, link != nullptr ? link->rp_filter : 0);
}

const Link* find_link(const KernelSnapshot& kernel, const std::string& ifname) {
    const auto found = std::find_if(kernel.links.begin(), kernel.links.end(),
                                    [&](const Link& link) { return link.ifname == ifname; });
    return found == kernel.links.end() ? nullptr : &*found;
}

}  // namespace eni
