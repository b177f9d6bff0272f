// `regenerate --diff`: a file's change as a unified diff; `diff`: two texts'.
#pragma once

#include <string>

#include "model.hpp"

namespace eni {

/// What `diff -u` says of it. Throws std::runtime_error where diff(1) cannot be run.
std::string unified_diff(const FileChange& change);

/// Of two texts, each with what it is called; empty where they are the same. Throws likewise.
std::string unified_diff(const std::string& name_before, const std::string& before,
                         const std::string& name_after, const std::string& after);

}  // namespace eni
