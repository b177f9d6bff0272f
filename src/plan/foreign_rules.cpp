// See foreign_rules.hpp.
#include "foreign_rules.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "format.hpp"
#include "lookup.hpp"
#include "main_table.hpp"
#include "ownership.hpp"

namespace eni {

namespace {

/// Half of IPv4 or an eighth of IPv6 is what "everything" is put together from.
bool is_wide(const std::optional<Prefix>& prefix) {
    return !prefix || prefix->length() <= (prefix->family() == Family::v4 ? 1 : 3);
}

/// Each table's routes, made from all routes once: as they are after the run, so that the next one
/// finds no others. (A rule of another program may lead to an own table, which is empty as yet.)
class Tables {
  public:
    Tables(const KernelSnapshot& kernel, const Ownership& ownership,
           const std::vector<Planned<Route>>& planned, Family family,
           const std::set<std::string>& managed) {
        for (const Route& route : kernel.routes)
            if (route.family() == family && !is_ours(route, ownership)) add(route, managed);
        for (const Planned<Route>& route : planned)
            if (route.object.family() == family && route.in_kernel) add(route.object, managed);
    }

    /// The longest prefix of those that take away what an interface's own table is for: a default,
    /// and what leaves by a managed interface.
    std::optional<std::uint8_t> longest_taken(TableId table) const {
        return of(table).longest_taken;
    }

    const std::vector<const Route*>& routes(TableId table) const { return of(table).routes; }

  private:
    struct Contents {
        std::optional<std::uint8_t> longest_taken;
        std::vector<const Route*> routes;
    };

    void add(const Route& route, const std::set<std::string>& managed) {
        if (route.table == kTableLocal || is_for_a_group(route.type)) return;
        Contents& contents = contents_[route.table];
        if (is_wide(route.dst) || (!route.hops.empty() && managed.count(route.hops[0].ifname) != 0))
            contents.longest_taken = std::max(contents.longest_taken, {route.dst.length()});
        contents.routes.push_back(&route);
    }

    const Contents& of(TableId table) const {
        static const Contents kNone;
        const auto found = contents_.find(table);
        return found == contents_.end() ? kNone : found->second;
    }

    std::map<TableId, Contents> contents_;
};

/// Whether a rule for all packets leaves none to those behind it that these are for.
bool takes(const Rule& rule, const Tables& tables, std::uint32_t first) {
    switch (rule.action) {
        case RuleAction::lookup: {
            const auto longest = tables.longest_taken(rule.table);
            return longest &&
                   (!rule.suppress_prefixlength || *longest > *rule.suppress_prefixlength);
        }
        case RuleAction::go_to:
            return number(rule.target) > first;
        case RuleAction::nop:
            return false;
        case RuleAction::blackhole:
        case RuleAction::unreachable:
        case RuleAction::prohibit:
            break;
    }
    return true;
}

bool overlap(const Prefix& a, const Prefix& b) {
    return a.contains(b) || b.contains(a);
}

/// The table of the one interface that a rule is for: what is sent from its addresses, or to its
/// subnet, and nothing is said but that. Null: several, none, or another kind of rule.
std::optional<TableId> only_table(const Rule& rule, const std::vector<Planned<Rule>>& ours) {
    const auto& prefix = rule.from ? rule.from : rule.to;
    if (rule.action != RuleAction::lookup || !prefix || !selects_by_address(rule))
        return std::nullopt;
    std::set<TableId> tables;
    for (const Planned<Rule>& our : ours)
        if (our.object.from && overlap(*our.object.from, *prefix)) tables.insert(our.object.table);
    if (tables.size() != 1) return std::nullopt;
    return *tables.begin();
}

/// The recipe by hand: its table has nothing but what the interface's own has as well.
bool says_the_same(const Rule& rule, const Tables& tables, const std::vector<Planned<Rule>>& ours,
                   const std::vector<Planned<Route>>& our_routes) {
    const auto table = only_table(rule, ours);
    const auto& routes = tables.routes(rule.table);
    return table && !routes.empty() &&
           std::all_of(routes.begin(), routes.end(), [&](const Route* route) {
               return std::any_of(our_routes.begin(), our_routes.end(), [&](const auto& our) {
                   return our.object.table == *table && our.object.dst == route->dst &&
                          our.object.hops == route->hops;
               });
           });
}

/// Another program's, in the order in which the kernel asks them. Not the local table's, which is
/// not for what is sent, nor the one of table default.
std::vector<Rule> foreign_rules(const KernelSnapshot& kernel, const Ownership& ownership,
                                Family family) {
    std::vector<Rule> rules;
    for (const Rule* rule : in_order(kernel.rules, family))
        if (!is_ours(*rule, ownership) && rule->table != kTableLocal &&
            rule->table != kTableDefault)
            rules.push_back(*rule);
    return rules;
}

Planned<Rule> go_to(const Selectors& selectors, Family family, std::uint32_t priority,
                    Priority target, const std::string& ifname, const char* why) {
    Rule rule;
    static_cast<Selectors&>(rule) = selectors;
    rule.family = family;
    rule.priority = Priority{priority};
    rule.action = RuleAction::go_to;
    rule.table = TableId{0};
    rule.target = target;
    return {rule, ifname, why, /* in_kernel= */ true, /* in_file= */ false};
}

/// Which of a rule's packets find a route in its table. The others are for ours: behind a `goto`
/// they would be main's.
std::vector<Selectors> finding(const Rule& rule, const Tables& tables) {
    if (rule.action != RuleAction::lookup) return {rule};
    std::vector<Selectors> parts;
    for (const Route* route : tables.routes(rule.table)) {
        if (route->type == RouteType::throw_ ||
            (rule.suppress_prefixlength && route->dst.length() <= *rule.suppress_prefixlength))
            continue;
        if (route->is_default() || (rule.to && route->dst.contains(*rule.to))) return {rule};
        if (rule.to && !rule.to->contains(route->dst)) continue;
        parts.push_back(rule);
        parts.back().to = route->dst;
    }
    return parts;
}

/// For certain packets, and asked too late.
struct Late {
    Selectors selectors;
    const Rule* rule = nullptr;
};

/// What is found in front of ours and behind them.
struct Found {
    std::optional<std::uint32_t> taken_at;  // the first that leaves nothing to ours
    std::vector<Late> late;
    std::vector<Rule> unheard;
    std::set<TableId> tables;
};

/// False where there is no room, or the rule stands in it.
bool add_late(Found& found, std::set<Selectors>& seen, const Rule& rule, const Tables& tables,
              std::uint32_t base) {
    if (rule.is_exotic) return false;
    for (const Selectors& selectors : finding(rule, tables)) {
        if (!seen.insert(selectors).second) continue;
        if (found.late.size() == kMaxDetours || number(rule.priority) <= base + found.late.size())
            return false;
        found.late.push_back({selectors, &rule});
    }
    return true;
}

/// Where ours begin: the one that is for all, and those of the sources.
struct Begin {
    std::uint32_t all;
    std::uint32_t sources;
};

Begin begin_of(const std::vector<Planned<Rule>>& ours) {
    Begin begin{std::numeric_limits<std::uint32_t>::max(),
                std::numeric_limits<std::uint32_t>::max()};
    for (const Planned<Rule>& our : ours) {
        begin.all = std::min(begin.all, number(our.object.priority));
        if (our.object.from) begin.sources = std::min(begin.sources, number(our.object.priority));
    }
    return begin;
}

/// As far as the first rule behind ours that takes all, which at the latest is main's own: what
/// comes after that has no say without eni-routes either.
template <class IsSame>
Found find(const std::vector<Rule>& foreign, const Tables& tables, std::uint32_t base,
           const Begin& first, IsSame says_the_same) {
    Found found;
    std::set<Selectors> seen;
    for (const Rule& rule : foreign) {
        const bool is_for_everyone = !rule.is_exotic && is_for_all(rule);
        const bool is_behind =
            number(rule.priority) >= (is_for_everyone ? first.sources : first.all);
        if (is_for_everyone && is_behind && takes(rule, tables, first.sources)) break;
        if ((is_for_everyone || is_behind) && !is_reserved(rule.table))
            found.tables.insert(rule.table);
        if (is_for_everyone) {
            // Priority 1 has none below it but the local table's.
            if (!found.taken_at && number(rule.priority) > 1 && takes(rule, tables, first.sources))
                found.taken_at = number(rule.priority);
        } else if (rule.action == RuleAction::nop || says_the_same(rule)) {
            continue;
        } else if (is_behind ? !add_late(found, seen, rule, tables, base)
                             : found.taken_at.has_value()) {
            found.unheard.push_back(rule);
        }
    }
    return found;
}

/// The way from the band's head to each rule that would be asked too late; the rule for all
/// packets, which has the first place, moves behind them.
std::vector<Planned<Rule>> ways_to(const std::vector<Late>& late, std::uint32_t base,
                                   std::vector<Planned<Rule>>& ours) {
    std::vector<Planned<Rule>> ways;
    std::uint32_t next = base;
    for (const auto& [selectors, rule] : late)
        ways.push_back(go_to(selectors, rule->family, next++, rule->priority, "",
                             "another program's rule for certain packets comes first"));
    if (static_cast<const Selectors&>(ours.front().object) == Selectors{})
        ours.front().object.priority = Priority{next};
    return ways;
}

/// The lowest priority of ours that is higher than PRIORITY.
std::uint32_t first_behind(std::uint32_t priority, const std::vector<Planned<Rule>>& ours) {
    std::uint32_t first = std::numeric_limits<std::uint32_t>::max();
    for (const Planned<Rule>& our : ours)
        if (number(our.object.priority) > priority)
            first = std::min(first, number(our.object.priority));
    return first;
}

/// The way from just before the rule at `taken_at` to the first of ours, for each of our sources.
std::vector<Planned<Rule>> ways_past(std::uint32_t taken_at,
                                     const std::vector<Planned<Rule>>& ours) {
    std::vector<Planned<Rule>> ways;
    const Priority first{first_behind(taken_at, ours)};
    for (const Planned<Rule>& our : ours)
        if ((our.object.from || our.object.fwmark != 0) && our.object.action == RuleAction::lookup)
            ways.push_back(go_to(our.object, our.object.family, taken_at - 1, first, our.ifname,
                                 "another program's rule for all packets comes after"));
    return ways;
}

std::vector<Note> unheard_notes(const Found& found, std::uint32_t base) {
    if (found.unheard.empty()) return {};
    const Rule& first = found.unheard.front();
    const std::size_t more = found.unheard.size() - 1;
    return {{Severity::warning, "",
             "rule \"" + format_rule_listing(first, "") + "\"" +
                 (more == 0 ? "" : " and " + std::to_string(more) + " more") +
                 " of other programs are for certain packets, but eni-routes' rules come first: "
                 "give them a priority below " +
                 std::to_string(found.taken_at.value_or(base)),
             "rule-unheard"}};
}

}  // namespace

bool is_for_all(const Selectors& rule) {
    // What is marked 0 is not marked, as nearly every packet.
    return rule.is_inverted ||
           (is_wide(rule.from) && is_wide(rule.to) && rule.tos == 0 &&
            (rule.iif.empty() || rule.iif == "lo") && rule.oif.empty() && rule.fwmark == 0 &&
            rule.ip_protocol == 0 && !rule.sport && !rule.dport && !rule.users);
}

bool is_main_next(const KernelSnapshot& kernel, const Ownership& ownership, const Config& config,
                  Family family) {
    for (const Rule& rule : foreign_rules(kernel, ownership, family)) {
        if (number(rule.priority) < config.priority_base || rule.is_exotic || !is_for_all(rule) ||
            rule.action == RuleAction::nop)
            continue;
        if (rule.table != kTableMain) return false;
        if (!rule.suppress_prefixlength && !rule.suppress_ifgroup) return true;
    }
    return true;
}

ForeignRules make_way(const KernelSnapshot& kernel, const Ownership& ownership,
                      const Config& config, Family family,
                      const std::vector<Planned<Route>>& routes, std::vector<Planned<Rule>>& ours) {
    const std::vector<Rule> foreign = foreign_rules(kernel, ownership, family);
    if (foreign.size() <= 1 || ours.empty()) return {};  // main's own is there
    std::set<std::string> managed;
    for (const Planned<Rule>& our : ours) managed.insert(our.ifname);
    const std::uint32_t base = config.priority_base;
    const Tables tables(kernel, ownership, routes, family, managed);
    Found found = find(foreign, tables, base, begin_of(ours),
                       [&](const Rule& rule) { return says_the_same(rule, tables, ours, routes); });

    auto ways = ways_to(found.late, base, ours);
    ours.insert(ours.begin(), ways.begin(), ways.end());
    if (found.taken_at) {
        const auto past = ways_past(*found.taken_at, ours);
        ours.insert(ours.end(), past.begin(), past.end());
    }
    return {unheard_notes(found, base), std::move(found.tables)};
}

}  // namespace eni
