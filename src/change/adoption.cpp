// See adoption.hpp. What a line says is judged in line_verdict.cpp.
#include "adoption.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "line_verdict.hpp"
#include "lookup.hpp"
#include "our_files.hpp"
#include "ownership.hpp"
#include "script_files.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr std::uint32_t kFirstBelowBase = 1000;  // leaves room for rules without a priority
constexpr std::uint32_t kFirstAboveBand = 32700;

/// Priorities for a user's rules, each given once.
class FreePriorities {
  public:
    FreePriorities(const KernelSnapshot& kernel, std::uint32_t base) : base_(base) {
        for (const Rule& rule : kernel.rules) taken_.insert(number(rule.priority));
    }

    void take(Priority priority) { taken_.insert(number(priority)); }

    /// A rule for certain packets comes before ours, one for all packets after them. Of those
    /// without a priority the kernel asks first the one that was added last: the next is lower.
    std::optional<Priority> give(const Rule& rule) {
        const bool is_for_all =
            !rule.from && !rule.to && rule.iif.empty() && rule.oif.empty() && rule.fwmask == 0;
        const std::uint32_t below = base_ > kFirstBelowBase ? base_ - kFirstBelowBase : base_ - 1;
        const std::uint32_t end = is_for_all ? base_ + kBandSize - 1 : 0;
        for (std::uint32_t next = is_for_all ? kFirstAboveBand : below; next > end; --next)
            if (taken_.insert(next).second) return Priority{next};
        return std::nullopt;
    }

  private:
    std::uint32_t base_;
    std::set<std::uint32_t> taken_;
};

struct JudgedLine {
    ScriptLine line;
    std::string why;  // it says more; empty: it does not
};

/// One of an interface's four files, as it stands or as it was kept.
struct ScriptFile {
    std::string path;
    std::string bytes;
    Family family;
    bool has_rules;
    std::vector<JudgedLine> lines;

    bool says_more() const {
        return std::any_of(lines.begin(), lines.end(),
                           [](const JudgedLine& line) { return !line.why.empty(); });
    }
    bool says_what_the_plan_says() const {
        return std::any_of(lines.begin(), lines.end(),
                           [](const JudgedLine& line) { return line.why.empty(); });
    }
};

std::vector<ScriptFile> read_files(const std::map<std::string, std::string>& there,
                                   const TableNumbers& tables, const std::string& name) {
    std::vector<ScriptFile> files;
    const auto paths = file_paths(name);
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const auto found = there.find(paths[i]);
        if (found == there.end() || marked_owner(found->second)) continue;
        ScriptFile file{paths[i], found->second, i % 2 == 0 ? Family::v4 : Family::v6, i < 2, {}};
        const auto read = file.has_rules ? rule_lines : route_lines;
        for (ScriptLine& line : read(file.bytes, file.family, tables))
            file.lines.push_back({std::move(line), ""});
        files.push_back(std::move(file));
    }
    return files;
}

/// A file that a shell sources is taken as a whole, or not at all.
void judge_lines(ScriptFile& file, const LineJudge& judge) {
    for (JudgedLine& each : file.lines) each.why = judge.why_more(each.line);
    if (file.has_rules || !is_assignments(file.bytes) || !file.says_more()) return;
    for (JudgedLine& each : file.lines)
        if (each.why.empty()) each.why = "another line of its file does more";
}

std::vector<LineRemark> obstacles_of(const std::vector<ScriptFile>& files,
                                     const InterfacePlan& interface) {
    std::vector<LineRemark> obstacles;
    for (const ScriptFile& file : files) {
        for (const auto& [line, why] : file.lines)
            if (!line.error.empty())
                obstacles.push_back({file.path, line.number, line.text, line.error});
        const bool has_address =
            std::any_of(interface.addresses.begin(), interface.addresses.end(),
                        [&](const IpAddress& own) { return own.family() == file.family; });
        if (!file.lines.empty() && !has_address)
            obstacles.push_back({file.path, 0, "",
                                 interface.ifname + " has no " +
                                     (file.family == Family::v4 ? "IPv4" : "IPv6") +
                                     " address at the moment to compare it with"});
    }
    return obstacles;
}

/// What the line has made in the kernel, and is not ours.
void take_rules(Adoption& adoption, const ScriptLine& line, const Facts& facts, const Plan& plan) {
    for (const Rule& rule : facts.kernel.rules)
        if (is_made_by(rule, line) && !is_ours(rule, plan.ownership)) adoption.rules.insert(rule);
}

void take_from_kernel(Adoption& adoption, const ScriptFile& file, const LineJudge& judge,
                      const Facts& facts, const Plan& plan) {
    for (const auto& [line, why] : file.lines) {
        if (!why.empty()) continue;
        if (line.is_rule) {
            take_rules(adoption, line, facts, plan);
            continue;
        }
        if (is_reserved(line.route.table)) continue;
        for (const Route& route : facts.kernel.routes)
            if (route == judge.route_of(line) && !is_ours(route, plan.ownership))
                adoption.routes.insert(route);
    }
}

/// " priority 19000" for a line that names none; empty where it stays as it is. A rule that Rule
/// cannot hold cannot be moved in the kernel, and its line must go on naming the one that is there.
std::string priority_words(const ScriptLine& line, Adoption& adoption, FreePriorities& free,
                           const Facts& facts, const Plan& plan) {
    if (!line.is_rule || line.names_priority || !line.beyond.empty()) return "";
    const auto priority = free.give(line.rule);
    if (!priority) return "";
    const std::size_t before = adoption.rules.size();
    take_rules(adoption, line, facts, plan);
    if (adoption.rules.size() != before) {  // else the line was not applied
        adoption.moved.push_back(line.rule);
        adoption.moved.back().priority = *priority;
    }
    return " priority " + std::to_string(number(*priority));
}

/// What stays of a file: its comments, and the lines that say more. Nothing where that is all of
/// it.
std::optional<std::string> rest_of(const ScriptFile& file, Adoption& adoption, FreePriorities& free,
                                   const Facts& facts, const Plan& plan) {
    std::string rest =
        "# `eni-routes adopt` has taken out what eni-routes does itself; as it was: " +
        file_name(file.path) + kKeptSuffix + "\n";
    bool is_changed = false;
    auto next = file.lines.begin();
    const std::vector<std::string> text = lines_of(file.bytes);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (next == file.lines.end() || next->line.number != i + 1) {
            rest += text[i] + "\n";
            continue;
        }
        const auto& [line, why] = *next++;
        const std::string priority =
            why.empty() ? "" : priority_words(line, adoption, free, facts, plan);
        if (!why.empty()) rest += text[i] + priority + "\n";
        is_changed = is_changed || why.empty() || !priority.empty();
    }
    return is_changed ? std::optional(rest) : std::nullopt;
}

/// A route file is applied where a rule file stands beside it, be it without a line.
Adoption adoption_of_files(const std::vector<ScriptFile>& files, const LineJudge& judge,
                           FreePriorities& free, const Facts& facts, const Plan& plan) {
    Adoption adoption;
    const auto keeps = [&](bool has_rules) {
        return std::any_of(files.begin(), files.end(), [&](const ScriptFile& file) {
            return file.has_rules == has_rules && file.says_more();
        });
    };
    const bool needs_rule_file = keeps(/* has_rules= */ false) && !keeps(/* has_rules= */ true);
    for (const ScriptFile& file : files) {
        take_from_kernel(adoption, file, judge, facts, plan);
        if (!file.says_more() && !(file.has_rules && needs_rule_file))
            adoption.files[file.path] = std::nullopt;
        else if (auto rest = rest_of(file, adoption, free, facts, plan))
            adoption.files[file.path] = std::move(rest);
    }
    return adoption;
}

/// Bytes that were kept before would be lost.
std::vector<LineRemark> already_kept(const Adoption& adoption, const DiskFacts& disk,
                                     const std::string& ifname) {
    std::vector<LineRemark> remarks;
    for (const auto& [path, rest] : adoption.files) {
        const auto kept = disk.kept.find(path);
        if (kept != disk.kept.end() && kept->second != disk.files.at(path))
            remarks.push_back({path, 0, "",
                               path + kKeptSuffix + " is there already, and is another: " +
                                   "eni-routes adopt --undo " + ifname + ", or move it away"});
    }
    return remarks;
}

InterfaceAdoption adopt_interface(const Facts& facts, const Plan& plan,
                                  const InterfacePlan& interface, const TableNumbers& tables,
                                  FreePriorities& free) {
    InterfaceAdoption result;
    result.ifname = interface.ifname;
    const Link* link = find_link(facts.kernel, interface.ifname);
    const std::string name = link != nullptr ? script_name_of(facts, *link) : interface.ifname;
    auto files = read_files(facts.disk.files, tables, name);
    auto kept = read_files(facts.disk.kept, tables, name);

    std::vector<ScriptLine> lines;
    for (const auto* some : {&files, &kept})
        for (const ScriptFile& file : *some)
            for (const JudgedLine& each : file.lines) lines.push_back(each.line);
    const LineJudge judge(facts, plan, interface, lines);
    for (ScriptFile& file : files) judge_lines(file, judge);
    for (ScriptFile& file : kept) judge_lines(file, judge);

    // Without a rule file NetworkManager itself reads a route file, into its profile.
    const bool is_applied = std::any_of(files.begin(), files.end(),
                                        [](const ScriptFile& file) { return file.has_rules; });
    if (is_applied) result.obstacles = obstacles_of(files, interface);
    if (!result.obstacles.empty()) return result;
    if (is_applied)
        for (const ScriptFile& file : files)
            for (const auto& [line, why] : file.lines)
                if (!why.empty()) result.more.push_back({file.path, line.number, line.text, why});
    if (is_applied && std::any_of(files.begin(), files.end(), [](const ScriptFile& file) {
            return file.says_what_the_plan_says();
        }))
        result.adoption = adoption_of_files(files, judge, free, facts, plan);
    // An earlier run may have been interrupted behind the files.
    for (const ScriptFile& file : kept) take_from_kernel(result.adoption, file, judge, facts, plan);
    result.obstacles = already_kept(result.adoption, facts.disk, interface.ifname);
    if (!result.obstacles.empty()) result.adoption = {};
    return result;
}

/// "to 10.99.0.0/24 table 300 priority 19000" -> "to 10.99.0.0/24 table 300"
std::string without_priority(const std::string& line) {
    const std::size_t begin = line.rfind(" priority ");
    const bool ends_in_number =
        begin != std::string::npos && number_from(line.substr(begin + 10)).has_value();
    return ends_in_number ? line.substr(0, begin) : line;
}

}  // namespace

std::vector<InterfaceAdoption> adoptions(const Facts& facts, const Config& config, const Plan& plan,
                                         const std::vector<std::string>& ifnames) {
    FreePriorities free(facts.kernel, config.priority_base);
    const TableNumbers tables = numbers_of_tables(plan, facts.disk);
    for (const InterfacePlan& interface : plan.interfaces) {
        const Link* link = find_link(facts.kernel, interface.ifname);
        if (link == nullptr) continue;
        for (const auto& file : read_files(facts.disk.files, tables, script_name_of(facts, *link)))
            for (const JudgedLine& each : file.lines)
                if (each.line.names_priority) free.take(each.line.rule.priority);
    }
    std::vector<InterfaceAdoption> results;
    for (const InterfacePlan& interface : plan.interfaces)
        if (ifnames.empty() || std::count(ifnames.begin(), ifnames.end(), interface.ifname) != 0)
            results.push_back(adopt_interface(facts, plan, interface, tables, free));
    return results;
}

Adoption together(const std::vector<InterfaceAdoption>& interfaces) {
    Adoption all;
    for (const InterfaceAdoption& interface : interfaces) {
        const auto& [files, rules, routes, moved] = interface.adoption;
        all.files.insert(files.begin(), files.end());
        all.rules.insert(rules.begin(), rules.end());
        all.routes.insert(routes.begin(), routes.end());
        all.moved.insert(all.moved.end(), moved.begin(), moved.end());
    }
    return all;
}

bool is_rest_of(const std::string& bytes, const std::string& kept) {
    const std::vector<std::string> before = lines_of(kept);
    const auto was_there = [&](const std::string& line) {
        return std::count(before.begin(), before.end(), line) != 0;
    };
    const std::vector<std::string> lines = lines_of(bytes);
    return std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return is_comment(line) || was_there(line) || was_there(without_priority(line));
    });
}

}  // namespace eni
