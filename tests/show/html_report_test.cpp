// The report as a whole: what is said in it, in which order and colour, and that text from outside
// stays text. How it looks is seen in a browser (tests/vpc_report.sh).
#include "html_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checked_hosts.hpp"
#include "markup.hpp"

namespace eni {
namespace {

using testing::HasSubstr;
using testing::Not;

Facts recorded() {
    Facts facts = two_interfaces();
    facts.recording = Recording{"0.9", "4.18.0", "RHEL 8.10", "1.40", "log_level: debug\n"};
    return facts;
}

std::string report_of(const CheckResult& result, const Facts& facts = recorded()) {
    return render_html_report(
        {"a host", "2026-03-01 12:00:00 UTC", "1.0", result, facts, {}, "a status", "a journal"});
}

/// The page without its style sheet, which names every class.
std::string body_of(const std::string& html) {
    return html.substr(html.find("<body>"));
}

/// Whether they stand in it in this order.
testing::AssertionResult are_in_order(const std::string& html,
                                      const std::vector<std::string>& parts) {
    std::size_t at = 0;
    for (const std::string& part : parts) {
        at = html.find(part, at);
        if (at == std::string::npos) return testing::AssertionFailure() << "not there: " << part;
    }
    return testing::AssertionSuccess();
}

TEST(HtmlReport, TheVerdictIsFirst) {
    const auto head_of = [](const CheckResult& result) {
        const std::string html = report_of(result);
        const std::size_t from = html.find("<h1 "), to = html.find("</p>", from);
        return html.substr(from, to - from);
    };
    const std::string title = "Every address would be routed by its own interface";
    EXPECT_EQ(head_of(healthy_host()), "<h1 class=\"ok\">" + title + "</h1>\n<p>");
    EXPECT_EQ(head_of(broken_host()),
              "<h1 class=\"broken\">1 broken</h1>\n<p>1 of 2 addresses is lost");
    EXPECT_EQ(head_of(accepted_host()), "<h1 class=\"ok\">" + title +
                                            ", but for 1 that is accepted as lost</h1>\n"
                                            "<p>1 accepted");
    CheckResult result = healthy_host();
    Finding finding;
    result.findings = {finding, finding};
    EXPECT_EQ(head_of(result), "<h1 class=\"ok\">" + title + "</h1>\n<p>2 notes");
    result.findings[0].grade = Grade::warning;
    EXPECT_EQ(head_of(result),
              "<h1 class=\"warning\">1 warning</h1>\n<p>" + title + " \u00b7 1 note");
    result.findings[1].grade = Grade::broken;
    EXPECT_EQ(head_of(result),
              "<h1 class=\"broken\">1 broken</h1>\n<p>" + title + " \u00b7 1 warning");
}

TEST(HtmlReport, EachPartIsInItsPlace) {
    CheckResult result = broken_host();
    for (const Grade grade : {Grade::warning, Grade::note, Grade::good, Grade::broken}) {
        Finding finding;
        finding.grade = grade;
        finding.text = "of the host";
        finding.is_accepted = grade == Grade::broken;
        result.findings.push_back(finding);
    }
    const std::string html = report_of(result);
    EXPECT_THAT(html, testing::StartsWith("<!DOCTYPE html>\n"));
    EXPECT_THAT(html, testing::EndsWith("</html>\n"));
    EXPECT_THAT(html, Not(HasSubstr("{{")));
    EXPECT_THAT(html, Not(HasSubstr("<!-- part")));
    EXPECT_TRUE(are_in_order(
        html, {"<title>eni-routes on a host: 1 broken</title>",
               "<h1 ",
               "<p class=\"about\">eni-routes on a host, 2026-03-01 12:00:00 UTC, eni-routes 1.0",
               "<svg ",
               "<svg ",
               "<h2>Broken</h2>",
               "<h2>Warnings</h2>",
               "<h2>Notes</h2>",
               "<h2>Accepted</h2>",
               "<h2>In order</h2>",
               "eth0",
               "hook and NetworkManager",
               "<h2>Details</h2>",
               "Flows",
               "Status",
               "a status",
               "Versions",
               "0.9",
               "1.40",
               "4.18.0",
               "RHEL 8.10",
               "Configuration",
               "log_level: debug",
               "Rules and routes",
               "# ip rule\n",
               "0: from all lookup local\n",
               "# ip route show table all\n",
               "default via 10.0.0.1 dev eth0 table main metric 100\n",
               "Journal",
               "a journal",
               "Facts",
               "&quot;ifname&quot;: &quot;eth0&quot;"}));
    EXPECT_EQ(count_of(html, "<article "), 4u) << "what is good is no finding";
}

TEST(HtmlReport, ABrokenFindingHasAllThatHelps) {
    CheckResult result = broken_host();
    EXPECT_TRUE(
        are_in_order(report_of(result),
                     {"<article class=\"finding broken\">", "<span class=\"broken\">BROKEN</span>",
                      "eth1", "198.51.100.11 = 10.0.2.37", "rule-missing",
                      "replies to the internet leave by eth0", "because", "rule 20101 is missing",
                      "fix", "<code>eni-routes regenerate</code>", "<details", "1 consequence<",
                      "replies to neighbours leave by eth0", "</details>", "</article>"}));
    result.findings[0].address = ip("10.0.0.29");
    EXPECT_TRUE(are_in_order(report_of(result),
                             {"<article", "198.51.100.10 = 10.0.0.29</span>", "</article>"}));
    result.findings[0].address = ip("10.0.2.1");
    EXPECT_TRUE(are_in_order(report_of(result), {"<article", ">10.0.2.1</span>", "</article>"}))
        << "a gateway's";
    result.findings[0].address.reset();
    for (int i = 40; i < 43; ++i)
        result.interfaces[1].addresses.push_back(checked("10.0.2." + std::to_string(i), "", true));
    EXPECT_THAT(report_of(result), HasSubstr(", 10.0.2.41, and 1 more</span>"));
}

TEST(HtmlReport, RedIsWhatIsBrokenAndNothingElse) {
    CheckResult result = healthy_host();
    result.flows.push_back(result.flows[0]);
    result.flows[2].kind = FlowKind::published;  // lost for its clients alone
    result.flows[2].behind = ip("172.17.0.2");
    result.flows[2].fault = Fault::wrong_link;
    for (const CheckResult& right : {result, accepted_host(), CheckResult()}) {
        const std::string body = body_of(report_of(right));
        EXPECT_THAT(body, Not(testing::ContainsRegex("class=\"[^\"]*(broken|lost)")));
        EXPECT_THAT(body, Not(HasSubstr("#cf222e")));
        EXPECT_THAT(body, Not(HasSubstr("BROKEN")));
    }
    EXPECT_THAT(body_of(report_of(result)), HasSubstr("<td class=\"grade warning\">lost</td>"));
    EXPECT_THAT(body_of(report_of(accepted_host())),
                HasSubstr("<td class=\"grade accepted\">lost</td>"));
    const std::string broken = body_of(report_of(broken_host()));
    EXPECT_THAT(broken, HasSubstr("<td class=\"grade broken\">lost</td>"));
    EXPECT_THAT(broken, HasSubstr("class=\"box lost\""));
}

TEST(HtmlReport, WhatIsLostIsNotInOrder) {
    const std::string html = report_of(broken_host());
    const std::string right = html.substr(html.find("<h2>In order</h2>"));
    EXPECT_THAT(right, HasSubstr("<summary>eth0 <span class=\"dim\">1 address</span>"));
    EXPECT_THAT(right, Not(HasSubstr("<summary>eth1")));
    CheckResult result = broken_host();
    result.interfaces.clear();
    result.host_is_right.clear();
    EXPECT_THAT(report_of(result), Not(HasSubstr("In order")));
    EXPECT_THAT(report_of(result), Not(HasSubstr("<svg"))) << "nor is there a picture of nothing";
}

TEST(HtmlReport, OfManyFlowsThoseThatAreLostComeFirst) {
    CheckResult result = healthy_host();
    result.flows.resize(1500, result.flows[0]);
    result.flows.push_back(broken_host().flows[1]);
    const std::string html = report_of(result);
    EXPECT_EQ(count_of(html, "<tr><td>"), 1000u);
    EXPECT_THAT(html, HasSubstr("1501 were judged, the first 1000<"));
    EXPECT_TRUE(are_in_order(html, {"<tr><td>10.0.2.37", ">lost</td>", "<tr><td>10.0.0.29"}));
}

TEST(HtmlReport, WhatWasNotRecordedIsSaid) {
    Facts facts = recorded();
    facts.recording->networkmanager = "";
    facts.recording->distribution = "";
    facts.recording->configuration = "";
    const std::string html = report_of(healthy_host(), facts);
    EXPECT_THAT(html, HasSubstr("<dt>NetworkManager</dt><dd>does not run</dd>"));
    EXPECT_THAT(html, HasSubstr("<dt>distribution</dt><dd>unknown</dd>"));
    EXPECT_THAT(html, HasSubstr("There is no file: every key has its default."));
    facts.recording.reset();
    EXPECT_THAT(report_of(healthy_host(), facts),
                HasSubstr("These facts do not have what they were recorded with."));
}

TEST(HtmlReport, WhatComesFromOutsideIsText) {
    const std::string evil = "<script src=\"http://evil/\">&{{host}}'\x1b[31m";
    CheckResult result = broken_host();
    for (CheckedInterface& interface : result.interfaces) interface.ifname = evil;
    result.host_is_right = {evil};
    for (Flow& flow : result.flows)
        flow.ifname = flow.expected = flow.out.ifname = flow.peer.name = evil;
    result.findings = {{Grade::broken, evil, evil, evil, evil, evil, {evil}},
                       {Grade::warning, evil, evil, evil, evil, evil, {evil}}};
    Facts facts = recorded();
    facts.recording = Recording{evil, evil, evil, evil, evil};
    for (Route& route : facts.kernel.routes) route.hops[0].ifname = evil;
    const std::string html = render_html_report({evil, evil, evil, result, facts, {}, evil, evil});
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("src=\"")));
    EXPECT_THAT(html, Not(HasSubstr("\x1b")));
    EXPECT_GT(count_of(html, "&lt;script src=&quot;http://evil/&quot;&gt;&amp;{{host}}"), 40u);
}

TEST(HtmlReport, NothingInItIsFromElsewhere) {
    std::string html = report_of(broken_host());
    EXPECT_EQ(count_of(html,
                       "<meta http-equiv=\"Content-Security-Policy\" "
                       "content=\"default-src 'none'; style-src 'unsafe-inline'\" />"),
              1u);
    EXPECT_EQ(count_of(html, "xmlns=\"http://www.w3.org/2000/svg\""), 2u) << "a name, no address";
    for (const char* word : {"https:", "src=", "href", "url(", "@import", "<script", "<link"})
        EXPECT_THAT(html, Not(HasSubstr(word)));
    EXPECT_EQ(count_of(html, "http:"), 2u);
}

TEST(HtmlReport, SuitsLightDarkNarrowAndPaper) {
    const std::string html = report_of(broken_host());
    for (const char* query : {"@media screen and (prefers-color-scheme: dark)",
                              "@media screen and (max-width: 640px)", "@media print"})
        EXPECT_EQ(count_of(html, query), 1u) << query;
    EXPECT_EQ(count_of(html, "<details class=\"long\">"), 2u)
        << "rules and routes, facts: not printed";
}

}  // namespace
}  // namespace eni
