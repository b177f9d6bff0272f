// Whether threads can be started, and what is said where they cannot.
#include "threads.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <exception>

#include "no_threads.hpp"
#include "unified_diff.hpp"

namespace eni {
namespace {

TEST(Threads, CanBeStarted) {
    EXPECT_TRUE(can_start_threads());
    EXPECT_TRUE(can_start_threads());
}

[[noreturn]] void try_it() {
    start_no_threads();
    _exit(can_start_threads() ? 100 : 0);
}

TEST(Threads, CannotBeStartedBeyondTheLimit) {
    EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
}

[[noreturn]] void make_a_diff() {
    start_no_threads();
    try {
        unified_diff({"/etc/a", "", std::nullopt, "text\n"});
    } catch (const std::exception& error) {
        fputs(error.what(), stderr);
        _exit(3);
    }
    _exit(0);
}

TEST(Threads, WithoutThemADiffSaysSo) {
    EXPECT_EXIT(make_a_diff(), testing::ExitedWithCode(3), "cannot run diff: no thread");
}

}  // namespace
}  // namespace eni
