// See picture.hpp. Makes the graph; how it is drawn is svg.cpp's business.
#include "picture.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace eni {

namespace {

using Column = Picture::Column;

/// A picture in the making. Nodes and edges are added once each.
struct Draft {
    const KernelSnapshot& kernel;
    const TableNames& names;
    Picture picture;
    std::map<std::pair<Column, std::string>, std::size_t> index;  // of nodes, by column and key

    std::size_t node(Column column, const std::string& key, std::vector<std::string> lines) {
        const auto [found, is_new] =
            index.emplace(std::make_pair(column, key), picture.nodes.size());
        if (is_new) picture.nodes.push_back({column, std::move(lines), false});
        return found->second;
    }

    void edge(const Picture::Edge& added) {
        for (Picture::Edge& edge : picture.edges)
            if (edge.from == added.from && edge.to == added.to && edge.ifname == added.ifname) {
                edge.is_broken = edge.is_broken || added.is_broken;
                return;
            }
        picture.edges.push_back(added);
    }
};

std::size_t interface_node(Draft& draft, const InterfacePlan& interface) {
    constexpr std::size_t kShown = 4;
    std::vector<std::string> lines = {interface.ifname +
                                      (interface.is_primary ? " (primary)" : "")};
    for (std::size_t i = 0; i < interface.addresses.size() && i < kShown; ++i)
        lines.push_back(interface.addresses[i].to_string());
    if (interface.addresses.size() > kShown)
        lines.push_back("and " + std::to_string(interface.addresses.size() - kShown) + " more");
    return draft.node(Column::interface, interface.ifname, lines);
}

/// One that the plan may not have: switched off, it has none.
std::size_t interface_node(Draft& draft, const std::string& ifname) {
    return draft.node(Column::interface, ifname, {ifname});
}

std::size_t rule_node(Draft& draft, const Rule& rule) {
    const std::string line = (rule.family == Family::v4 ? "IPv4 " : "IPv6 ") +
                             format_rule_listing(rule, name_of(rule.table, draft.names));
    return draft.node(Column::rule, line, {line});
}

std::size_t table_node(Draft& draft, TableId id) {
    const auto& routes = draft.kernel.routes;
    const auto count = std::count_if(routes.begin(), routes.end(),
                                     [&](const Route& route) { return route.table == id; });
    const std::size_t node = draft.node(
        Column::table, std::to_string(number(id)),
        {"table " + name_of(id, draft.names),
         count == 0 ? "empty" : std::to_string(count) + (count == 1 ? " route" : " routes")});
    draft.picture.nodes[node].is_broken = count == 0;
    return node;
}

std::size_t way_node(Draft& draft, const RouteAnswer& out) {
    if (out.error != 0 || out.ifname.empty()) return draft.node(Column::way, "", {"no way"});
    const std::string to = out.gateway ? out.gateway->to_string() : "neighbours";
    return draft.node(Column::way, out.ifname + " " + to, {to, "by " + out.ifname});
}

/// A flow of an address of the host's, and the rule that decides it.
struct Decision {
    const Flow* flow = nullptr;
    Rule rule;
};

std::vector<Decision> decisions_of(const KernelSnapshot& kernel, const std::vector<Flow>& flows) {
    std::vector<Decision> decisions;
    const Lookup lookup(kernel);
    for (const Flow& flow : flows) {
        if (flow.kind != FlowKind::bound) continue;
        const Walk steps = lookup.walk(flow.query);
        if (steps.decision() != nullptr) decisions.push_back({&flow, *steps.decision()->rule});
    }
    return decisions;
}

/// Those of the plan, and those that decide; sorted as the kernel walks them.
std::set<Rule> rules_to_show(const Plan& plan, const std::vector<Decision>& decisions) {
    std::set<Rule> rules;
    for (const auto& planned : plan.rules)
        if (planned.in_kernel) rules.insert(planned.object);
    for (const Decision& decision : decisions) rules.insert(decision.rule);
    return rules;
}

void draw(Draft& draft, const Decision& decision) {
    const Flow& flow = *decision.flow;
    const bool is_broken = flow.fault != Fault::none;
    const std::size_t rule = rule_node(draft, decision.rule);
    const std::size_t table = table_node(draft, decision.rule.table);
    draft.edge({interface_node(draft, flow.ifname), rule, flow.ifname, is_broken});
    draft.edge({rule, table, flow.ifname, is_broken});
    draft.edge({table, way_node(draft, flow.out), flow.ifname, is_broken});
}

void draw_missing(Draft& draft, const Planned<Rule>& missing) {
    const std::size_t rule = rule_node(draft, missing.object);
    draft.picture.nodes[rule].lines[0] += " (missing)";
    draft.picture.nodes[rule].is_broken = true;
    const std::size_t table = table_node(draft, missing.object.table);
    if (!missing.ifname.empty())
        draft.edge({interface_node(draft, missing.ifname), rule, missing.ifname, true, true});
    draft.edge({rule, table, missing.ifname, true, true});
}

void draw_unused(Draft& draft, const Rule& rule) {
    const std::size_t node = rule_node(draft, rule);
    const auto& edges = draft.picture.edges;
    if (std::none_of(edges.begin(), edges.end(),
                     [&](const Picture::Edge& edge) { return edge.from == node; }))
        draft.edge({node, table_node(draft, rule.table), "", false, false});
}

std::string title_of(const std::vector<Flow>& flows) {
    const auto broken = std::count_if(flows.begin(), flows.end(), [](const Flow& flow) {
        return flow.fault != Fault::none && flow.kind != FlowKind::published;
    });
    return broken == 0 ? "Every address answers by its own interface"
                       : std::to_string(broken) + " of " + std::to_string(flows.size()) +
                             " flows are broken";
}

}  // namespace

Picture make_picture(const KernelSnapshot& kernel, const Plan& plan, const Changes& changes,
                     const TableNames& names, const std::vector<Flow>& flows) {
    Draft draft{kernel, names, {}, {}};
    draft.picture.title = title_of(flows);
    for (const InterfacePlan& interface : plan.interfaces) {
        draft.picture.ifnames.push_back(interface.ifname);
        interface_node(draft, interface);
    }
    const std::vector<Decision> decisions = decisions_of(kernel, flows);
    const std::set<Rule> rules = rules_to_show(plan, decisions);
    for (const Rule& rule : rules) {
        rule_node(draft, rule);
        table_node(draft, rule.table);  // in the order of the rules: fewer lines cross
    }
    for (const Decision& decision : decisions) draw(draft, decision);
    for (const auto& missing : changes.rules_added) draw_missing(draft, missing);
    for (const Rule& rule : rules) draw_unused(draft, rule);
    return draft.picture;
}

}  // namespace eni
