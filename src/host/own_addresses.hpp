// What a link of this host has, for those who send on it by themselves. Must not send.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "address.hpp"

namespace eni {

struct OwnAddress {
    IpAddress address;
    std::uint8_t prefix_length = 0;
};

struct OwnLink {
    int ifindex = 0;  // 0: there is none
    std::array<std::uint8_t, 6> mac{};
    std::vector<OwnAddress> addresses;

    /// To ask `target` from: one of its subnet, else one of the same family.
    std::optional<IpAddress> source_for(const IpAddress& target) const;
};

OwnLink own_link(const std::string& ifname);

}  // namespace eni
