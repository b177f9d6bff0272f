// `eni-routes status`: the plan, interface by interface, and whether the kernel and the disk have
// it.
#pragma once

#include <string>

#include "look.hpp"

namespace eni {

std::string render_status(const Facts& facts, const Findings& findings);

/// {"version": 1, "active", "mode", "rules", "interfaces": [...], "surplus", "notes"}
std::string render_status_json(const Facts& facts, const Findings& findings);

}  // namespace eni
