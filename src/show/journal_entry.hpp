// An entry of systemd's journal with fields, by journald's own protocol (systemd.io, "Native
// Journal Protocol"). Without libsystemd or GLib: an event, which logs hardly ever, would load them
// each time. Must not know what is logged.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace eni {

/// Whether what is written to this descriptor goes to the journal: then it has fields for it.
bool is_journal(int descriptor);

/// Names in capital letters, values of any bytes. False where journald does not take it, as what is
/// too large for a datagram (208 KiB: net.core.wmem_default).
bool send_journal_entry(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace eni
