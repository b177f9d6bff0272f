// What is said of failures, one run after another, and that it is bounded whatever fails.
#include "failure_log.hpp"

#include <gtest/gtest.h>

namespace eni {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

const std::string kFull = "cannot write rule-eth1: No space left on device";
const std::string kRefused = "ip rule add: Operation not permitted";

Texts texts(const std::vector<LogLine>& lines) {
    Texts texts;
    for (const LogLine& line : lines)
        texts.push_back((line.level == LogLevel::error ? "error: " : "") + line.text);
    return texts;
}

Texts news(FailureLog& log, const Texts& failures, Time now) {
    return texts(log.news(failures, now));
}

TEST(FailureLog, AFailureIsSaidWhenItBeginsAndWhenItIsOver) {
    FailureLog log;
    EXPECT_EQ(news(log, {}, seconds(1)), Texts{});
    EXPECT_EQ(news(log, {kFull}, seconds(2)), Texts{"error: " + kFull});
    EXPECT_EQ(news(log, {kFull}, seconds(3)), Texts{});
    EXPECT_EQ(news(log, {kFull, kRefused}, seconds(4)), Texts{"error: " + kRefused});
    EXPECT_EQ(news(log, {kFull}, seconds(5)), Texts{});
    EXPECT_EQ(news(log, {}, seconds(6)), Texts{"works again, after: " + kFull});
    EXPECT_EQ(news(log, {}, seconds(7)), Texts{});
}

TEST(FailureLog, OfOneThatLastsOnceAnHour) {
    FailureLog log;
    Texts all;
    for (int minute = 0; minute <= 240; ++minute)
        for (const std::string& line : news(log, {kFull}, minutes(minute))) all.push_back(line);
    const std::string reminder = "error: still failing, 60 more tries in 60 minutes: " + kFull;
    EXPECT_EQ(all, (Texts{"error: " + kFull, reminder, reminder, reminder, reminder}));
}

// Each try names another process.
TEST(FailureLog, ANumberInItDoesNotMakeItAnother) {
    FailureLog log;
    std::size_t lines = 0;
    for (int i = 0; i < 600; ++i)
        lines += news(log, {"held by process " + std::to_string(4000 + i)}, seconds(10 * i)).size();
    EXPECT_EQ(lines, 5U + 1);
    EXPECT_EQ(news(log, {}, hours(2)), Texts{"works again, after: held by process 4599"});
}

TEST(FailureLog, OneThatComesAndGoesIsSaidSomeTimesAndThenOnceAnHour) {
    FailureLog log;
    std::size_t lines = 0;
    for (int i = 0; i < 7200; ++i)
        lines += news(log, i % 2 == 0 ? Texts{kRefused} : Texts{}, seconds(i)).size();
    EXPECT_EQ(lines, 2U * (5 + 1));
}

TEST(FailureLog, TwoThatTakeTurnsAreBounded) {
    FailureLog log;
    std::size_t lines = 0;
    for (int i = 0; i < 3000; ++i)
        lines += news(log, {i % 2 == 0 ? kFull : kRefused}, seconds(i)).size();
    EXPECT_LE(lines, 10U);
}

TEST(FailureLog, SeveralThatDifferInNumbersAreAllSaid) {
    FailureLog log;
    const Texts three = {"rule-eth1: full", "rule-eth2: full", "rule-eth3: full"};
    EXPECT_EQ(news(log, three, seconds(1)).size(), 3U);
    EXPECT_EQ(news(log, three, seconds(2)), Texts{});
    EXPECT_EQ(news(log, {}, seconds(3)).size(), 3U);
}

TEST(FailureLog, ADayLaterItIsNewsAgain) {
    FailureLog log;
    for (int i = 0; i < 100; ++i) news(log, i % 2 == 0 ? Texts{kFull} : Texts{}, seconds(i));
    EXPECT_EQ(news(log, {}, hours(24)), Texts{});
    EXPECT_EQ(news(log, {kFull}, hours(25)), Texts{"error: " + kFull});
}

TEST(FailureLog, WithoutAnyLikenessTheyAreBoundedAsWell) {
    FailureLog log;
    std::size_t lines = 0;
    for (int i = 0; i < 5000; ++i)
        lines += news(log, {std::string(static_cast<std::size_t>(i) + 1, 'x')}, Time{i}).size();
    EXPECT_LE(lines, 256U);
}

}  // namespace
}  // namespace eni
