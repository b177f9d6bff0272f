// A connection to NetworkManager, for those who ask it something. Never on the event path:
// NetworkManager may be waiting for that.
#pragma once

#include <NetworkManager.h>

#include <chrono>
#include <functional>

#include "glib_ptr.hpp"

namespace eni {

using NmClient = GRef<NMClient>;

/// For what has something to say without NetworkManager as well.
constexpr std::chrono::milliseconds kShortPatience{2000};

/// Null where D-Bus is not running, has not answered after `patience`, or cannot be asked for want
/// of threads. NetworkManager itself may not be running yet. Runs the default main context
/// meanwhile, as all of libnm does.
NmClient connect_to_bus(std::chrono::milliseconds patience);

bool is_running(const NmClient& client);

/// Null as well where NetworkManager is not running; with the short patience.
NmClient connect_to_nm();

/// Runs the default main context until `is_done`; false where that takes longer.
bool wait_for_nm(std::chrono::milliseconds patience, const std::function<bool()>& is_done);

}  // namespace eni
