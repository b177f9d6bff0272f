// See script_files.hpp.
#include "script_files.hpp"

#include "names.hpp"
#include "our_files.hpp"

namespace eni {

namespace {

/// The interface's ifcfg file: the one of its own name before others.
const IfcfgProfile* profile_of(const DiskFacts& disk, const Link& link) {
    const IfcfgProfile* found = nullptr;
    for (const IfcfgProfile& profile : disk.profiles) {
        const bool is_its_own =
            profile.device == link.ifname ||
            (profile.device.empty() && !profile.hwaddr.empty() && profile.hwaddr == link.mac);
        if (is_its_own && (found == nullptr || profile.name == link.ifname)) found = &profile;
    }
    return found;
}

}  // namespace

std::string script_name_of(const DiskFacts& disk, const Link& link) {
    const IfcfgProfile* profile = profile_of(disk, link);
    return profile != nullptr ? profile->name : link.ifname;
}

FileName file_name_of(const Facts& facts, const Config& config, const Interface& interface,
                      bool is_primary) {
    const DiskFacts& disk = facts.disk;
    const auto& adopted = facts.adoption.files;
    FileName file;
    if (config.files == Files::none || !disk.has_network_scripts) return file;
    const IfcfgProfile* profile = profile_of(disk, *interface.link);
    if (config.files == Files::automatic && (is_primary || profile == nullptr)) return file;
    const std::string name = script_name_of(disk, *interface.link);
    file.profile_is_not_plain = !is_plain_name(name, 255);
    if (file.profile_is_not_plain) return file;
    for (const std::string& path : file_paths(name)) {
        const auto there = disk.files.find(path);
        if (there == disk.files.end() || marked_owner(there->second)) continue;
        const auto ours_now = adopted.find(path);
        if (ours_now != adopted.end() && !ours_now->second) continue;
        file.in_the_way = path;
        return file;
    }
    file.name = name;
    return file;
}

}  // namespace eni
