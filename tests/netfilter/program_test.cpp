#include "program.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace eni {
namespace {

TEST(Program, ReadsWhatItIsToldAndPrintsToBothEnds) {
    const ProgramResult result =
        run_program({"/bin/sh", "-c", "cat; echo wrong >&2; exit 3"}, "one\ntwo\n");
    EXPECT_EQ(result.output, "one\ntwo\n");
    EXPECT_EQ(result.errors, "wrong\n");
    EXPECT_EQ(result.status, 3);
}

TEST(Program, WithoutInputReadsNothing) {
    EXPECT_EQ(run_program({"/bin/cat"}).output, "");
}

TEST(Program, MayPrintMoreThanAPipeHolds) {
    const ProgramResult result =
        run_program({"/bin/sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"});
    EXPECT_EQ(result.output.size(), 300000u);
    EXPECT_EQ(result.errors.size(), 300000u);
}

TEST(Program, OneThatDoesNotReadIsNoFailureOfOurs) {
    EXPECT_EQ(run_program({"/bin/true"}, std::string(50000, 'x')).status, 0);
}

TEST(Program, OneThatASignalEnds) {
    EXPECT_EQ(run_program({"/bin/sh", "-c", "kill -9 $$"}).status, 128 + 9);
}

TEST(Program, OneThatIsNotThere) {
    EXPECT_THROW(run_program({"/nowhere/nft"}), std::runtime_error);
    EXPECT_EQ(path_of_program("no-such-program"), "");
    EXPECT_NE(path_of_program("sh"), "");
}

TEST(Program, IsToldNoMoreThanFitsItsPipe) {
    EXPECT_THROW(run_program({"/bin/cat"}, std::string(70000, 'x')), std::length_error);
}

TEST(Program, OneThatHangsIsEnded) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THROW(run_program({"/bin/sleep", "60"}), std::runtime_error);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kProgramTime + std::chrono::seconds(5));
}

}  // namespace
}  // namespace eni
