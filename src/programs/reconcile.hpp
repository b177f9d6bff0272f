// The one path that an event, `regenerate`, `clean` and the rest go: read everything, compute,
// apply the difference. Facts -> plan -> changes -> apply; decides nothing itself.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "change_set.hpp"
#include "config.hpp"
#include "model.hpp"
#include "runs.hpp"

namespace eni {

struct Request {
    std::string root;  // "" is the machine; else files below it, and only files
    Absent absent = Absent::keep;
    std::vector<Lease> leases;                    // what an event or NetworkManager told
    std::map<std::string, std::string> profiles;  // likewise: see Facts
    Enis enis;                                    // what EC2's metadata answered just now
    std::vector<std::string> ifnames;             // limits what is changed, not what is read
    bool forget_state = false;                    // nothing is left to be known (`clean`)
    Adoption adoption;                            // what it takes over (`adopt`)
    std::string down;                             // the interface that an event said is down
    bool waits_for_motion = false;                // see kMotion
    bool leaves_iptables = false;                 // as it is: its programs cannot be run
    bool reads_mark_uses = false;  // of other programs, also where marks are in force
    /// Routes that no plan is made from are not read, where there are many. What is shown to
    /// people, or kept, is made from facts that are whole.
    bool needs_no_more_routes = false;
    RunBy by = RunBy::command;  // what started it, for the metrics
};

/// Everything that a plan is made from, of all tables. `may_probe`: the suppress rule may be tried
/// out where it is not known yet whether the kernel can do it; without that, its release is
/// believed. What of the disk cannot be read is among DiskFacts::unread. Throws std::runtime_error
/// where the kernel cannot be read, or what is switched off.
Facts gather_facts(const Config& config, const Request& request, bool may_probe);

struct Outcome {
    Facts facts;  // as they were found the last time
    ChangeSet change_set;
    std::vector<std::string> failures;
};

/// Takes what is to be left alone out of the changes.
using Amend = std::function<void(Changes&)>;

/// NetworkManager takes an interface's IPv6 down and up again within a reapply, addresses and
/// routes of every table, and sends no event after it (seen with 1.42: away for up to 10 ms).
constexpr std::chrono::milliseconds kMotion{100};

/// What a run would change: of files alone where the request has a root.
ChangeSet make_change_set(const Facts& facts, const Config& config, const Request& request);

/// All of it. The caller holds the lock. The host may change between reading and applying (an
/// address goes while its route is added): where something fails, all is done once more. What could
/// not be read is among the failures; what does not hang on it is done. A request that
/// `waits_for_motion` and finds a family gone from an interface that is up reads again after
/// kMotion before it believes so, unless an event said that the interface is down.
Outcome reconcile(const Config& config, const Request& request, const Amend& amend = {});

}  // namespace eni
