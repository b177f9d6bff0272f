// What `metrics` prints: the verdicts and findings that check has, what of the plan is there, what
// is known of runs; and of the format what a label may hold.
#include "metrics_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "checked_hosts.hpp"
#include "example.hpp"
#include "text.hpp"

namespace eni {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// As a run leaves it.
Facts at_work() {
    const Facts facts = two_interfaces();
    const Plan plan = make_plan(facts, {}, Absent::forget);
    Facts after = carried_out(facts, plan);
    after.run = plan.run;
    return after;
}

struct Host {
    Facts facts = at_work();
    Config config;
    CheckResult result = healthy_host();
    std::optional<WatchStatus> watch;
    RunRecord runs;

    std::string text() const {
        const ChangeSet set = make_change_set(facts, config, Absent::forget);
        return render_metrics({facts, config, set, result, watch, runs, "1.2.3", 1764286700});
    }

    /// The samples of a family, without the prefix.
    std::vector<std::string> of(const std::string& family) const {
        const std::string name = "eni_routes_" + family;
        std::vector<std::string> lines;
        for (const std::string& line : lines_of(text()))
            if (line.compare(0, name.size(), name) == 0 &&
                (line[name.size()] == '{' || line[name.size()] == ' '))
                lines.push_back(line.substr(name.size()));
        return lines;
    }
};

using Lines = std::vector<std::string>;

void delete_rule(Facts& facts, std::uint32_t priority) {
    auto& rules = facts.kernel.rules;
    rules.erase(std::remove_if(rules.begin(), rules.end(),
                               [&](const Rule& each) { return number(each.priority) == priority; }),
                rules.end());
}

TEST(MetricsText, OfAHostThatIsWell) {
    const Host host;
    EXPECT_EQ(host.of("build_info"), Lines{R"({version="1.2.3"} 1)"});
    EXPECT_EQ(
        host.of("verdict"),
        (Lines{R"({interface="",verdict="ok"} 1)", R"({interface="",verdict="warning"} 0)",
               R"({interface="",verdict="broken"} 0)", R"({interface="eth0",verdict="ok"} 1)",
               R"({interface="eth0",verdict="warning"} 0)",
               R"({interface="eth0",verdict="broken"} 0)", R"({interface="eth1",verdict="ok"} 1)",
               R"({interface="eth1",verdict="warning"} 0)",
               R"({interface="eth1",verdict="broken"} 0)"}));
    EXPECT_EQ(host.of("findings"), Lines{});
    EXPECT_EQ(host.of("policy_active"), Lines{" 1"});
    EXPECT_EQ(host.of("interface_in_force"),
              (Lines{R"({interface="eth0"} 1)", R"({interface="eth1"} 1)"}));
    EXPECT_EQ(host.of("pending_changes"), Lines{" 0"});
    // 20000, 20100, 20101 and, of the secondary, 25101; in each table a default and the subnet.
    EXPECT_EQ(host.of("rules"), (Lines{R"({family="ipv4"} 4)", R"({family="ipv6"} 0)"}));
    EXPECT_EQ(host.of("routes"), (Lines{R"({family="ipv4"} 4)", R"({family="ipv6"} 0)"}));
    EXPECT_EQ(host.of("metrics_timestamp_seconds"), Lines{" 1764286700"});
}

TEST(MetricsText, OfOneThatIsBroken) {
    Host host;
    delete_rule(host.facts, 20101);
    host.result = broken_host();
    EXPECT_EQ(host.of("findings"),
              Lines{R"({interface="eth1",code="rule-missing",grade="broken"} 1)"});
    EXPECT_EQ(host.of("verdict")[6], R"({interface="eth1",verdict="ok"} 0)");
    EXPECT_EQ(host.of("verdict")[8], R"({interface="eth1",verdict="broken"} 1)");
    EXPECT_EQ(
        host.of("addresses"),
        (Lines{R"({interface="eth0",state="ok"} 1)", R"({interface="eth0",state="lost"} 0)",
               R"({interface="eth1",state="ok"} 0)", R"({interface="eth1",state="lost"} 1)"}));
    EXPECT_EQ(host.of("interface_in_force"),
              (Lines{R"({interface="eth0"} 1)", R"({interface="eth1"} 0)"}));
    EXPECT_EQ(host.of("pending_changes"), Lines{" 1"});
    EXPECT_EQ(host.of("rules")[0], R"({family="ipv4"} 3)");
}

/// The rule before all others serves both.
TEST(MetricsText, WhatServesAllIsPartOfEach) {
    Host host;
    delete_rule(host.facts, 20000);
    EXPECT_EQ(host.of("interface_in_force"),
              (Lines{R"({interface="eth0"} 0)", R"({interface="eth1"} 0)"}));
}

TEST(MetricsText, SwitchedOffNothingIsInForce) {
    Host host;
    host.config.enabled = false;
    EXPECT_EQ(host.of("policy_active"), Lines{" 0"});
    EXPECT_EQ(host.of("interface_in_force"),
              (Lines{R"({interface="eth0"} 0)", R"({interface="eth1"} 0)"}));
}

/// An address that is lost by what is wrong with the host has its interface broken.
TEST(MetricsText, AnAddressIsLostByTheHost) {
    Host host;
    host.result = broken_host();
    host.result.findings[0].ifname = "";
    EXPECT_EQ(host.of("verdict")[2], R"({interface="",verdict="broken"} 1)");
    EXPECT_EQ(host.of("verdict")[5], R"({interface="eth0",verdict="broken"} 0)");
    EXPECT_EQ(host.of("verdict")[8], R"({interface="eth1",verdict="broken"} 1)");
}

TEST(MetricsText, WhatIsAcceptedDoesNotCount) {
    Host host;
    host.result = accepted_host();
    host.result.interfaces[1].addresses[0].is_lost = false;
    EXPECT_EQ(host.of("findings"), Lines{});
    EXPECT_EQ(host.of("verdict")[6], R"({interface="eth1",verdict="ok"} 1)");
}

TEST(MetricsText, FindingsOfOneCodeAreCounted) {
    Host host;
    host.result = broken_host();
    host.result.findings.push_back(host.result.findings[0]);
    host.result.findings.push_back({Grade::note, "udp-server", "", "named listens", "", ""});
    EXPECT_EQ(host.of("findings"),
              (Lines{R"({interface="",code="udp-server",grade="note"} 1)",
                     R"({interface="eth1",code="rule-missing",grade="broken"} 2)"}));
    EXPECT_EQ(host.of("verdict")[0], R"({interface="",verdict="ok"} 1)") << "a note is no warning";
}

TEST(MetricsText, RunsAreCountedFromNought) {
    Host host;
    host.runs.by(RunBy::watch) = {12, 2, 3, 1764286646, 2000034, true};
    EXPECT_EQ(host.of("runs_total"), (Lines{R"({by="event"} 0)", R"({by="watch"} 12)",
                                            R"({by="refresh"} 0)", R"({by="command"} 0)"}));
    EXPECT_EQ(host.of("run_failures_total")[1], R"({by="watch"} 2)");
    EXPECT_EQ(host.of("repairs_total")[1], R"({by="watch"} 3)");
    EXPECT_EQ(host.of("last_run_timestamp_seconds"), Lines{R"({by="watch"} 1764286646)"});
    EXPECT_EQ(host.of("last_run_duration_seconds"), Lines{R"({by="watch"} 2.000034)"});
    EXPECT_EQ(host.of("last_run_success"), Lines{R"({by="watch"} 0)"});
}

TEST(MetricsText, TheWatch) {
    Host host;
    EXPECT_EQ(host.of("watch_running"), Lines{}) << "recorded facts may not say";
    host.watch = WatchStatus{std::nullopt, true};
    EXPECT_EQ(host.of("watch_running"), Lines{" 0"});
    EXPECT_EQ(host.of("watch_enabled"), Lines{" 1"});
    EXPECT_EQ(host.of("watch_fights"), Lines{" 0"});
    host.watch = WatchStatus{WatchFacts{7, {{"eth1", "a rule"}}}, true};
    EXPECT_EQ(host.of("watch_running"), Lines{" 1"});
    EXPECT_EQ(host.of("watch_fights"), Lines{" 1"});
}

TEST(MetricsText, TheMetadata) {
    Host host;
    EXPECT_EQ(host.of("metadata_enabled"), Lines{" 1"});
    EXPECT_EQ(host.of("metadata_timestamp_seconds"), Lines{}) << "it has not answered";
    host.runs.metadata_answered = 1764286001;
    EXPECT_EQ(host.of("metadata_timestamp_seconds"), Lines{" 1764286001"});
    host.config.imds = Imds::off;
    EXPECT_EQ(host.of("metadata_enabled"), Lines{" 0"});
}

/// The kernel takes any byte but a slash and blanks in a name.
TEST(MetricsText, LabelsAreEscaped) {
    Host host;
    host.result.interfaces[1].ifname = "a\"b\\c\xff";
    EXPECT_EQ(host.of("verdict")[6], R"({interface="a\"b\\c?",verdict="ok"} 1)");
}

/// Each family stands together, once, behind its two lines; nothing of OpenMetrics is there.
TEST(MetricsText, HasTheClassicFormat) {
    const std::string text = Host().text();
    std::set<std::string> seen;
    std::string family;
    for (const std::string& line : lines_of(text)) {
        const std::string name = line.substr(0, line.find_first_of("{ "));
        if (line.rfind("# HELP ", 0) == 0) {
            family = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_TRUE(seen.insert(family).second) << line;
        } else if (line.rfind("# TYPE ", 0) == 0) {
            EXPECT_THAT(line, HasSubstr(" " + family + " "));
        } else {
            EXPECT_EQ(name, family) << line;
        }
    }
    EXPECT_THAT(text, Not(HasSubstr("# EOF")));
    EXPECT_THAT(text, Not(HasSubstr("# UNIT")));
    EXPECT_EQ(text.rfind("# HELP eni_routes_", 0), 0U) << "kMetricsStart";
    EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace eni
