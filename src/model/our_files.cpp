// See our_files.hpp.
#include "our_files.hpp"

namespace eni {

std::array<std::string, 4> file_paths(const std::string& name) {
    const std::string scripts = std::string(kNetworkScripts) + "/";
    return {scripts + "rule-" + name, scripts + "rule6-" + name, scripts + "route-" + name,
            scripts + "route6-" + name};
}

std::optional<std::string> marked_owner(const std::string& bytes) {
    const std::string marker = kMarker;
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string::npos || bytes.compare(0, marker.size(), marker) != 0)
        return std::nullopt;
    return bytes.substr(marker.size(), newline - marker.size());
}

}  // namespace eni
