// What the kernel does with a packet, worked out from a snapshot: the rules in their order, the
// table that each leads to, the route that is found there. It explains; what is true the kernel
// itself is asked (ask_kernel.hpp). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

/// A packet of which the way is asked.
struct RouteQuery {
    IpAddress dst;
    std::optional<IpAddress> src;  // none: sent by a program that is bound to no address
    std::string iif;               // the interface that it comes in by; empty: this host sends it
    std::uint32_t mark = 0;

    Family family() const { return dst.family(); }
};

/// The way that the kernel answers with (RTM_GETROUTE).
struct RouteAnswer {
    int error = 0;  // errno; 0: there is a way
    bool is_local = false;
    TableId table{0};  // 0: the kernel does not say (before 4.4)
    std::string ifname;
    std::optional<IpAddress> gateway;
    std::optional<IpAddress> prefsrc;  // the source that it gives a packet without one
};

enum class StepResult : std::uint8_t {
    no_match,    // a selector does not fit
    unknown,     // the rule has something that this program does not know
    nothing,     // its table has no route to there, or one of type throw
    suppressed,  // a route was found, and the rule passes over it
    jumped,      // goto: the rules in between are not asked
    refused,     // blackhole, unreachable, prohibit
    found
};

/// A rule that was tried.
struct Step {
    Rule rule;
    StepResult result = StepResult::no_match;
    /// That was found or suppressed. None where one of type local was found (this host's address),
    /// and of the others.
    std::optional<Route> route;
    std::string why;  // of no_match and suppressed: "it is not sent from 10.0.2.0/24"
};

/// The last step is the one that decides; nothing is found where that is neither `found` nor
/// `refused`.
struct Walk {
    std::vector<Step> steps;

    const Step* decision() const {
        if (steps.empty()) return nullptr;
        const StepResult last = steps.back().result;
        const bool decides = last == StepResult::found || last == StepResult::refused;
        return decides ? &steps.back() : nullptr;
    }
};

Walk walk(const KernelSnapshot& kernel, const RouteQuery& query);
/// With other rules in the place of the kernel's.
Walk walk(const std::vector<Rule>& rules, const KernelSnapshot& kernel, const RouteQuery& query);

/// Those of a family, as the kernel asks them one after the other.
std::vector<Rule> in_order(const std::vector<Rule>& rules, Family family);

/// Whether the kernel's answer is that of the walk, which knows neither errno's finer points nor
/// which hop of a multipath route is taken.
bool agrees(const Walk& walk, const RouteAnswer& answer);

/// What the kernel would answer by that walk, rp_filter (IPv4) included: for facts that were
/// recorded somewhere else.
RouteAnswer answer_by_walk(const KernelSnapshot& kernel, const RouteQuery& query);

/// The route of a table that goes before all others to an address: longest prefix, then lowest
/// metric. Null where there is none. Those with a TOS are for packets that carry it: passed over.
const Route* longest_match(const KernelSnapshot& kernel, TableId table, const IpAddress& dst);

/// The first global address of a link; nothing where it has none.
std::optional<IpAddress> first_address(const KernelSnapshot& kernel, const std::string& ifname,
                                       Family family);

/// An address of an interface, or one of the loopback network.
bool is_own_address(const KernelSnapshot& kernel, const IpAddress& address);

/// The reverse path filter in force on a link (IPv4): the larger of conf/all's and its own. 0 off,
/// 1 strict: the answer must leave by the link, 2 loose: there must be a way at all.
int effective_rp_filter(const KernelSnapshot& kernel, const std::string& ifname);

const Link* find_link(const KernelSnapshot& kernel, const std::string& ifname);

}  // namespace eni
