// What `ip rule` and `ip route show table all` print, from a snapshot, for a report. Must not leave
// out what is odd, only what is too much.
#pragma once

#include <string>

#include "format.hpp"

namespace eni {

/// Of both families, each below the command that would print it. Routes: those of the plan's tables
/// first, of table local last. Of each list at most `limit` lines, and how many more there are.
std::string render_listing(const KernelSnapshot& kernel, const Plan& plan, const TableNames& names,
                           std::size_t limit = 2000);

}  // namespace eni
