// See check.hpp. The order of the subjects; what is said of each is in the *_verdicts.cpp files.
#include "check.hpp"

#include <algorithm>

#include "diagnosis.hpp"
#include "format.hpp"
#include "interfaces.hpp"
#include "make_plan.hpp"

namespace eni {

namespace {

Plan plan_if_on(Facts facts, Config config) {
    config.enabled = true;
    facts.disk.disabled.erase("*");
    return make_plan(facts, config, Absent::forget);
}

bool is_installed(const Facts& facts) {
    return !facts.host || facts.host->is_installed();
}

std::string remedy_for(const Facts& facts, const Config& config) {
    if (!config.enabled)
        return "take 'enabled: false' out of the configuration, then: eni-routes regenerate";
    if (is_switched_off(facts, config)) return "eni-routes enable";
    return is_installed(facts) ? "eni-routes regenerate"
                               : "install eni-routes, then: eni-routes regenerate";
}

std::vector<Flow> judge_policy(Diagnosis& diagnosis, const Ask& ask) {
    if (!diagnosis.plan.is_active) {
        diagnosis.say(Grade::good, "",
                      "fewer than two managed interfaces: there is nothing to separate");
        return {};
    }
    const auto& host = diagnosis.facts.host;
    auto flows =
        judge_flows(diagnosis.facts.kernel, diagnosis.plan, diagnosis.config.peer_addresses(),
                    host ? host->published_ports : std::vector<PublishedPort>(), ask);
    judge_losses(diagnosis, flows);
    judge_answers(diagnosis, flows);
    judge_rp_filter(diagnosis, flows);
    return flows;
}

void judge_surroundings(Diagnosis& diagnosis, bool is_off) {
    const auto& host = diagnosis.facts.host;
    const bool is_active = diagnosis.plan.is_active;
    if (!host)
        diagnosis.say(
            Grade::note, "",
            "these facts do not say what else is on the host (the hook, services, servers, "
            "published ports): that is not judged");
    if (is_off)
        diagnosis.say(Grade::note, "", "eni-routes is switched off", diagnosis.remedy);
    else if (host)
        judge_hook(diagnosis, *host);
    judge_interfaces(diagnosis);
    if (host) {
        judge_denials(diagnosis, *host);
        judge_watch(diagnosis, *host);
    }
    judge_other_programs(diagnosis);
    if (is_active) judge_foreign_rules(diagnosis);
    judge_route_files(diagnosis);
    if (is_active && !is_off) judge_files_by_hand(diagnosis);
    if (host && is_active) judge_udp_servers(diagnosis, *host);
}

}  // namespace

Grade CheckResult::worst() const {
    Grade worst = Grade::good;
    for (const Verdict& verdict : verdicts) worst = std::max(worst, verdict.grade);
    return worst;
}

CheckResult check(const Facts& facts, const Config& config, const ChangeSet& change_set,
                  const Ask& ask) {
    const bool is_off = is_switched_off(facts, config);
    const Plan plan = is_off ? plan_if_on(facts, config) : change_set.plan;
    const Comparison comparison = compare(plan, facts.kernel, names_of_tables(plan, facts.disk));
    std::string remedy = remedy_for(facts, config);
    // Until then the plan may give its answers to the interface that it does not belong to.
    if (const std::string first = advice_on_shared_address(facts, plan); !is_off && !first.empty())
        remedy = first;
    const std::string repair = is_off ? "eni-routes regenerate" : remedy;
    Diagnosis diagnosis{facts, config, plan, comparison, remedy, repair, {}, {}, {}, {}, {}};
    if (plan.is_active && !is_off && is_installed(facts))
        diagnosis.adoptions = adoptions(facts, config, plan);

    CheckResult result;
    result.flows = judge_policy(diagnosis, ask);
    judge_differences(diagnosis, change_set.changes);
    if (comparison.families_without_policy.empty()) judge_files(diagnosis, change_set.files);
    if (!is_off) judge_absence(diagnosis);
    judge_surroundings(diagnosis, is_off);
    result.verdicts = std::move(diagnosis.verdicts);
    std::stable_sort(result.verdicts.begin(), result.verdicts.end(),
                     [](const Verdict& a, const Verdict& b) { return a.grade > b.grade; });
    return result;
}

}  // namespace eni
