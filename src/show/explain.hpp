// `eni-routes explain`: the walk of a packet through the rules, and the kernel's own word beside
// it. Must not decide anything, nor ask the kernel: that is given to it.
#pragma once

#include <string>

#include "flows.hpp"
#include "format.hpp"
#include "lookup.hpp"
#include "paint.hpp"

namespace eni {

/// For a packet that comes in (query.iif) its way, and the one that rp_filter looks up. Says where
/// the walk and the kernel's answer disagree.
std::string explain(const KernelSnapshot& kernel, const TableNames& names, const RouteQuery& query,
                    const Ask& ask, const Paint& paint);

}  // namespace eni
