// From the tree that a configuration is to a Config. Must not know where the tree comes from, and
// must not decide what follows from a Config: that is the plan's business.
#pragma once

#include <string>
#include <vector>

#include "config.hpp"
#include "yaml_tree.hpp"

namespace eni {

/// `codes`: those that there are of findings; empty: any. What is wrong is in `diagnostics` then,
/// all of it, and the result is of no use.
Config config_from(const Node& document, Diagnostics& diagnostics,
                   const std::vector<std::string>& codes);

}  // namespace eni
