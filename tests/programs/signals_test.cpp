// A service's signals: taken at any time, waited for with a descriptor and without one.
#include "signals.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <functional>

namespace eni {
namespace {

using std::chrono::steady_clock;

Time taken_by(const std::function<void()>& deed) {
    const auto begin = steady_clock::now();
    deed();
    return std::chrono::duration_cast<Time>(steady_clock::now() - begin);
}

class SignalsTest : public testing::Test {
  protected:
    SignalsTest() { EXPECT_EQ(pipe(pipe_), 0); }
    ~SignalsTest() override {
        close(pipe_[0]);
        close(pipe_[1]);
    }

    Signals signals_;
    int pipe_[2] = {-1, -1};
};

TEST_F(SignalsTest, WithoutOneItIsNotOver) {
    EXPECT_FALSE(signals_.is_over());
    EXPECT_FALSE(signals_.take_reload());
    EXPECT_FALSE(signals_.wait({pipe_[0]}, Time{1}));
}

TEST_F(SignalsTest, HangupIsToReload) {
    kill(getpid(), SIGHUP);
    EXPECT_FALSE(signals_.wait({pipe_[0]}, Time{60'000}));
    EXPECT_FALSE(signals_.is_over());
    EXPECT_TRUE(signals_.take_reload());
    EXPECT_FALSE(signals_.take_reload());
}

TEST_F(SignalsTest, TermEndsAnyWait) {
    kill(getpid(), SIGTERM);
    const Time time = taken_by([&] {
        EXPECT_FALSE(signals_.wait({pipe_[0]}, Time{60'000}));
        signals_.pause(Time{60'000});
    });
    EXPECT_LT(time, Time{1000});
    EXPECT_TRUE(signals_.is_over());
    EXPECT_TRUE(signals_.is_over());
    EXPECT_LT(taken_by([&] { signals_.pause(Time{60'000}); }), Time{1000});
}

TEST_F(SignalsTest, ThatNobodyReadsItsMessagesDoesNotEndIt) {
    close(pipe_[0]);
    EXPECT_EQ(write(pipe_[1], "x", 1), -1);
    EXPECT_FALSE(signals_.is_over());
}

TEST_F(SignalsTest, WhatCanBeReadEndsTheWait) {
    ASSERT_EQ(write(pipe_[1], "x", 1), 1);
    EXPECT_TRUE(signals_.wait({pipe_[0]}, Time{60'000}));
}

TEST_F(SignalsTest, WithoutAFreeDescriptorTermIsNoticedWithinSeconds) {
    const rlimit none = {static_cast<rlim_t>(pipe_[1]) + 1, 1024};
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    setrlimit(RLIMIT_NOFILE, &none);
    kill(getpid(), SIGTERM);
    const Time time = taken_by([&] {
        while (!signals_.is_over()) signals_.wait({pipe_[0]}, Time{-1});
    });
    EXPECT_LT(time, Time{3000});
    EXPECT_FALSE(signals_.wait({pipe_[0]}, Time{-1}));  // and does not spin
    setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace eni
