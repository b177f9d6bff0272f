// What of the plan the kernel and the disk do not have, and no lost packet has named. Each goes to
// the cause that explains it, where there is one. See diagnosis.hpp.
#include <algorithm>
#include <set>

#include "diagnosis.hpp"
#include "format.hpp"

namespace eni {

namespace {

/// One that has a cause of its own, and explains differences of other interfaces as well; null
/// where there is none.
Finding* wider_cause(Diagnosis& diagnosis, const Finding& finding) {
    const bool is_detour = finding.rule && finding.rule->action == RuleAction::go_to;
    // What is written for all depends on each.
    if (finding.code == "file-differs" && finding.ifname.empty() && !diagnosis.roots.empty())
        return diagnosis.find(diagnosis.roots.begin()->second);
    for (Finding& known : diagnosis.findings) {
        if (known.code == "watch-fight" && known.ifname == finding.ifname) return &known;
        // They need another form of the whole policy.
        if (known.code == "link-group") return &known;
        const bool is_mains = known.code == "route-refuses" || known.code == "main-route";
        if (is_mains && (known.fix == kRegenerate || !known.route)) return &known;
        if (known.code == "foreign-rule" && known.fix == kRegenerate && is_detour) return &known;
    }
    return nullptr;
}

/// Which interface a rule or a table is for, of those that are switched off as well.
std::string interface_of(const Diagnosis& diagnosis, const Finding& finding) {
    const auto served =
        finding.rule ? diagnosis.served.find(*finding.rule) : diagnosis.served.end();
    if (served != diagnosis.served.end()) return served->second;
    for (const InterfacePlan& interface : diagnosis.plan.interfaces)
        if (finding.route && finding.route->table == interface.table.id) return interface.ifname;
    return "";
}

/// Those that nothing explains so far, in the order in which they were found.
class Differences {
  public:
    explicit Differences(Diagnosis& diagnosis) : diagnosis_(diagnosis) {}

    void tell(Finding finding) {
        if (finding.ifname.empty()) finding.ifname = interface_of(diagnosis_, finding);
        // Not installed, or flushed: then all of it differs. Switched off, what is left is news.
        if (!diagnosis_.is_off && diagnosis_.find({CauseKey::Kind::host, ""}) != nullptr) return;
        Finding* cause = diagnosis_.root_of(finding.ifname);
        if (cause == nullptr)
            cause = diagnosis_.find({CauseKey::Kind::route, kInTheWayOf + finding.ifname});
        if (cause == nullptr) cause = wider_cause(diagnosis_, finding);
        if (cause == nullptr) cause = diagnosis_.find({CauseKey::Kind::policy, finding.ifname});
        if (cause == nullptr) {
            unexplained_.push_back(finding);
            return;
        }
        const bool is_anothers = !finding.ifname.empty() && finding.ifname != cause->ifname;
        cause->consequences.push_back((is_anothers ? finding.ifname + ": " : "") + finding.text);
    }

    /// Of several interfaces it is one cause: that no run was made since something changed.
    void finish() {
        const auto is_others = [&](const Finding& finding) {
            return finding.ifname != unexplained_.front().ifname;
        };
        const bool is_wide = std::any_of(unexplained_.begin(), unexplained_.end(), is_others);
        for (Finding& finding : unexplained_) {
            const bool has_object = finding.rule || finding.route || finding.code == "file-differs";
            if (is_wide && !has_object && !finding.ifname.empty())
                finding.text = finding.ifname + ": " + finding.text;
            if (is_wide) finding.ifname.clear();
            diagnosis_.add_to({CauseKey::Kind::policy, finding.ifname}, finding);
        }
    }

  private:
    Diagnosis& diagnosis_;
    std::vector<Finding> unexplained_;
};

Finding difference(const char* code, const std::string& ifname, const std::string& text) {
    return {Grade::warning, code, ifname, text, "", kRegenerate};
}

void judge_rules(const Diagnosis& diagnosis, Differences& differences, const Changes& changes) {
    const TableNames& names = diagnosis.comparison.names;
    const auto& absent = diagnosis.comparison.families_without_policy;
    const std::set<Rule> told = diagnosis.told_rules();
    for (const auto& rule : changes.rules_added) {
        if (told.count(rule.object) != 0 || absent.count(rule.object.family) != 0) continue;
        Finding finding = difference("rule-missing", rule.ifname,
                                     quoted_rule(rule.object, names) + " is missing");
        finding.because = std::string("what it is for: ") + std::string(rule.why);
        finding.rule = rule.object;
        differences.tell(finding);
    }
    for (const auto& rule : changes.rules_deleted) {
        if (told.count(rule.object) != 0) continue;
        Finding finding = difference("rule-left-over", rule.ifname,
                                     quoted_rule(rule.object, names) + " is left over" +
                                         diagnosis.gone_words(rule.object.table));
        finding.rule = rule.object;
        differences.tell(finding);
    }
}

/// One sentence for each table.
void judge_routes(const Diagnosis& diagnosis, Differences& differences, const Changes& changes) {
    const TableNames& names = diagnosis.comparison.names;
    std::set<std::pair<Family, TableId>> told;
    const auto judge = [&](const Planned<Route>& route, const char* code, const char* what) {
        const Route& object = route.object;
        if (diagnosis.comparison.families_without_policy.count(object.family()) != 0 ||
            !told.insert({object.family(), object.table}).second)
            return;
        Finding finding =
            difference(code, route.ifname,
                       "table " + name_of(object.table, names) + what +
                           quoted_route(object, names) + diagnosis.gone_words(object.table));
        finding.route = object;
        differences.tell(finding);
    };
    for (const RouteAddition& addition : changes.routes_added)
        judge(addition.route, "route-missing", " lacks ");
    for (const auto& route : changes.routes_deleted)
        judge(route, "route-left-over", " has left over ");
}

void judge_files(Differences& differences, const std::vector<FileChange>& files) {
    for (const FileChange& file : files) {
        Finding finding =
            difference("file-differs", file.ifname,
                       file.path + (!file.before  ? " is missing"
                                    : !file.after ? " is left over"
                                                  : " is not what eni-routes would write"));
        finding.because = "a boot starts with what is in the files";
        differences.tell(finding);
    }
}

/// By which answers of forwarded connections go back.
void judge_marks(Differences& differences, const Changes& changes) {
    for (const SrcValidMarkChange& change : changes.src_valid_marks)
        differences.tell(difference(
            change.to ? "marks-missing" : "marks-left-over", change.ifname,
            std::string("src_valid_mark is ") +
                (change.to ? "off: rp_filter drops requests for published ports" : "left on")));
    for (const MarkingChange& change : changes.markings)
        differences.tell(difference(
            change.marking ? "marks-missing" : "marks-left-over", "",
            marking_noun(change.tool) + (change.marking
                                             ? " are missing, or not as eni-routes made them"
                                             : " are left over")));
}

}  // namespace

void judge_differences(Diagnosis& diagnosis) {
    const Changes& changes = diagnosis.change_set.changes;
    Differences differences(diagnosis);
    for (const GroupChange& change : changes.groups)
        differences.tell(difference("link-group", change.ifname,
                                    "is in link group " + std::to_string(change.from) +
                                        " instead of " + std::to_string(change.to)));
    judge_rules(diagnosis, differences, changes);
    for (const auto& address : changes.addresses_deleted) {
        Finding finding = difference(
            "address-left-over", address.ifname,
            address.object.address.to_string() + " was put on it by eni-routes, and is left over");
        finding.address = address.object.address;
        differences.tell(finding);
    }
    judge_routes(diagnosis, differences, changes);
    judge_marks(differences, changes);
    judge_files(differences, diagnosis.change_set.files);
    differences.finish();
}

}  // namespace eni
