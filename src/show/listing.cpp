// See listing.hpp.
#include "listing.hpp"

#include <algorithm>
#include <map>

namespace eni {

namespace {

using Lines = std::vector<std::string>;

std::string block(const std::string& command, const Lines& lines, std::size_t limit) {
    std::string text = "# " + command + "\n";
    const std::size_t shown = std::min(limit, lines.size());
    for (std::size_t i = 0; i < shown; ++i) text += lines[i] + "\n";
    if (shown < lines.size()) text += "... and " + std::to_string(lines.size() - shown) + " more\n";
    return text + "\n";
}

Lines rule_lines(const KernelSnapshot& kernel, const TableNames& names, Family family) {
    std::vector<const Rule*> rules;
    for (const Rule& rule : kernel.rules)
        if (rule.family == family) rules.push_back(&rule);
    std::stable_sort(rules.begin(), rules.end(),
                     [](const Rule* a, const Rule* b) { return a->priority < b->priority; });
    Lines lines;
    for (const Rule* rule : rules)
        lines.push_back(format_rule_listing(*rule, name_of(rule->table, names)));
    return lines;
}

/// Who made it, which format_route leaves out: in `ip`'s words those that are usual.
std::string maker_of(const Route& route) {
    static const std::map<int, const char*> kNames = {
        {2, "kernel"}, {3, "boot"}, {4, "static"}, {9, "ra"}, {16, "dhcp"}, {206, "eni-routes"}};
    if (route.protocol == 0) return "";
    const auto name = kNames.find(route.protocol);
    return " proto " + (name != kNames.end() ? name->second : std::to_string(route.protocol));
}

/// The lower, the earlier; each table is in one piece.
std::pair<int, TableId> rank_of(TableId table, const Plan& plan) {
    const bool is_planned =
        std::any_of(plan.interfaces.begin(), plan.interfaces.end(),
                    [&](const InterfacePlan& interface) { return interface.table.id == table; });
    if (is_planned) return {0, table};
    if (table == kTableLocal) return {3, table};
    return {table == kTableMain ? 1 : 2, table};
}

Lines route_lines(const KernelSnapshot& kernel, const Plan& plan, const TableNames& names,
                  Family family, std::size_t limit) {
    std::vector<std::pair<std::pair<int, TableId>, const Route*>> routes;
    for (const Route& route : kernel.routes)
        if (route.family() == family) routes.emplace_back(rank_of(route.table, plan), &route);
    std::stable_sort(routes.begin(), routes.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Lines lines;
    for (const auto& [rank, route] : routes)  // words for those that are shown alone
        lines.push_back(lines.size() < limit
                            ? format_route(*route, name_of(route->table, names)) + maker_of(*route)
                            : "");
    return lines;
}

}  // namespace

std::string render_listing(const KernelSnapshot& kernel, const Plan& plan, const TableNames& names,
                           std::size_t limit) {
    std::string text;
    for (const Family family : kFamilies) {
        const Lines rules = rule_lines(kernel, names, family);
        const Lines routes = route_lines(kernel, plan, names, family, limit);
        if (rules.empty() && routes.empty()) continue;
        const std::string ip = ip_command(family);
        text += block(ip + "rule", rules, limit);
        text += block(ip + "route show table all", routes, limit);
    }
    if (!text.empty()) text.pop_back();  // the last empty line
    return text;
}

}  // namespace eni
