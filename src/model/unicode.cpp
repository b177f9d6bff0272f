// See unicode.hpp.
#include "unicode.hpp"

#include <algorithm>
#include <iterator>

namespace eni {

namespace {

struct Block {
    char32_t first, last;
};

constexpr Block kNotShown[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
    {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
    {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};
constexpr Block kSpaces[] = {
    {0x20, 0x20},     {0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
    {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

template <std::size_t size>
bool is_in(const Block (&blocks)[size], char32_t c) {
    return std::any_of(std::begin(blocks), std::end(blocks),
                       [&](const Block& block) { return block.first <= c && c <= block.last; });
}

}  // namespace

std::optional<Character> character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(at);
    if (first < 0x80) return Character{first, 1};
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() - at < size) return std::nullopt;
    char32_t value = first & (0xffU >> (size + 1));
    for (std::size_t i = at + 1; i < at + size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return std::nullopt;
        value = value << 6 | (byte(i) & 0x3fU);
    }
    constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < kLeast[size] || is_surrogate || value > 0x10ffff) return std::nullopt;
    return Character{value, size};
}

bool is_shown(char32_t c) {
    return (c & 0xfffe) != 0xfffe && !is_in(kNotShown, c);
}

bool is_space(char32_t c) {
    return is_in(kSpaces, c);
}

}  // namespace eni
