// `eni-routes report`: one HTML file for a ticket: the verdict, the picture, what is broken and how
// to mend it, and below what others need to see it for themselves. It needs nothing from elsewhere,
// and its content security policy forbids a browser to fetch anything. Must not judge
// anything.
#pragma once

#include <string>

#include "check.hpp"
#include "model.hpp"

namespace eni {

struct ReportParts {
    std::string host;     // its name
    std::string time;     // "2026-03-01 12:00:00 UTC"
    std::string version;  // eni-routes'
    const CheckResult& check;
    const Facts& facts;  // with a recording, for the versions and the configuration
    const Plan& plan;
    std::string status;   // `eni-routes status`, without colours
    std::string journal;  // its last lines, or why there are none
};

std::string render_html_report(const ReportParts& parts);

}  // namespace eni
