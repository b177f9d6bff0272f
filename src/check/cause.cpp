// See cause.hpp.
#include "cause.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "diff.hpp"
#include "ownership.hpp"

namespace eni {

namespace {

/// They may be of two snapshots.
bool is_same_route(const Route* a, const Route* b) {
    return a == nullptr || b == nullptr ? a == b : *a == *b;
}

std::string found_words(const Step& step, const TableNames& names) {
    if (step.result == StepResult::refused) return quoted_rule(*step.rule, names) + " refuses it";
    return quoted_rule(*step.rule, names) + " finds " +
           (step.route != nullptr && !step.is_local() ? quoted_route(*step.route, names)
                                                      : "an address of this host");
}

/// Which rule decides where the right one does not.
std::string instead(const Step* actual, const TableNames& names) {
    return actual == nullptr ? "" : ", so that " + quoted_rule(*actual->rule, names) + " decides";
}

/// The rule that should decide does not get to it.
Cause decided_before(const Comparison& comparison, const RouteQuery& query, const Step& actual,
                     const Step& wanted) {
    Cause cause;
    cause.text = quoted_rule(*actual.rule, comparison.names) + " decides";
    if (actual.rule->suppress_ifgroup && is_ours(*actual.rule, comparison.plan.ownership) &&
        actual.route && !actual.route->hops.empty()) {
        cause.group_of = actual.route->hops[0].ifname;
        cause.text = cause.group_of + " is not in link group " +
                     std::to_string(*actual.rule->suppress_ifgroup) + ", so that " + cause.text;
        return cause;
    }
    cause.text += " before " + quoted_rule(*wanted.rule, comparison.names) + " is asked";
    cause.rule = *actual.rule;
    if (is_ours(*actual.rule, comparison.plan.ownership)) return cause;  // left over
    const Walk changed = comparison.changed.walk(query);
    if (changed.decision() != nullptr && *changed.decision()->rule == *wanted.rule) {
        cause.text += ", and nothing leads past it yet";
        return cause;
    }
    cause.fix =
        "find out who made the first of them, which is not eni-routes' and says that it is for "
        "these packets";
    return cause;
}

/// The rule that should decide is there, and its table has not what it should have.
Cause table_lacks(const Comparison& comparison, const Step* actual, const Step& wanted) {
    const TableId id = wanted.rule->table;
    const std::string name = "table " + name_of(id, comparison.names);
    const bool is_empty = !comparison.actual.routes().has_any(id, wanted.rule->family);
    Cause cause;
    cause.table = id;
    if (actual != nullptr && *actual->rule == *wanted.rule) {
        cause.text = found_words(*actual, comparison.names);
        if (wanted.route != nullptr)
            cause.text += " instead of " + quoted_route(*wanted.route, comparison.names);
        return cause;
    }
    const std::string what =
        wanted.route != nullptr ? "has no " + quoted_route(*wanted.route, comparison.names) : "";
    cause.text = name + (is_empty ? " is empty" : " " + what);
    cause.text += instead(actual, comparison.names);
    return cause;
}

}  // namespace

Comparison compare(const Plan& plan, const KernelSnapshot& kernel, TableNames names) {
    auto after = std::make_unique<const KernelSnapshot>(applied(diff(plan, kernel), kernel));
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
    const Step* actual = actual_walk.decision();
    const Step* wanted = wanted_walk.decision();
    Cause cause;
    const auto unknown =
        std::find_if(actual_walk.steps.begin(), actual_walk.steps.end(),
                     [](const Step& step) { return step.result == StepResult::unknown; });
    if (unknown != actual_walk.steps.end() && !agrees(actual_walk, answer)) {
        cause.text = quoted_rule(*unknown->rule, comparison.names) +
                     ", which has something that eni-routes does not know, may be why";
        cause.fix = "find out who made that rule, which is not eni-routes'";
        cause.rule = *unknown->rule;
        return cause;
    }
    if (actual != nullptr) cause.text = found_words(*actual, comparison.names);
    cause.is_as_planned = actual == nullptr || wanted == nullptr
                              ? actual == wanted
                              : is_same_route(actual->route, wanted->route);
    if (comparison.families_without_policy.count(query.family()) != 0 || wanted == nullptr)
        return cause;
    if (!comparison.actual.has(*wanted->rule)) {
        cause.text = quoted_rule(*wanted->rule, comparison.names) + " is missing" +
                     instead(actual, comparison.names);
        cause.rule = *wanted->rule;
        return cause;
    }
    const bool is_reached =
        std::any_of(actual_walk.steps.begin(), actual_walk.steps.end(),
                    [&](const Step& step) { return *step.rule == *wanted->rule; });
    if (!is_reached) return decided_before(comparison, query, *actual, *wanted);
    if (actual != nullptr && *actual->rule == *wanted->rule &&
        is_same_route(actual->route, wanted->route))
        return cause;
    return table_lacks(comparison, actual, *wanted);
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
