// See terminal.hpp.
#include "terminal.hpp"

#include <algorithm>
#include <cstdio>

#include "paint.hpp"
#include "unicode.hpp"

namespace eni {

namespace {

std::string written(const char* format, unsigned number) {
    char text[16];
    std::snprintf(text, sizeof text, format, number);
    return text;
}

/// The length of a colour of Paint's that stands at `at`; 0: there is none.
std::size_t colour_at(const std::string& text, std::size_t at) {
    for (const char* code : Paint::kCodes) {
        const std::string sequence = Paint::sequence(code);
        if (text.compare(at, sequence.size(), sequence) == 0) return sequence.size();
    }
    return 0;
}

}  // namespace

std::string visible(const std::string& text, bool has_colours) {
    // Nearly all text; a first run may log a hundred thousand lines of it.
    const auto is_plain = [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; };
    if (std::all_of(text.begin(), text.end(), is_plain)) return text;
    std::string seen;
    seen.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const std::size_t colour = has_colours && byte == 0x1b ? colour_at(text, at) : 0;
        const auto character = character_at(text, at);
        std::size_t size = 1;
        if (colour != 0) {
            seen.append(text, at, size = colour);
        } else if (byte == 0 || !character) {
            seen += written("\\x%02x", byte);
        } else {
            size = character->size;
            const char32_t c = character->value;
            if (is_shown(c) || c == '\n' || c == '\t')
                seen.append(text, at, size);
            else
                seen += written(c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
        }
        at += size;
    }
    return seen;
}

void print(const std::string& text) {
    const std::string seen = visible(text, Paint::for_stdout().is_on());
    std::fwrite(seen.data(), 1, seen.size(), stdout);
}

}  // namespace eni
