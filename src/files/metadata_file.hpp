// What EC2's metadata said of each interface the last time that it said it well:
// /var/lib/eni-routes/metadata. By it the event path, which never asks, numbers an interface as
// `regenerate` did. Must not trust it: an entry that contradicts itself is left out.
#pragma once

#include <string>

#include "model.hpp"

namespace eni {

constexpr char kMetadataPath[] = "/var/lib/eni-routes/metadata";

/// Empty where there is none, or none that makes sense. Throws as load_file does where it cannot be
/// read.
Enis load_enis(const std::string& root);

/// Touches nothing where the file says so already. Throws as apply_file does.
void save_enis(const std::string& root, const Enis& enis);

}  // namespace eni
