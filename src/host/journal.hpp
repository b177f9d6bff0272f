// The end of the journal, for a report. Must not judge what it says.
#pragma once

#include <string>

namespace eni {

/// The last lines that eni-routes wrote, and that systemd wrote about its watch; where there are
/// none, why that may be.
std::string journal_end();

}  // namespace eni
