// The NetworkManager edge: what libnm tells of routers that no route shows. For the commands that
// people run; never for an event, where asking NetworkManager can stall its own shutdown.
#pragma once

#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

/// The IPv4 routers of every active device that has any: those of its DHCP lease (there also where
/// the profile has never-default), else the gateway in force. Empty where NetworkManager or D-Bus
/// is not running, or has not answered after two seconds. Runs the default main context meanwhile.
std::vector<Lease> gather_nm();

/// NetworkManager's version, "1.42.4". Empty where it does not run or does not answer; see above.
std::string gather_nm_version();

}  // namespace eni
