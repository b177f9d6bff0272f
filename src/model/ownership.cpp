// See ownership.hpp.
#include "ownership.hpp"

#include <algorithm>

#include "format.hpp"

namespace eni {

bool in_band(Priority priority, const Ownership& ownership) {
    return std::any_of(ownership.priority_bases.begin(), ownership.priority_bases.end(),
                       [&](std::uint32_t base) {
                           return number(priority) >= base && number(priority) < base + kBandSize;
                       });
}

bool is_ours(const Rule& rule, const Ownership& ownership) {
    if (rule.is_exotic || rule.fwmark != 0 || rule.fwmask != 0) return false;
    if (rule.suppress_ifgroup)
        return ownership.priority_bases.count(number(rule.priority)) != 0 &&
               rule.table == kTableMain && ownership.link_groups.count(*rule.suppress_ifgroup) != 0;
    return in_band(rule.priority, ownership) && (ownership.tables_given.count(rule.table) != 0 ||
                                                 ownership.tables_named.count(rule.table) != 0);
}

bool is_ours(const Route& route, const Ownership& ownership) {
    if (route.type == RouteType::local)
        return route.table == kTableLocal && route.protocol == kOurProtocol;
    if (ownership.tables_given.count(route.table) != 0) return true;
    const auto named = ownership.tables_named.find(route.table);
    if (named == ownership.tables_named.end()) return false;
    return route.protocol == kOurProtocol ||
           ownership.file_lines.count(format_route(route, named->second)) != 0;
}

bool is_ours(const Address& address, const Ownership& ownership) {
    return address.prefix_length == address.address.bits() &&
           ownership.addresses.count({address.ifname, address.address}) != 0 &&
           (!ownership.has_address_protocol || address.protocol == kOurProtocol);
}

}  // namespace eni
