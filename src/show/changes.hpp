// ChangeSet in words: for the terminal and for the log. Must not decide or apply anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "change_set.hpp"

namespace eni {

enum class ChangeKind : std::uint8_t {
    group_set,
    sysctl_set,
    address_added,
    route_added,
    rule_added,
    rule_deleted,
    route_deleted,
    address_deleted,
    marks_set,
    marks_removed,
    file_written,
    file_removed
};

/// One change as a command that does the same, the interface that it serves, and the reason.
struct ChangeLine {
    std::string ifname;
    std::string command;  // "ip route add default via 10.0.2.1 dev eth1 table eth1"
    std::string why;
    ChangeKind kind;
    std::string key;  // as ChangeSet::not_done has it; empty where nobody asks for it
    bool is_done = true;
};

/// In the order of application; files last. A key costs as much as the words do: it is made where
/// something was not done, or where it is wanted.
std::vector<ChangeLine> change_lines(const ChangeSet& change_set, bool wants_keys = false);

/// Whether the words are of what was done, or of what a run would do.
enum class Tense : std::uint8_t { done, conditional };

/// "4 routes added, 2 of 3 rules added, 1 file written", "would add 4 routes, write 1 file", or
/// "nothing to do". Of lines, as whoever needs it has them already: each is a command in words.
std::string summary(const std::vector<ChangeLine>& lines, Tense tense = Tense::done);

/// What `regenerate` prints: each change with its reason, the notes, the summary.
std::string changes_text(const ChangeSet& change_set, Tense tense = Tense::done);

}  // namespace eni
