// Files: those that could not be read, and of those that people made the ones that no program
// reads, and that say what eni-routes does itself. See diagnosis.hpp.
#include <algorithm>

#include "adoption.hpp"
#include "diagnosis.hpp"
#include "names.hpp"
#include "our_files.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// Its lines as routes of the profile of that name; empty where one says more than `DEST via
/// GATEWAY`.
std::string move_to_profile(const std::string& name, const std::string& path,
                            const std::string& bytes, bool is_ipv6) {
    std::string routes;
    for (const std::string& line : lines_of(bytes)) {
        const std::string text = trimmed(line.substr(0, line.find('#')));
        if (text.empty()) continue;
        const std::size_t via = text.find(" via ");
        if (via == std::string::npos) return "";
        const auto destination = Prefix::parse(text.substr(0, via));
        const auto gateway = IpAddress::parse(text.substr(via + 5));
        if (!destination || !gateway) return "";
        routes +=
            (routes.empty() ? "" : ", ") + destination->to_string() + " " + gateway->to_string();
    }
    return routes.empty() || !is_plain_name(name)
               ? ""
               : "nmcli connection modify " + name +
                     (is_ipv6 ? " +ipv6.routes '" : " +ipv4.routes '") + routes + "' && rm " + path;
}

std::string what_stays(Unread::Kind kind) {
    switch (kind) {
        case Unread::Kind::table_names:
            return "what tables are called is not known: their names, and files with these, stay";
        case Unread::Kind::network_scripts:
            return "no file in it is written or removed";
        case Unread::Kind::profile:
            return "the files of the interface that it may be for stay as they are";
        case Unread::Kind::script:
            return "it stays as it is, as the other files of its profile do";
        case Unread::Kind::state:
            return "what was done before is not known: nothing is removed";
        case Unread::Kind::metadata:
            return "EC2's earlier answers are not known: nothing is removed";
    }
    return "";
}

}  // namespace

void judge_unread(Diagnosis& diagnosis) {
    for (const Unread& unread : diagnosis.facts.disk.unread)
        diagnosis.say(
            {Grade::warning, "file-unread", "", unread.error, what_stays(unread.kind), ""});
}

/// The files of a user's that NetworkManager's ifcfg plugin passes over.
void judge_route_files(Diagnosis& diagnosis) {
    const DiskFacts& disk = diagnosis.facts.disk;
    const auto& host = diagnosis.facts.host;
    for (const auto& [path, bytes] : disk.files) {
        const std::size_t dash = path.find('-', path.rfind('/'));
        const std::string kind = path.substr(path.rfind('/') + 1, dash - path.rfind('/') - 1);
        if ((kind != "route" && kind != "route6") || marked_owner(bytes)) continue;
        const std::string name = path.substr(dash + 1);
        const auto rules = file_paths(name);
        const bool has_rules = disk.files.count(rules[0]) != 0 || disk.files.count(rules[1]) != 0;
        const bool has_profile =
            std::any_of(disk.profiles.begin(), disk.profiles.end(),
                        [&](const IfcfgProfile& profile) { return profile.name == name; });
        if (!has_profile)
            diagnosis.say({Grade::warning, "route-file-unread", name,
                           path + " is read by no program",
                           "there is no ifcfg-" + name + " beside it",
                           move_to_profile(name, path, bytes, kind == "route6")});
        else if (has_rules && host && !host->has_stock_script)
            diagnosis.say({Grade::warning, "route-file-unread", name,
                           path + " is not read by NetworkManager", "a rule file stands beside it",
                           "yum install NetworkManager-dispatcher-routing-rules"});
    }
}

/// Two do one job. NetworkManager-dispatcher-routing-rules deletes by the lines of such a file, and
/// the first rule that a line fits is eni-routes' own.
void judge_files_by_hand(Diagnosis& diagnosis) {
    const auto& host = diagnosis.facts.host;
    const bool is_applied = host && host->has_stock_script;
    for (const InterfaceAdoption& interface : diagnosis.adoptions) {
        std::vector<std::string> paths;
        for (const auto& [path, rest] : interface.adoption.files) paths.push_back(path);
        if (paths.empty()) continue;
        diagnosis.say(
            {is_applied ? Grade::warning : Grade::note, "file-by-hand", interface.ifname,
             enumeration(paths, "and") +
                 (paths.size() == 1 ? " is made by hand and does" : " are made by hand and do") +
                 " what eni-routes does itself",
             "when " + interface.ifname + " goes down and up, the rules of both are mixed up",
             "eni-routes adopt " + interface.ifname});
    }
}

}  // namespace eni
