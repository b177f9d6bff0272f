// Why the kernel refused a change, in words of rules, routes and addresses: what an errno is called
// ("File exists", "No such process") is of files and processes. Must not know the change itself.
#pragma once

#include "socket.hpp"

namespace eni {

/// "its gateway is not reachable: Nexthop has invalid gateway": the kernel's own words (extack) are
/// behind, where there are any.
std::string refusal_words(const Ack& ack);

}  // namespace eni
