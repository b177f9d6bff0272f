// `eni-routes report`: one HTML file for a ticket, with the picture, the findings, the flows, the
// status and the facts. It needs nothing from elsewhere, and its content security policy forbids a
// browser to fetch anything. Must not judge anything.
#pragma once

#include <string>

#include "check.hpp"

namespace eni {

struct ReportParts {
    std::string host;     // its name
    std::string time;     // "2026-03-01 12:00:00 UTC"
    std::string version;  // eni-routes'
    std::string svg;      // picture.hpp's
    const CheckResult& check;
    std::string status;  // without colours
    std::string facts;   // JSON
};

std::string render_html_report(const ReportParts& parts);

}  // namespace eni
