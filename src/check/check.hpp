// What is wrong with the host, by its causes: `eni-routes check`. Made from the flows (flows.hpp),
// from the plan against the kernel and the disk, and from what stands around: the hook, other
// tools, servers. Pure but for what the kernel is asked through `Ask`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "change_set.hpp"
#include "config.hpp"
#include "flows.hpp"
#include "model.hpp"
#include "probing.hpp"

namespace eni {

/// `broken`: packets of an address are lost. `warning`: none is now, and some will be, or may be.
enum class Grade : std::uint8_t { good, note, warning, broken };

/// One cause, with all that follows from it.
struct Finding {
    Grade grade = Grade::note;
    std::string code;     // one of finding_codes.hpp
    std::string ifname;   // empty: the host
    std::string text;     // what is wrong, without a full stop: "replies to ... leave by eth0"
    std::string because;  // why: "rule "20101: ..." is missing"; may be empty
    std::string fix;      // a command, or a line of the configuration; may be empty
    std::vector<std::string> consequences = {};  // what else it makes wrong, a sentence each
    // What the sentences are about, for programs.
    std::optional<Rule> rule = {};
    std::optional<Route> route = {};
    std::optional<IpAddress> address = {};  // of the host's, or a gateway
    bool is_accepted = false;               // by `check: {accept}`: counts for no verdict
};

/// An address that answers, or that EC2 wants to answer.
struct CheckedAddress {
    IpAddress address;
    std::optional<IpAddress> public_address;
    bool is_lost = false;  // one flow of it at least
};

/// A link that an Elastic IP leads to or may lead to, managed or not.
struct CheckedInterface {
    std::string ifname;
    bool is_managed = true;
    std::vector<CheckedAddress> addresses;
};

struct CheckResult {
    std::vector<Flow> flows;
    std::vector<Finding> findings;             // the worst first, of each interface as well
    std::vector<CheckedInterface> interfaces;  // the primary first; those not managed last
    std::vector<std::string> host_is_right;    // "hook", "NetworkManager", "watch"
    bool is_probed = false;                    // the peers were asked for real

    Grade worst() const;
    Grade worst_of(const std::string& ifname) const;  // empty: the host
    /// Of an interface with its addresses: what is wrong elsewhere may lose their packets.
    Grade verdict_of(const CheckedInterface& interface) const;
    /// How many findings of that grade count.
    std::size_t count(Grade grade) const;
};

/// What `check --probe` is to ask.
ProbeQuestions questions_for(const Facts& facts, const Config& config, const Plan& plan);

/// Questions and what was answered, in their order.
struct Probe {
    ProbeQuestions questions;
    ProbeAnswers answers;
};

/// A change that waits to be confirmed, or was undone, or the hold of `clean --image`; empty: there
/// is none.
struct Unconfirmed {
    std::string words;
    std::string fix;
    bool is_sealed = false;
};

/// `change_set` is what a run would change; where the program or an interface is switched off the
/// flows are judged by the plan that there would be. What stands around is judged where
/// `facts.host` has it.
CheckResult check(const Facts& facts, const Config& config, const ChangeSet& change_set,
                  const Ask& ask, const std::optional<Probe>& probe = std::nullopt,
                  const Unconfirmed& unconfirmed = {});

}  // namespace eni
