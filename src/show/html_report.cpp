// See html_report.hpp.
#include "html_report.hpp"

#include "check_text.hpp"
#include "picture.hpp"

namespace eni {

namespace {

constexpr char kHead[] =
    R"(<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #d0d7de; padding-bottom: .3rem; }
.about { color: #57606a; margin-top: .2rem; }
.picture { overflow-x: auto; }
.picture svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #eaeef2; }
code, pre { font: 12px/1.5 monospace; }
pre { background: #f6f8fa; padding: .8rem; overflow-x: auto; }
.grade { font-weight: 600; white-space: nowrap; }
.broken { color: #cf222e; } .warning { color: #9a6700; } .note { color: #57606a; } .ok { color: #1a7f37; }
@media print { pre { white-space: pre-wrap; } details { display: none; } }
</style>
)";

std::string cell(const std::string& text, const std::string& css_class = "") {
    return "<td" + (css_class.empty() ? "" : " class=\"" + css_class + "\"") + ">" +
           escaped_markup(text) + "</td>";
}

std::string findings_table(const CheckResult& check) {
    std::string text = "<table>\n<tr><th></th><th>Where</th><th>What</th><th>Fix</th></tr>\n";
    for (const Verdict& verdict : check.verdicts) {
        const std::string word = grade_word(verdict.grade);
        text += "<tr>" + cell(word, "grade " + word) +
                cell(verdict.ifname.empty() ? "host" : verdict.ifname) + cell(verdict.text) +
                "<td><code>" + escaped_markup(verdict.fix) + "</code></td></tr>\n";
    }
    return text + "</table>\n";
}

std::string flow_table(const CheckResult& check) {
    std::string text = "<table>\n<tr><th>Flow</th><th></th><th>As the kernel says</th></tr>\n";
    for (const Flow& flow : check.flows) {
        const bool is_good = flow.fault == Fault::none;
        text += "<tr>" + cell(flow_title(flow)) +
                cell(is_good ? "ok" : "lost", is_good ? "grade ok" : "grade broken") +
                cell(flow_outcome(flow)) + "</tr>\n";
    }
    return text + "</table>\n";
}

std::string section(const std::string& title, const std::string& body) {
    return "<h2>" + title + "</h2>\n" + body;
}

}  // namespace

std::string render_html_report(const ReportParts& parts) {
    const std::string title = "eni-routes on " + escaped_markup(parts.host);
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" +
           title + "</title>\n" + kHead + "</head>\n<body>\n<h1>" + title +
           "</h1>\n<p class=\"about\">" +
           escaped_markup(parts.time + ", eni-routes " + parts.version) + "</p>\n" +
           section("The way of the answers", "<div class=\"picture\">" + parts.svg + "</div>\n") +
           section("Findings", findings_table(parts.check)) +
           section("Flows", flow_table(parts.check)) +
           section("Status", "<pre>" + escaped_markup(parts.status) + "</pre>\n") +
           section("Facts",
                   "<details><summary>What the plan is made from, as JSON</summary>\n<pre>" +
                       escaped_markup(parts.facts) + "</pre></details>\n") +
           "</body>\n</html>\n";
}

}  // namespace eni
