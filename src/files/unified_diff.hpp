// `regenerate --diff`: a file's change as a unified diff.
#pragma once

#include <string>

#include "model.hpp"

namespace eni {

/// What `diff -u` says of it. Throws std::runtime_error where diff(1) cannot be run.
std::string unified_diff(const FileChange& change);

}  // namespace eni
