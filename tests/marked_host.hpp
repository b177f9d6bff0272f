// The example's host with `forwarded: connmark`, in nft's or iptables' hands, and what a run
// leaves.
#pragma once

#include <string>
#include <vector>

#include "change_set.hpp"
#include "example.hpp"
#include "make_plan.hpp"
#include "text.hpp"

namespace eni {

inline Config connmark() {
    Config config;
    config.forwarded = Forwarded::connmark;
    return config;
}

/// Netfilter can be told, has nothing of ours, and nobody else uses marks.
inline MarkingFacts nothing_of_ours(MarkingTool tool = MarkingTool::nft) {
    MarkingFacts facts;
    facts.tool = tool;
    return facts;
}

inline Facts markable(Facts facts) {
    facts.marking = nothing_of_ours();
    return facts;
}

/// In place of the hash of what the kernel has: the same for the same.
inline std::string print_of(const std::optional<Marking>& marking) {
    if (!marking) return "";
    std::string print = format_mark(0, marking->mask);
    for (const auto& [ifname, mark, is_on_requests] : marking->interfaces)
        print += " " + ifname + " " + hex(mark) + (is_on_requests ? " both ways" : "");
    return print;
}

/// As a run leaves netfilter, and what it knows of it.
inline void take_markings(Facts& facts, const std::vector<MarkingChange>& changes) {
    for (const auto& [tool, marking] : changes) {
        const bool is_nft = tool == MarkingTool::nft;
        (is_nft ? facts.marking->nft : facts.marking->iptables) = print_of(marking);
        auto& known = facts.run.marking;
        if (marking && known)
            known->print = print_of(marking);
        else if (!marking && known && known->tool == tool)
            known.reset();
    }
}

/// As a run leaves the host, but for its files.
inline Facts after_run(Facts facts, const Config& config) {
    const ChangeSet set = make_change_set(facts, config, Absent::forget);
    facts.kernel = applied(set.changes, facts.kernel);
    facts.disk.table_names = set.plan.table_names;
    facts.run = set.plan.run;
    take_markings(facts, set.changes.markings);
    return facts;
}

}  // namespace eni
