// Which of an interface's addresses the kernel does not tell apart: one of them is tried for all.
// Must not ask anything.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "model.hpp"
#include "route_index.hpp"

namespace eni {

/// By a snapshot's rules, main's routes and the local table. Rules that differ in nothing but the
/// single address that each is for, as eni-routes' own where a subnet is shared, tell no two apart.
class AddressClasses {
  public:
    AddressClasses(const KernelSnapshot& kernel, const RouteIndex& routes);

    /// Each class in the order of `addresses`, and the classes in that of their first ones.
    std::vector<std::vector<IpAddress>> classes_of(const std::vector<IpAddress>& addresses) const;

  private:
    void add(const Rule& rule, std::optional<Prefix> Selectors::*selector);

    const RouteIndex& routes_;
    /// By a prefix that rules name as a source or a destination: what is said of it, by numbers.
    std::map<Prefix, std::vector<std::size_t>> said_;
    std::map<Rule, std::size_t> sayings_;  // a rule without its single address
    std::set<std::uint8_t> lengths4_, lengths6_;
};

}  // namespace eni
