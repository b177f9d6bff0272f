// See html_report.hpp. All of the page's markup is in data/report.html: the page, and behind it the
// parts that come more than once or not always, each below its name.
#include "html_report.hpp"

#include <algorithm>
#include <stdexcept>

#include "check_text.hpp"
#include "facts_json.hpp"
#include "listing.hpp"
#include "markup.hpp"
#include "picture.hpp"
#include "report_template.hpp"
#include "text.hpp"

namespace eni {

namespace {

using Values = std::map<std::string, std::string>;

constexpr std::size_t kFlows = 1000;    // that are shown
constexpr std::size_t kAddresses = 50;  // of an interface

/// The page itself has no name.
std::string part_named(const std::string& name) {
    const std::string text = kReportTemplate, begin = "<!-- part ";
    std::size_t from = 0;
    if (!name.empty()) {
        const std::string head = begin + name + " -->\n";
        from = text.find(head);
        if (from == std::string::npos)
            throw std::logic_error("data/report.html has no such part: " + name);
        from += head.size();
    }
    return text.substr(from, text.find(begin, from) - from);
}

std::string filled(const std::string& name, const Values& values) {
    return fill_template(part_named(name), values);
}

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() || word.empty() ? "" : between) + word;
    return text;
}

std::string list_of(const std::vector<std::string>& lines) {
    std::string items;
    for (const std::string& line : lines) items += filled("item", {{"text", line}});
    return filled("list", {{"items", items}});
}

std::string fold(const std::string& title, const std::string& about, const std::string& content,
                 bool is_long = false) {
    return filled("fold", {{"class", is_long ? "long" : "short"},
                           {"title", title},
                           {"about", about},
                           {"content", content}});
}

/// A part of the page that is text as a terminal has it. What is long is not printed.
std::string text_fold(const std::string& title, const std::string& about, const std::string& text,
                      bool is_long = false) {
    return fold(title, about, filled("text", {{"text", text}}), is_long);
}

// ---- The verdict --------------------------------------------------------------------------------

std::size_t accepted_in(const CheckResult& result) {
    return static_cast<std::size_t>(
        std::count_if(result.findings.begin(), result.findings.end(),
                      [](const Finding& finding) { return finding.is_accepted; }));
}

struct Headline {
    std::string grade;  // a class of the page
    std::string text;
    std::string more;
};

/// What is worst, in large; the rest below it.
Headline headline_of(const CheckResult& result, const std::string& title) {
    const std::size_t broken = result.count(Grade::broken);
    const std::size_t warnings = result.count(Grade::warning);
    const std::size_t notes = result.count(Grade::note), accepted = accepted_in(result);
    Headline headline{"ok", title, ""};
    if (broken > 0)
        headline = {"broken", std::to_string(broken) + " broken", title};
    else if (warnings > 0)
        headline = {"warning", counted(warnings, "warning"), title};
    std::vector<std::string> more = {headline.more};
    if (broken > 0 && warnings > 0) more.push_back(counted(warnings, "warning"));
    if (notes > 0) more.push_back(counted(notes, "note"));
    if (accepted > 0) more.push_back(std::to_string(accepted) + " accepted");
    headline.more = joined(more, " \u00b7 ");
    return headline;
}

std::string figure_of(const Picture& picture) {
    if (picture.interfaces.empty()) return "";
    return filled("picture", {{"wide", render_svg(picture, Form::wide)},
                              {"narrow", render_svg(picture, Form::narrow)}});
}

// ---- The findings -------------------------------------------------------------------------------

/// "198.51.100.11 = 10.0.2.37", as status has it the other way round.
std::string words_for(const CheckedAddress& address) {
    return (address.public_address ? address.public_address->to_string() + " = " : "") +
           address.address.to_string();
}

/// The address that it is about; where it names none, what is lost of its interface.
std::string addresses_of(const CheckResult& result, const Finding& finding) {
    constexpr std::size_t kShown = 3;
    std::vector<std::string> words;
    for (const CheckedInterface& interface : result.interfaces)
        for (const CheckedAddress& address : interface.addresses) {
            const bool is_lost_there = !finding.address && finding.grade == Grade::broken &&
                                       address.is_lost && interface.ifname == finding.ifname;
            if (is_lost_there || finding.address == address.address)
                words.push_back(words_for(address));
        }
    if (words.empty() && finding.address) return finding.address->to_string();
    if (const std::size_t all = words.size(); all > kShown) {
        words.resize(kShown);
        words.push_back("and " + std::to_string(all - kShown) + " more");
    }
    return joined(words, ", ");
}

std::string finding_card(const CheckResult& result, const Finding& finding) {
    const std::string grade = finding.is_accepted ? "accepted" : grade_word(finding.grade);
    std::string reasons, consequences;
    if (!finding.because.empty()) reasons += filled("because", {{"text", finding.because}});
    if (!finding.fix.empty()) reasons += filled("fix", {{"text", finding.fix}});
    if (!finding.consequences.empty())
        consequences = fold("", counted(finding.consequences.size(), "consequence"),
                            list_of(finding.consequences));
    return filled(
        "finding",
        {{"grade", grade},
         {"word", finding.grade == Grade::broken && !finding.is_accepted ? "BROKEN" : grade},
         {"where", finding.ifname.empty() ? "host" : finding.ifname},
         {"addresses", addresses_of(result, finding)},
         {"code", finding.code},
         {"text", finding.text},
         {"reasons", reasons},
         {"consequences", consequences}});
}

std::string finding_groups(const CheckResult& result) {
    struct Group {
        const char* title;
        std::string cards = {};
    };
    Group broken{"Broken"}, warnings{"Warnings"}, notes{"Notes"}, accepted{"Accepted"};
    for (const Finding& finding : result.findings) {
        if (finding.grade == Grade::good) continue;
        Group& group = finding.is_accepted               ? accepted
                       : finding.grade == Grade::broken  ? broken
                       : finding.grade == Grade::warning ? warnings
                                                         : notes;
        group.cards += finding_card(result, finding);
    }
    std::string groups;
    for (const Group& group : {broken, warnings, notes, accepted})
        if (!group.cards.empty())
            groups += filled("group", {{"title", group.title}, {"content", group.cards}});
    return groups;
}

// ---- What is in order ---------------------------------------------------------------------------

bool is_in_order(const CheckResult& result, const CheckedInterface& interface) {
    return !interface.addresses.empty() && result.worst_of(interface.ifname) < Grade::warning &&
           std::none_of(interface.addresses.begin(), interface.addresses.end(),
                        [](const CheckedAddress& address) { return address.is_lost; });
}

std::string right_folds(const CheckResult& result) {
    std::string folds;
    for (const CheckedInterface& interface : result.interfaces) {
        if (!is_in_order(result, interface)) continue;
        std::vector<std::string> lines;
        const std::size_t all = interface.addresses.size();
        for (std::size_t i = 0; i < std::min(all, kAddresses); ++i)
            lines.push_back(words_for(interface.addresses[i]));
        if (all > kAddresses) lines.push_back("and " + std::to_string(all - kAddresses) + " more");
        const std::string about = std::to_string(all) + (all == 1 ? " address" : " addresses");
        folds += fold(interface.ifname, interface.is_managed ? about : "unmanaged, " + about,
                      list_of(lines));
    }
    if (!result.host_is_right.empty())
        folds +=
            fold("host", enumeration(result.host_is_right, "and"), list_of(result.host_is_right));
    return folds.empty() ? "" : filled("group", {{"title", "In order"}, {"content", folds}});
}

// ---- The details --------------------------------------------------------------------------------

/// A published port is lost for its clients alone, and no address is by it.
std::string grade_of(const CheckResult& result, const Flow& flow) {
    if (flow.fault == Fault::none) return "ok";
    if (flow.kind == FlowKind::published) return "warning";
    return is_loss_accepted(result, flow.ifname) ? "accepted" : "broken";
}

std::string flow_fold(const CheckResult& result) {
    std::vector<const Flow*> flows;
    for (const Flow& flow : result.flows) flows.push_back(&flow);
    std::stable_partition(flows.begin(), flows.end(),
                          [](const Flow* flow) { return flow->fault != Fault::none; });
    std::string rows;
    for (std::size_t i = 0; i < std::min(flows.size(), kFlows); ++i)
        rows += filled("row", {{"flow", flow_title(*flows[i])},
                               {"grade", grade_of(result, *flows[i])},
                               {"word", flows[i]->fault == Fault::none ? "ok" : "lost"},
                               {"outcome", flow_outcome(*flows[i])}});
    const std::string more = flows.size() > kFlows ? ", the first " + std::to_string(kFlows) : "";
    return fold("Flows", std::to_string(flows.size()) + " were judged" + more,
                filled("table", {{"rows", rows}}));
}

std::string or_else(const std::string& text, const char* otherwise) {
    return text.empty() ? otherwise : text;
}

std::string recording_folds(const Facts& facts) {
    if (!facts.recording)
        return fold(
            "Versions and configuration", "",
            filled("none", {{"text", "These facts do not have what they were recorded with."}}));
    const Recording& recording = *facts.recording;
    std::string pairs;
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"eni-routes", recording.version},
             {"NetworkManager", or_else(recording.networkmanager, "does not run")},
             {"kernel", recording.kernel_release},
             {"distribution", recording.distribution}})
        pairs += filled("pair", {{"name", name}, {"value", or_else(value, "unknown")}});
    return fold("Versions",
                "eni-routes " + recording.version + ", kernel " + recording.kernel_release,
                filled("pairs", {{"items", pairs}})) +
           (recording.configuration.empty()
                ? fold("Configuration", "none",
                       filled("none", {{"text", "There is no file: every key has its default."}}))
                : text_fold("Configuration", "config.yaml", recording.configuration));
}

std::string detail_folds(const ReportParts& parts) {
    const TableNames names = names_of_tables(parts.plan, parts.facts.disk);
    return flow_fold(parts.check) + text_fold("Status", "eni-routes status", parts.status) +
           recording_folds(parts.facts) +
           text_fold("Rules and routes", "as ip rule and ip route show table all list them",
                     render_listing(parts.facts.kernel, parts.plan, names), true) +
           text_fold("Journal", "the last lines", parts.journal) +
           text_fold("Facts", "what all of this is made from, as JSON for --facts",
                     render_facts_json(parts.facts), true);
}

}  // namespace

std::string render_html_report(const ReportParts& parts) {
    const Picture picture = make_picture(parts.check);
    const Headline headline = headline_of(parts.check, picture.title);
    return filled(
        "",
        {{"host", parts.host},
         {"time", parts.time},
         {"version", parts.version},
         {"grade", headline.grade},
         {"verdict", headline.text},
         {"more", headline.more},
         {"picture", figure_of(picture)},
         {"findings", finding_groups(parts.check)},
         {"right", right_folds(parts.check)},
         {"details", filled("group", {{"title", "Details"}, {"content", detail_folds(parts)}})}});
}

}  // namespace eni
