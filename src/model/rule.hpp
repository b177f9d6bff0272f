// A rule of policy routing: which packets it is for, and what becomes of them; and the numbers of
// tables and priorities. Like model.hpp, of which it is a part, it decides nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "address.hpp"

namespace eni {

// ---- Numbers that must not be mixed up ----------------------------------------------------------

/// A routing table's number, 32 bits.
enum class TableId : std::uint32_t {};
/// A rule's priority, 32 bits; the lower is asked first.
enum class Priority : std::uint32_t {};

constexpr std::uint32_t number(TableId id) {
    return static_cast<std::uint32_t>(id);
}
constexpr std::uint32_t number(Priority priority) {
    return static_cast<std::uint32_t>(priority);
}

/// include/uapi/linux/rtnetlink.h.
constexpr TableId kTableDefault{253};
constexpr TableId kTableMain{254};
constexpr TableId kTableLocal{255};

/// The kernel's own: 0, 253, 254, 255.
constexpr bool is_reserved(TableId id) {
    return number(id) == 0 || id == kTableDefault || id == kTableMain || id == kTableLocal;
}

/// Nouns that can be compared say by what: each has a `key()`.
template <class T>
auto operator==(const T& a, const T& b) -> decltype(a.key() == b.key()) {
    return a.key() == b.key();
}
template <class T>
auto operator<(const T& a, const T& b) -> decltype(a.key() < b.key()) {
    return a.key() < b.key();
}

// ---- Rules --------------------------------------------------------------------------------------

/// From the first to the last, both included.
struct NumberRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;

    auto key() const { return std::tie(first, last); }
};

/// What becomes of a packet that a rule matches (FR_ACT_*): a table is looked up; the rules from
/// another priority on are asked; nothing; it is refused, in one of three ways.
enum class RuleAction : std::uint8_t { lookup, go_to, nop, blackhole, unreachable, prohibit };

/// Which packets a rule is for: those that fit all of these, or (`is_inverted`) all others.
struct Selectors {
    bool is_inverted = false;
    std::optional<Prefix> from;
    std::optional<Prefix> to;
    std::uint8_t tos = 0;
    std::string iif;
    std::string oif;
    std::uint32_t fwmark = 0;
    std::uint32_t fwmask = 0;
    std::uint8_t ip_protocol = 0;  // IPPROTO_*
    std::optional<NumberRange> sport;
    std::optional<NumberRange> dport;
    std::optional<NumberRange> users;

    auto key() const {
        return std::tie(is_inverted, from, to, tos, iif, oif, fwmark, fwmask, ip_protocol, sport,
                        dport, users);
    }
};

/// By nothing but addresses, be it of what this host sends alone.
inline bool selects_by_address(const Selectors& selectors) {
    Selectors plain;
    plain.from = selectors.from;
    plain.to = selectors.to;
    plain.iif = selectors.iif == "lo" ? selectors.iif : "";
    return plain.key() == selectors.key();
}

struct Rule : Selectors {
    Family family = Family::v4;
    Priority priority{0};
    RuleAction action = RuleAction::lookup;
    TableId table = kTableMain;  // of lookup; 0 of all others
    Priority target{0};          // of go_to
    std::optional<std::uint32_t> suppress_prefixlength;
    std::optional<std::uint32_t> suppress_ifgroup;
    bool is_exotic = false;  // has a selector or an action that this program does not know

    auto key() const {
        return std::tuple_cat(
            std::tie(family, priority), Selectors::key(),
            std::tie(action, table, target, suppress_prefixlength, suppress_ifgroup, is_exotic));
    }
};

}  // namespace eni
