// Names of interfaces and profiles, MACs, and the globs that choose among them. No input or
// output, no exception, only the standard library (and fnmatch of libc).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eni {

/// 1 to `max` characters of [A-Za-z0-9._-], the first a letter or digit: what can stand in a file's
/// name, in rt_tables and on a command line without quoting. 15 is the kernel's limit (IFNAMSIZ).
bool is_plain_name(std::string_view text, std::size_t max = 15);

/// A name that each program takes for a table's: plain, and no number, which may be another
/// table's.
bool is_table_name(std::string_view text);

/// A MAC in the form in which links have it: "0A-58-..." or "0a:58:..." -> "0a:58:..."; nothing for
/// what is no Ethernet address.
std::optional<std::string> mac_from(std::string text);

/// A UUID in lower case; nothing for what is none.
std::optional<std::string> uuid_from(std::string text);

/// fnmatch(3) without flags: `*`, `?`, `[...]`, and a backslash that quotes the next character.
bool glob_matches(const std::string& pattern, const std::string& text);

bool matches_any(const std::vector<std::string>& globs, const std::string& text);

}  // namespace eni
