// What is right and what is wrong with the host, in sentences: `eni-routes check`. Made from the
// flows (flows.hpp), from the plan against the kernel and the disk, and from what stands around:
// the hook, other tools, servers. Pure but for what the kernel is asked through `Ask`.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "config.hpp"
#include "flows.hpp"
#include "host.hpp"
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

/// `plan`, `changes` and `files` are what the look found; with the program switched off the flows
/// are judged by the plan that there would be.
CheckResult check(const Facts& facts, const Config& config, const HostFacts& host, const Plan& plan,
                  const Changes& changes, const std::vector<FileChange>& files, const Ask& ask);

}  // namespace eni
