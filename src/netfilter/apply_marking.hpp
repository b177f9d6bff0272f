// Puts marks in force in netfilter, or takes them off. Must not decide anything.
#pragma once

#include "model.hpp"

namespace eni {

/// nft: both families or nothing; iptables: each family or nothing of it. Other programs' tables
/// and chains are not touched. Throws std::runtime_error with the program's own words.
void apply_marking(const MarkingChange& change);

}  // namespace eni
