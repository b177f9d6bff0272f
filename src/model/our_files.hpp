// The names of the files that eni-routes writes, and how one of them is told from another
// program's. Must not read or write any.
#pragma once

#include <array>
#include <optional>
#include <string>

namespace eni {

constexpr char kNetworkScripts[] = "/etc/sysconfig/network-scripts";

/// The first line of each rule- and route- file of ours is this and the interface's name.
constexpr char kMarker[] = "# eni-routes: ";

/// iproute2's names of tables: the file that all share, and ours beside it.
constexpr char kRtTablesShared[] = "/etc/iproute2/rt_tables";
constexpr char kRtTablesDropIn[] = "/etc/iproute2/rt_tables.d/eni-routes.conf";

/// Our lines in a shared rt_tables stand between these two.
constexpr char kBlockBegin[] = "# BEGIN eni-routes";
constexpr char kBlockEnd[] = "# END eni-routes";

/// What `adopt` takes the place of is kept beside, by its name and this: a backup to NetworkManager
/// and to initscripts, which read no file of such a name, nor the profile's that it could be.
constexpr char kKeptSuffix[] = ".before-eni-routes.bak";

constexpr char kDisabledPath[] = "/etc/eni-routes/disabled";

/// rule-NAME, rule6-NAME, route-NAME, route6-NAME of /etc/sysconfig/network-scripts: the order in
/// which they are written.
std::array<std::string, 4> file_paths(const std::string& name);

/// The interface that a file of ours was written for; nothing where it is not ours.
std::optional<std::string> marked_owner(const std::string& bytes);

}  // namespace eni
