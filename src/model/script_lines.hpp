// The lines of rule- and route- files, as `ip` reads the words after `ip rule add` and `ip route
// add`: every spelling that it takes. Must not decide what a line is worth, nor read any file.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model.hpp"

namespace eni {

/// What tables are called: rt_tables' names and the kernel's own.
using TableNumbers = std::map<std::string, TableId>;

/// A line that is neither blank nor a comment.
struct ScriptLine {
    std::size_t number = 0;  // from 1
    std::string text;        // without the newline
    bool is_rule = false;    // which of the two it has
    Rule rule;
    bool names_priority = false;  // else the kernel chooses the rule's
    Route route;         // of main where it names no table; a hop, if any, may name no link
    std::string beyond;  // the first word that Rule or Route has no member for: "uidrange"
    std::string error;   // it cannot be read; empty: it can
};

std::vector<ScriptLine> rule_lines(const std::string& bytes, Family family,
                                   const TableNumbers& tables);

/// Also of the older form, ADDRESS0=, NETMASK0= and GATEWAY0=: a line for each ADDRESSn.
std::vector<ScriptLine> route_lines(const std::string& bytes, Family family,
                                    const TableNumbers& tables);

/// Whether a route file has the older form: then it is sourced by a shell, as a whole.
bool is_assignments(const std::string& bytes);

/// As ifup-routes and the dispatcher's script skip them.
bool is_comment(std::string_view line);

}  // namespace eni
