// Reads of nf_tables, by netlink, what is in our tables. No program is started for it.
#pragma once

#include <string>

namespace eni {

/// A hash of the chains and rules of our tables as the kernel has them; empty where there are none.
/// Throws std::runtime_error where the kernel cannot be read.
std::string nft_print();

}  // namespace eni
