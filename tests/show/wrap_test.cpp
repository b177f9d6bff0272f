// Lines that hang: where they break, how wide they are, and what is never broken.
#include "wrap.hpp"

#include <gtest/gtest.h>

namespace eni {
namespace {

std::string hung(std::size_t begin, std::size_t indent, const std::string& words) {
    HangingLine line(indent);
    line.go_to(begin);
    line.put_words(words);
    return line.str();
}

std::string repeated(const std::string& word, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += (i == 0 ? "" : " ") + word;
    return text;
}

TEST(Columns, AreOfWhatIsPrinted) {
    EXPECT_EQ(columns_of(""), 0U);
    EXPECT_EQ(columns_of("eth0"), 4U);
    EXPECT_EQ(columns_of("10.0.2.37 \u2194 x"), 13U);
    EXPECT_EQ(columns_of("\xe7\xb6\xb2"), 2U) << "a wide one";
    EXPECT_EQ(columns_of("e\xcc\x81"), 1U) << "an accent that stands on it";
    EXPECT_EQ(columns_of("\033[31m"), 8U) << "\\x1b[31m";
    EXPECT_EQ(columns_of("\xff"), 4U) << "\\xff";
}

TEST(HangingLine, FillsTheScreenAndNoMore) {
    EXPECT_EQ(hung(0, 2, repeated("abc", 20)), repeated("abc", 20) + "\n") << "79 columns";
    EXPECT_EQ(hung(1, 2, repeated("abc", 20)), " " + repeated("abc", 20) + "\n") << "80 columns";
    EXPECT_EQ(hung(2, 2, repeated("abc", 20)), "  " + repeated("abc", 19) + "\n  abc\n");
}

TEST(HangingLine, HangsFromWhereItBegan) {
    EXPECT_EQ(hung(40, 6, repeated("abcd", 10)), std::string(40, ' ') + repeated("abcd", 8) + "\n" +
                                                     std::string(40, ' ') + repeated("abcd", 2) +
                                                     "\n");
}

TEST(HangingLine, GoesBelowWhereThatHasMoreRoom) {
    EXPECT_EQ(hung(60, 6, repeated("abcd", 10)), "\n      " + repeated("abcd", 10) + "\n")
        << "20 columns are a narrow strip";
    EXPECT_EQ(hung(60, 6, "abcd abcd"), std::string(60, ' ') + "abcd abcd\n") << "it fits";
    const std::string path(50, 'x');
    EXPECT_EQ(hung(40, 6, "of " + path), "\n      of " + path + "\n") << "else that is cut off";
}

TEST(HangingLine, AWordIsNeverBroken) {
    const std::string path(100, 'x');
    EXPECT_EQ(hung(9, 9, "see " + path + " there"),
              "         see\n         " + path + "\n         there\n");
}

TEST(HangingLine, PutsTextInColumns) {
    HangingLine line(8);
    line.put("eth1");
    line.go_to(6);
    line.put("10.0.2.37", [](const std::string& text) { return "<" + text + ">"; });
    line.go_to(10);
    line.put("ok");
    EXPECT_EQ(line.str(), "eth1  <10.0.2.37>  ok\n") << "two spaces behind what stands out";
}

TEST(HangingLine, WhatIsNotBrokenGoesBelowAsAWhole) {
    HangingLine line(8);
    line.put(std::string(75, 'x'));
    line.put("a b");
    line.put("c d e");
    EXPECT_EQ(line.str(), std::string(75, 'x') + "  a b\n        c d e\n");
}

TEST(HangingLine, NothingEndsItFromWithin) {
    HangingLine line(4);
    line.put("a\nb\tc\033");
    line.put_words("d\ne  f\033");
    line.put_words("");
    EXPECT_EQ(line.str(), "a b c\\x1b  d e f\\x1b\n");
}

}  // namespace
}  // namespace eni
