// What the programs that run unattended log of one run after another: news, and each once.
#include "outcome_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "log.hpp"

namespace eni {
namespace {

const std::string kFile = "/etc/sysconfig/network-scripts/rule-eth1";
const std::string kWritten =
    "eni-routes: eth1: write " + kFile + "   # what a boot needs until the hook has run\n";
const std::string kReadOnly = "cannot write " + kFile + ": Read-only file system";
const Note kNew = {Severity::note, "eth1", "rule-eth1 is new"};
const Note kNoGateway = {Severity::warning, "eth1", "no gateway is known"};
const Note kOfTheHost = {Severity::note, "", "a rule in our band is not ours"};

const std::string kNewLine = "eni-routes: eth1: rule-eth1 is new\n";
const std::string kNoGatewayLine = "eni-routes: warning: eth1: no gateway is known\n";
const std::string kOfTheHostLine = "eni-routes: a rule in our band is not ours\n";

Outcome quiet(const std::vector<Note>& notes = {}) {
    Outcome outcome;
    outcome.change_set.plan.notes = notes;
    return outcome;
}

Outcome writes(const std::vector<Note>& notes = {}, const std::string& ifname = "eth1") {
    Outcome outcome = quiet(notes);
    outcome.change_set.files = {{kFile, ifname, std::nullopt, "from 10.0.2.0/24\n"}};
    return outcome;
}

Outcome fails(const std::vector<Note>& notes = {}) {
    Outcome outcome = writes(notes);
    outcome.failures = {kReadOnly};
    outcome.change_set.not_done = {"write " + kFile};
    return outcome;
}

std::string logged(OutcomeLog& log, const Outcome& outcome) {
    set_log_level(LogLevel::info);
    testing::internal::CaptureStderr();
    log.log(outcome, "", "watch");
    return testing::internal::GetCapturedStderr();
}

TEST(OutcomeLog, ANoteIsSaidOnceForAsLongAsItHolds) {
    OutcomeLog log;
    EXPECT_EQ(logged(log, writes({kNew, kNoGateway})), kWritten + kNewLine + kNoGatewayLine);
    EXPECT_EQ(logged(log, writes({kNoGateway})), kWritten);
    EXPECT_EQ(logged(log, quiet({kNoGateway})), "");
    EXPECT_EQ(logged(log, writes({kNoGateway, kNew})), kWritten + kNewLine);
    EXPECT_EQ(logged(log, quiet()), "");
    EXPECT_EQ(logged(log, writes({kNoGateway})), kWritten + kNoGatewayLine);
}

TEST(OutcomeLog, ANoteIsSaidWhereWhatItIsAboutIsChanged) {
    OutcomeLog log;
    EXPECT_EQ(logged(log, quiet({kNoGateway, kOfTheHost})), "");
    const std::string of_eth0 = "eni-routes: eth0" + kWritten.substr(kWritten.find(": write"));
    EXPECT_EQ(logged(log, writes({kNoGateway, kOfTheHost}, "eth0")), of_eth0 + kOfTheHostLine);
    EXPECT_EQ(logged(log, writes({kNoGateway, kOfTheHost})), kWritten + kNoGatewayLine);
}

TEST(OutcomeLog, AFailureIsSaidWhenItBeginsAndWhenItIsOver) {
    OutcomeLog log("; tried again");
    EXPECT_EQ(logged(log, fails({kNew, kNoGateway})),
              kNoGatewayLine + "eni-routes: error: " + kReadOnly + "; tried again\n");
    EXPECT_EQ(logged(log, fails({kNew, kNoGateway})), "");
    EXPECT_EQ(logged(log, fails({kNew, kNoGateway})), "");
    EXPECT_EQ(logged(log, writes({kNew, kNoGateway})),
              kWritten + kNewLine + "eni-routes: works again, after: " + kReadOnly + "\n");
    EXPECT_EQ(logged(log, writes()), kWritten);
}

TEST(OutcomeLog, AnotherFailureIsNews) {
    OutcomeLog log;
    Outcome two = fails();
    two.failures.push_back("ip rule add: No buffer space available");
    EXPECT_EQ(logged(log, fails()), "eni-routes: error: " + kReadOnly + "\n");
    EXPECT_EQ(logged(log, two), "eni-routes: error: ip rule add: No buffer space available\n");
    EXPECT_EQ(logged(log, fails()), "");
    EXPECT_EQ(logged(log, quiet()), "eni-routes: works again, after: " + kReadOnly + "\n");
}

TEST(OutcomeLog, AnotherOutgoingAddressIsNewsByItself) {
    OutcomeLog log;
    const Note note = {Severity::note, "eth1", "programs now leave by eth1", kOutgoingChanged};
    EXPECT_EQ(logged(log, quiet({note})), "eni-routes: eth1: programs now leave by eth1\n");
    EXPECT_EQ(logged(log, quiet({note})), "");
}

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

Outcome with_routes(int count) {
    Outcome outcome;
    for (int i = 0; i < count; ++i) {
        Planned<Route> route;
        route.ifname = "eth1";
        route.object.dst = *Prefix::parse("10." + std::to_string(i / 256) + "." +
                                          std::to_string(i % 256) + ".0/24");
        outcome.change_set.changes.routes_deleted.push_back(route);
    }
    return outcome;
}

TEST(OutcomeLog, ManyChangesAreSomeLinesAndTheirNumber) {
    OutcomeLog log;
    const std::string text = logged(log, with_routes(7321));
    EXPECT_EQ(lines_in(text), kMostLines + 1);
    EXPECT_NE(text.find("eni-routes: and 7271 more changes; in all 7321 routes deleted\n"),
              std::string::npos)
        << text;
    OutcomeLog few;
    EXPECT_EQ(lines_in(logged(few, with_routes(kMostLines))), kMostLines);
}

TEST(OutcomeLog, ForDebuggingThereIsMoreAndNotAll) {
    OutcomeLog log;
    Outcome outcome = with_routes(7321);
    outcome.failures = {"no memory"};
    (void)logged(log, outcome);
    set_log_level(LogLevel::debug);
    testing::internal::CaptureStderr();
    log.log(outcome, "", "watch");
    // Beside them the summary.
    EXPECT_EQ(lines_in(testing::internal::GetCapturedStderr()), kMostDebugLines + 1);
}

TEST(OutcomeLog, OfManyNotesTheWarningsAreNotLeftOut) {
    std::vector<Note> notes;
    for (int i = 0; i < 900; ++i)
        notes.push_back({Severity::note, "", "rule " + std::to_string(i) + " is not ours"});
    notes.push_back(kNoGateway);
    OutcomeLog log;
    const std::string text = logged(log, writes(notes));
    EXPECT_EQ(lines_in(text), 1 + kMostLines + 1);
    EXPECT_NE(text.find(kNoGatewayLine), std::string::npos) << text;
    EXPECT_NE(text.find("eni-routes: and 851 more notes"), std::string::npos) << text;
    EXPECT_EQ(logged(log, writes(notes)), kWritten);  // as long as they hold
}

TEST(OutcomeLog, ManyFailuresAreSomeLinesAndTheirNumber) {
    OutcomeLog log;
    Outcome outcome;
    for (int i = 0; i < 640; ++i)
        outcome.failures.push_back("ip route add 10.0.0." + std::to_string(i) + ": No buffer");
    const std::string text = logged(log, outcome);
    EXPECT_EQ(lines_in(text), kMostLines + 1);
    EXPECT_NE(text.find("error: and 590 more failures"), std::string::npos) << text;
}

}  // namespace
}  // namespace eni
