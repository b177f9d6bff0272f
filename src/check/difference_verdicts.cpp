// What of the plan the kernel and the disk do not have. Each difference is told once: by the flow
// that it breaks, or here. See diagnosis.hpp.
#include "diagnosis.hpp"

namespace eni {

namespace {

void judge_rules(Diagnosis& diagnosis, const Changes& changes) {
    const TableNames& names = diagnosis.comparison.names;
    const auto& absent = diagnosis.comparison.families_without_policy;
    for (const auto& rule : changes.rules_added)
        if (diagnosis.told_rules.count(rule.object) == 0 && absent.count(rule.object.family) == 0)
            diagnosis.say(
                Grade::warning, rule.ifname,
                quoted_rule(rule.object, names) + " (" + std::string(rule.why) + ") is missing",
                diagnosis.repair);
    for (const auto& rule : changes.rules_deleted)
        if (diagnosis.told_rules.count(rule.object) == 0)
            diagnosis.say(Grade::warning, rule.ifname,
                          quoted_rule(rule.object, names) + " is left over" +
                              diagnosis.gone_words(rule.object.table),
                          diagnosis.repair);
}

/// One verdict for each table.
void judge_routes(Diagnosis& diagnosis, const Changes& changes) {
    const TableNames& names = diagnosis.comparison.names;
    const auto& absent = diagnosis.comparison.families_without_policy;
    const auto judge = [&](const Planned<Route>& route, const std::string& what) {
        const Family family = route.object.family();
        const bool is_first = diagnosis.told_tables.insert({family, route.object.table}).second;
        if (absent.count(family) != 0 || !is_first) return;
        diagnosis.say(Grade::warning, route.ifname,
                      "table " + name_of(route.object.table, names) + what +
                          quoted_route(route.object, names) +
                          diagnosis.gone_words(route.object.table),
                      diagnosis.repair);
    };
    for (const RouteAddition& addition : changes.routes_added) judge(addition.route, " lacks ");
    for (const auto& route : changes.routes_deleted) judge(route, " has left over ");
}

}  // namespace

void judge_differences(Diagnosis& diagnosis, const Changes& changes) {
    for (const GroupChange& change : changes.groups)
        if (diagnosis.told_groups.count(change.ifname) == 0 &&
            diagnosis.comparison.families_without_policy.empty())
            diagnosis.say(Grade::warning, change.ifname,
                          "is in link group " + std::to_string(change.from) + " instead of " +
                              std::to_string(change.to),
                          diagnosis.repair);
    judge_rules(diagnosis, changes);
    for (const auto& address : changes.addresses_deleted)
        diagnosis.say(
            Grade::warning, address.ifname,
            address.object.address.to_string() + " was put on it by eni-routes, and is left over",
            diagnosis.repair);
    judge_routes(diagnosis, changes);
}

void judge_files(Diagnosis& diagnosis, const std::vector<FileChange>& files) {
    for (const FileChange& file : files)
        diagnosis.say(Grade::warning, file.ifname,
                      file.path +
                          (!file.before  ? " is missing"
                           : !file.after ? " is left over"
                                         : " is not what eni-routes would write") +
                          ": a boot starts with what the files say",
                      diagnosis.repair);
}

/// First of all, and with everything that follows from it told.
void judge_absence(Diagnosis& diagnosis) {
    for (const Family family : diagnosis.comparison.families_without_policy) {
        const bool is_broken =
            std::any_of(diagnosis.verdicts.begin(), diagnosis.verdicts.end(),
                        [](const Verdict& verdict) { return verdict.grade == Grade::broken; });
        diagnosis.verdicts.insert(
            diagnosis.verdicts.begin(),
            {is_broken ? Grade::broken : Grade::warning, "",
             std::string("none of eni-routes' rules for ") +
                 (family == Family::v4 ? "IPv4" : "IPv6") + " is in the kernel",
             diagnosis.remedy});
    }
}

}  // namespace eni
