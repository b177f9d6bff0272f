// What people are told beside the changes: what was assumed, left alone or left out. What
// EC2 did not answer is said by host_metadata.cpp. Pure; must not decide anything.
#pragma once

#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"

namespace eni {

/// `plan` is complete but for its notes; `left_out` are the routes that yield_to_foreign_routes
/// took out of it.
std::vector<Note> make_notes(const Plan& plan, const Facts& facts, const Config& config,
                             const MainTables& mains, const ManagedInterfaces& managed,
                             const std::vector<Planned<Route>>& left_out);

}  // namespace eni
