// What is right and what is wrong with the host, in sentences: `eni-routes check`. Made from the
// flows (flows.hpp), from the plan against the kernel and the disk, and from what stands around:
// the hook, other tools, servers. Pure but for what the kernel is asked through `Ask`.
#pragma once

#include <string>
#include <vector>

#include "change_set.hpp"
#include "config.hpp"
#include "flows.hpp"
#include "model.hpp"

namespace eni {

enum class Grade : std::uint8_t { good, note, warning, broken };

struct Verdict {
    Grade grade = Grade::good;
    std::string ifname;  // empty: the host
    std::string text;    // one sentence without its full stop
    std::string fix;     // what to do about it; may be empty
};

struct CheckResult {
    std::vector<Flow> flows;
    std::vector<Verdict> verdicts;

    Grade worst() const;
};

/// `change_set` is what a run would change; with the program switched off the flows are judged by
/// the plan that there would be. What stands around is judged where `facts.host` has it.
CheckResult check(const Facts& facts, const Config& config, const ChangeSet& change_set,
                  const Ask& ask);

}  // namespace eni
