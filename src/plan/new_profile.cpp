// See new_profile.hpp.
#include "new_profile.hpp"

#include <algorithm>

#include "interfaces.hpp"

namespace eni {

namespace {

/// Both where it is not known.
bool has_family(const Eni* eni, Family family) {
    return eni == nullptr ||
           std::any_of(eni->subnets.begin(), eni->subnets.end(),
                       [&](const Prefix& subnet) { return subnet.family() == family; });
}

}  // namespace

std::optional<NewProfile> profile_for(const Facts& facts, const Config& config,
                                      const std::string& ifname) {
    if (is_switched_off(facts, config)) return std::nullopt;
    for (const Interface& interface : managed_interfaces(facts, config).interfaces)
        if (interface.name() == ifname)
            return NewProfile{interface.link->mac, has_family(interface.eni, Family::v4),
                              has_family(interface.eni, Family::v6), number(interface.table.id)};
    return std::nullopt;
}

}  // namespace eni
