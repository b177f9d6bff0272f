// What is remembered until the next boot: /run/eni-routes/state, a key file. Must not trust it:
// whatever cannot be what eni-routes wrote is left out.
#pragma once

#include <string>

#include "model.hpp"

namespace eni {

constexpr char kRunStatePath[] = "/run/eni-routes/state";

/// Values that are malformed or out of range are dropped one by one, and a file that is no key file
/// or too large as a whole: what it knew is found out again. Throws as load_file does where it
/// cannot be read.
RunState load_run_state(const std::string& root);

/// Touches nothing where the file says so already; an empty state removes it. Throws as apply_file
/// does.
void save_run_state(const std::string& root, const RunState& state);

}  // namespace eni
