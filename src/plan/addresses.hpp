// Which of the addresses that EC2 has assigned to an interface eni-routes puts on it, and takes off
// again. A part of the policy (make_plan.cpp), and pure as that is.
#pragma once

#include "interfaces.hpp"
#include "model.hpp"

namespace eni {

/// Into the plan: the addresses, the local routes of delegated prefixes, and what to remember of
/// them. Needs plan.ownership.
///
/// A fresh answer of the metadata says all that there is. Without one that which was added before
/// is kept, or put back (`nmcli device reapply` takes off what others added), unless another
/// interface's answer says that it has moved there. An interface that is down, or has nothing else
/// of a family, has none of ours.
void plan_addresses(Plan& plan, const Context& context, const Interfaces& interfaces);

/// The interface's usable addresses of a family as they will be, those of the plan among them.
std::vector<Address> usable_addresses(const Plan& plan, const Context& context,
                                      const std::string& ifname, Family family);

}  // namespace eni
