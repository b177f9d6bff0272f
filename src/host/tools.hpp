// Other programs that route by source addresses, known by what they install: nm-cloud-setup, which
// EL 8 and later ship switched off, cloud-netconfig, both generations of Amazon's ec2-net-utils,
// and the CNI plugins that use EC2's interfaces. Reads files; must not judge what they do.
#pragma once

#include <string>
#include <vector>

#include "host.hpp"

namespace eni {

/// Those that are enabled or switched on, as far as files below `root` tell. What cannot be read is
/// taken for not there.
std::vector<ToolFact> gather_tools(const std::string& root);

}  // namespace eni
