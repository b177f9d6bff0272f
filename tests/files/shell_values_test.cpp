// What a file of shell assignments says, without a shell.
#include "shell_values.hpp"

#include <gtest/gtest.h>

namespace eni {
namespace {

using Values = std::map<std::string, std::string>;

TEST(ShellValues, QuotesAreRemoved) {
    EXPECT_EQ(
        shell_values("A=1\nB='a b'\nC=\"a  b\"\nD=a' b'\"c\"d\nE=\nF=''\n"),
        (Values{{"A", "1"}, {"B", "a b"}, {"C", "a  b"}, {"D", "a bcd"}, {"E", ""}, {"F", ""}}));
}

TEST(ShellValues, ABackslashIsForWhatAShellSays) {
    EXPECT_EQ(shell_values("A=a\\ b\nB='a\\b'\nC=\"a\\\"\\\\\\$\\`\\n\"\nD=\\'\n"),
              (Values{{"A", "a b"}, {"B", "a\\b"}, {"C", "a\"\\$`\\n"}, {"D", "'"}}));
}

TEST(ShellValues, CommentsBlanksAndLineEndsAreNothing) {
    EXPECT_EQ(shell_values("# A=1\n  B=2  # why\r\n\tC=3\t\n\nD=4#5\nE='#'\n"),
              (Values{{"B", "2"}, {"C", "3"}, {"D", "4#5"}, {"E", "#"}}));
}

TEST(ShellValues, TheLastOneCounts) {
    EXPECT_EQ(shell_value("A=1\nA=2", "A"), "2");
    EXPECT_EQ(shell_value("A=1", "B"), "");
    EXPECT_EQ(shell_value("A=B=C", "A"), "B=C");
}

/// `A=1 reboot` runs reboot, `export A=1` is another program's business.
TEST(ShellValues, SeveralWordsAndAnOpenQuoteAssignNothing) {
    EXPECT_EQ(shell_values("A=1 reboot\nexport B=2\nC='3\nD=\"4\nE=5\\\nreboot\n\"\"\n"), Values{});
}

}  // namespace
}  // namespace eni
