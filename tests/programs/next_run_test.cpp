// How long the watch sleeps: never past a run that is due, and not once for nothing.
#include "next_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

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

// Where it fails for good a change is not a reason to try without a pause.
TEST(NextRun, WhatIsToBeAtOnceMayHaveToWait) {
    NextRun next;
    next.at_once = true;
    next.not_before = kNow + seconds(1);
    next.retry_at = kNow + seconds(60);
    EXPECT_FALSE(next.is_due(kNow));
    EXPECT_EQ(sleep_of(next), seconds(1));
    next.retry_at = kNow + Time{200};
    EXPECT_EQ(sleep_of(next), Time{200});
    next.not_before = kNow - seconds(1);
    EXPECT_TRUE(next.is_due(kNow));
}

/// The pauses of `tries` failures, each as soon as it is due.
std::vector<Time> pauses(Backoff& backoff, int tries, Time& now) {
    std::vector<Time> pauses;
    for (int i = 0; i < tries; ++i) {
        backoff.failed(now);
        pauses.push_back(*backoff.retry_at() - now);
        now = *backoff.retry_at();
    }
    return pauses;
}

TEST(Backoff, ItIsTriedAgainAtOnceAndThenEverLater) {
    Backoff backoff;
    EXPECT_FALSE(backoff.retry_at());
    EXPECT_FALSE(backoff.not_before());
    Time now = kNow;
    const auto all = pauses(backoff, 14, now);
    EXPECT_EQ(all.front(), Time{100});
    for (std::size_t i = 1; i < all.size(); ++i)
        EXPECT_EQ(all[i], std::min<Time>(2 * all[i - 1], seconds(60)));
    EXPECT_EQ(all.back(), seconds(60));
}

TEST(Backoff, ThatItHasWorkedEndsIt) {
    Backoff backoff;
    Time now = kNow;
    pauses(backoff, 5, now);
    backoff.succeeded();
    EXPECT_FALSE(backoff.retry_at());
    EXPECT_FALSE(backoff.not_before());
    EXPECT_EQ(pauses(backoff, 1, now).front(), Time{100});
}

TEST(Backoff, AChangeOfTheWorldBeginsItAnew) {
    Backoff backoff;
    Time now = kNow;
    pauses(backoff, 14, now);
    backoff.changed(now);
    EXPECT_EQ(pauses(backoff, 1, now).front(), Time{100});
}

// The kernel tells of what a try does, and it must not spin.
TEST(Backoff, WhatIsHeardRightAfterATryDoesNot) {
    Backoff backoff;
    Time now = kNow;
    pauses(backoff, 13, now);
    backoff.failed(now);
    backoff.changed(now + Time{999});
    EXPECT_EQ(*backoff.not_before(), now + seconds(1));
    backoff.failed(now + seconds(1));
    EXPECT_EQ(*backoff.retry_at(), now + seconds(61));
}

TEST(WaitsForQuiet, NotWhereOursWasTakenOffAndNothingElse) {
    EXPECT_FALSE(waits_for_quiet(true, kNow, Time{0}));
    EXPECT_FALSE(waits_for_quiet(true, kNow, kNow - seconds(1)));
    EXPECT_TRUE(waits_for_quiet(false, kNow, Time{0}));
}

// Of a table that is flushed the rest comes while the first of it is repaired.
TEST(WaitsForQuiet, AfterARunItDoes) {
    EXPECT_TRUE(waits_for_quiet(true, kNow, kNow));
    EXPECT_TRUE(waits_for_quiet(true, kNow, kNow - Time(999)));
}

// At first at once, then each minute: a file that gets old says that the watch is gone.
TEST(MetricsTimer, IsDueAtFirstAndEachMinute) {
    MetricsTimer timer;
    EXPECT_LE(timer.due(), kNow);
    timer.written(kNow);
    EXPECT_EQ(timer.due(), kNow + seconds(60));
}

// However many runs there are, once a second is enough.
TEST(MetricsTimer, IsDueASecondAfterTheLastWhereThereWasARun) {
    MetricsTimer timer;
    timer.changed();
    timer.written(kNow);
    timer.changed();
    timer.changed();
    EXPECT_EQ(timer.due(), kNow + seconds(1));
    timer.written(kNow + seconds(1));
    EXPECT_EQ(timer.due(), kNow + seconds(61));
}

}  // namespace
}  // namespace eni
