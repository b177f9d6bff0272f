// See cause.hpp.
#include "cause.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "diff.hpp"
#include "foreign_rules.hpp"
#include "ownership.hpp"
#include "peers.hpp"

namespace eni {

namespace {

/// They may be of two snapshots.
bool is_same_route(const Route* a, const Route* b) {
    return a == nullptr || b == nullptr ? a == b : *a == *b;
}

std::string found_words(const Step& step, const TableNames& names) {
    if (step.result == StepResult::refused && step.route == nullptr)
        return quoted_rule(*step.rule, names) + " refuses it";
    return quoted_rule(*step.rule, names) + " finds " +
           (step.route != nullptr && !step.is_local() ? quoted_route(*step.route, names)
                                                      : "an address of this host");
}

/// Which rule decides where the right one does not.
std::string instead(const Step* actual, const TableNames& names) {
    return actual == nullptr ? "" : ", so that " + quoted_rule(*actual->rule, names) + " decides";
}

std::optional<Route> route_of(const Step* step) {
    return step != nullptr && step->route != nullptr ? std::make_optional(*step->route)
                                                     : std::nullopt;
}

/// The rule that should decide is not asked.
Cause decided_before(const Comparison& comparison, const Step& actual, const Step& wanted) {
    Cause cause;
    cause.text = quoted_rule(*actual.rule, comparison.names) + " decides";
    cause.rule = *actual.rule;
    cause.route = route_of(&actual);
    const bool is_our_rule = is_ours(*actual.rule, comparison.plan.ownership);
    // Another link is in no group of ours: there it is main's route that the rule does not pass
    // over.
    if (is_our_rule && actual.rule->suppress_ifgroup && actual.route &&
        !actual.route->hops.empty() &&
        planned(comparison.plan, actual.route->hops[0].ifname) != nullptr) {
        cause.kind = Cause::Kind::link_group;
        cause.group_of = actual.route->hops[0].ifname;
        cause.text = cause.group_of + " is not in link group " +
                     std::to_string(*actual.rule->suppress_ifgroup) + ", so that " + cause.text;
        return cause;
    }
    cause.kind = is_our_rule ? Cause::Kind::rule_left_over : Cause::Kind::rule_foreign;
    if (is_our_rule && cause.route && cause.route->table == kTableMain)
        cause.text = found_words(actual, comparison.names);  // the route is the news
    else
        cause.text += " before " + quoted_rule(*wanted.rule, comparison.names) + " is asked";
    return cause;
}

/// The rule that should decide is there, and its table has not what it should have.
Cause table_lacks(const Comparison& comparison, const Step* actual, const Step& wanted) {
    const TableId id = wanted.rule->table;
    const std::string name = "table " + name_of(id, comparison.names);
    Cause cause;
    cause.kind = Cause::Kind::table;
    cause.table = id;
    cause.route = route_of(&wanted);
    if (actual != nullptr && *actual->rule == *wanted.rule) {
        cause.text = found_words(*actual, comparison.names);
        if (cause.route)
            cause.text += " instead of " + quoted_route(*cause.route, comparison.names);
        else
            cause.route = route_of(actual);
        return cause;
    }
    const bool is_empty = !comparison.actual.routes().has_any(id, wanted.rule->family);
    cause.text = name + (is_empty || !cause.route
                             ? " is empty"
                             : " has no " + quoted_route(*cause.route, comparison.names));
    cause.text += instead(actual, comparison.names);
    return cause;
}

/// One that has something which eni-routes does not know, and that the kernel may have followed.
const Step* unknown_step(const Walk& walk, const RouteAnswer& answer) {
    if (agrees(walk, answer)) return nullptr;
    const auto found = std::find_if(walk.steps.begin(), walk.steps.end(), [](const Step& step) {
        return step.result == StepResult::unknown;
    });
    return found == walk.steps.end() ? nullptr : &*found;
}

}  // namespace

Comparison compare(const Plan& plan, const KernelSnapshot& kernel, TableNames names) {
    KernelSnapshot mended = applied(diff(plan, kernel), kernel);
    const std::vector<Rule> lost = missing_kernel_rules(kernel);
    mended.rules.insert(mended.rules.end(), lost.begin(), lost.end());
    auto after = std::make_unique<const KernelSnapshot>(std::move(mended));
    auto wanted = std::make_unique<std::vector<Rule>>();
    std::copy_if(
        after->rules.begin(), after->rules.end(), std::back_inserter(*wanted),
        [&](const Rule& rule) { return is_ours(rule, plan.ownership) || is_kernels_own(rule); });
    const Lookup changed(*after);
    const Lookup without_others = changed.with_rules(*wanted);
    Comparison comparison{plan,
                          kernel,
                          std::move(after),
                          std::move(wanted),
                          Lookup(kernel),
                          changed,
                          without_others,
                          std::move(names),
                          {}};
    for (const Planned<Rule>& planned : plan.rules)
        if (planned.in_kernel) comparison.families_without_policy.insert(planned.object.family);
    for (const Rule& rule : kernel.rules)
        if (is_ours(rule, plan.ownership)) comparison.families_without_policy.erase(rule.family);
    return comparison;
}

Cause find_cause(const Comparison& comparison, const RouteQuery& query, const RouteAnswer& answer) {
    const Walk actual_walk = comparison.actual.walk(query);
    const Walk wanted_walk = comparison.wanted.walk(query);
    const Step* const actual = actual_walk.decision();
    const Step* const wanted = wanted_walk.decision();
    Cause cause;
    if (const Step* const unknown = unknown_step(actual_walk, answer)) {
        cause.kind = Cause::Kind::rule_unknown;
        cause.rule = *unknown->rule;
        cause.text = quoted_rule(*unknown->rule, comparison.names) +
                     ", which has something that eni-routes does not know, may be why";
        return cause;
    }
    cause.route = route_of(actual);
    if (actual != nullptr) {
        cause.rule = *actual->rule;
        cause.text = found_words(*actual, comparison.names);
    }
    if (actual == nullptr) cause.text = "no rule finds a route to there";
    if (wanted == nullptr) return cause;
    if (!comparison.actual.has(*wanted->rule)) {
        cause.kind = Cause::Kind::rule_missing;
        cause.text = quoted_rule(*wanted->rule, comparison.names) + " is missing" +
                     instead(actual, comparison.names);
        cause.rule = *wanted->rule;
        cause.route.reset();
        return cause;
    }
    const bool is_reached =
        std::any_of(actual_walk.steps.begin(), actual_walk.steps.end(),
                    [&](const Step& step) { return *step.rule == *wanted->rule; });
    if (!is_reached) return decided_before(comparison, *actual, *wanted);
    if (actual != nullptr && *actual->rule == *wanted->rule &&
        is_same_route(actual->route, wanted->route))
        return cause;
    return table_lacks(comparison, actual, *wanted);
}

std::vector<Rule> missing_kernel_rules(const KernelSnapshot& kernel) {
    std::vector<Rule> missing;
    for (const Family family : kFamilies)
        for (const auto& [table, priority] : {std::pair(kTableLocal, 0U), {kTableMain, 32766U}}) {
            bool has_any = false, has_it = false;
            for (const Rule& rule : kernel.rules) {
                if (rule.family != family) continue;
                has_any = true;
                has_it = has_it || (rule.table == table && rule.action == RuleAction::lookup &&
                                    !rule.suppress_prefixlength && !rule.suppress_ifgroup &&
                                    is_for_all(rule));
            }
            if (!has_any || has_it) continue;  // this kernel has no IPv6, or it stands elsewhere
            Rule rule;
            rule.family = family;
            rule.priority = Priority{priority};
            rule.table = table;
            missing.push_back(rule);
        }
    return missing;
}

bool is_kernels_own(const Rule& rule) {
    return rule.table == kTableLocal || rule.table == kTableDefault ||
           (rule.table == kTableMain && number(rule.priority) == 32766);
}

std::string quoted_rule(const Rule& rule, const TableNames& names) {
    return "rule \"" + format_rule_listing(rule, name_of(rule.table, names)) + "\"";
}

std::string quoted_route(const Route& route, const TableNames& names) {
    return "\"" + format_route(route, name_of(route.table, names)) + "\"";
}

}  // namespace eni
