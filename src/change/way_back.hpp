// What brings an old state of eni-routes' own back: the host as it was against the host as it is.
// Not the inverse of what a run meant to do, but of what is there, whatever became of that run and
// whoever took something off since. Pure; must touch nothing that is another's.
#pragma once

#include "change_set.hpp"
#include "model.hpp"

namespace eni {

/// What is ours by one of them. Of a table that one takes for a user's, only our own.
Ownership together(Ownership a, const Ownership& b);

/// Makes of `now` what `before` had of rules, routes, addresses, link groups and files that are
/// ours by `ours`, the ownership of both. What others have changed meanwhile stays: a link that is
/// another by its MAC, lines around our block of rt_tables, a file that has lost our marker. The
/// names of such a block that has moved to the drop-in come back there.
ChangeSet way_back(const Facts& before, const Facts& now, const Ownership& ours);

}  // namespace eni
