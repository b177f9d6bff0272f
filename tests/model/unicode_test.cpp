// What of UTF-8 is a character, and what of it is seen.
#include "unicode.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eni {
namespace {

/// Its value, and 0 for what is none.
char32_t value_at(const std::string& text, std::size_t at = 0) {
    const auto character = character_at(text, at);
    return character ? character->value : 0;
}

TEST(CharacterAt, EachLengthAtItsEnds) {
    const struct {
        std::string text;
        char32_t value;
    } kSamples[] = {
        {"\x01", 0x01},          {"\x7f", 0x7f},           {"\u0080", 0x80},
        {"\u07ff", 0x7ff},       {"\u0800", 0x800},        {"\uffff", 0xffff},
        {"\U00010000", 0x10000}, {"\U0010ffff", 0x10ffff}, {"\ud7ff", 0xd7ff},
    };
    for (const auto& sample : kSamples) {
        const auto character = character_at(sample.text, 0);
        ASSERT_TRUE(character) << std::hex << sample.value;
        EXPECT_EQ(character->value, sample.value);
        EXPECT_EQ(character->size, sample.text.size());
    }
    EXPECT_EQ(value_at("ab\u20acc", 2), 0x20ac);
}

TEST(CharacterAt, WhatIsNoUtf8IsNone) {
    // A continuation, overlong, surrogates, above U+10FFFF, cut off, continued by another.
    for (const std::string text :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
          "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xe2\x28\xa1"})
        EXPECT_FALSE(character_at(text, 0)) << testing::PrintToString(text);
}

TEST(IsShown, LettersSpacesAndPrivateUseAre) {
    for (const char32_t c :
         {U' ', U'a', U'~', U'\u00a0', U'\u00e4', U'\u65b0', U'\u3000', U'\U0001f600', U'\ue000'})
        EXPECT_TRUE(is_shown(c)) << std::hex << c;
}

TEST(IsShown, ControlsFormatsSeparatorsAndNoncharactersAreNot) {
    for (const char32_t c :
         {0x00,   0x0a,   0x1b,    0x7f,     0x80,   0x9f,    0xad,   0x61c,  0x200b,
          0x200e, 0x2028, 0x2029,  0x202a,   0x202e, 0x2060,  0x2066, 0x2069, 0xfeff,
          0xfffe, 0xffff, 0x1fffe, 0x10ffff, 0xfdd0, 0xe0041, 0x1d173})
        EXPECT_FALSE(is_shown(static_cast<char32_t>(c))) << std::hex << c;
}

TEST(IsSpace, OfAnyWidth) {
    for (const char32_t c : {U' ', U'\u00a0', U'\u2003', U'\u202f', U'\u3000'})
        EXPECT_TRUE(is_space(c)) << std::hex << c;
    for (const char32_t c : {U'a', U'\t', U'\u200b', U'_'}) EXPECT_FALSE(is_space(c));
}

}  // namespace
}  // namespace eni
