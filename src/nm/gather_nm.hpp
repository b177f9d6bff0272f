// The NetworkManager edge: what libnm tells of routers and profiles, which nothing else shows. For
// the commands that people run; never for an event, where asking NetworkManager can stall its own
// shutdown.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

struct NmFacts {
    /// The IPv4 routers of every active device that has any: those of its DHCP lease (there also
    /// where the profile has never-default), else the gateway in force.
    std::vector<Lease> leases;
    std::map<std::string, std::string> profiles;        // by ifname, the active profile's UUID
    std::optional<NetworkManagerFacts> networkmanager;  // none: D-Bus has not answered
    std::string version;                                // "1.42.4"; empty: it does not run
};

/// Empty where NetworkManager or D-Bus is not running, or has not answered after two seconds. Runs
/// the default main context meanwhile. Ends the process where D-Bus hangs for ten (Deadline).
NmFacts gather_nm();

}  // namespace eni
