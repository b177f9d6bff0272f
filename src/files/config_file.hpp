// Reads /etc/eni-routes/config.yaml into a Config. Must not decide what follows from it: that is
// the plan's business. Every mistake in the file is named at once, each with its place.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "config.hpp"
#include "finding_codes.hpp"

namespace eni {

/// The file was read but cannot be obeyed. what() holds every error, each as
/// "PATH:LINE:COLUMN: TEXT" with the line itself and a caret below; ASCII, no newline at the end.
struct ConfigError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A file that is absent or says nothing (blank lines and comments) gives the defaults, without a
/// call of yaml-cpp. Throws ConfigError, or std::runtime_error where it cannot be read or is no
/// regular file.
Config load_config(const std::string& path);

/// The same of text that was read already; errors have `name` in place of the path. `codes`: those
/// that there are of findings; empty: any.
Config parse_config(const std::string& text, const std::string& name,
                    const std::vector<std::string>& codes = kFindingCodes);

}  // namespace eni
