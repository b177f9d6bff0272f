// `eni-routes status`: the plan, interface by interface, and whether the kernel and the disk have
// it.
#pragma once

#include <string>

#include "look.hpp"
#include "paint.hpp"

namespace eni {

/// A block for each interface; what the kernel or the disk has not is marked behind it.
std::string render_status(const Facts& facts, const Findings& findings, const Paint& paint);

/// docs/json.md describes it.
std::string render_status_json(const Facts& facts, const Findings& findings);

}  // namespace eni
