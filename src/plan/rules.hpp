// The policy's second sentence: what is sent from one of an interface's addresses goes as main
// says, unless main would send it out of an ENI or by a default; then its own table decides. Pure.
#pragma once

#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"

namespace eni {

/// All rules of a family: the suppress rule (not in basic mode), then each interface's.
std::vector<Planned<Rule>> plan_rules(const Config& config, const MainTable& main,
                                      const Interfaces& interfaces, Family family, bool is_basic);

}  // namespace eni
