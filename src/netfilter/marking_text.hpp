// What netfilter is to do with marks, in the languages of nft and of iptables-restore. Made from
// typed values alone: names that is_plain_name() passed, and numbers. Pure.
#pragma once

#include <string>

#include "address.hpp"
#include "marks.hpp"

namespace eni {

/// For `nft -f`, one transaction: our tables anew, whatever was in them.
std::string nft_text(const Marking& marking);
std::string nft_removal();

/// What a family's table mangle has of ours.
struct ChainsThere {
    bool has_in = false, has_out = false;           // the chains
    std::size_t jumps_to_in = 0, jumps_to_out = 0;  // from PREROUTING and OUTPUT
};

/// For `iptables-restore --noflush` and `ip6tables-restore`, one transaction: our chains anew, and
/// to each a jump where it has none.
std::string iptables_text(const Marking& marking, Family family, const ChainsThere& there);
/// Empty where there is nothing of ours.
std::string iptables_removal(const ChainsThere& there);

}  // namespace eni
