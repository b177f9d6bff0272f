// The policy's first sentence: an interface's own table holds what main has through that interface,
// and a default by its own gateway. Pure.
#pragma once

#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"
#include "others_table.hpp"

namespace eni {

/// What is known of one family of an interface, and what follows for its table. `host` are the
/// host's addresses after the run; where the interface has no usable one among them, or its link is
/// down, there is nothing to route.
IpConfig make_ip_config(const Facts& facts, const Config& config, const MainTable& main,
                        const Interface& interface, const std::vector<Address>& host,
                        Family family);

/// Adds the routes of every interface's own table, and of the one that stands for the suppress rule
/// where there is none (others_table.hpp).
void plan_routes(std::vector<Planned<Route>>& routes, const MainTable& main,
                 const Interfaces& interfaces, Family family, const Form& form);

/// Takes out of `routes` those in whose place another program's route is (possible in a table that
/// the administrator named): that one stays. Returns what was taken out and says something else.
std::vector<Planned<Route>> yield_to_foreign_routes(std::vector<Planned<Route>>& routes,
                                                    const KernelSnapshot& kernel,
                                                    const Ownership& ownership);

}  // namespace eni
