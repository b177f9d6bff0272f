// ChangeSet in words: for the terminal and for the log. Must not decide or apply anything.
#pragma once

#include <string>
#include <vector>

#include "change_set.hpp"

namespace eni {

/// One change as a command that does the same, the interface that it serves, and the reason.
struct ChangeLine {
    std::string ifname;
    std::string command;  // "ip route add default via 10.0.2.1 dev eth1 table eth1"
    std::string why;
};

/// In the order of application; files last.
std::vector<ChangeLine> change_lines(const ChangeSet& change_set);

/// "4 routes added, 3 rules added, 1 file written", or "nothing to do".
std::string summary(const ChangeSet& change_set);

/// What `regenerate` prints: each change with its reason, the notes, the summary.
std::string changes_text(const ChangeSet& change_set);

}  // namespace eni
