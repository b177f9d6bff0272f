// See gather_files.hpp. What other programs take for a line, a name or a backup is said where it is
// imitated.
#include "gather_files.hpp"

#include <strings.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include "file.hpp"
#include "names.hpp"
#include "our_files.hpp"
#include "shell_values.hpp"
#include "text.hpp"
#include "unicode.hpp"

namespace eni {

namespace {

/// In upper case or lower.
bool has_suffix(const std::string& text, const std::string& end) {
    return text.size() > end.size() &&
           strcasecmp(text.c_str() + text.size() - end.size(), end.c_str()) == 0;
}

/// Nothing where what stands there is no file, as a directory: no program takes it for a profile or
/// for rules.
std::optional<std::string> load_if_file(const std::string& root, const std::string& path) {
    try {
        return load_file(root, path);
    } catch (const NotRegular&) {
        return std::nullopt;
    }
}

/// What `read` gives, or nothing; then the path is among what could not be read.
template <class Read>
auto tried(DiskFacts& disk, Unread::Kind kind, const std::string& path, Read read)
    -> decltype(read()) {
    try {
        return read();
    } catch (const std::runtime_error& error) {
        const bool is_known = std::any_of(disk.unread.begin(), disk.unread.end(),
                                          [&](const Unread& each) { return each.path == path; });
        if (!is_known) disk.unread.push_back({kind, path, error.what()});
        return std::nullopt;
    }
}

/// Nothing where it cannot be known.
std::optional<bool> is_there(DiskFacts& disk, const std::string& root, const std::string& path) {
    return tried(disk, Unread::Kind::table_names, path,
                 [&] { return std::optional<bool>(exists(root, path)); });
}

/// Nothing where there is no such directory, or it cannot be read.
std::optional<std::vector<std::string>> names_in(DiskFacts& disk, Unread::Kind kind,
                                                 const std::string& root, const std::string& path) {
    return tried(disk, kind, path, [&] { return load_directory(root, path); });
}

// ---- iproute2 -----------------------------------------------------------------------------------

/// iproute2's order (lib/rt_names.c; /usr from 6.5 on): the file of /etc, else of /usr; then the
/// drop-ins of /usr that /etc does not shadow by a file of that name, then those of /etc.
std::vector<std::string> rt_tables_paths(DiskFacts& disk, const std::string& root) {
    const std::string etc = "/etc/iproute2";
    std::vector<std::string> paths;
    for (const std::string directory : {etc.c_str(), "/usr/share/iproute2", "/usr/lib/iproute2"}) {
        const auto has_file = is_there(disk, root, directory + "/rt_tables");
        if (has_file == false) continue;
        if (has_file) paths.push_back(directory + "/rt_tables");
        break;
    }
    for (const std::string directory : {"/usr/share/iproute2", "/usr/lib/iproute2", etc.c_str()}) {
        const auto names =
            names_in(disk, Unread::Kind::table_names, root, directory + "/rt_tables.d");
        if (!names) continue;
        for (const std::string& name : *names) {
            if (name[0] == '.' || name.size() <= 5 || name.substr(name.size() - 5) != ".conf")
                continue;
            if (directory == etc || is_there(disk, root, etc + "/rt_tables.d/" + name) == false)
                paths.push_back(directory + "/rt_tables.d/" + name);
        }
    }
    return paths;
}

/// "500 eth1" or "0x1f4 eth1", as iproute2 scans it (fread_id_name): what follows is ignored.
std::optional<std::pair<long long, std::string>> entry_from(const char* line) {
    unsigned long long hex = 0;
    long long id = 0;
    char name[512];
    if (std::sscanf(line, "0x%llx %511s", &hex, name) == 2)
        return std::make_pair(static_cast<long long>(hex), std::string(name));
    if (std::sscanf(line, "%lld %511s", &id, name) == 2)
        return std::make_pair(id, std::string(name));
    return std::nullopt;
}

/// Up to the first line that is malformed, where iproute2 stops too. A block without an end marker
/// is not ours: what an administrator wrote below it must not become ours.
std::vector<TableName> table_names_from(const std::string& text, bool is_drop_in) {
    const std::vector<std::string> lines = lines_of(text);
    const auto begin = std::find(lines.begin(), lines.end(), kBlockBegin);
    const auto end = std::find(begin, lines.end(), kBlockEnd);
    std::vector<TableName> names;
    for (auto line = lines.begin(); line != lines.end(); ++line) {
        const std::size_t start = line->find_first_not_of(" \t");
        if (start == std::string::npos || (*line)[start] == '#') continue;
        const auto entry = entry_from(line->c_str() + start);
        if (!entry) break;
        if (entry->first < 0 || entry->first > std::numeric_limits<std::uint32_t>::max()) continue;
        const bool is_in_block = begin < line && line < end && end != lines.end();
        names.push_back({TableId{static_cast<std::uint32_t>(entry->first)}, entry->second,
                         is_drop_in || is_in_block});
    }
    return names;
}

/// iproute2 reads the drop-ins from 4.4 on (lib/rt_names.c), and the oldest that is supported, EL
/// 7.5's, is 4.11: our names are in a file of our own, whose directory is made where it is missing.
/// (Facts that an older version recorded may have them in the shared one.) That is among the files
/// where an old block must be removed from it.
void gather_rt_tables(DiskFacts& disk, const std::string& root) {
    const auto kind = Unread::Kind::table_names;
    disk.rt_tables_path = kRtTablesDropIn;
    for (const std::string& path : rt_tables_paths(disk, root)) {
        const auto text = tried(disk, kind, path, [&] { return load_file(root, path); });
        if (!text) continue;
        const auto names = table_names_from(*text, path == kRtTablesDropIn);
        disk.table_names.insert(disk.table_names.end(), names.begin(), names.end());
        const bool has_block =
            path == kRtTablesShared && text->find(kBlockBegin) != std::string::npos;
        if (path == disk.rt_tables_path || has_block) disk.files[path] = *text;
    }
}

// ---- network-scripts ----------------------------------------------------------------------------

/// The NAME of ifcfg-NAME, rule-NAME ... that programs read. NetworkManager ignores ~ .bak .orig
/// .rej .rpmnew .augnew .augtmp (in any case) and what rpm calls *;HEX; initscripts ~ .bak .old
/// .orig .rpmnew .rpmorig .rpmsave. NAME with a colon is an alias of another profile. Both have
/// shell scripts that take NAME unquoted.
bool is_profile_name(const std::string& name) {
    if (name.empty()) return false;
    if (name.find_first_of(":;&|<>()$`\\\"'*?[]{}#~!^%=") != std::string::npos) return false;
    for (std::size_t at = 0; at < name.size();) {
        const auto character = character_at(name, at);
        if (!character || !is_shown(character->value) || is_space(character->value)) return false;
        at += character->size;
    }
    const auto backups = {".bak",     ".old",     ".orig",   ".rej",   ".rpmnew",
                          ".rpmsave", ".rpmorig", ".augnew", ".augtmp"};
    return std::none_of(backups.begin(), backups.end(),
                        [&](const char* backup) { return has_suffix(name, backup); });
}

/// In the order of the alphabet. A table of 0 is none.
std::vector<std::string> policy_keys_of(const std::map<std::string, std::string>& values) {
    static const std::vector<std::string> kKeys = {"IPV4_ROUTE_TABLE", "IPV6_ROUTE_TABLE",
                                                   "ROUTING_RULE_[0-9]*", "ROUTING_RULE6_[0-9]*"};
    std::vector<std::string> keys;
    for (const auto& [key, value] : values)
        if (matches_any(kKeys, key) && !value.empty() && value != "0") keys.push_back(key);
    return keys;
}

IfcfgProfile profile_from(const std::string& name, const std::string& text) {
    auto values = shell_values(text);
    const std::string device = values["DEVICE"];
    return {name, is_plain_name(device) ? device : "", mac_from(values["HWADDR"]).value_or(""),
            uuid_from(values["UUID"]).value_or(""), policy_keys_of(values)};
}

/// Of "rule-eth1" the two parts.
struct ScriptName {
    std::string kind;
    std::string profile;

    explicit ScriptName(const std::string& file) {
        const std::size_t dash = std::min(file.find('-'), file.size() - 1);
        kind = file.substr(0, dash);
        profile = file.substr(dash + 1);
    }

    bool is_ours_to_write() const {
        return kind == "rule" || kind == "rule6" || kind == "route" || kind == "route6";
    }
};

void gather_network_scripts(DiskFacts& disk, const std::string& root) {
    const auto names = names_in(disk, Unread::Kind::network_scripts, root, kNetworkScripts);
    disk.has_network_scripts = names || disk.has_unread(Unread::Kind::network_scripts);
    if (!names) return;
    for (const std::string& file : *names) {
        const ScriptName name(file);
        const bool is_ifcfg = name.kind == "ifcfg" && name.profile != "lo";
        if ((!is_ifcfg && !name.is_ours_to_write()) || !is_profile_name(name.profile)) continue;
        const std::string path = kNetworkScripts + ("/" + file);
        const auto text = tried(disk, is_ifcfg ? Unread::Kind::profile : Unread::Kind::script, path,
                                [&] { return load_if_file(root, path); });
        if (text && is_ifcfg) disk.profiles.push_back(profile_from(name.profile, *text));
        if (text && name.is_ours_to_write()) disk.files[path] = *text;
    }
}

// ---- eni-routes ---------------------------------------------------------------------------------

/// One name in each line, "*" for everything; what is no interface's name disables nothing.
std::set<std::string> disabled_from(const std::string& text) {
    std::set<std::string> names;
    for (const std::string& line : lines_of(text)) {
        const std::string name = trimmed(line.substr(0, line.find('#')));
        if (name == "*" || is_plain_name(name)) names.insert(name);
    }
    return names;
}

}  // namespace

DiskFacts gather_disk(const std::string& root) {
    DiskFacts disk;
    gather_rt_tables(disk, root);
    gather_network_scripts(disk, root);
    disk.disabled = disabled_from(load_if_file(root, kDisabledPath).value_or(""));
    return disk;
}

void gather_kept(DiskFacts& disk, const std::string& root) {
    const auto names = names_in(disk, Unread::Kind::network_scripts, root, kNetworkScripts);
    if (!names) return;
    for (const std::string& file : *names) {
        if (!ends_with(file, kKeptSuffix)) continue;
        const std::string stem = file.substr(0, file.size() - (sizeof kKeptSuffix - 1));
        const ScriptName name(stem);
        if (!name.is_ours_to_write() || !is_profile_name(name.profile)) continue;
        const std::string path = kNetworkScripts + ("/" + file);
        if (const auto text =
                tried(disk, Unread::Kind::script, path, [&] { return load_if_file(root, path); }))
            disk.kept[kNetworkScripts + ("/" + stem)] = *text;
    }
}

}  // namespace eni
