// Tells the service manager how we are (sd_notify(3)), without libsystemd, which would be most of
// what a small service keeps in memory.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace eni {

/// "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1". Does nothing without a service
/// manager ($NOTIFY_SOCKET). A failure is ignored: the manager notices.
void notify_service_manager(const std::string& state);

/// How often WATCHDOG=1 is due: half of $WATCHDOG_USEC; nothing where it is not expected.
std::optional<std::chrono::milliseconds> watchdog_interval();

}  // namespace eni
