// What is ours and what is foreign, in one place. Everything that is not ours is never touched.
#pragma once

#include <cstdint>

#include "model.hpp"

namespace eni {

/// The protocol of every route (RTPROT_*) and address (IFA_PROTO) that eni-routes adds; no program
/// is known to use it.
constexpr std::uint8_t kOurProtocol = 206;

/// Rules use priority_base up to priority_base + kBandSize - 1.
constexpr std::uint32_t kBandSize = 10000;

/// From priority_base on: `goto` rules that lead to other programs' rules, then the suppress rule.
constexpr std::uint32_t kMaxDetours = 97;

/// Behind these, the last of the band's head: by marks (`forwarded: connmark`). First those past
/// which a request goes, then those that lead an answer to its interface's table.
constexpr std::uint32_t kRequestOffset = 98;
constexpr std::uint32_t kMarkOffset = 99;

/// Behind the head: what is sent from an interface's addresses, what is sent to its subnets, what
/// is bound to it. One priority for each interface's slot, rules are told apart by their selectors.
constexpr std::uint32_t kFromOffset = 100;
constexpr std::uint32_t kToOffset = 5100;
constexpr std::uint32_t kOifOffset = 9100;
constexpr std::uint32_t kSlots = 900;

bool in_band(Priority priority, const Ownership& ownership);

/// The rule by which eni-routes tries, for a moment, whether the kernel has the suppress
/// attributes. No packet meets it, as no link has that name, even where the kernel forgets the rest
/// of it; and no other rule is taken for it when it is deleted.
Rule probe_rule(std::uint32_t link_group);

/// Such a rule, of any group, with both suppress attributes or, where the kernel forgot them,
/// without: it is left over from a run that was killed.
bool is_probe(const Rule& rule);

/// A rule whose priority is in the band and whose table is ours (of a table that the administrator
/// named: where ours of its kind have their place, as `ip rule add` gives such rules of his any
/// priority below main's); the suppress rule; a `goto` at the band's head, or from a source into
/// the band; a probe. One with a selector that eni-routes never makes (a mark, a port) is another
/// program's. (Here and below, while `adopt` runs, also what a file that it adopts has made.)
bool is_ours(const Rule& rule, const Ownership& ownership);

/// A route in a table whose number eni-routes gave; in a table that the administrator named, only
/// one with our protocol or one that stands in our file (the stock script adds it from there). One
/// of type local only in the local table, and with our protocol: eni-routes adds none elsewhere.
bool is_ours(const Route& route, const Ownership& ownership);

/// One that eni-routes has added to that interface; where the kernel says who made an address, it
/// has to be the same one still.
bool is_ours(const Address& address, const Ownership& ownership);

}  // namespace eni
