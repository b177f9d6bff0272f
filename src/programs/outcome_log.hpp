// What a run did, for the log of the programs that run unattended. For main programs only.
#pragma once

#include <string>

#include "reconcile.hpp"

namespace eni {

/// What is no news is not said: notes only where something was changed. `occasion`: "up", "watch".
void log_outcome(const Outcome& outcome, const std::string& ifname, const std::string& occasion);

}  // namespace eni
