// Which bits of marks other programs use, from what nft and iptables-save print. Must not judge.
#pragma once

#include <string>
#include <vector>

#include "marks.hpp"

namespace eni {

/// Of `nft list ruleset`, without our tables. What iptables has made and nft cannot say is in
/// iptables-save.
std::vector<MarkUse> mark_uses_of_nft(const std::string& text);

/// Of iptables-save and ip6tables-save, without our chains.
std::vector<MarkUse> mark_uses_of_iptables(const std::string& text);

}  // namespace eni
