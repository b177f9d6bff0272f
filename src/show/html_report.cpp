// See html_report.hpp. The page itself is data/report.html; what comes in rows is filled in here.
#include "html_report.hpp"

#include "check_text.hpp"
#include "markup.hpp"
#include "report_template.hpp"

namespace eni {

namespace {

constexpr char kFindingRow[] =
    R"(<tr><td class="grade {{grade}}">{{grade}}</td><td>{{where}}</td><td>{{what}}</td><td><code>{{fix}}</code></td></tr>
)";
constexpr char kFlowRow[] =
    R"(<tr><td>{{flow}}</td><td class="grade {{class}}">{{word}}</td><td>{{outcome}}</td></tr>
)";

std::string finding_rows(const std::vector<Verdict>& verdicts) {
    std::string rows;
    for (const Verdict& verdict : verdicts)
        rows +=
            fill_template(kFindingRow, {{"grade", grade_word(verdict.grade)},
                                        {"where", verdict.ifname.empty() ? "host" : verdict.ifname},
                                        {"what", verdict.text},
                                        {"fix", verdict.fix}});
    return rows;
}

std::string flow_rows(const std::vector<Flow>& flows) {
    std::string rows;
    for (const Flow& flow : flows) {
        const bool is_good = flow.fault == Fault::none;
        rows += fill_template(kFlowRow, {{"flow", flow_title(flow)},
                                         {"class", is_good ? "ok" : "broken"},
                                         {"word", is_good ? "ok" : "lost"},
                                         {"outcome", flow_outcome(flow)}});
    }
    return rows;
}

}  // namespace

std::string render_html_report(const ReportParts& parts) {
    return fill_template(kReportTemplate, {{"host", parts.host},
                                           {"time", parts.time},
                                           {"version", parts.version},
                                           {"picture", parts.svg},
                                           {"findings", finding_rows(parts.check.verdicts)},
                                           {"flows", flow_rows(parts.check.flows)},
                                           {"status", parts.status},
                                           {"facts", parts.facts}});
}

}  // namespace eni
