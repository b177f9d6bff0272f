// See hosts.hpp.
#include "hosts.hpp"

#include <algorithm>

#include "check_json.hpp"
#include "check_text.hpp"
#include "json_type.hpp"
#include "markup.hpp"
#include "status_rows.hpp"
#include "wrap.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxHostWidth = 32, kHostGap = 2, kHostIndent = 4;

constexpr char kPage[] = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<title>eni-routes: {{summary}}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<style>
:root { color-scheme: light dark; }
body { font: .94rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; } td { padding: .3rem 1.2rem .3rem 0; vertical-align: top; }
.broken { color: light-dark(#cf222e, #ff7b72); font-weight: 600; } .warning { color: light-dark(#9a6700, #d29922); }
.ok, .note { color: light-dark(#1a7f37, #3fb950); }
</style>
</head>
<body>
<h1>{{summary}}</h1>
<p>eni-routes {{version}}, {{time}}</p>
<table>
{{{rows}}}</table>
</body>
</html>
)";

/// "2 broken": of a list that is read aloud; empty for none.
void append_count(std::string& words, std::size_t count, const std::string& what) {
    if (count == 0) return;
    words += (words.empty() ? "" : ", ") + std::to_string(count) + " " + what;
}

/// "eth1 10.0.2.37: replies to the internet leave by eth0 (and 1 broken, 2 warnings)"
std::string words_for(const HostVerdict& host) {
    if (!host.failure.empty()) return host.failure;
    if (host.worst() < Grade::warning) return "";
    const Finding& worst = host.result.findings.front();  // they are sorted
    std::string words = worst.ifname;
    if (worst.address) words += (words.empty() ? "" : " ") + worst.address->to_string();
    words += (words.empty() ? "" : ": ") + worst.text;
    std::size_t broken = host.result.count(Grade::broken);
    std::size_t warnings = host.result.count(Grade::warning);
    --(worst.grade == Grade::broken ? broken : warnings);
    const std::string more = count_words(broken, warnings);
    return words + (more.empty() ? "" : " (and " + more + ")");
}

/// A note is no reason to open it.
Grade shown_grade(const HostVerdict& host) {
    const Grade worst = host.worst();
    return worst == Grade::note ? Grade::good : worst;
}

std::string label_of(const HostVerdict& host) {
    return host.failure.empty() ? grade_label(shown_grade(host)) : "FAILED";
}

std::vector<const HostVerdict*> worst_first(const std::vector<HostVerdict>& hosts) {
    std::vector<const HostVerdict*> sorted;
    for (const HostVerdict& host : hosts) sorted.push_back(&host);
    std::stable_sort(sorted.begin(), sorted.end(), [](const HostVerdict* a, const HostVerdict* b) {
        return a->worst() > b->worst();
    });
    return sorted;
}

std::string summary_of(const std::vector<HostVerdict>& hosts) {
    std::size_t failed = 0, broken = 0, warned = 0;
    for (const HostVerdict& host : hosts) {
        failed += host.failure.empty() ? 0 : 1;
        broken += host.failure.empty() && host.worst() == Grade::broken ? 1 : 0;
        warned += host.worst() == Grade::warning ? 1 : 0;
    }
    std::string words;
    append_count(words, broken, "broken");
    append_count(words, failed, "could not be checked");
    append_count(words, warned, warned == 1 ? "with a warning" : "with warnings");
    append_count(words, hosts.size() - failed - broken - warned, "ok");
    return std::to_string(hosts.size()) + (hosts.size() == 1 ? " host: " : " hosts: ") + words;
}

/// Each in one line of its own, whatever a name or a path is made of.
void add_rows(std::string& text, const std::string& subject, const char* kind,
              const std::vector<Row>& rows) {
    for (const Row& row : rows)
        text += subject + " " + kind + " " + row.words +
                (row.is_there ? "" : std::string("   (") + row.mark + ")") + "\n";
}

}  // namespace

std::string render_hosts(const std::vector<HostVerdict>& hosts, bool is_quiet, const Paint& paint) {
    const auto is_shown = [&](const HostVerdict& host) {
        return !is_quiet || host.worst() >= Grade::warning;
    };
    std::size_t width = 0;
    for (const HostVerdict& host : hosts)
        if (is_shown(host)) width = std::max(width, columns_of(host.name));
    width = std::min(width, kMaxHostWidth);
    std::string text;
    for (const HostVerdict* host : worst_first(hosts)) {
        if (!is_shown(*host)) continue;
        HangingLine line(kHostIndent);
        line.put(host->name);
        line.go_to(width + kHostGap);
        line.put(label_of(*host),
                 [&](const std::string& word) { return painted(shown_grade(*host), word, paint); });
        if (const std::string words = words_for(*host); !words.empty()) line.put_words(words);
        text += line.str();
    }
    return is_quiet ? text : text + summary_of(hosts) + "\n";
}

std::string render_hosts_page(const std::vector<HostVerdict>& hosts, const std::string& time,
                              const std::string& version) {
    std::string rows;
    for (const HostVerdict* host : worst_first(hosts)) {
        const std::string name =
            host->page.empty() ? fill_template("{{name}}", {{"name", host->name}})
                               : fill_template(R"(<a href="{{page}}">{{name}}</a>)",
                                               {{"page", "./" + host->page}, {"name", host->name}});
        rows += fill_template(
            R"(<tr><td>{{{name}}}</td><td class="{{class}}">{{label}}</td><td>{{words}}</td></tr>
)",
            {{"name", name},
             {"class", grade_word(host->worst())},
             {"label", label_of(*host)},
             {"words", words_for(*host)}});
    }
    return fill_template(
        kPage,
        {{"summary", summary_of(hosts)}, {"time", time}, {"version", version}, {"rows", rows}});
}

std::string render_host_json(const HostVerdict& host, const TableNames& names) {
    if (!host.failure.empty())
        return printed_line(Json({{"facts", host.name}, {"error", host.failure}}));
    return check_json_line(host.name, host.result, names);
}

std::string host_lines(const Facts& facts, const Config& config, const ChangeSet& change_set,
                       const CheckResult& result) {
    std::string text;
    for (const InterfaceStatus& status : interface_statuses(facts, change_set)) {
        const std::string& ifname = status.link.ifname;
        text += ifname + " managed, table " + std::to_string(number(status.plan->table.id)) + "\n";
        for (const std::string& address : status.addresses)
            text += ifname + " address " + address + "\n";
        for (const auto& [kind, rows] :
             {std::pair("group", &status.groups), std::pair("sysctl", &status.sysctls),
              std::pair("rule", &status.rules), std::pair("route", &status.routes),
              std::pair("file", &status.files)})
            add_rows(text, ifname, kind, *rows);
    }
    for (const UnmanagedLink& link : unmanaged_links(facts, config, change_set.plan)) {
        text += link.link->ifname + " not managed\n";
        for (const std::string& address : link.addresses)
            text += link.link->ifname + " address " + address + "\n";
    }
    add_rows(text, "host", "rule", shared_rule_rows(facts, change_set));
    for (const std::string& words : surplus(change_set)) text += "host left over " + words + "\n";
    for (const Finding& finding : result.findings)
        text += (finding.ifname.empty() ? "host" : finding.ifname) + " " +
                grade_word(finding.grade) + " " + finding.code + " " + finding.text + "\n";
    return text;
}

}  // namespace eni
