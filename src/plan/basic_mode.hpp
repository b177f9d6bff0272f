// RHEL 7's form of the second sentence: its kernel (3.10) lacks the suppress rule's attributes, so
// the tables hold what that rule would have passed on. Pure.
#pragma once

#include <vector>

#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"

namespace eni {

/// The interface that main sends everything else by; null where main's best default is not by an
/// ENI, or a VPN's /1 pair goes before it. Its table has no default and ends in main.
const Interface* default_holder(const MainTable& main, const Interfaces& interfaces);

/// What an interface's table has in the place of the suppress rule: main's routes by another ENI,
/// with its own gateway instead; and main's other routes, copied: all, or (of the holder of main's
/// default) those inside a prefix of the first kind.
std::vector<Route> borrowed_routes(const MainTable& main, const Interface& interface,
                                   const Interfaces& interfaces, Family family, bool is_holder);

}  // namespace eni
