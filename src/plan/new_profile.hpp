// The profile that an interface gets which has none: a part of the policy, and pure as that is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config.hpp"
#include "model.hpp"

namespace eni {

struct NewProfile {
    std::string mac;  // that it is for: the name may be another's tomorrow
    bool ipv4 = true;
    bool ipv6 = true;
    /// Of its routes. Higher than those that NetworkManager gives (from 100), so that none loses
    /// main's default to it; and its own, as two defaults with one metric take turns.
    std::uint32_t metric = 0;
};

/// Nothing for an interface that is not managed.
std::optional<NewProfile> profile_for(const Facts& facts, const Config& config,
                                      const std::string& ifname);

}  // namespace eni
