// See script_files.hpp.
#include "script_files.hpp"

#include <algorithm>
#include <cstddef>

#include "names.hpp"
#include "our_files.hpp"

namespace eni {

namespace {

/// A file's name has at most 255 bytes (NAME_MAX), and route6-NAME is one.
constexpr std::size_t kMaxProfileName = 255 - (sizeof "route6-" - 1);

bool is_for(const IfcfgProfile& profile, const Link& link) {
    if (!profile.hwaddr.empty() && profile.hwaddr != link.mac) return false;
    return profile.device.empty() ? !profile.hwaddr.empty() : profile.device == link.ifname;
}

/// The interface's ifcfg file: the one that is active, where that is known; else the one of its own
/// name before others. Null where another kind of profile is active. (A file without UUID= has one
/// that NetworkManager makes up.)
const IfcfgProfile* profile_of(const Facts& facts, const Link& link) {
    const std::string active = active_profile(facts, link);
    const IfcfgProfile* found = nullptr;
    for (const IfcfgProfile& profile : facts.disk.profiles) {
        if (!active.empty() && profile.uuid == active) return &profile;
        const bool can_be_active = active.empty() || profile.uuid.empty();
        if (can_be_active && is_for(profile, link) &&
            (found == nullptr || profile.name == link.ifname))
            found = &profile;
    }
    return found;
}

bool is_unread(const DiskFacts& disk, const std::string& path) {
    return std::any_of(disk.unread.begin(), disk.unread.end(),
                       [&](const Unread& each) { return each.path == path; });
}

/// One that could not be read may be the interface's: where no other is, or it has its name.
bool is_profile_known(const Facts& facts, const Link& link, const IfcfgProfile* found) {
    const DiskFacts& disk = facts.disk;
    if (disk.has_unread(Unread::Kind::network_scripts)) return false;
    if (!disk.has_unread(Unread::Kind::profile)) return true;
    if (found == nullptr) return false;
    const std::string active = active_profile(facts, link);
    return (!active.empty() && found->uuid == active) ||
           !is_unread(disk, kNetworkScripts + ("/ifcfg-" + link.ifname));
}

/// Whether iproute2 takes the word for the table, as far as the entries could be read.
bool is_word_known(const DiskFacts& disk, const Table& table) {
    if (!disk.has_unread(Unread::Kind::table_names)) return true;
    return std::any_of(
        disk.table_names.begin(), disk.table_names.end(),
        [&](const TableName& entry) { return entry.id == table.id && entry.name == table.name; });
}

bool is_file_known(const DiskFacts& disk, const std::string& name) {
    const auto paths = file_paths(name);
    return std::none_of(paths.begin(), paths.end(),
                        [&](const std::string& path) { return is_unread(disk, path); });
}

}  // namespace

std::string active_profile(const Facts& facts, const Link& link) {
    const auto told = facts.profiles.find(link.ifname);
    if (told != facts.profiles.end()) return told->second;
    const auto known = facts.run.interfaces.find(link.ifname);
    const bool is_its = known != facts.run.interfaces.end() && known->second.mac == link.mac;
    return is_its ? known->second.profile : "";
}

std::string script_name_of(const Facts& facts, const Link& link) {
    const IfcfgProfile* profile = profile_of(facts, link);
    return profile != nullptr ? profile->name : link.ifname;
}

FileName file_name_of(const Facts& facts, const Config& config, const Interface& interface,
                      bool is_primary) {
    const DiskFacts& disk = facts.disk;
    const auto& adopted = facts.adoption.files;
    FileName file;
    if (config.files == Files::none || !disk.has_network_scripts) return file;
    const IfcfgProfile* profile = profile_of(facts, *interface.link);
    file.is_unknown = !is_profile_known(facts, *interface.link, profile) ||
                      !is_word_known(disk, interface.table) ||
                      !is_file_known(disk, script_name_of(facts, *interface.link));
    if (file.is_unknown) return file;
    if (config.files == Files::automatic && (is_primary || profile == nullptr)) return file;
    if (profile != nullptr && !profile->policy_keys.empty()) {
        file.policy = *profile;
        return file;
    }
    const std::string name = script_name_of(facts, *interface.link);
    file.profile_is_not_plain = !is_plain_name(name, kMaxProfileName);
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
