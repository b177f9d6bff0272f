// What of a text reaches a terminal.
#include "terminal.hpp"

#include <gtest/gtest.h>

#include "paint.hpp"

namespace eni {
namespace {

using std::string_literals::operator""s;

TEST(Visible, WhatIsPrintedStaysAsItIs) {
    const std::string text = "eth0 \u2194 \u00e4\U0001f600\n\tx\\x1b\n";
    EXPECT_EQ(visible(text), text);
    EXPECT_EQ(visible(""), "");
}

TEST(Visible, ControlCharactersAreText) {
    EXPECT_EQ(visible("\x1b[31mx\r\a\x7f\0."s), "\\x1b[31mx\\x0d\\x07\\x7f\\x00.");
    EXPECT_EQ(visible("\u009b31m"), "\\u{9b}31m");  // C1's CSI
}

TEST(Visible, SoIsWhatIsNotUtf8) {
    EXPECT_EQ(visible("a\xff\xc3"), "a\\xff\\xc3");
    EXPECT_EQ(visible("\x9b"), "\\x9b");
    EXPECT_EQ(visible("\xc0\x9b|\xed\xa0\x80"), "\\xc0\\x9b|\\xed\\xa0\\x80");
}

TEST(Visible, AndWhatTurnsTextAroundOrHides) {
    EXPECT_EQ(visible("\u202egnp\u2066\u200b\u2028\ufeff"),
              "\\u{202e}gnp\\u{2066}\\u{200b}\\u{2028}\\u{feff}");
}

TEST(Visible, OnlyPaintColoursText) {
    const Paint paint(true);
    for (const std::string& text :
         {paint.red("x"), paint.bold("x"), paint.faint("x"), paint.green("x"), paint.yellow("x")}) {
        EXPECT_EQ(visible(text, true), text);
        EXPECT_EQ(visible(text).find('\x1b'), std::string::npos);
    }
    EXPECT_EQ(visible("\x1b[31m\x1b]0;title\a\x1b[2J", true),
              "\\x1b[31m\\x1b]0;title\\x07\\x1b[2J");
}

}  // namespace
}  // namespace eni
