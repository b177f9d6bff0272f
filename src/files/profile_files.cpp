// See profile_files.hpp.
#include "profile_files.hpp"

#include <strings.h>

#include <utility>

#include "file.hpp"
#include "key_file.hpp"
#include "our_files.hpp"
#include "shell_values.hpp"

namespace eni {

namespace {

constexpr char kKeyFiles[] = "/etc/NetworkManager/system-connections";
constexpr char kIfcfg[] = "ifcfg-";

using NameAndMac = std::pair<std::string, std::string>;

/// NetworkManager has written the group by both of its names.
NameAndMac of_key_file(const std::string& root, const std::string& path) {
    const KeyFile file = load_key_file(root, path);
    std::string mac = text_of(file, "ethernet", "mac-address");
    if (mac.empty()) mac = text_of(file, "802-3-ethernet", "mac-address");
    return {text_of(file, "connection", "id"), mac};
}

NameAndMac of_ifcfg(const std::string& text) {
    return {shell_value(text, "NAME"), shell_value(text, "HWADDR")};
}

/// `read(path, text)` gives the profile's name and MAC.
template <class Read>
void find_in(std::vector<PluggedFile>& found, const std::string& root, const std::string& directory,
             const std::string& begin, Read read) {
    const auto names = load_directory(root, directory);
    if (!names) return;
    for (const std::string& file : *names) {
        if (file.compare(0, begin.size(), begin) != 0) continue;
        const std::string path = directory + "/" + file;
        std::optional<std::string> text;
        try {
            text = load_file(root, path);
        } catch (const NotRegular&) {  // a directory, which is no profile
        }
        if (!text) continue;
        const auto [name, mac] = read(path, *text);
        if (is_plugged(name, mac)) found.push_back({name, {path, "", *text, std::nullopt}});
    }
}

}  // namespace

std::string plugged_name(const std::string& mac) {
    return "eni-routes " + mac;
}

bool is_plugged(const std::string& name, const std::string& mac) {
    return !mac.empty() && strcasecmp(name.c_str(), plugged_name(mac).c_str()) == 0;
}

std::vector<PluggedFile> plugged_files(const std::string& root) {
    std::vector<PluggedFile> found;
    find_in(found, root, kKeyFiles, "",
            [&](const std::string& path, const std::string&) { return of_key_file(root, path); });
    find_in(found, root, kNetworkScripts, kIfcfg,
            [](const std::string&, const std::string& text) { return of_ifcfg(text); });
    return found;
}

}  // namespace eni
