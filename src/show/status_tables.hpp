// What `eni-routes status --verbose` has behind the short form: the plan, interface by interface,
// row by row. Must not leave out what is there.
#pragma once

#include <string>

#include "paint.hpp"
#include "status.hpp"

namespace eni {

/// What the kernel or the disk has not is marked behind its row.
std::string status_tables(const StatusParts& parts, const Paint& paint);

}  // namespace eni
