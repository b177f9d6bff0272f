// See plain_walk.hpp. The order of things is that of the kernel's fib_rules_lookup().
#include "plain_walk.hpp"

#include <iterator>

namespace eni {

PlainWalk::PlainWalk(const KernelSnapshot& kernel) : kernel_(kernel) {
    for (const Rule& rule : kernel.rules)
        (rule.family == Family::v4 ? rules4_ : rules6_)[number(rule.priority)].push_back(&rule);
    for (const Route& route : kernel.routes) tables_[route.table].push_back(&route);
}

/// The longest prefix, and of these the lowest metric; none has a TOS here.
const Route* PlainWalk::route(TableId table, const IpAddress& dst) const {
    const Route* best = nullptr;
    const auto found = tables_.find(table);
    if (found == tables_.end()) return nullptr;
    for (const Route* route : found->second) {
        if (!route->dst.contains(dst) || route->tos != 0) continue;
        const bool is_better =
            best == nullptr || route->dst.length() > best->dst.length() ||
            (route->dst.length() == best->dst.length() && route->metric < best->metric);
        if (is_better) best = route;
    }
    return best;
}

bool PlainWalk::matches(const Rule& rule, const RouteQuery& query) const {
    const bool has_iif = rule.iif.empty() || rule.iif == (query.iif.empty() ? "lo" : query.iif);
    const bool fits =
        (!rule.from || rule.from->length() == 0 ||
         (query.src && rule.from->contains(*query.src))) &&
        (!rule.to || rule.to->contains(query.dst)) && has_iif &&
        (rule.oif.empty() || rule.oif == query.oif) && rule.tos == 0 &&
        (query.mark & rule.fwmask) == rule.fwmark && rule.ip_protocol == 0 && !rule.sport &&
        !rule.dport &&
        (!rule.users || (rule.users->first <= query.user && query.user <= rule.users->last));
    return fits != rule.is_inverted;
}

bool PlainWalk::passes_over(const Rule& rule, const Route& route) const {
    if (rule.suppress_prefixlength && route.dst.length() <= *rule.suppress_prefixlength)
        return true;
    if (!rule.suppress_ifgroup || route.hops.empty()) return false;
    for (const Link& link : kernel_.links)
        if (link.ifname == route.hops[0].ifname) return link.group == *rule.suppress_ifgroup;
    return false;
}

PlainWay PlainWalk::way(const RouteQuery& query) const {
    const Rules& rules = query.family() == Family::v4 ? rules4_ : rules6_;
    PlainWay way;
    for (auto at = rules.begin(); at != rules.end();) {
        auto next = std::next(at);
        for (const Rule* rule : at->second) {
            if (rule->is_exotic || !matches(*rule, query)) continue;
            way.rule = rule;
            if (rule->action == RuleAction::go_to) {
                const auto target = rules.find(number(rule->target));
                if (target == rules.end() || target->first <= at->first) continue;
                next = target;
                break;
            }
            if (rule->action == RuleAction::nop) continue;
            way.is_refused = rule->action != RuleAction::lookup;
            if (way.is_refused) return way;
            const Route* found = route(rule->table, query.dst);
            if (found == nullptr || found->type == RouteType::throw_) continue;
            way.is_refused = refuses(found->type);
            if (way.is_refused) return way;
            if (passes_over(*rule, *found)) continue;
            way.is_local = found->type != RouteType::unicast;
            if (found->hops.empty() || way.is_local) return way;
            way.ifname = found->hops[0].ifname;
            way.gateway = found->hops[0].gateway;
            return way;
        }
        at = next;
    }
    way.rule = nullptr;
    way.is_refused = true;
    return way;
}

}  // namespace eni
