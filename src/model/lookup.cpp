// See lookup.hpp. The order of things is that of net/core/fib_rules.c and net/ipv4/fib_rules.c.
#include "lookup.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace eni {

namespace {

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
        case RouteType::broadcast:
        case RouteType::anycast:
        case RouteType::multicast:
            break;
    }
    return 0;
}

/// A route that refuses is the last word: it is an error before it can be suppressed.
Suppression suppression(const Rule& rule, const Route& route, const RouteIndex& routes) {
    if (error_of(route.type) != 0) return Suppression::none;
    if (rule.suppress_prefixlength && route.dst.length() <= *rule.suppress_prefixlength)
        return Suppression::prefix_length;
    if (!rule.suppress_ifgroup || route.hops.empty()) return Suppression::none;
    const Link* link = routes.find_link(route.hops[0].ifname);
    const bool is_in_group = link != nullptr && link->group == *rule.suppress_ifgroup;
    return is_in_group ? Suppression::group : Suppression::none;
}

int error_of(RuleAction action) {
    return action == RuleAction::blackhole  ? EINVAL
           : action == RuleAction::prohibit ? EACCES
                                            : ENETUNREACH;
}

}  // namespace

Lookup::Lookup(const KernelSnapshot& kernel)
    : Lookup(std::make_shared<const RouteIndex>(kernel), kernel.rules) {}

Lookup::Lookup(std::shared_ptr<const RouteIndex> routes, const std::vector<Rule>& rules)
    : routes_(std::move(routes)), rules4_(rules, Family::v4), rules6_(rules, Family::v6) {}

Lookup Lookup::with_rules(const std::vector<Rule>& rules) const {
    return {routes_, rules};
}

Step Lookup::look_into_table(const Rule& rule, const RouteQuery& query) const {
    const Route* route = routes_->longest_match(rule.table, query.dst, query.tos, query.oif);
    const bool is_known_without = rule.table == kTableLocal && !routes_->has_local_table() &&
                                  routes_->is_own_address(query.dst);
    if (is_known_without) return {&rule, StepResult::found};
    if (route == nullptr || route->type == RouteType::throw_) return {&rule, StepResult::nothing};
    const Suppression why = suppression(rule, *route, *routes_);
    const auto result = why == Suppression::none ? StepResult::found : StepResult::suppressed;
    return {&rule, result, route, Mismatch::none, why};
}

Step Lookup::step(const Rule& rule, const RouteQuery& query) const {
    if (rule.is_exotic) return {&rule, StepResult::unknown};
    const Mismatch why = mismatch(rule, query);
    if (why != Mismatch::none) return {&rule, StepResult::no_match, nullptr, why};
    switch (rule.action) {
        case RuleAction::lookup:
            return look_into_table(rule, query);
        case RuleAction::go_to:
            return {&rule, StepResult::jumped};
        case RuleAction::nop:
            return {&rule, StepResult::nothing};
        case RuleAction::blackhole:
        case RuleAction::unreachable:
        case RuleAction::prohibit:
            break;
    }
    return {&rule, StepResult::refused};
}

/// `next(position)`: the next rule that is asked, from that position on.
template <class Next>
Walk Lookup::walk(const RouteQuery& query, Next next) const {
    const RuleIndex& rules = rules_of(query.family());
    Walk walk;
    for (std::size_t at = next(0); at < rules.size();) {
        Step taken = step(rules.rule(at), query);
        std::size_t position = at + 1;
        if (taken.result == StepResult::jumped) {
            const std::size_t target = rules.position_of(taken.rule->target);
            // The kernel calls it unresolved, and goes on behind it; there is no way back.
            const bool is_resolved = target > at && target < rules.size();
            if (is_resolved) position = target;
            if (!is_resolved) taken.result = StepResult::nothing;
        }
        walk.steps.push_back(taken);
        if (walk.decision() != nullptr) break;
        at = next(position);
    }
    return walk;
}

Walk Lookup::walk(const RouteQuery& query) const {
    RuleIndex::Candidates candidates = rules_of(query.family()).candidates(query);
    Walk all = walk(query, [&](std::size_t position) { return candidates.next(position); });
    all.steps.erase(
        std::remove_if(all.steps.begin(), all.steps.end(),
                       [](const Step& step) { return step.result == StepResult::no_match; }),
        all.steps.end());
    return all;
}

Walk Lookup::walk_all(const RouteQuery& query) const {
    return walk(query, [](std::size_t position) { return position; });
}

RouteAnswer Lookup::answer_from(const Step& decision, Family family) const {
    RouteAnswer answer;
    if (decision.result == StepResult::refused) {
        answer.error = error_of(decision.rule->action);
        return answer;
    }
    answer.table = decision.rule->table;
    answer.type = decision.is_local() ? RouteType::local : decision.route->type;
    if (decision.is_local()) return answer;
    const Route& route = *decision.route;
    answer.error = error_of(route.type);
    if (route.hops.empty()) return answer;
    answer.ifname = route.hops[0].ifname;
    answer.gateway = route.hops[0].gateway;
    answer.prefsrc = route.prefsrc;
    if (!answer.prefsrc) answer.prefsrc = routes_->first_address(answer.ifname, family);
    return answer;
}

RouteAnswer Lookup::way(const RouteQuery& query) const {
    const Walk steps = walk(query);
    if (steps.decision() != nullptr) return answer_from(*steps.decision(), query.family());
    RouteAnswer answer;
    answer.error = ENETUNREACH;
    return answer;
}

/// What fib_validate_source says of what comes in: nobody else has an address of this host's, and
/// what rp_filter asks for.
int Lookup::arrival_error(const RouteQuery& query, const RouteAnswer& answer) const {
    if (query.family() != Family::v4 || query.iif.empty() || !query.src) return 0;
    const int filter = routes_->effective_rp_filter(query.iif);
    const RouteAnswer back = way(way_back(query, answer, routes_->find_link(query.iif)));
    if (back.error == 0 && back.type != RouteType::unicast) return EINVAL;
    const bool is_accepted =
        filter == 0 || (back.error == 0 && (filter == 2 || back.ifname == query.iif));
    return is_accepted ? 0 : EXDEV;
}

RouteAnswer Lookup::answer(const RouteQuery& query) const {
    RouteAnswer answer = way(query);
    if (answer.error == 0) answer.error = arrival_error(query, answer);
    return answer;
}

RouteQuery way_back(const RouteQuery& query, const RouteAnswer& answer, const Link* link) {
    RouteQuery back{*query.src, query.dst, answer.type == RouteType::unicast ? answer.ifname : ""};
    if (link != nullptr && link->src_valid_mark) back.mark = query.mark;
    back.tos = query.tos;
    back.protocol = query.protocol;
    back.sport = query.dport;
    back.dport = query.sport;
    return back;
}

bool agrees(const Walk& walk, const RouteAnswer& answer) {
    const Step* decision = walk.decision();
    if (decision == nullptr || decision->result == StepResult::refused) return answer.error != 0;
    if (decision->is_local()) return answer.is_local();
    const Route& route = *decision->route;
    if (answer.error != 0) return route.type != RouteType::unicast;
    return std::any_of(route.hops.begin(), route.hops.end(), [&](const NextHop& hop) {
        return hop.ifname == answer.ifname && hop.gateway == answer.gateway;
    });
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
