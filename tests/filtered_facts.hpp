// Facts as they are where the kernel was asked for some tables alone, and what comes of facts in
// words, to be compared with what comes of all of them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "change_set.hpp"
#include "format.hpp"
#include "tables_read.hpp"

namespace eni {

/// As gather_kernel reads them, by table and family.
inline Facts filtered(Facts facts, const Config& config) {
    KernelSnapshot& kernel = facts.kernel;
    auto routes = std::exchange(kernel.routes, {});
    const auto tables = tables_to_read(kernel, facts.disk, facts.run, config);
    const auto order = [](const Route& route) { return std::pair(route.table, route.family()); };
    std::stable_sort(routes.begin(), routes.end(),
                     [&](const Route& a, const Route& b) { return order(a) < order(b); });
    for (Route& route : routes)
        if (tables.count(route.table) != 0) kernel.routes.push_back(std::move(route));
    kernel.tables_read = tables;
    return facts;
}

inline std::string words_for(const Changes& changes) {
    std::string text;
    const auto add = [&](const std::string& line) { text += line + "\n"; };
    for (const auto& each : changes.groups)
        add(each.ifname + " " + std::to_string(each.from) + " " + std::to_string(each.to));
    for (const auto& each : changes.src_valid_marks) add(each.ifname + (each.to ? " on" : " off"));
    for (const auto& each : changes.addresses_added)
        add("+ " + each.object.ifname + " " + each.object.address.to_string());
    for (const auto& [action, each] : changes.routes_added)
        add((action == RouteAction::add ? "+ " : "= ") + format_route(each.object) + " " +
            each.ifname + " " + std::string(each.why));
    for (const auto& each : changes.rules_added)
        add("+ " + format_rule(each.object) + " " + each.ifname + " " + std::string(each.why));
    for (const auto& each : changes.rules_deleted) add("- " + format_rule(each.object));
    for (const auto& each : changes.routes_deleted) add("- " + format_route(each.object));
    for (const auto& each : changes.addresses_deleted)
        add("- " + each.object.ifname + " " + each.object.address.to_string());
    for (const auto& each : changes.markings) add(each.marking ? "marks" : "no marks");
    return text;
}

inline std::string words_for(const RunState& run) {
    std::string text = "kept:";
    const auto add = [&](const auto& numbers) {
        for (const auto each : numbers)
            text += " " + std::to_string(static_cast<std::uint32_t>(each));
        text += ";";
    };
    add(run.priority_bases);
    add(run.link_groups);
    add(run.tables_given);
    add(run.tables_named);
    for (const auto& [ifname, state] : run.interfaces) {
        text += "\n" + ifname + " " + state.mac + " " + state.profile + " " +
                std::to_string(state.group_before) + " " +
                (state.lease_router ? state.lease_router->to_string() : "-") + " " +
                std::to_string(state.slot.value_or(0)) + " " +
                std::to_string(number(state.table.value_or(TableId{0})));
        for (const IpAddress& address : state.added) text += " " + address.to_string();
    }
    for (const Family family : kFamilies)
        if (const auto& outgoing = run.outgoing(family))
            text += "\n" + outgoing->ifname + " " + outgoing->source.to_string();
    return text + "\n";
}

/// All that a run does, says and keeps.
inline std::string words_for(const ChangeSet& set) {
    std::string text = words_for(set.changes) + words_for(set.plan.run);
    for (const FileChange& file : set.files) text += file.path + ": " + file.after.value_or("-");
    for (const Note& note : set.plan.notes) text += note.ifname + ": " + note.text + "\n";
    for (const TableId table : set.plan.tables_asked) text += std::to_string(number(table)) + " ";
    for (const InterfacePlan& interface : set.plan.interfaces)
        for (const auto& gateway : {interface.gateway4, interface.gateway6})
            text += interface.ifname + " " + std::to_string(number(interface.table.id)) + " " +
                    (gateway ? gateway->address.to_string() : "-") + "\n";
    return text;
}

}  // namespace eni
