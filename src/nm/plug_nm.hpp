// Gives an interface a profile in NetworkManager and activates it, where it has none. Must not
// touch an interface that has one, that is active, or that NetworkManager is told to leave alone.
#pragma once

#include <string>

#include "new_profile.hpp"

namespace eni {

struct Plugged {
    bool is_made = false;
    std::string what;  // in words: what was made, or why nothing was
};

/// Returns when the interface is activated. `saves`: the profile outlives a reboot. Throws
/// std::runtime_error where NetworkManager does not answer or refuses, or where the interface has
/// not come up after 45 s; the profile is then still there, and NetworkManager goes on trying.
Plugged plug_in(const std::string& ifname, const NewProfile& profile, bool saves);

}  // namespace eni
