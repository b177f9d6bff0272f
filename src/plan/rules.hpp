// The policy's second sentence: what is sent from one of an interface's addresses goes as main
// says, unless main would send it out of an ENI or by a default; then its own table decides. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"
#include "others_table.hpp"

namespace eni {

/// All rules of a family: the one by which main is asked first, then each interface's.
std::vector<Planned<Rule>> plan_rules(const Config& config, const MainTable& main,
                                      const Interfaces& interfaces, Family family,
                                      const Form& form);

}  // namespace eni
