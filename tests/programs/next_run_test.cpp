// How long the watch sleeps: never past a run that is due, and not once for nothing.
#include "next_run.hpp"

#include <gtest/gtest.h>

namespace eni {
namespace {

using std::chrono::seconds;

constexpr Time kNow = seconds(1000);
constexpr Time kWithoutEnd{-1};

Time sleep_of(const NextRun& next, std::optional<Time> longest = {}) {
    return next.patience(kNow, longest);
}

TEST(NextRun, IdleItSleepsUntilTheKernelWakesIt) {
    const NextRun idle;
    EXPECT_FALSE(idle.is_due(kNow));
    EXPECT_EQ(sleep_of(idle), kWithoutEnd);
}

TEST(NextRun, IdleItStillAnswersTheWatchdog) {
    EXPECT_EQ(sleep_of({}, seconds(15)), seconds(15));
}

// The run before has found a link gone, and the kernel has nothing more to say of it.
TEST(NextRun, WhatIsDueAtOnceIsNotSleptOn) {
    NextRun next;
    next.at_once = true;
    EXPECT_TRUE(next.is_due(kNow));
    EXPECT_EQ(sleep_of(next), seconds(0));
    EXPECT_EQ(sleep_of(next, seconds(15)), seconds(0));
}

TEST(NextRun, AtOnceComesBeforeWhatIsLater) {
    NextRun next;
    next.at_once = true;
    next.retry_at = kNow + seconds(10);
    next.fight_at = kNow + seconds(60);
    EXPECT_TRUE(next.is_due(kNow));
    EXPECT_EQ(sleep_of(next), seconds(0));
}

TEST(NextRun, ItSleepsUntilTheFirstIsDue) {
    NextRun next;
    next.retry_at = kNow + seconds(10);
    next.fight_at = kNow + seconds(60);
    EXPECT_FALSE(next.is_due(kNow));
    EXPECT_EQ(sleep_of(next), seconds(10));
    next.retry_at = kNow + seconds(70);
    EXPECT_EQ(sleep_of(next), seconds(60));
    EXPECT_EQ(sleep_of(next, seconds(15)), seconds(15));
    next.fight_at.reset();
    EXPECT_EQ(sleep_of(next), seconds(70));
}

// It would be woken for nothing, and again and again.
TEST(NextRun, WhenItHasSleptTheRunIsDue) {
    NextRun retry;
    retry.retry_at = kNow + seconds(10);
    EXPECT_FALSE(retry.is_due(kNow + sleep_of(retry) - Time{1}));
    EXPECT_TRUE(retry.is_due(kNow + sleep_of(retry)));
    NextRun fight;
    fight.fight_at = kNow + seconds(60);
    EXPECT_FALSE(fight.is_due(kNow + sleep_of(fight) - Time{1}));
    EXPECT_TRUE(fight.is_due(kNow + sleep_of(fight)));
}

TEST(NextRun, WhatIsOverdueIsNotWithoutEnd) {
    NextRun next;
    next.retry_at = kNow - seconds(5);
    EXPECT_TRUE(next.is_due(kNow));
    EXPECT_EQ(sleep_of(next), seconds(0));
}

}  // namespace
}  // namespace eni
