// Asks EC2's metadata about the interfaces that this host has, and says in words what it did not
// learn. Neither on the event path nor under the lock: see gather_metadata.hpp.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config.hpp"
#include "model.hpp"

namespace eni {

/// For commands that change something, and for those that only show it.
constexpr std::chrono::milliseconds kPatienceToChange{10000};
constexpr std::chrono::milliseconds kPatienceToShow{3000};

struct HostMetadata {
    Enis enis;                // fresh; what is known beside them stays
    std::vector<Note> notes;  // warnings: what was not answered
};

/// `new_interface`: an interface that has just been attached, for which is waited until it is
/// listed; may be empty. Nothing is said of a host that has never been on EC2, unless the
/// configuration requires an answer. Throws std::runtime_error where the kernel cannot be read.
HostMetadata gather_host_metadata(const Config& config, std::chrono::milliseconds patience,
                                  const std::string& new_interface = "");

}  // namespace eni
