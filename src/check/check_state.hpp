// The desk at which check's verdicts are written: what lies before the judges, and what they have
// told already. For check.cpp and surroundings.cpp alone.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cause.hpp"
#include "check.hpp"

namespace eni {

struct Desk {
    const Facts& facts;
    const Config& config;
    const HostFacts& host;
    const Comparison& comparison;
    std::string remedy;  // what lays the policy down
    std::string repair;  // what puts a difference between plan and kernel right
    std::vector<Verdict>& verdicts;
    // Differences that a verdict has named already.
    std::set<Rule> told_rules;
    std::set<std::pair<Family, TableId>> told_tables;
    std::set<std::string> told_groups;

    void say(Grade grade, const std::string& ifname, std::string text, std::string fix = "") {
        verdicts.push_back({grade, ifname, std::move(text), std::move(fix)});
    }

    /// " (eth2 is gone)" of a table that was for an interface which is gone. Tables have other
    /// names than interfaces' as well: "main", "isp2".
    std::string gone_words(TableId table) const;

    /// The kernel chooses it nevertheless, and nothing gets out.
    bool lacks_carrier(const std::string& ifname) const;
};

/// What stands around the policy, and what no rule can put right. `is_off`: the program is switched
/// off.
void judge_surroundings(Desk& desk, const Plan& plan, bool is_off);

}  // namespace eni
