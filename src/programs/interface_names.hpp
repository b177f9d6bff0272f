// The interfaces that are named on the command line: what can be a name.
#pragma once

#include <string>
#include <vector>

namespace eni {

/// The arguments, as they are. Throws std::invalid_argument where one can be no interface's name.
std::vector<std::string> interface_names(const std::vector<std::string>& arguments);

}  // namespace eni
