// What of UTF-8 a person sees. Must not know what the text is about, and must not need a locale:
// where eni-routes runs there may be none but C.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace eni {

struct Character {
    char32_t value;
    std::size_t size;  // in bytes
};

/// The one that begins at `at`, which is in the text. Nothing where the bytes there are none (RFC
/// 3629): cut off, overlong, a surrogate.
std::optional<Character> character_at(std::string_view text, std::size_t at);

/// False for controls, formats (Unicode 15's category Cf: what changes the direction of text, or
/// has no width), the separators of lines and paragraphs, and noncharacters.
bool is_shown(char32_t c);

/// Of category Zs, as the space itself.
bool is_space(char32_t c);

}  // namespace eni
