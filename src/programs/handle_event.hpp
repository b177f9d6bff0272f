// One event of NetworkManager, from the lock to the log. Must not read the configuration, as the
// two programs that handle events do that in different ways, and must load neither libnm nor D-Bus.
#pragma once

#include "config.hpp"
#include "event.hpp"
#include "exit_status.hpp"

namespace eni {

/// Throws where nothing was done.
ExitStatus handle_event(const Event& event, const Config& config);

}  // namespace eni
