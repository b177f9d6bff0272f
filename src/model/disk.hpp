// What the disk has, and what of it could not be read, as the plan needs it: iproute2's names,
// ifcfg profiles, our own files. Plain structs; must not decide what any of it means.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "rule.hpp"

namespace eni {

/// A line of /etc/iproute2/rt_tables or of a drop-in beside it.
struct TableName {
    TableId id{0};
    std::string name;
    bool is_ours = false;  // stands in our drop-in or in our marked block

    auto key() const { return std::tie(id, name, is_ours); }
};

/// /etc/sysconfig/network-scripts/ifcfg-NAME
struct IfcfgProfile {
    std::string name;    // what follows "ifcfg-"
    std::string device;  // DEVICE=, may be empty
    std::string hwaddr;  // HWADDR=, lower case, may be empty
    std::string uuid;    // UUID=, lower case, may be empty
    /// Its keys that NetworkManager does not read while a rule- file stands beside it:
    /// IPV4_ROUTE_TABLE, IPV6_ROUTE_TABLE, ROUTING_RULE_n, ROUTING_RULE6_n.
    std::vector<std::string> policy_keys;
};

/// What is there, or may be, and could not be read: it is not known, and what hangs on it stays.
struct Unread {
    enum class Kind : std::uint8_t {
        table_names,      // a file of iproute2's, or a directory of these
        network_scripts,  // the directory
        profile,          // an ifcfg- file
        script,           // a rule- or route- file, or one that `adopt` keeps
        state,            // /run/eni-routes/state
        metadata          // /var/lib/eni-routes/metadata
    };
    Kind kind = Kind::script;
    std::string path;
    std::string error;  // "cannot read /etc/...: Input/output error"
};

struct DiskFacts {
    std::vector<TableName> table_names;  // in the order in which iproute2 reads them
    /// Where our entries go: a drop-in of our own, or the shared file (as iproute2 reads them).
    std::string rt_tables_path;
    bool rt_tables_is_shared = false;
    bool has_network_scripts = false;  // the directory exists: NetworkManager may read ifcfg files
    std::vector<IfcfgProfile> profiles;
    /// Bytes, by path, of every file that eni-routes might write: rt_tables_path and all
    /// rule-*, rule6-*, route-*, route6-* of network-scripts.
    std::map<std::string, std::string> files;
    /// Bytes of what `adopt` keeps (kKeptSuffix), by the path that it was taken from.
    std::map<std::string, std::string> kept;
    /// Names that `eni-routes disable` was told; "*" is everything.
    std::set<std::string> disabled;
    std::vector<Unread> unread;

    bool has_unread(Unread::Kind kind) const {
        return std::any_of(unread.begin(), unread.end(),
                           [kind](const Unread& each) { return each.kind == kind; });
    }
};

}  // namespace eni
