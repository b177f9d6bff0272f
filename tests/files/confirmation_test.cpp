// What is said of a change that is not confirmed, and what it keeps from running. (That the file
// and the keeper's lock do what they should, tests/vpc_confirm.sh says.)
#include "confirmation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace eni {
namespace {

using ::testing::HasSubstr;
using State = Confirmation::State;

Confirmation confirmation(State state) {
    Confirmation result;
    result.state = state;
    result.made = "2026-11-27 14:03:12";
    result.due = "2026-11-27 14:04:12";
    result.undone = "2026-11-27 14:04:13";
    return result;
}

TEST(Confirmation, HoldsRunsWhileItWaitsAndOnceItIsUndone) {
    EXPECT_FALSE(confirmation(State::none).holds_runs());
    EXPECT_TRUE(confirmation(State::waiting).holds_runs());
    EXPECT_FALSE(confirmation(State::abandoned).holds_runs());
    EXPECT_TRUE(confirmation(State::undone).holds_runs());
    EXPECT_TRUE(confirmation(State::sealed).holds_runs());
}

TEST(Confirmation, IsToldInWords) {
    EXPECT_EQ(words_for(confirmation(State::none)), "");
    EXPECT_EQ(words_for(confirmation(State::waiting)),
              "the change of 2026-11-27 14:03:12 is not confirmed: the old state comes back at "
              "2026-11-27 14:04:12 unless 'eni-routes confirm' is run; events and the watch change "
              "nothing until then");
    EXPECT_THAT(words_for(confirmation(State::abandoned)), HasSubstr("the change stays"));
    Confirmation undone = confirmation(State::undone);
    undone.failures = {"ip rule add lookup 7: Network is down"};
    EXPECT_EQ(words_for(undone),
              "the change of 2026-11-27 14:03:12 was not confirmed, and was undone at 2026-11-27 "
              "14:04:13; but for ip rule add lookup 7: Network is down. Events and the watch "
              "change nothing until the next 'eni-routes regenerate' or boot");
    EXPECT_EQ(words_for(confirmation(State::sealed)),
              "the host was cleaned for an image at 2026-11-27 14:03:12: events, the watch and "
              "timers change nothing until the next 'eni-routes regenerate' or boot");
}

TEST(Confirmation, HasTimesAsPeopleReadThem) {
    EXPECT_THAT(local_time(std::chrono::seconds(0)),
                ::testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"));
    EXPECT_LT(local_time(std::chrono::seconds(0)), local_time(std::chrono::seconds(2)));
}

TEST(Confirmation, RefusesAnotherChangeWhileItWaits) {
    for (const State state : {State::none, State::abandoned, State::undone, State::sealed})
        EXPECT_NO_THROW(refuse_while_waiting(confirmation(state)));
    try {
        refuse_while_waiting(confirmation(State::waiting));
        FAIL() << "it is not refused";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("'eni-routes confirm' keeps it"));
    }
}

}  // namespace
}  // namespace eni
