// Gives an interface a profile in NetworkManager and activates it, where it has none. Must not
// touch an interface that has one, that is active, or that NetworkManager is told to leave alone.
#pragma once

#include <string>
#include <vector>

#include "new_profile.hpp"

namespace eni {

/// Returns when the interface is up, or NetworkManager has started up and does not activate it; in
/// words what was made, or why nothing was. One interface after the other, also where several
/// processes call it. `saves`: the profile outlives a reboot. Throws std::runtime_error where
/// NetworkManager does not answer for a minute or refuses, or where a new profile has not come up
/// after 45 s; it is then still there, and NetworkManager goes on trying. Throws LockTimeout where
/// the interfaces before this one take longer than 150 s. Ends the process after ten minutes, where
/// D-Bus hangs (Deadline).
std::string plug_in(const std::string& ifname, const NewProfile& profile, bool saves);

/// A profile that plug_in made and that NetworkManager still has.
struct PluggedProfile {
    std::string name, uuid;
};

/// Empty where NetworkManager is not running, or has not answered after two seconds. Ends the
/// process where D-Bus hangs for ten (Deadline).
std::vector<PluggedProfile> plugged_profiles();

/// As `nmcli connection delete` does: from the disk as well, and its interface goes down. Does
/// nothing where it is gone, or NetworkManager. Throws std::runtime_error where it refuses, or does
/// not answer for a minute.
void delete_profile(const PluggedProfile& profile);

}  // namespace eni
