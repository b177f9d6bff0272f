// The values that a file of shell assignments gives, as ifcfg-eth1 or os-release: KEY="a value".
// Must not expand anything, nor take what a shell would run as a command for an assignment.
#pragma once

#include <map>
#include <string>

namespace eni {

/// What a shell that sources `text` would have in its variables, as far as it needs no expansion:
/// quotes are removed, comments ignored, the last assignment counts. A line of several words, and
/// one whose quote is not closed, assigns nothing.
std::map<std::string, std::string> shell_values(const std::string& text);

/// Of the variable `key`; empty where it is not set.
std::string shell_value(const std::string& text, const std::string& key);

}  // namespace eni
