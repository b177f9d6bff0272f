// See metrics_text.hpp. A function for each group of families; a family without a sample is left
// out.
#include "metrics_text.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "check_text.hpp"
#include "ownership.hpp"
#include "status_rows.hpp"
#include "text.hpp"

namespace eni {

namespace {

using Labels = std::vector<std::pair<const char*, std::string>>;

constexpr char kGauge[] = "gauge", kCounter[] = "counter";

/// In a label's value a backslash, a quote and a line's end have to be escaped; the last is not
/// printable. Names of links are bytes, and the format is UTF-8.
std::string quoted_value(const std::string& value) {
    std::string text = "\"";
    for (const char c : printable(value)) {
        if (c == '\\' || c == '"') text += '\\';
        text += c;
    }
    return text + "\"";
}

class Page {
  public:
    /// The samples that follow are of this family.
    void begin(const std::string& name, const char* type, const char* help) {
        name_ = "eni_routes_" + name;
        head_ = "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
    }

    void sample(const Labels& labels, const std::string& value) {
        text_ += std::exchange(head_, "") + name_;
        for (std::size_t i = 0; i < labels.size(); ++i)
            text_ += (i == 0 ? "{" : ",") + std::string(labels[i].first) + "=" +
                     quoted_value(labels[i].second);
        text_ += (labels.empty() ? " " : "} ") + value + "\n";
    }
    void sample(const Labels& labels, std::size_t value) { sample(labels, std::to_string(value)); }
    void sample(const Labels& labels, bool value) { sample(labels, value ? "1" : "0"); }
    void sample(const Labels& labels, const char* value) { sample(labels, std::string(value)); }

    std::string text() const { return text_; }

  private:
    std::string name_, head_, text_;
};

/// Of a family of one sample.
template <class Value>
void single(Page& page, const std::string& name, const char* type, const char* help, Value value) {
    page.begin(name, type, help);
    page.sample({}, value);
}

// ---- What check finds ---------------------------------------------------------------------------

void add_verdict(Page& page, const std::string& ifname, Grade verdict) {
    if (verdict == Grade::note) verdict = Grade::good;
    for (const Grade grade : {Grade::good, Grade::warning, Grade::broken})
        page.sample({{"interface", ifname}, {"verdict", grade_word(grade)}}, grade == verdict);
}

void add_verdicts(Page& page, const CheckResult& result) {
    page.begin(
        "verdict", kGauge,
        "The verdict of eni-routes check on an interface, or with an empty one on the host: 1 for "
        "the verdict that holds.");
    add_verdict(page, "", result.worst_of(""));
    for (const CheckedInterface& interface : result.interfaces)
        add_verdict(page, interface.ifname, result.verdict_of(interface));
    page.begin("addresses", kGauge,
               "Addresses of an interface, by whether packets of it are lost.");
    for (const CheckedInterface& interface : result.interfaces) {
        const auto& all = interface.addresses;
        const auto lost = static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [](const CheckedAddress& each) { return each.is_lost; }));
        page.sample({{"interface", interface.ifname}, {"state", "ok"}}, all.size() - lost);
        page.sample({{"interface", interface.ifname}, {"state", "lost"}}, lost);
    }
}

void add_findings(Page& page, const CheckResult& result) {
    std::map<std::tuple<std::string, std::string, Grade>, std::size_t> counts;
    for (const Finding& finding : result.findings)
        if (!finding.is_accepted) ++counts[{finding.ifname, finding.code, finding.grade}];
    page.begin("findings", kGauge,
               "Findings of eni-routes check that are not accepted, by the code that eni-routes(8) "
               "explains.");
    for (const auto& [key, count] : counts)
        page.sample({{"interface", std::get<0>(key)},
                     {"code", std::get<1>(key)},
                     {"grade", grade_word(std::get<2>(key))}},
                    count);
}

// ---- The policy ---------------------------------------------------------------------------------

/// All of its own that the plan has is there, and what serves every interface.
std::map<std::string, bool> in_force(const MetricsParts& parts) {
    std::map<std::string, bool> result;
    const bool shared = missing_shared(parts.facts, parts.change_set).empty();
    for (const CheckedInterface& interface : parts.result.interfaces)
        result[interface.ifname] = false;
    if (!parts.change_set.plan.is_active) return result;
    for (const InterfaceStatus& status : interface_statuses(parts.facts, parts.change_set))
        result[status.plan->ifname] = shared && status.missing().empty();
    return result;
}

Family family_of(const Rule& rule) {
    return rule.family;
}

Family family_of(const Route& route) {
    return route.dst.family();
}

template <class Object>
void add_count(Page& page, const std::vector<Object>& objects, const Ownership& ownership) {
    std::map<Family, std::size_t> counts = {{Family::v4, 0}, {Family::v6, 0}};
    for (const Object& object : objects)
        if (is_ours(object, ownership)) ++counts[family_of(object)];
    page.sample({{"family", "ipv4"}}, counts[Family::v4]);
    page.sample({{"family", "ipv6"}}, counts[Family::v6]);
}

void add_policy(Page& page, const MetricsParts& parts) {
    const ChangeSet& set = parts.change_set;
    single(
        page, "policy_active", kGauge,
        "Whether there is a plan: eni-routes is switched on, and manages two interfaces at least.",
        set.plan.is_active);
    page.begin("interface_in_force", kGauge,
               "Whether every rule, route and file that the plan has for an interface is there.");
    for (const auto& [ifname, is_in_force] : in_force(parts))
        page.sample({{"interface", ifname}}, is_in_force);
    const Changes& changes = set.changes;
    const std::size_t pending = changes.groups.size() + changes.src_valid_marks.size() +
                                changes.addresses_added.size() + changes.routes_added.size() +
                                changes.rules_added.size() + changes.rules_deleted.size() +
                                changes.routes_deleted.size() + changes.addresses_deleted.size() +
                                changes.markings.size() + set.files.size();
    single(page, "pending_changes", kGauge, "What eni-routes regenerate would change now.",
           pending);
    page.begin("rules", kGauge, "Rules of eni-routes in the kernel.");
    add_count(page, parts.facts.kernel.rules, set.plan.ownership);
    page.begin("routes", kGauge, "Routes of eni-routes in the kernel.");
    add_count(page, parts.facts.kernel.routes, set.plan.ownership);
}

// ---- Runs ---------------------------------------------------------------------------------------

std::string seconds(std::uint32_t microseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%u.%06u", microseconds / 1000000, microseconds % 1000000);
    return text;
}

template <class ValueOf>
void add_runs(Page& page, const RunRecord& record, const std::string& name, const char* type,
              const char* help, bool is_of_all, ValueOf value_of) {
    page.begin(name, type, help);
    for (std::size_t i = 0; i < record.of.size(); ++i)
        if (is_of_all || record.of[i].runs != 0)
            page.sample({{"by", kRunByNames[i]}}, value_of(record.of[i]));
}

/// A counter is there from the beginning, so that its first step is seen.
void add_all_runs(Page& page, const RunRecord& record) {
    using Of = const RunsOf&;
    add_runs(page, record, "runs_total", kCounter,
             "Runs since the boot, by what started them: event, watch, refresh or command.", true,
             [](Of of) { return std::size_t{of.runs}; });
    add_runs(page, record, "run_failures_total", kCounter, "Runs of which something failed.", true,
             [](Of of) { return std::size_t{of.failed}; });
    add_runs(page, record, "repairs_total", kCounter,
             "Runs that changed something in the kernel; by watch or refresh: drift repaired.",
             true, [](Of of) { return std::size_t{of.repairs}; });
    add_runs(page, record, "last_run_timestamp_seconds", kGauge, "When the last run began.", false,
             [](Of of) { return std::size_t{of.last_begin}; });
    add_runs(page, record, "last_run_duration_seconds", kGauge,
             "How long the last run took, without its wait for another.", false,
             [](Of of) { return seconds(of.last_duration); });
    add_runs(page, record, "last_run_success", kGauge, "Whether nothing of the last run failed.",
             false, [](Of of) { return !of.has_last_failed; });
}

void add_watch(Page& page, const WatchStatus& status) {
    single(page, "watch_running", kGauge, "Whether eni-routes watch runs.",
           status.watch.has_value());
    single(page, "watch_enabled", kGauge, "Whether systemd starts eni-routes-watch at boot.",
           status.is_enabled);
    single(page, "watch_fights", kGauge,
           "Changes that another program undoes again and again, which the watch leaves so.",
           status.watch ? status.watch->fights.size() : std::size_t{0});
}

void add_metadata(Page& page, const MetricsParts& parts) {
    single(page, "metadata_enabled", kGauge, "Whether EC2's instance metadata is asked.",
           parts.config.imds != Imds::off);
    if (parts.runs.metadata_answered == 0) return;
    single(page, "metadata_timestamp_seconds", kGauge,
           "When EC2's instance metadata answered a run the last time since the boot.",
           std::size_t{parts.runs.metadata_answered});
}

}  // namespace

std::string render_metrics(const MetricsParts& parts) {
    Page page;
    page.begin("build_info", kGauge, "The version of eni-routes.");
    page.sample({{"version", parts.version}}, true);
    add_verdicts(page, parts.result);
    add_findings(page, parts.result);
    add_policy(page, parts);
    add_all_runs(page, parts.runs);
    if (parts.watch) add_watch(page, *parts.watch);
    add_metadata(page, parts);
    single(page, "metrics_timestamp_seconds", kGauge, "When these metrics were made.",
           std::size_t{parts.now});
    return page.text();
}

}  // namespace eni
