// The one path that an event, `regenerate`, `clean` and the rest go: look at everything, compute,
// apply the difference. Facts -> plan -> changes -> apply; decides nothing itself.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/model.hpp"
#include "core/policy.hpp"

namespace eni {

struct Request {
    std::string root;  // "" is the machine; else files below it, and only files
    Absent absent = Absent::keep;
    std::vector<Lease> leases;         // what an event or NetworkManager told
    Enis enis;                         // what EC2's metadata answered just now
    std::vector<std::string> ifnames;  // limits what is changed, not what is looked at
    bool forget_state = false;         // nothing is left to be known (`clean`)
    std::string down;                  // the interface that an event said is down
    bool waits_for_motion = false;     // see kMotion
};

/// What a look found and wants; for printing as it stands, or for applying.
struct Findings {
    Plan plan;
    Changes changes;
    std::vector<FileChange> files;
};

/// Everything there is to see. `may_probe`: the suppress rule may be tried out where nobody knows
/// yet whether the kernel can do it; without that, its release is believed. Throws
/// std::runtime_error where the kernel or the disk cannot be read.
Facts gather_facts(const Config& config, const Request& request, bool may_probe);

/// Pure.
Findings find_changes(const Facts& facts, const Config& config, const Request& request);

/// Kernel first, then files. What fails does not stop the rest; each failure is a sentence.
std::vector<std::string> apply_findings(const Facts& facts, const Findings& findings,
                                        const Request& request);

struct Outcome {
    Facts facts;  // as they were found the last time
    Findings findings;
    std::vector<std::string> failures;
};

/// Takes what is to be left alone out of the changes.
using Amend = std::function<void(Changes&)>;

/// NetworkManager takes an interface's IPv6 down and up again within a reapply, addresses and
/// routes of every table, and sends no event after it (seen with 1.42: away for up to 10 ms).
constexpr std::chrono::milliseconds kMotion{100};

/// All of it. The caller holds the lock. The world may change between the look and the deed (an
/// address goes while its route is added): where something fails it looks once more. Who
/// `waits_for_motion` and finds a family gone from an interface that is up looks again after
/// kMotion before he believes it, unless an event said that the interface is down.
Outcome look_and_apply(const Config& config, const Request& request, const Amend& amend = {});

}  // namespace eni
