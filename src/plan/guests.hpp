// What lives behind this host and is sent from by one of its interfaces alone: containers and
// virtual machines that have an address of an ENI. Pure.
#pragma once

#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"

namespace eni {

/// The sources of a family that are the interface's whoever sends from them, sorted: what the
/// configuration names; what EC2 has delegated to it, unless the host itself has it; and what EC2
/// has assigned to it and main routes to a device that is no ENI. EC2 drops what any other sends
/// from these, so that their rules need no `iif lo`.
std::vector<Prefix> guest_sources(const Config& config, const MainTable& main,
                                  const Interface& interface, Family family);

}  // namespace eni
