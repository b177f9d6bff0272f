// See addresses.hpp.
#include "addresses.hpp"

#include <algorithm>
#include <set>

#include "ownership.hpp"

namespace eni {

namespace {

constexpr char kWhy[] = "EC2 has assigned it to this interface";

template <class T>
bool is_in(const std::vector<T>& list, const T& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

/// Its first address is NetworkManager's business; ours come behind it, and only where EC2 speaks
/// of the subnet that it is in.
bool has_of_its_own(const KernelSnapshot& kernel, const Ownership& ownership,
                    const Interface& interface, Family family) {
    const auto is_in_its_subnet = [&](const IpAddress& address) {
        return interface.eni == nullptr || interface.subnet_in_ec2(address).has_value();
    };
    return interface.link->is_up &&
           std::any_of(kernel.addresses.begin(), kernel.addresses.end(), [&](const Address& own) {
               return own.ifname == interface.name() && own.address.family() == family &&
                      own.is_global && !own.address.is_link_local() &&
                      is_in_its_subnet(own.address) && !is_ours(own, ownership);
           });
}

/// Another program put it on an interface, this or another.
bool is_anothers(const KernelSnapshot& kernel, const Ownership& ownership,
                 const IpAddress& address) {
    return std::any_of(kernel.addresses.begin(), kernel.addresses.end(), [&](const Address& own) {
        return own.address == address && !is_ours(own, ownership);
    });
}

/// EC2 has said just now that another has it, and nothing of this one.
template <class T>
bool has_moved(const Interfaces& interfaces, const Interface& interface,
               std::vector<T> Eni::*assigned, const T& what) {
    if (interface.eni != nullptr && interface.eni->is_fresh) return false;
    return std::any_of(interfaces.begin(), interfaces.end(), [&](const Interface& other) {
        return other.eni != nullptr && other.eni->is_fresh && is_in(other.eni->*assigned, what);
    });
}

/// What it has of ours, and what the metadata adds. That which it once had and cannot have at the
/// moment is remembered, unless another program has put it on an interface meanwhile; that which it
/// never had may still come by DHCP.
std::vector<IpAddress> addresses_to_have(const KernelSnapshot& kernel, const Ownership& ownership,
                                         const Interfaces& interfaces, const Interface& interface) {
    const bool is_told = interface.eni != nullptr && interface.eni->is_fresh;
    std::set<IpAddress> addresses;
    if (is_told)
        for (const IpAddress& address : interface.eni->addresses)
            if (has_of_its_own(kernel, ownership, interface, address.family()) &&
                !is_anothers(kernel, ownership, address))
                addresses.insert(address);
    for (const auto& [ifname, address] : ownership.addresses)
        if (ifname == interface.name() && (!is_told || is_in(interface.eni->addresses, address)) &&
            !is_anothers(kernel, ownership, address) &&
            !has_moved(interfaces, interface, &Eni::addresses, address))
            addresses.insert(address);
    return {addresses.begin(), addresses.end()};
}

/// Every address of the prefix is this host's.
Route local_route(const Prefix& prefix, const std::string& ifname) {
    Route route;
    route.table = kTableLocal;
    route.type = RouteType::local;
    route.dst = prefix;
    route.metric = usual_metric(prefix.family());
    route.scope = prefix.family() == Family::v4 ? Scope::host : Scope::global;
    route.hops = {{ifname, std::nullopt, 1, false}};
    route.protocol = kOurProtocol;
    return route;
}

}  // namespace

AssignedAddresses assigned_addresses(const Facts& facts, const Config& config,
                                     const MainTables& mains, const Ownership& ownership,
                                     const Interfaces& interfaces) {
    AssignedAddresses assigned;
    const KernelSnapshot& kernel = facts.kernel;
    if (config.addresses == Addresses::off || is_cni_at_work(kernel)) return assigned;
    std::set<Prefix> delegated;  // the kernel allows each once
    for (const Interface& interface : interfaces) {
        const std::string& ifname = interface.name();
        const auto can_have = [&](Family family) {
            return has_of_its_own(kernel, ownership, interface, family);
        };
        auto& remembered = assigned.remembered[ifname];
        remembered = addresses_to_have(kernel, ownership, interfaces, interface);
        for (const IpAddress& address : remembered)
            if (can_have(address.family()) &&
                !mains.of(address.family()).leads_behind(Prefix::host(address), interface.eni))
                assigned.addresses.push_back(
                    {{ifname, address, address.bits(), true, false, kOurProtocol}, ifname, kWhy});
        if (interface.eni == nullptr) continue;
        for (const Prefix& prefix : interface.eni->delegated)
            if (can_have(prefix.family()) &&
                !mains.of(prefix.family()).leads_behind(prefix, interface.eni) &&
                !has_moved(interfaces, interface, &Eni::delegated, prefix) &&
                delegated.insert(prefix).second)
                assigned.routes.push_back({local_route(prefix, ifname), ifname,
                                           "EC2 has delegated it to this interface",
                                           /* in_kernel= */ true, /* in_file= */ false});
    }
    return assigned;
}

std::vector<Address> addresses_of_others(const KernelSnapshot& kernel, const Ownership& ownership) {
    std::vector<Address> addresses;
    for (const Address& address : kernel.addresses)
        if (!is_ours(address, ownership)) addresses.push_back(address);
    return addresses;
}

std::vector<Address> addresses_afterwards(const KernelSnapshot& kernel, const Plan& plan) {
    std::vector<Address> addresses = addresses_of_others(kernel, plan.ownership);
    for (const Planned<Address>& planned : plan.addresses) addresses.push_back(planned.object);
    return addresses;
}

std::vector<Address> usable_addresses(const std::vector<Address>& addresses,
                                      const std::string& ifname, Family family) {
    std::vector<Address> usable;
    for (const Address& address : addresses)
        if (address.ifname == ifname && address.address.family() == family &&
            !address.is_duplicate && address.is_global && !address.address.is_link_local() &&
            !address.address.is_multicast())  // `autojoin`: a group, and no source
            usable.push_back(address);
    return usable;
}

}  // namespace eni
