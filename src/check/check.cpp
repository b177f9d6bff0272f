// See check.hpp. The order of the subjects; what is said of each is in the *_findings.cpp files.
#include "check.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "diagnosis.hpp"
#include "format.hpp"
#include "interfaces.hpp"
#include "make_plan.hpp"
#include "marking.hpp"
#include "metadata.hpp"

namespace eni {

namespace {

/// The program and every interface.
Plan plan_if_on(Facts facts, Config config) {
    config.enabled = true;
    for (auto& [ifname, settings] : config.interfaces) settings.enabled = true;
    facts.disk.disabled.clear();
    return make_plan(facts, config, Absent::forget);
}

bool is_something_off(const Facts& facts, const Config& config) {
    return is_switched_off(facts, config) ||
           std::any_of(facts.kernel.links.begin(), facts.kernel.links.end(), [&](const Link& link) {
               return is_switched_off(facts, config, link.ifname);
           });
}

std::map<Rule, std::string> interfaces_served(const Plan& plan) {
    std::map<Rule, std::string> served;
    for (const Planned<Rule>& planned : plan.rules) served.emplace(planned.object, planned.ifname);
    return served;
}

/// The flows as they are, and as they were with all changes made.
std::vector<Flow> judge_flows_and_losses(Diagnosis& diagnosis, const Ask& ask) {
    const Facts& facts = diagnosis.facts;
    const auto ports = facts.host ? facts.host->published_ports : std::vector<PublishedPort>();
    const auto flows_of = [&](const KernelSnapshot& kernel, const Ask& asked,
                              const std::optional<Marking>& marking) {
        return judge_flows(kernel, diagnosis.plan, diagnosis.config.peer_addresses(), ports, asked,
                           facts.enis, marking);
    };
    auto flows = flows_of(facts.kernel, ask, marking_in_force(facts));
    const bool is_lost = std::any_of(flows.begin(), flows.end(),
                                     [](const Flow& flow) { return flow.fault != Fault::none; });
    if (!is_lost) return flows;
    const Lookup& changed = diagnosis.comparison.changed;
    judge_losses(diagnosis, flows,
                 flows_of(
                     *diagnosis.comparison.after,
                     [&](const RouteQuery& query) { return changed.answer(query); },
                     diagnosis.plan.marking));
    return flows;
}

void judge_surroundings(Diagnosis& diagnosis) {
    const auto& host = diagnosis.facts.host;
    const bool is_active = diagnosis.plan.is_active;
    if (!is_active) diagnosis.host_is_right.emplace_back("fewer than two managed interfaces");
    if (host && !diagnosis.is_off) judge_hook(diagnosis, *host);
    if (host) {
        judge_networkmanager(diagnosis, *host);
        judge_denials(diagnosis, *host);
        judge_watch(diagnosis, *host);
    } else {
        diagnosis.say({Grade::note, "host-not-recorded", "",
                       "these facts do not have what else is on the host",
                       "the hook, services, servers and published ports are not judged", ""});
    }
    judge_other_programs(diagnosis);
    if (is_active) judge_foreign_rules(diagnosis);
    judge_configuration(diagnosis);
    judge_unread(diagnosis);
    judge_route_files(diagnosis);
    if (is_active && !diagnosis.is_off) judge_files_by_hand(diagnosis);
    if (host && is_active) {
        judge_udp_servers(diagnosis, *host);
        judge_multicast(diagnosis, *host);
    }
}

// ---- The result ---------------------------------------------------------------------------------

/// Those of the plan, then those that EC2 delivers to or that are not managed.
std::vector<CheckedInterface> checked_interfaces(const Diagnosis& diagnosis,
                                                 const std::vector<Flow>& flows) {
    const Facts& facts = diagnosis.facts;
    std::vector<CheckedInterface> interfaces;
    std::map<std::string, std::size_t> known;
    const auto of = [&](const std::string& ifname, bool is_managed) -> CheckedInterface& {
        const auto [found, is_new] = known.emplace(ifname, interfaces.size());
        if (is_new) interfaces.push_back({ifname, is_managed, {}});
        return interfaces[found->second];
    };
    std::set<std::pair<std::string, IpAddress>> lost, seen;
    for (const Flow& flow : flows)
        if (flow.kind == FlowKind::bound && flow.fault != Fault::none)
            for (const IpAddress& local : flow.locals) lost.emplace(flow.ifname, local);
    const auto add = [&](CheckedInterface& interface, const IpAddress& address) {
        if (!seen.emplace(interface.ifname, address).second) return;
        const Eni* const eni = find_eni(facts, interface.ifname);
        interface.addresses.push_back(
            {address, eni != nullptr ? public_address_of(*eni, address) : std::nullopt,
             lost.count({interface.ifname, address}) != 0});
    };
    for (const InterfacePlan& planned : diagnosis.plan.interfaces) {
        CheckedInterface& interface = of(planned.ifname, true);
        for (const IpAddress& address : planned.addresses) add(interface, address);
    }
    for (const auto& [ifname, key] : diagnosis.roots) {
        if (key.kind != CauseKey::Kind::interface) continue;  // "lo", with an address of an ENI's
        CheckedInterface& interface = of(ifname, false);
        if (interface.is_managed) continue;
        for (const Address& own : facts.kernel.addresses)
            if (own.ifname == ifname && own.is_global) add(interface, own.address);
    }
    for (const Flow& flow : flows)
        if (flow.kind == FlowKind::bound)
            for (const IpAddress& local : flow.locals) add(of(flow.ifname, true), local);
    std::stable_partition(interfaces.begin(), interfaces.end(),
                          [](const CheckedInterface& interface) { return interface.is_managed; });
    return interfaces;
}

/// The worst first; what was accepted last.
void sort_findings(std::vector<Finding>& findings, const std::set<std::string>& accepted) {
    for (Finding& finding : findings) finding.is_accepted = accepted.count(finding.code) != 0;
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
        return a.is_accepted != b.is_accepted ? b.is_accepted : a.grade > b.grade;
    });
}

}  // namespace

Grade CheckResult::worst() const {
    Grade worst = Grade::good;
    for (const Finding& finding : findings)
        if (!finding.is_accepted) worst = std::max(worst, finding.grade);
    return worst;
}

Grade CheckResult::worst_of(const std::string& ifname) const {
    Grade worst = Grade::good;
    for (const Finding& finding : findings)
        if (!finding.is_accepted && finding.ifname == ifname)
            worst = std::max(worst, finding.grade);
    return worst;
}

Grade CheckResult::verdict_of(const CheckedInterface& interface) const {
    Grade verdict = worst_of(interface.ifname);
    for (const CheckedAddress& address : interface.addresses)
        if (address.is_lost) verdict = std::max(verdict, worst());
    return verdict;
}

std::size_t CheckResult::count(Grade grade) const {
    return static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(),
        [&](const Finding& finding) { return finding.grade == grade && !finding.is_accepted; }));
}

CheckResult check(const Facts& facts, const Config& config, const ChangeSet& change_set,
                  const Ask& ask, const std::optional<Probe>& probe,
                  const Unconfirmed& unconfirmed) {
    const bool is_off = is_switched_off(facts, config);
    const bool is_installed = !facts.host || facts.host->is_installed();
    const Plan plan = is_something_off(facts, config) ? plan_if_on(facts, config) : change_set.plan;
    const Comparison comparison = compare(plan, facts.kernel, names_of_tables(plan, facts.disk));
    Diagnosis diagnosis{facts,
                        config,
                        change_set,
                        plan,
                        comparison,
                        is_off,
                        is_installed,
                        deliveries(facts.kernel, facts.enis),
                        interfaces_served(plan)};
    if (plan.is_active && !is_off && is_installed)
        diagnosis.adoptions = adoptions(facts, config, plan);
    judge_policy_as_a_whole(diagnosis);
    judge_interfaces(diagnosis);
    judge_addresses(diagnosis);
    judge_gateways(diagnosis);
    CheckResult result;
    result.flows = judge_flows_and_losses(diagnosis, ask);
    if (facts.host) judge_fights(diagnosis, *facts.host);
    judge_differences(diagnosis);
    judge_plan_notes(diagnosis);
    judge_surroundings(diagnosis);
    if (!unconfirmed.words.empty())
        diagnosis.say({Grade::warning,
                       unconfirmed.is_sealed ? "image-sealed" : "change-unconfirmed", "",
                       unconfirmed.words, "", unconfirmed.fix});
    if (probe) judge_probe(diagnosis, *probe);
    result.is_probed = probe.has_value();
    result.interfaces = checked_interfaces(diagnosis, result.flows);
    result.findings = std::move(diagnosis.findings);
    result.host_is_right = std::move(diagnosis.host_is_right);
    sort_findings(result.findings, config.check_accept);
    return result;
}

}  // namespace eni
