// Text that comes from outside: lines, numbers, what of it can be shown, and what was meant by a
// misspelt word. Must not know what the text is about.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eni {

/// Without the "\n" at the end of each; the last one needs none.
std::vector<std::string> lines_of(const std::string& text);

/// What stands between white space.
std::vector<std::string> words_of(std::string_view text);

/// Without white space at both ends.
std::string trimmed(std::string_view text);

/// Something, and then `end`.
bool ends_with(std::string_view text, std::string_view end);

/// The last part of a path.
std::string file_name(const std::string& path);

struct Range {
    std::uint32_t min = 0;
    std::uint32_t max = std::numeric_limits<std::uint32_t>::max();
};
/// Digits only: no sign, no space; a decimal number without leading zeros, which some take for
/// octal. Nothing for what is not in the range.
std::optional<std::uint32_t> number_from(std::string_view text, Range range = {}, int base = 10);

/// Decimal, or hexadecimal with 0x, as `ip` takes a mark: "128", "0x80".
std::optional<std::uint32_t> number_or_hex_from(std::string_view text);

/// "0x80"
std::string hex(std::uint32_t value);

/// For a message: one character for each byte, and "?" for what is not printable ASCII.
std::string printable(std::string text);

/// The known word that `text` is probably a misspelling of: at most two letters are wrong.
std::optional<std::string> nearest(const std::string& text, const std::vector<std::string>& known);

/// ", did you mean 'status'?" for the end of a message; empty where no known word is near.
std::string suggestion(const std::string& text, const std::vector<std::string>& known);

/// {"a", "b", "c"} and "and" -> "a, b and c"
std::string enumeration(const std::vector<std::string>& items, const std::string& last);

}  // namespace eni
