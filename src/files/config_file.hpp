// Reads /etc/eni-routes/config.yaml into a Config. Must not decide what follows from it: that is
// the plan's business. Every mistake in the file is named at once, each with its place.
#pragma once

#include <string>
#include <vector>

#include "config.hpp"
#include "config_text.hpp"
#include "finding_codes.hpp"

namespace eni {

/// A file that is absent or says nothing (blank lines and comments) gives the defaults, without a
/// call of yaml-cpp. Throws ConfigError, or std::runtime_error where it cannot be read or is no
/// regular file.
Config load_config(const std::string& path);

/// The same, and load_known_config knows it, below `root`, until the file says something else.
Config load_and_keep_config(const std::string& root, const std::string& path);

/// The same of text that was read already; errors have `name` in place of the path. `codes`: those
/// that there are of findings; empty: any.
Config parse_config(const std::string& text, const std::string& name,
                    const std::vector<std::string>& codes = kFindingCodes);

}  // namespace eni
