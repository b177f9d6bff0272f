// See guests.hpp.
#include "guests.hpp"

#include <set>

namespace eni {

std::vector<Prefix> guest_sources(const Config& config, const MainTable& main,
                                  const Interface& interface, Family family) {
    std::set<Prefix> sources;
    for (const Prefix& source : config.of(interface.name()).sources)
        if (source.family() == family) sources.insert(source);
    if (interface.eni == nullptr) return {sources.begin(), sources.end()};
    const bool is_added = config.addresses == Addresses::imds;
    for (const Prefix& delegated : interface.eni->delegated)
        if (delegated.family() == family &&
            (!is_added || main.leads_behind(delegated, interface.eni)))
            sources.insert(delegated);
    for (const IpAddress& assigned : interface.eni->addresses)
        if (assigned.family() == family && main.leads_behind(Prefix::host(assigned), interface.eni))
            sources.insert(Prefix::host(assigned));
    return {sources.begin(), sources.end()};
}

}  // namespace eni
