// The file that `eni-routes report` writes, as root, maybe into another user's directory. Must not
// follow a link, nor write into anything but a regular file of one name, or a device.
#pragma once

#include <string>

namespace eni {

/// In the place of what the file had. Throws std::runtime_error or std::system_error, which name
/// it.
void write_report(const std::string& path, const std::string& text);

}  // namespace eni
