// The policy as a whole: whether eni-routes is installed and on, and whether the kernel has any of
// it. Whatever else differs follows from that. See diagnosis.hpp.
#include <algorithm>

#include "diagnosis.hpp"
#include "text.hpp"

namespace eni {

namespace {

const CauseKey kHost{CauseKey::Kind::host, ""};

Finding not_installed(bool is_active) {
    return {is_active ? Grade::warning : Grade::note,
            "not-installed",
            "",
            "eni-routes is not installed: nothing is done when an interface comes up",
            "there is no hook of its in NetworkManager's dispatcher.d",
            std::string("yum install eni-routes && ") + kRegenerate};
}

Finding switched_off(const Config& config) {
    const std::string text = "eni-routes is switched off: replies follow main";
    return config.enabled ? Finding{Grade::note,
                                    "switched-off",
                                    "",
                                    text,
                                    "eni-routes disable was called",
                                    "eni-routes enable"}
                          : Finding{Grade::note,
                                    "switched-off",
                                    "",
                                    text,
                                    "the configuration has 'enabled: false'",
                                    by_configuration("enabled: true")};
}

/// Of the families for which a run would make rules: not where what they serve is switched off.
std::vector<std::string> absent_policy_words(const Diagnosis& diagnosis) {
    std::set<Family> planned;
    for (const Planned<Rule>& rule : diagnosis.change_set.plan.rules)
        if (rule.in_kernel) planned.insert(rule.object.family);
    std::vector<std::string> words;
    for (const Family family : diagnosis.comparison.families_without_policy)
        if (planned.count(family) != 0)
            words.push_back(std::string("none of eni-routes' rules for ") +
                            (family == Family::v4 ? "IPv4" : "IPv6") + " is in the kernel");
    return words;
}

/// What `ip rule flush` takes, and eni-routes never puts back: it is not its own.
Finding kernel_rules_missing(const std::vector<Rule>& missing, const TableNames& names,
                             bool is_policy_gone) {
    std::vector<std::string> rules, commands;
    for (const Rule& rule : missing) {
        rules.push_back(quoted_rule(rule, names) + (rule.family == Family::v6 ? " of IPv6" : ""));
        commands.push_back(ip_command(rule.family) + "rule add lookup " +
                           name_of(rule.table, names) + " priority " +
                           std::to_string(number(rule.priority)));
    }
    if (is_policy_gone) commands.emplace_back(kRegenerate);
    Finding finding{Grade::warning,
                    "kernel-rule-missing",
                    "",
                    "the kernel's own " + enumeration(rules, "and") +
                        (rules.size() == 1 ? " is missing" : " are missing"),
                    "",
                    ""};
    for (const std::string& command : commands)
        finding.fix += (finding.fix.empty() ? "" : " && ") + command;
    finding.rule = missing.front();
    return finding;
}

}  // namespace

void judge_policy_as_a_whole(Diagnosis& diagnosis) {
    const TableNames& names = diagnosis.comparison.names;
    const auto absent = absent_policy_words(diagnosis);
    const auto lost = missing_kernel_rules(diagnosis.facts.kernel);
    const bool is_policy_gone = !diagnosis.is_off && !absent.empty();
    if (!diagnosis.is_installed) {
        diagnosis.of_cause(kHost, not_installed(diagnosis.plan.is_active));
        return;
    }
    if (diagnosis.is_off) {
        diagnosis.of_cause(kHost, switched_off(diagnosis.config));
        return;
    }
    if (!lost.empty()) {
        Finding& finding =
            diagnosis.of_cause(kHost, kernel_rules_missing(lost, names, is_policy_gone));
        if (is_policy_gone) finding.consequences = absent;
        return;
    }
    if (is_policy_gone)
        diagnosis.of_cause(kHost, {Grade::warning, "policy-missing", "", enumeration(absent, "and"),
                                   "", kRegenerate});
}

}  // namespace eni
