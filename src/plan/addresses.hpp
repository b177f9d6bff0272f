// Which of the addresses that EC2 has assigned to an interface eni-routes puts on it, and takes off
// again; and which addresses an interface can be spoken for by. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "model.hpp"

namespace eni {

struct AssignedAddresses {
    std::vector<Planned<Address>> addresses;
    std::vector<Planned<Route>> routes;  // the local routes of delegated prefixes
    /// By ifname, what is to be known as ours: also what an interface cannot have at the moment.
    std::map<std::string, std::vector<IpAddress>> remembered;
};

/// A fresh answer of the metadata says all that there is. Without one that which was added before
/// is kept, or put back (`nmcli device reapply` takes off what others added), unless another
/// interface's answer says that it has moved there. An interface that is down, or has nothing else
/// of a family, has none of ours; nor is what main routes behind this host put on one.
AssignedAddresses assigned_addresses(const Facts& facts, const Config& config,
                                     const MainTables& mains, const Ownership& ownership,
                                     const Interfaces& interfaces);

/// The addresses that eni-routes has no hand in.
std::vector<Address> addresses_of_others(const KernelSnapshot& kernel, const Ownership& ownership);

/// All addresses of the host as they are after the run: those that it adds are there, those that it
/// takes off are not. What is judged by them the next run judges the same.
std::vector<Address> addresses_afterwards(const KernelSnapshot& kernel, const Plan& plan);

/// Those of `addresses` that an interface can be spoken for by.
std::vector<Address> usable_addresses(const std::vector<Address>& addresses,
                                      const std::string& ifname, Family family);

}  // namespace eni
