// A default in other clothes: many routes that together lead "everything" to one device that is no
// ENI, or that refuse it. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

/// Of a family's routes, sorted by their prefix, those that are a default and that
/// suppress_prefixlength 1 does not pass over:
/// - the parts of what covers more than half of the internet by one device, which is none of
///   `enis` (OpenVPN's 2000::/4 and 3000::/4; the thirty prefixes that leave out RFC 1918);
/// - a default that refuses (a kill switch), as an error route ends the look-up.
/// Not the default routes and halves that it does pass over.
std::set<const Route*> parts_of_everything(const std::vector<const Route*>& routes,
                                           const std::set<std::string>& enis);

}  // namespace eni
