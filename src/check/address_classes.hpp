// Which of an interface's addresses the kernel does not tell apart: one of them is tried for all.
// Must not ask anything.
#pragma once

#include <set>
#include <vector>

#include "model.hpp"
#include "route_index.hpp"

namespace eni {

/// By the prefixes of a snapshot's rules, main's routes and the local table.
class AddressClasses {
  public:
    AddressClasses(const KernelSnapshot& kernel, const RouteIndex& routes);

    /// Each class in the order of `addresses`, and the classes in that of their first ones.
    std::vector<std::vector<IpAddress>> classes_of(const std::vector<IpAddress>& addresses) const;

  private:
    const RouteIndex& routes_;
    std::set<Prefix> prefixes_;  // that rules name as a source or a destination
    std::set<std::uint8_t> lengths4_, lengths6_;
};

}  // namespace eni
