// The report as a whole: the template of data/report.html, and each part in its place.
#include "html_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "example.hpp"

namespace eni {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A flow that is lost and one that is not, with `text` wherever text can come from outside.
CheckResult result_with(const std::string& text) {
    Flow flow;
    flow.kind = FlowKind::bound;
    flow.ifname = flow.expected = flow.out.ifname = text;
    flow.local = ip("10.0.2.37");
    flow.peer = {ip("192.0.2.1"), text, text, false};
    CheckResult result;
    result.flows = {flow, flow};
    result.flows[0].fault = Fault::wrong_link;
    result.verdicts = {{Grade::broken, text, text, text}, {Grade::warning, "", text, ""}};
    return result;
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

TEST(HtmlReport, EachPartIsInItsPlace) {
    const CheckResult result = result_with("eth1");
    const std::string html = render_html_report(
        {"a host", "2026-03-01 12:00:00 UTC", "1.0", "<svg></svg>\n", result, "a status", "{}"});
    EXPECT_THAT(html, testing::StartsWith("<!DOCTYPE html>\n"));
    EXPECT_THAT(html, testing::EndsWith("</html>\n"));
    EXPECT_THAT(html, Not(HasSubstr("{{")));
    for (const char* part :
         {"<title>eni-routes on a host</title>", "<h1>eni-routes on a host</h1>",
          "<p class=\"about\">2026-03-01 12:00:00 UTC, eni-routes 1.0</p>",
          "<div class=\"picture\"><svg></svg>\n</div>",
          "<tr><td class=\"grade broken\">broken</td><td>eth1</td><td>eth1</td>"
          "<td><code>eth1</code></td></tr>\n"
          "<tr><td class=\"grade warning\">warning</td><td>host</td><td>eth1</td>"
          "<td><code></code></td></tr>\n</table>",
          "<tr><td>10.0.2.37 \u2194 eth1</td><td class=\"grade broken\">lost</td>"
          "<td>leaves by eth1</td></tr>\n"
          "<tr><td>10.0.2.37 \u2194 eth1</td><td class=\"grade ok\">ok</td>"
          "<td>by eth1</td></tr>\n</table>",
          "<pre>a status</pre>", "<pre>{}</pre></details>"})
        EXPECT_THAT(html, HasSubstr(part));
}

TEST(HtmlReport, WhatComesFromOutsideIsText) {
    const std::string evil = "<script src=\"http://evil/\">&{{host}}'";
    const CheckResult result = result_with(evil);
    const std::string html =
        render_html_report({evil, evil, evil, "<svg></svg>", result, evil, evil});
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("src=\"")));
    EXPECT_EQ(count_of(html, "&lt;script src=&quot;http://evil/&quot;&gt;&amp;{{host}}"), 14u)
        << "the host twice, time, version, 4 cells of the findings, 4 of the flows, status, facts";
}

TEST(HtmlReport, NothingInItIsFromElsewhere) {
    const CheckResult result = result_with("eth1");
    const std::string html =
        render_html_report({"host", "now", "1.0", "<svg></svg>", result, "status", "{}"});
    EXPECT_EQ(count_of(html,
                       "<meta http-equiv=\"Content-Security-Policy\" "
                       "content=\"default-src 'none'; style-src 'unsafe-inline'\">"),
              1u);
    for (const char* word :
         {"http:", "https:", "src=", "href", "url(", "@import", "<script", "<link"})
        EXPECT_THAT(html, Not(HasSubstr(word)));
}

}  // namespace
}  // namespace eni
