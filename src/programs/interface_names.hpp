// The interfaces that are named on the command line: what can be a name, and which there are. Must
// not gather anything.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config.hpp"
#include "model.hpp"

namespace eni {

/// The arguments, as they are. Throws std::invalid_argument where one can be no interface's name.
std::vector<std::string> interface_names(const std::vector<std::string>& arguments);

/// All that the kernel has, and all that something of ours or a profile is about: an interface may
/// be away. `links` is empty where there is no kernel to ask.
std::set<std::string> known_interfaces(const std::vector<Link>& links, const DiskFacts& disk,
                                       const Config& config);

/// Throws std::invalid_argument for a name that is not known, and names the nearest one.
void refuse_unknown(const std::string& ifname, const std::set<std::string>& known);

}  // namespace eni
