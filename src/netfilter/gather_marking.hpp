// What netfilter has of our marks, and which bits others use. Must not change anything.
#pragma once

#include <cstdint>
#include <optional>

#include "address.hpp"
#include "marking_text.hpp"
#include "model.hpp"

namespace eni {

/// What marks can be made with here. `has_nf_tables`: the kernel's is one that can do what is asked
/// of it (RHEL 8 and later; 3.10's cannot).
MarkingTool usable_marking_tool(bool has_nf_tables);

/// When other programs' use of marks is read: always, or where marks are not in force as they were
/// made; then perhaps of nft alone.
enum class MarkUses : std::uint8_t { always, when_needed, when_needed_of_nft };

/// Of what was in use before (`known`), and of what is to be used now. What fails is
/// MarkingFacts::error.
MarkingFacts gather_marking(MarkingTool usable, const std::optional<MarkingState>& known,
                            MarkUses uses);

/// Of one tool's tables or chains: see MarkingFacts. Throws std::runtime_error where it cannot be
/// read.
std::string marking_print(MarkingTool tool);

/// Empty where the family's programs are not there.
ChainsThere chains_there(Family family);

/// False of IPv6 with `ipv6.disable=1`, where its programs do nothing but fail.
bool has_family(Family family);

/// "iptables-restore", "ip6tables-save"
std::string iptables_program(Family family, const char* verb);

}  // namespace eni
