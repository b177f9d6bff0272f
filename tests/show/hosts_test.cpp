// Many hosts at once: the table, the JSON lines, and the lines by which two hosts are compared.
#include "hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "checked_hosts.hpp"

namespace eni {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

HostVerdict host(const std::string& name, CheckResult result) {
    HostVerdict verdict;
    verdict.name = name;
    verdict.result = std::move(result);
    return verdict;
}

HostVerdict unreadable(const std::string& name) {
    HostVerdict verdict;
    verdict.name = name;
    verdict.failure = "cannot read " + name + ": Permission denied";
    return verdict;
}

CheckResult warned_host() {
    CheckResult result = healthy_host();
    Finding finding;
    finding.grade = Grade::warning;
    finding.code = "other-tool";
    finding.text = "nm-cloud-setup is at work on this host as well";
    result.findings = {finding};
    return result;
}

std::string table_of(const std::vector<HostVerdict>& hosts, bool is_quiet = false) {
    return render_hosts(hosts, is_quiet, Paint(false));
}

TEST(Hosts, OneLineEachTheWorstFirst) {
    EXPECT_EQ(table_of({host("a.json", healthy_host()), host("b.json", warned_host()),
                        host("longer.json", broken_host()), unreadable("d.json")}),
              "longer.json  BROKEN  eth1: replies to the internet leave by eth0\n"
              "d.json       FAILED  cannot read d.json: Permission denied\n"
              "b.json       warning  nm-cloud-setup is at work on this host as well\n"
              "a.json       ok\n"
              "4 hosts: 1 broken, 1 could not be checked, 1 with a warning, 1 ok\n");
}

TEST(Hosts, AFindingIsOfTheInterfaceAndTheAddress) {
    CheckResult result = broken_host();
    result.findings[0].address = ip("10.0.2.37");
    result.findings.push_back(result.findings[0]);
    result.findings.push_back(warned_host().findings[0]);
    EXPECT_EQ(table_of({host("a", result)}),
              "a  BROKEN  eth1 10.0.2.37: replies to the internet leave by eth0 (and 1 broken,\n"
              "           1 warning)\n"
              "1 host: 1 broken\n");
}

TEST(Hosts, WhatIsAcceptedCountsForNothing) {
    EXPECT_EQ(table_of({host("a", accepted_host())}), "a  ok\n1 host: 1 ok\n");
}

TEST(Hosts, QuietLeavesOutWhatIsInOrder) {
    EXPECT_EQ(table_of({host("a", healthy_host())}, true), "");
    EXPECT_EQ(table_of({host("a", healthy_host()), host("b", warned_host())}, true),
              "b  warning  nm-cloud-setup is at work on this host as well\n");
}

TEST(Hosts, ANameIsNoCommandForTheTerminal) {
    EXPECT_THAT(table_of({host("\033[31m", healthy_host())}), Not(HasSubstr("\033")));
}

TEST(Hosts, APageLeadsToTheirReports) {
    HostVerdict good = host("a&b.json", healthy_host()), broken = host("c", broken_host());
    good.page = "a&b.html";
    broken.page = "c.html";
    const std::string page =
        render_hosts_page({good, broken, unreadable("d.json")}, "2026-03-01 12:00:00 UTC", "0.2.0");
    EXPECT_THAT(page, HasSubstr("<h1>3 hosts: 1 broken, 1 could not be checked, 1 ok</h1>"));
    EXPECT_THAT(page, HasSubstr(R"(<a href="./a&amp;b.html">a&amp;b.json</a>)"));
    EXPECT_THAT(page, HasSubstr(R"(<td class="broken">BROKEN</td><td>eth1: replies to)"));
    EXPECT_THAT(page, HasSubstr("<tr><td>d.json</td>")) << "there is no page of it";
    EXPECT_LT(page.find("c.html"), page.find("b.html")) << "the worst first";
}

TEST(Hosts, AJsonLineIsWhatCheckPrintsWithTheName) {
    const std::string line = render_host_json(host("a\n.json", broken_host()));
    EXPECT_EQ(count_of(line, "\n"), 1u) << "the last byte";
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["facts"], "a\n.json");
    EXPECT_EQ(json["verdict"], "broken");
    EXPECT_EQ(json["findings"][0]["code"], "rule-missing");
    const auto failed = nlohmann::json::parse(render_host_json(unreadable("d.json")));
    EXPECT_EQ(failed["error"], "cannot read d.json: Permission denied");
    EXPECT_EQ(failed.count("verdict"), 0u);
}

}  // namespace
}  // namespace eni
