// The files of the profiles that `plug` made in NetworkManager, and how such a profile is told from
// a user's. Must not delete any, nor ask NetworkManager.
#pragma once

#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

/// The name that plug gives to the profile of the interface with this MAC.
std::string plugged_name(const std::string& mac);

/// A user's has another name, or is bound to no MAC or to another one than its name has.
bool is_plugged(const std::string& name, const std::string& mac);

/// A profile of plug's that is saved below `root`, as a key file or an ifcfg file.
struct PluggedFile {
    std::string name;   // the profile's
    FileChange change;  // by which apply_file removes it
};

/// Throws as load_file does where a file of a profile cannot be read: it may be one.
std::vector<PluggedFile> plugged_files(const std::string& root);

}  // namespace eni
