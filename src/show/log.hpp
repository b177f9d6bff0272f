// Where messages go: the journal with fields where stderr is the journal, else stderr. For main
// programs only; library code returns or throws.
#pragma once

#include <string>

#include "config.hpp"

namespace eni {

/// Messages less severe than this are dropped. Call before the first message.
void set_log_level(LogLevel level);

/// `ifname` may be empty; the journal has it as ENI_ROUTES_INTERFACE.
void log_message(LogLevel level, const std::string& ifname, const std::string& text);

}  // namespace eni
