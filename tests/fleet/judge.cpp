// See judge.hpp.
#include "judge.hpp"

#include <algorithm>
#include <ctime>
#include <set>
#include <sstream>

#include "../afterwards.hpp"
#include "changes.hpp"
#include "check.hpp"
#include "facts_json.hpp"
#include "flow_judge.hpp"
#include "format.hpp"
#include "lookup.hpp"

namespace eni {

namespace {

double seconds_of(std::clock_t start) {
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// What is in `all` and not in `some`, each as often as it is there.
template <class Object>
std::vector<Object> surplus(std::vector<Object> all, std::vector<Object> some) {
    std::sort(all.begin(), all.end());
    std::sort(some.begin(), some.end());
    std::vector<Object> rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
    return rest;
}

std::vector<std::string> words_of(const std::vector<Address>& addresses) {
    std::vector<std::string> words;
    for (const Address& each : addresses) words.push_back(format_address(each));
    return words;
}

template <class Object>
std::vector<Object> objects_of(const std::vector<Planned<Object>>& planned) {
    std::vector<Object> objects;
    for (const Planned<Object>& each : planned)
        if (each.in_kernel) objects.push_back(each.object);
    return objects;
}

class Judge {
  public:
    Judge(const MadeHost& host, Verdict& verdict) : host_(host), verdict_(verdict) {}

    void run() {
        const Absent absent = host_.seed % 2 == 0 ? Absent::forget : Absent::keep;
        const std::clock_t start = std::clock();
        const ChangeSet set = make_change_set(host_.facts, host_.config, absent);
        verdict_.plan_seconds = seconds_of(start);
        if (set.plan.is_active) verdict_.interfaces = set.plan.interfaces.size();
        const Facts after = afterwards(set, host_.facts);
        managed_are_managed(set.plan);
        nothing_foreign_changes(set, after);
        tables_are_free(set.plan);
        second_run_is_idle(after, absent);
        there_is_a_way_back(after);
        judge_flows(host_, set.plan, after.kernel, verdict_);
        if (set.plan.is_active) check_finds_nothing(after);
        if (host_.seed % 16 == 0) json_says_the_same(absent, set);
    }

  private:
    void violated(const std::string& what, const std::string& seen) {
        verdict_.violations.push_back(what + ": " + seen);
    }
    template <class Object, class Format>
    void require_none(const std::vector<Object>& objects, const std::string& what, Format format) {
        if (!objects.empty()) violated(what, format(objects.front()));
    }

    void managed_are_managed(const Plan& plan);
    void nothing_foreign_changes(const ChangeSet& set, const Facts& after);
    void files_of_others_stay(const DiskFacts& after);
    void tables_are_free(const Plan& plan);
    void second_run_is_idle(const Facts& after, Absent absent);
    void there_is_a_way_back(const Facts& after);
    void check_finds_nothing(const Facts& after);
    void json_says_the_same(Absent absent, const ChangeSet& set);

    const MadeHost& host_;
    Verdict& verdict_;
};

std::string words(const Rule& rule) {
    return format_rule(rule);
}
std::string words(const Route& route) {
    return format_route(route, std::to_string(number(route.table)));
}
std::string words(const std::string& text) {
    return text;
}

constexpr auto kWords = [](const auto& object) { return words(object); };

void Judge::managed_are_managed(const Plan& plan) {
    std::set<std::string> expected, seen;
    for (const TrueInterface& each : host_.interfaces)
        if (each.is_managed) expected.insert(each.ifname);
    if (expected.size() < 2) expected.clear();
    for (const InterfacePlan& each : plan.interfaces) seen.insert(each.ifname);
    if (seen == expected) return;
    std::string text;
    for (const std::string& each : seen) text += each + " ";
    violated("the interfaces of the plan are those of the host", text);
}

/// The kernel makes it with the address.
bool is_of_an_address(const Route& route, const std::vector<Planned<Address>>& addresses) {
    return route.type == RouteType::local &&
           std::any_of(addresses.begin(), addresses.end(), [&](const Planned<Address>& each) {
               return route.dst == Prefix::host(each.object.address);
           });
}

void Judge::nothing_foreign_changes(const ChangeSet& set, const Facts& after) {
    const KernelSnapshot& then = host_.pristine.kernel;
    const KernelSnapshot& now = after.kernel;
    require_none(surplus(then.rules, now.rules), "a rule of another's stays", kWords);
    require_none(surplus(then.routes, now.routes), "a route of another's stays", kWords);
    require_none(surplus(words_of(then.addresses), words_of(now.addresses)),
                 "an address of another's stays", kWords);
    require_none(surplus(surplus(now.rules, then.rules), objects_of(set.plan.rules)),
                 "no rule is left over", kWords);
    auto left = surplus(surplus(now.routes, then.routes), objects_of(set.plan.routes));
    left.erase(std::remove_if(
                   left.begin(), left.end(),
                   [&](const Route& route) { return is_of_an_address(route, set.plan.addresses); }),
               left.end());
    require_none(left, "no route is left over", kWords);
    for (const Link& link : then.links) {
        const Link* found = find_link(now, link.ifname);
        const bool is_ours = found->group == host_.config.link_group;
        const TrueInterface* known = host_.interface(link.ifname);
        const bool may_be_ours = known != nullptr && known->is_managed && link.group == 0;
        if (found->group != link.group && !(is_ours && may_be_ours))
            violated("a link's group stays", link.ifname);
    }
    files_of_others_stay(after.disk);
}

std::vector<std::string> lines_in(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

bool is_in_order(const std::vector<std::string>& some, const std::vector<std::string>& all) {
    auto at = all.begin();
    for (const std::string& line : some) {
        at = std::find(at, all.end(), line);
        if (at == all.end()) return false;
        ++at;
    }
    return true;
}

void Judge::files_of_others_stay(const DiskFacts& after) {
    for (const auto& [path, bytes] : host_.pristine.disk.files) {
        const auto found = after.files.find(path);
        const bool is_shared = path == after.rt_tables_path;
        const bool stays = found != after.files.end() &&
                           (is_shared ? is_in_order(lines_in(bytes), lines_in(found->second))
                                      : found->second == bytes);
        if (!stays) violated("a file of another's stays", path);
    }
    for (const auto& [path, bytes] : after.files)
        if (host_.pristine.disk.files.count(path) == 0 && path != after.rt_tables_path &&
            bytes.rfind("# eni-routes: ", 0) != 0)
            violated("a file of ours is marked", path);
    const auto names_of = [](const DiskFacts& disk) {
        std::vector<TableName> names;
        for (const TableName& each : disk.table_names)
            if (!each.is_ours) names.push_back(each);
        return names;
    };
    if (!(names_of(host_.pristine.disk) == names_of(after)))
        violated("names of others' tables stay", "rt_tables");
}

/// A table that another program uses is ours only where the administrator has said so.
void Judge::tables_are_free(const Plan& plan) {
    std::map<TableId, std::string> used;
    for (const Route& route : host_.pristine.kernel.routes) used[route.table] = words(route);
    for (const Rule& rule : host_.pristine.kernel.rules)
        if (rule.action == RuleAction::lookup) used[rule.table] = words(rule);
    std::set<TableId> seen;
    for (const InterfacePlan& each : plan.interfaces) {
        const bool is_told =
            host_.config.of(each.ifname).table == each.table.id ||
            std::any_of(host_.pristine.disk.table_names.begin(),
                        host_.pristine.disk.table_names.end(), [&](const TableName& name) {
                            return name.id == each.table.id && name.name == each.ifname;
                        });
        if (!is_told && used.count(each.table.id) != 0)
            violated("an own table is no other's", used[each.table.id]);
        if (!seen.insert(each.table.id).second)
            violated("an own table is of one interface", each.ifname);
    }
}

void Judge::second_run_is_idle(const Facts& after, Absent absent) {
    const ChangeSet set = make_change_set(after, host_.config, absent);
    if (!set.empty()) violated("a second run has nothing to do", changes_text(set));
}

void Judge::there_is_a_way_back(const Facts& after) {
    Config off = host_.config;
    off.enabled = false;
    const Facts back = afterwards(make_change_set(after, off, Absent::forget), after);
    const KernelSnapshot& then = host_.pristine.kernel;
    const KernelSnapshot& now = back.kernel;
    require_none(surplus(now.rules, then.rules), "switched off: no rule is left", kWords);
    require_none(surplus(then.rules, now.rules), "switched off: all rules are there", kWords);
    require_none(surplus(now.routes, then.routes), "switched off: no route is left", kWords);
    require_none(surplus(then.routes, now.routes), "switched off: all routes are there", kWords);
    require_none(surplus(words_of(now.addresses), words_of(then.addresses)),
                 "switched off: no address is left", kWords);
    for (const Link& link : then.links)
        if (find_link(now, link.ifname)->group != link.group)
            violated("switched off: links have their groups", link.ifname);
    for (const auto& [path, bytes] : back.disk.files)
        if (host_.pristine.disk.files.count(path) == 0)
            violated("switched off: no file is left", path);
        else if (host_.pristine.disk.files.at(path) != bytes)
            violated("switched off: a file is as it was", path + "\n" + bytes);
}

/// Of an address of an interface that is left alone, or that knows no router of IPv6: check names
/// what else it finds, by the plan that there would be without `enabled: false`.
bool is_of_one_without_way(const std::string& text, const MadeHost& host) {
    for (const TrueInterface& each : host.interfaces)
        for (const IpAddress& own : each.addresses) {
            const bool has_way =
                each.is_managed && (own.family() == Family::v4 || each.router6.has_value());
            if (!has_way && text.find(" " + own.to_string() + " ") != std::string::npos)
                return true;
        }
    return false;
}

/// What is wrong on such a host whatever is done: EC2 delivers to an address that it does not have,
/// or to an interface that is down or left alone; nothing names a router of IPv6.
bool is_the_hosts_own(const Finding& finding, const MadeHost& host) {
    static const std::set<std::string> kCodes = {"address-missing", "gateway-unknown",
                                                 "interface-down", "interface-unmanaged"};
    const auto is_left_alone = [&](const std::string& ifname) {
        const TrueInterface* about = host.interface(ifname);
        return about != nullptr && !about->is_managed;
    };
    // Main prefers the way by one that is left alone: so it is meant.
    const bool is_by_one = finding.code == "main-route" && finding.route &&
                           !finding.route->hops.empty() &&
                           is_left_alone(finding.route->hops[0].ifname);
    const TrueInterface* about = host.interface(finding.ifname);
    const bool has_no_router =
        about != nullptr && !about->router6 && finding.rule && finding.rule->family == Family::v6;
    return kCodes.count(finding.code) != 0 || is_left_alone(finding.ifname) || is_by_one ||
           has_no_router || is_of_one_without_way(finding.text, host);
}

void Judge::check_finds_nothing(const Facts& after) {
    const std::clock_t start = std::clock();
    const ChangeSet set = make_change_set(after, host_.config, Absent::keep);
    const Lookup lookup(after.kernel);
    const Ask ask = [&](const RouteQuery& query) { return lookup.answer(query); };
    const CheckResult result = check(after, host_.config, set, ask);
    verdict_.check_seconds = seconds_of(start);
    for (const Finding& finding : result.findings)
        if (finding.grade == Grade::broken && !is_the_hosts_own(finding, host_))
            violated("check finds nothing broken", finding.code + " " + finding.ifname + ": " +
                                                       finding.text + ", because " +
                                                       finding.because);
}

/// Facts are recorded and planned elsewhere.
void Judge::json_says_the_same(Absent absent, const ChangeSet& set) {
    const Facts loaded = load_facts_json(render_facts_json(host_.facts));
    const std::string here = changes_text(set);
    const std::string there = changes_text(make_change_set(loaded, host_.config, absent));
    if (here != there) violated("recorded facts give the same plan", here + "\n" + there);
}

}  // namespace

Verdict judge(const MadeHost& host) {
    Verdict verdict;
    Judge(host, verdict).run();
    return verdict;
}

}  // namespace eni
