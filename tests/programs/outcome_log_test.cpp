// What the programs that run unattended log of one run after another: news, and each once.
#include "outcome_log.hpp"

#include <gtest/gtest.h>

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
    OutcomeLog log("; tried again every 10 s");
    EXPECT_EQ(logged(log, fails({kNew, kNoGateway})),
              kNoGatewayLine + "eni-routes: error: " + kReadOnly + "; tried again every 10 s\n");
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

}  // namespace
}  // namespace eni
