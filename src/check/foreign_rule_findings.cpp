// Rules that other programs made: who they are, and what they may take away from ours. See
// diagnosis.hpp.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "diagnosis.hpp"
#include "foreign_rules.hpp"
#include "interfaces.hpp"
#include "ownership.hpp"
#include "tables.hpp"

namespace eni {

namespace {

/// Other programs that route by source address: known by what is installed, or by the numbers that
/// they use where no other program would.
struct OtherTool {
    const char* name;
    Grade grade;
    const char* fix;  // to the end: what a service has made outlives it, until a reboot
    bool (*is_its_rule)(const Rule& rule);
    bool is_known_by_numbers;  // alone; else its package has to be there
};

bool between(const Rule& rule, std::uint32_t first, std::uint32_t last) {
    return number(rule.priority) >= first && number(rule.priority) <= last;
}
bool table_is_priority(const Rule& rule) {
    return number(rule.table) == number(rule.priority);
}
bool is_from_host(const Rule& rule) {
    return rule.from && rule.from->is_host();
}

constexpr OtherTool kOtherTools[] = {
    {"nm-cloud-setup", Grade::warning,
     "systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service, then: reboot",
     [](const Rule& rule) {
         return between(rule, 30350, 30350) ||
                (is_from_host(rule) && table_is_priority(rule) &&
                 (between(rule, 30200, 30299) || between(rule, 30400, 30499)));
     },
     true},
    {"cloud-netconfig", Grade::warning,
     "systemctl disable --now cloud-netconfig.timer, then: reboot",
     [](const Rule& rule) { return between(rule, 30399, 30399) && rule.table == kTableMain; },
     true},
    {"amazon-ec2-net-utils", Grade::warning, "yum remove amazon-ec2-net-utils, then: reboot",
     [](const Rule& rule) {
         const bool is_its_table = number(rule.table) >= 10000 && number(rule.table) < 10000 + 1000;
         return is_from_host(rule) && is_its_table &&
                (table_is_priority(rule) || between(rule, 32000, 32765));
     },
     false},
    {"amazon-vpc-cni", Grade::note, "", is_cni_rule, true},
    {"Cilium", Grade::note, "",
     [](const Rule& rule) { return number(rule.table) == 2004 && rule.fwmask == 0xf00; }, true},
};

const ToolFact* installed(const Diagnosis& diagnosis, const std::string& name) {
    if (!diagnosis.facts.host) return nullptr;
    for (const ToolFact& tool : diagnosis.facts.host->tools)
        if (tool.name == name) return &tool;
    return nullptr;
}

bool is_at_work(const Diagnosis& diagnosis, const OtherTool& tool, const Rule& rule) {
    return tool.is_its_rule(rule) &&
           (tool.is_known_by_numbers || installed(diagnosis, tool.name) != nullptr);
}

bool is_a_tools(const Diagnosis& diagnosis, const Rule& rule) {
    return std::any_of(std::begin(kOtherTools), std::end(kOtherTools),
                       [&](const OtherTool& tool) { return is_at_work(diagnosis, tool, rule); });
}

/// From the first of those that it is to be led past it goes straight to eni-routes' rules.
bool is_led_past(const Plan& plan, const Rule& rule) {
    return is_for_all(rule) &&
           std::any_of(plan.rules.begin(), plan.rules.end(), [&](const Planned<Rule>& planned) {
               const Rule& ours = planned.object;
               return ours.family == rule.family && ours.from && ours.action == RuleAction::go_to &&
                      number(ours.priority) < number(rule.priority);
           });
}

/// By its source alone: it takes all that one of the interfaces sends, and not to its own table.
/// `own` are their addresses, and the tables of these.
bool is_from_us(const std::map<IpAddress, TableId>& own, const Rule& rule) {
    if (!rule.from || !selects_by_address(rule)) return false;
    auto each = own.lower_bound(rule.from->address());
    while (each != own.end() && each->second == rule.table) ++each;
    return each != own.end() && rule.from->contains(each->first);
}

/// Sorts rules into one finding for each kind: there may be thousands of them.
void tell(Diagnosis& diagnosis, const std::string& kind, const Rule& rule, const Finding& draft) {
    Finding finding = draft;
    finding.rule = rule;
    diagnosis.add_to({CauseKey::Kind::rule, kind}, finding);
}

}  // namespace

/// Which packets a rule of another program's takes away before ours are asked is not to be known
/// from those that were tried.
void judge_foreign_rules(Diagnosis& diagnosis) {
    const std::set<Rule> told = diagnosis.told_rules();
    std::map<IpAddress, TableId> own;
    for (const InterfacePlan& interface : diagnosis.plan.interfaces)
        for (const IpAddress& address : interface.addresses)
            own.emplace(address, interface.table.id);
    for (const Rule& rule : diagnosis.facts.kernel.rules) {
        const bool comes_first = number(rule.priority) < diagnosis.config.priority_base &&
                                 rule.action != RuleAction::nop;  // which takes nothing
        if (!comes_first || is_kernels_own(rule) || is_ours(rule, diagnosis.plan.ownership) ||
            is_a_tools(diagnosis, rule) || told.count(rule) != 0 ||
            !diagnosis.adoption_of(rule).empty())  // the file that says it is told
            continue;
        const std::string words = quoted_rule(rule, diagnosis.comparison.names);
        if (is_led_past(diagnosis.plan, rule))
            tell(diagnosis, "led past", rule,
                 {Grade::note, "rule-led-past", "",
                  words + " is another program's, and for all packets",
                  "what is sent from the interfaces' addresses is led past it", ""});
        else
            tell(diagnosis, is_from_us(own, rule) ? "before, from us" : "before", rule,
                 {is_from_us(own, rule) ? Grade::warning : Grade::note, "rule-before-ours", "",
                  words + " is another program's, and comes first",
                  "what it takes away was not tried", ""});
    }
}

void judge_other_programs(Diagnosis& diagnosis) {
    const KernelSnapshot& kernel = diagnosis.facts.kernel;
    const Ownership& ownership = diagnosis.plan.ownership;
    for (const OtherTool& tool : kOtherTools) {
        const auto rule =
            std::find_if(kernel.rules.begin(), kernel.rules.end(), [&](const Rule& candidate) {
                return !is_ours(candidate, ownership) && is_at_work(diagnosis, tool, candidate);
            });
        if (rule == kernel.rules.end()) continue;
        Finding finding{tool.grade,
                        "other-tool",
                        "",
                        std::string(tool.name) + " is at work on this host as well",
                        quoted_rule(*rule, diagnosis.comparison.names) + " is its",
                        tool.fix};
        finding.rule = *rule;
        diagnosis.say(finding);
    }
    // Facts recorded before 0.2 do not have all routes.
    if (!diagnosis.comparison.actual.routes().has_local_table()) return;
    std::set<TableId> tables;  // that are not empty
    for (const Route& route : kernel.routes) tables.insert(route.table);
    for (const Rule& rule : kernel.rules) {
        if (rule.action != RuleAction::lookup || tables.count(rule.table) != 0 ||
            is_reserved(rule.table) || rule.is_exotic || is_ours(rule, ownership))
            continue;
        tell(diagnosis, "empty", rule,
             {Grade::note, "rule-to-empty-table", "",
              quoted_rule(rule, diagnosis.comparison.names) +
                  ", which is another program's, leads to an empty table" +
                  diagnosis.gone_words(rule.table),
              "", ""});
    }
}

}  // namespace eni
