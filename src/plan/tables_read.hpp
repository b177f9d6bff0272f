// Which tables' routes a plan and its changes are made from, so that a run need not read others
// that have many; and whether a plan that was made from those alone hangs on the others. Pure.
//
// Who asks for routes, and of which tables:
//   main                                      main_table.cpp, and all that is made of it
//   local                                     diff.cpp: our own there
//   2 to 16, where amazon-vpc-cni is at work  interfaces.cpp
//   those of rules                            foreign_rules.cpp; diff.cpp asks for rules alone
//   what is or was ours, given and named      diff.cpp, routes.cpp, notes.cpp, gateway.cpp: a
//                                             default that an earlier run left
//   any, for a default by an interface        gateway.cpp, where nothing better names its gateway
//   any, whether it is used at all            tables.cpp, for a number that an interface is to get
// Of the last two it is known only when the plan is made: see hangs_on_unread_routes. What commands
// alone do (adopt, confirm, check) reads all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>

#include "config.hpp"
#include "interfaces.hpp"
#include "model.hpp"

namespace eni {

/// `kernel` without its routes. 0 may be among them, which is no table.
std::set<TableId> tables_to_read(const KernelSnapshot& kernel, const DiskFacts& disk,
                                 const RunState& run, const Config& config);

/// Whether to read so many tables one by one takes less than to read all at once.
bool pays_to_filter(const RunState& run, std::size_t tables);

/// Of RunState: by these facts, where they are whole, else what it was before. Only its order of
/// magnitude, so that what is kept seldom changes; 0 where it is too few to matter.
std::uint32_t unneeded_routes(const Facts& facts, const Config& config);

/// Whether the plan might be another with the routes that were not read. `managed` as the plan left
/// them.
bool hangs_on_unread_routes(const Plan& plan, const KernelSnapshot& kernel,
                            const ManagedInterfaces& managed);

}  // namespace eni
