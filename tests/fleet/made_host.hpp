// A host that no one recorded, as EC2 has them: made of a number, the same in each run. Says beside
// the facts what is true of them, for the tests to hold a plan against. Must not ask any of src/
// what that would be.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config.hpp"
#include "model.hpp"

namespace eni {

/// What is true of an interface, whatever the facts say of it.
struct TrueInterface {
    std::string ifname;
    bool is_managed = true;            // of the kind that eni-routes has to deal with
    std::vector<IpAddress> addresses;  // usable ones that were there before eni-routes
    std::optional<IpAddress> router4;  // EC2's, of its subnet
    std::optional<IpAddress> router6;  // none: the facts do not name one
};

struct MadeHost {
    std::uint32_t seed = 0;
    Facts pristine;  // as if eni-routes had never been there
    Facts facts;     // as found: perhaps with what an earlier run has left
    Config config;
    std::vector<std::string> traits;  // "docker", "wg-quick": what the host has, for people
    std::vector<TrueInterface> interfaces;
    /// Whom it talks with: the internet, neighbours, the VPC, those behind tunnels and bridges.
    std::vector<IpAddress> peers;
    /// What comes in by a bridge, from a guest, to be passed on.
    struct Guest {
        std::string bridge;
        IpAddress address;
        std::string leaves_by;  // empty: as without eni-routes
    };
    std::vector<Guest> guests;

    bool has(const std::string& trait) const {
        for (const std::string& each : traits)
            if (each == trait) return true;
        return false;
    }
    const TrueInterface* interface(const std::string& ifname) const {
        for (const TrueInterface& each : interfaces)
            if (each.ifname == ifname) return &each;
        return nullptr;
    }
};

MadeHost make_host(std::uint32_t seed);

}  // namespace eni
