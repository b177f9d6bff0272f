// The rules of one family in the order in which the kernel asks them, and which of them a packet
// can match at all: found by one selector of each rule, without asking all. Must not copy a rule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model.hpp"
#include "packet.hpp"

namespace eni {

/// Why a packet does not match a rule.
enum class Mismatch : std::uint8_t {
    none,
    no_source,  // the rule is for a source, and none is chosen yet
    source,
    destination,
    incoming,  // the interface that it comes in by
    outgoing,  // the one that it is bound to
    mark,
    tos,
    protocol,
    source_port,
    destination_port,
    user,
    left_out  // of a `not` rule
};

/// As net/core/fib_rules.c and the families' match functions have it.
Mismatch mismatch(const Rule& rule, const RouteQuery& query);

/// Those of a family, as the kernel asks them one after the other.
std::vector<const Rule*> in_order(const std::vector<Rule>& rules, Family family);

/// Points into the rules, which have to outlive it unchanged.
class RuleIndex {
  public:
    RuleIndex(const std::vector<Rule>& rules, Family family);

    std::size_t size() const { return rules_.size(); }
    const Rule& rule(std::size_t position) const { return *rules_[position]; }

    /// The first rule of a priority; size() where there is none.
    std::size_t position_of(Priority priority) const;

    bool has(const Rule& rule) const;

    /// The positions, in order, of the rules that a packet may match: all others do not.
    class Candidates {
      public:
        /// The first one that is not before `position`; size() where there is none.
        std::size_t next(std::size_t position);

      private:
        friend class RuleIndex;
        struct Cursor {
            const std::size_t* at;
            const std::size_t* end;
        };
        std::size_t end_ = 0;
        std::vector<Cursor> cursors_;
    };
    Candidates candidates(const RouteQuery& query) const;

  private:
    using Positions = std::vector<std::size_t>;
    using ByPrefix = std::map<Prefix, Positions>;

    Positions& list_for(const Rule& rule);

    std::vector<const Rule*> rules_;
    // Each rule stands in one of these.
    ByPrefix by_source_, by_destination_;
    std::set<std::uint8_t> source_lengths_, destination_lengths_;
    std::map<std::string, Positions> by_incoming_, by_outgoing_;
    std::map<std::uint32_t, std::map<std::uint32_t, Positions>> by_mark_;  // mask -> mark
    Positions others_;
};

}  // namespace eni
