// Rules that other programs made: who they are, and what they may take away from ours. See
// diagnosis.hpp.
#include <algorithm>
#include <iterator>
#include <set>

#include "diagnosis.hpp"
#include "foreign_rules.hpp"
#include "interfaces.hpp"
#include "ownership.hpp"
#include "tables.hpp"

namespace eni {

namespace {

/// Other programs that route by source address, told by the numbers that they use.
struct OtherTool {
    const char* name;
    Grade grade;
    const char* fix;  // to the end: what a service has made outlives it, until a reboot
    bool (*is_its_rule)(const Rule& rule);
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
     }},
    {"cloud-netconfig", Grade::warning,
     "systemctl disable --now cloud-netconfig.timer, then: reboot",
     [](const Rule& rule) { return between(rule, 30399, 30399) && rule.table == kTableMain; }},
    {"amazon-ec2-net-utils", Grade::warning, "remove that package, or this one",
     [](const Rule& rule) {
         const bool is_its_table = number(rule.table) >= 10000 && number(rule.table) < 10000 + 1000;
         return is_from_host(rule) && is_its_table &&
                (table_is_priority(rule) || between(rule, 32000, 32765));
     }},
    {"amazon-vpc-cni", Grade::note, "", is_cni_rule},
    {"Cilium", Grade::note, "",
     [](const Rule& rule) { return number(rule.table) == 2004 && rule.fwmask == 0xf00; }},
};

}  // namespace

/// Which packets a rule of another program's takes away before ours are asked is not to be known
/// from those that were tried.
void judge_foreign_rules(Diagnosis& diagnosis) {
    const auto is_a_tools = [](const Rule& rule) {
        return std::any_of(std::begin(kOtherTools), std::end(kOtherTools),
                           [&](const OtherTool& tool) { return tool.is_its_rule(rule); });
    };
    const auto is_from_us = [&](const Rule& rule) {
        return rule.from && rule.fwmask == 0 &&
               std::any_of(diagnosis.plan.interfaces.begin(), diagnosis.plan.interfaces.end(),
                           [&](const auto& i) {
                               return std::any_of(
                                   i.addresses.begin(), i.addresses.end(),
                                   [&](const IpAddress& a) { return rule.from->contains(a); });
                           });
    };
    // From the first of those that it is to be led past it goes straight to eni-routes' rules.
    const auto is_led_past = [&](const Rule& rule) {
        return is_for_all(rule) &&
               std::any_of(diagnosis.plan.rules.begin(), diagnosis.plan.rules.end(),
                           [&](const Planned<Rule>& planned) {
                               const Rule& ours = planned.object;
                               return ours.family == rule.family && ours.from &&
                                      ours.action == RuleAction::go_to &&
                                      number(ours.priority) < number(rule.priority);
                           });
    };
    for (const Rule& rule : diagnosis.facts.kernel.rules) {
        const bool comes_first = number(rule.priority) < diagnosis.config.priority_base;
        if (!comes_first || is_kernels_own(rule) || is_ours(rule, diagnosis.plan.ownership) ||
            is_a_tools(rule) || diagnosis.told_rules.count(rule) != 0)
            continue;
        if (is_led_past(rule)) {
            diagnosis.say(Grade::note, "",
                          quoted_rule(rule, diagnosis.comparison.names) +
                              ", which is not eni-routes', is for all packets: what is sent from "
                              "its interfaces' addresses is led past it");
            continue;
        }
        diagnosis.say(
            is_from_us(rule) ? Grade::warning : Grade::note, "",
            quoted_rule(rule, diagnosis.comparison.names) +
                ", which is not eni-routes', comes before its rules: what it takes away was not tried",
            is_from_us(rule) ? diagnosis.advice_on(rule, "find out who made it") : "");
    }
}

void judge_other_programs(Diagnosis& diagnosis) {
    const KernelSnapshot& kernel = diagnosis.facts.kernel;
    const Ownership& ownership = diagnosis.plan.ownership;
    for (const OtherTool& tool : kOtherTools) {
        const auto rule =
            std::find_if(kernel.rules.begin(), kernel.rules.end(), [&](const Rule& candidate) {
                return !is_ours(candidate, ownership) && tool.is_its_rule(candidate);
            });
        if (rule != kernel.rules.end())
            diagnosis.say(tool.grade, "",
                          std::string(tool.name) + " is at work on this host as well: " +
                              quoted_rule(*rule, diagnosis.comparison.names),
                          tool.fix);
    }
    std::set<TableId> tables;  // that are not empty
    for (const Route& route : kernel.routes) tables.insert(route.table);
    for (const Rule& rule : kernel.rules) {
        if (tables.count(rule.table) != 0 || is_reserved(rule.table) || rule.is_exotic ||
            is_ours(rule, ownership))
            continue;
        diagnosis.told_rules.insert(rule);
        diagnosis.say(Grade::note, "",
                      quoted_rule(rule, diagnosis.comparison.names) +
                          ", which is not eni-routes', leads to an empty table" +
                          diagnosis.gone_words(rule.table));
    }
}

}  // namespace eni
