// What the kernel does with a packet, worked out from a snapshot: the rules in their order, the
// table that each leads to, the route that is found there. It explains; what is true the kernel
// itself is asked (ask_kernel.hpp). Pure.
#pragma once

#include <memory>
#include <vector>

#include "model.hpp"
#include "packet.hpp"
#include "route_index.hpp"
#include "rule_index.hpp"

namespace eni {

enum class StepResult : std::uint8_t {
    no_match,    // a selector does not fit
    unknown,     // the rule has something that this program does not know
    nothing,     // its table has no route to there, or one of type throw
    suppressed,  // a route was found, and the rule passes over it
    jumped,      // goto: the rules in between are not asked
    refused,     // blackhole, unreachable, prohibit
    found
};

/// Why a rule passes over a route.
enum class Suppression : std::uint8_t { none, prefix_length, group };

/// A rule that was asked. Points into what the Lookup was made of.
struct Step {
    const Rule* rule = nullptr;
    StepResult result = StepResult::no_match;
    /// That was found or suppressed. Null of the others, and for an address of this host's where
    /// the snapshot has no route to it (RouteIndex::has_local_table).
    const Route* route = nullptr;
    Mismatch mismatch = Mismatch::none;           // of no_match
    Suppression suppression = Suppression::none;  // of suppressed

    /// It was found that the packet is for this host.
    bool is_local() const {
        return result == StepResult::found && (route == nullptr || route->type == RouteType::local);
    }
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

/// A snapshot made ready for many packets, of which each costs little, however many rules and
/// routes there are. The snapshot has to outlive it unchanged.
class Lookup {
  public:
    explicit Lookup(const KernelSnapshot& kernel);

    /// With other rules in the place of the kernel's, which have to outlive it too.
    Lookup with_rules(const std::vector<Rule>& rules) const;

    const RouteIndex& routes() const { return *routes_; }
    bool has(const Rule& rule) const { return rules_of(rule.family).has(rule); }

    /// The steps of the rules that the packet matches.
    Walk walk(const RouteQuery& query) const;
    /// Those of all rules that are asked, to show them: it takes time for each.
    Walk walk_all(const RouteQuery& query) const;

    /// What the kernel would answer by that walk alone.
    RouteAnswer way(const RouteQuery& query) const;
    /// And with what it makes of what comes in, rp_filter (IPv4) included: for facts that were
    /// recorded somewhere else.
    RouteAnswer answer(const RouteQuery& query) const;

  private:
    Lookup(std::shared_ptr<const RouteIndex> routes, const std::vector<Rule>& rules);

    const RuleIndex& rules_of(Family family) const {
        return family == Family::v4 ? rules4_ : rules6_;
    }
    Step step(const Rule& rule, const RouteQuery& query) const;
    Step look_into_table(const Rule& rule, const RouteQuery& query) const;
    RouteAnswer answer_from(const Step& decision, Family family) const;
    int arrival_error(const RouteQuery& query, const RouteAnswer& answer) const;
    template <class Next>
    Walk walk(const RouteQuery& query, Next next) const;

    std::shared_ptr<const RouteIndex> routes_;
    RuleIndex rules4_, rules6_;
};

/// The packet for which rp_filter looks a way up: back to the source of one that comes in, as if it
/// came from where that one goes; with its mark where the link counts marks (src_valid_mark).
RouteQuery way_back(const RouteQuery& query, const RouteAnswer& answer, const Link* link);

/// Whether the kernel's answer is that of the walk, which knows neither errno's finer points nor
/// which hop of a multipath route is taken.
bool agrees(const Walk& walk, const RouteAnswer& answer);

// One question of a snapshot, for which no index is worth while.

/// An address of an interface, or one of the loopback network.
bool is_own_address(const KernelSnapshot& kernel, const IpAddress& address);

/// See RouteIndex.
int effective_rp_filter(const KernelSnapshot& kernel, const std::string& ifname);

const Link* find_link(const KernelSnapshot& kernel, const std::string& ifname);

}  // namespace eni
