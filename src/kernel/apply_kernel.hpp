// Does to the kernel what Changes says, and nothing else. Must not decide anything.
#pragma once

#include <string>
#include <vector>

#include "model.hpp"
#include "socket.hpp"

namespace eni {

/// A change that the kernel refused.
struct Failure {
    std::string what;   // as one would type it: "ip route add 10.0.2.0/24 dev eth1 table 10001"
    std::string error;  // "its gateway is not reachable: Nexthop has invalid gateway"
};

/// One batch, in the order of Changes; a refused one does not stop the others. What is there
/// already (EEXIST) or gone already (ENOENT, ESRCH, ENODEV) is no failure. The links' indexes are
/// the snapshot's. Where the socket fails it is a failure of all whose acknowledgement is missing,
/// done or not, and what would come after them is not tried: they are to be gathered anew.
std::vector<Failure> apply_kernel(Connection* socket, const KernelSnapshot& kernel,
                                  const Changes& changes);

}  // namespace eni
