// What check knows of a host, and what it has said so far: the notebook of the *_verdicts.cpp
// files, each of which judges one subject. For check.cpp and these alone.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adoption.hpp"
#include "cause.hpp"
#include "check.hpp"

namespace eni {

struct Diagnosis {
    const Facts& facts;
    const Config& config;
    const Plan& plan;  // that the host is judged by
    const Comparison& comparison;
    std::string remedy;  // what applies the policy
    std::string repair;  // what mends a difference between plan and kernel

    // Empty where eni-routes is not installed or is off: then such files are all that there is.
    std::vector<InterfaceAdoption> adoptions;

    std::vector<Verdict> verdicts;
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

    /// What to do about a rule that is not ours: `unknown`, unless it is of a file made by hand.
    std::string advice_on(const Rule& rule, const std::string& unknown) const;

    /// The kernel chooses it nevertheless, and nothing gets out.
    bool lacks_carrier(const std::string& ifname) const;
};

// flow_verdicts.cpp
void judge_losses(Diagnosis& diagnosis, const std::vector<Flow>& flows);
void judge_answers(Diagnosis& diagnosis, const std::vector<Flow>& flows);
void judge_rp_filter(Diagnosis& diagnosis, const std::vector<Flow>& flows);

// difference_verdicts.cpp
void judge_differences(Diagnosis& diagnosis, const Changes& changes);
void judge_files(Diagnosis& diagnosis, const std::vector<FileChange>& files);
/// Comes first of all where none of a family's rules is in the kernel.
void judge_absence(Diagnosis& diagnosis);

// interface_verdicts.cpp
void judge_interfaces(Diagnosis& diagnosis);
/// Where an address is on two interfaces: which to take it off. Empty where none is.
std::string advice_on_shared_address(const Facts& facts, const Plan& plan);

// foreign_rule_verdicts.cpp
void judge_other_programs(Diagnosis& diagnosis);
void judge_foreign_rules(Diagnosis& diagnosis);

// host_verdicts.cpp
void judge_hook(Diagnosis& diagnosis, const HostFacts& host);
void judge_denials(Diagnosis& diagnosis, const HostFacts& host);
void judge_watch(Diagnosis& diagnosis, const HostFacts& host);
void judge_route_files(Diagnosis& diagnosis);
void judge_files_by_hand(Diagnosis& diagnosis);
void judge_udp_servers(Diagnosis& diagnosis, const HostFacts& host);

}  // namespace eni
