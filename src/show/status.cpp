// See status.hpp. First a table of plain rows, then the two ways to print it.
#include "status.hpp"

#include <algorithm>
#include <set>

#include "format.hpp"
#include "json_type.hpp"
#include "lookup.hpp"
#include "metadata.hpp"
#include "render.hpp"

namespace eni {

namespace {

/// A rule, a route or a file that should be there.
struct Row {
    std::string words;
    bool is_there = true;
    const char* mark = "missing";  // where it is not as it should be
};

struct InterfaceStatus {
    const InterfacePlan* plan = nullptr;
    Link link;
    const Eni* eni = nullptr;
    std::vector<std::string> addresses;
    std::vector<Row> address_rows;  // with what EC2 says of them
    std::vector<Row> rules, routes, files;
};

std::vector<Row> rule_rows(const ChangeSet& change_set, const std::string& ifname,
                           const std::string& table) {
    std::set<Rule> missing;
    for (const auto& added : change_set.changes.rules_added) missing.insert(added.object);
    std::vector<Row> rows;
    for (const auto& rule : change_set.plan.rules)
        if (rule.in_kernel && rule.ifname == ifname)
            rows.push_back(
                {format_rule_listing(rule.object, table) +
                     (rule.object.family == Family::v6 && !rule.object.from && !rule.object.to
                          ? "  (IPv6)"
                          : ""),
                 missing.count(rule.object) == 0});
    return rows;
}

std::vector<Row> route_rows(const ChangeSet& change_set, const InterfacePlan& interface) {
    std::set<Route> missing;
    for (const auto& added : change_set.changes.routes_added) missing.insert(added.route.object);
    std::vector<Row> rows;
    for (const auto& route : change_set.plan.routes)
        if (route.in_kernel && route.ifname == interface.ifname)
            rows.push_back(
                {format_route(route.object,
                              route.object.table == kTableLocal ? "local" : interface.table.name),
                 missing.count(route.object) == 0});
    return rows;
}

std::vector<Row> file_rows(const Facts& facts, const ChangeSet& change_set,
                           const InterfacePlan& interface) {
    std::vector<Row> rows;
    for (const auto& [path, file] : render_files(change_set.plan, facts.disk))
        if (file.ifname == interface.ifname) {
            const auto found = facts.disk.files.find(path);
            const bool is_there = found != facts.disk.files.end();
            rows.push_back(
                {path, is_there && found->second == file.after, is_there ? "differs" : "missing"});
        }
    return rows;
}

std::string public_words(const Eni* eni, const IpAddress& address) {
    const auto elastic = eni != nullptr ? public_address_of(*eni, address) : std::nullopt;
    return elastic ? " = " + elastic->to_string() : "";
}

void add_addresses(InterfaceStatus& status, const Facts& facts, const ChangeSet& change_set) {
    for (const Address& address : facts.kernel.addresses) {
        if (address.ifname != status.plan->ifname || !address.is_global) continue;
        const std::string words =
            address.address.to_string() + "/" + std::to_string(address.prefix_length);
        status.addresses.push_back(words);
        status.address_rows.push_back({words + public_words(status.eni, address.address)});
    }
    if (status.eni == nullptr) return;
    std::set<IpAddress> missing;
    for (const auto& added : change_set.changes.addresses_added)
        missing.insert(added.object.address);
    for (const IpAddress& address : status.eni->addresses)
        if (!is_own_address(facts.kernel, address))
            status.address_rows.push_back(
                {address.to_string() + public_words(status.eni, address) + ", assigned in EC2",
                 missing.count(address) == 0});
    for (const Prefix& prefix : status.eni->delegated)
        status.address_rows.push_back({prefix.to_string() + ", delegated in EC2"});
}

std::vector<InterfaceStatus> interface_statuses(const Facts& facts, const ChangeSet& change_set) {
    std::vector<InterfaceStatus> statuses;
    for (const InterfacePlan& interface : change_set.plan.interfaces) {
        InterfaceStatus status;
        status.plan = &interface;
        if (const Link* link = find_link(facts.kernel, interface.ifname)) status.link = *link;
        status.eni = find_eni(facts, interface.ifname);
        add_addresses(status, facts, change_set);
        status.rules = rule_rows(change_set, interface.ifname, interface.table.name);
        status.routes = route_rows(change_set, interface);
        status.files = file_rows(facts, change_set, interface);
        statuses.push_back(std::move(status));
    }
    return statuses;
}

std::vector<std::string> surplus(const ChangeSet& change_set) {
    std::vector<std::string> words;
    for (const auto& rule : change_set.changes.rules_deleted)
        words.push_back("rule " + format_rule(rule.object));
    for (const auto& route : change_set.changes.routes_deleted)
        words.push_back("route " + format_route(route.object));
    for (const auto& address : change_set.changes.addresses_deleted)
        words.push_back("address " + format_address(address.object));
    return words;
}

const char* mode_name(const Plan& plan) {
    return !plan.is_active          ? "inactive"
           : plan.is_basic          ? "basic"
           : plan.has_suppress_rule ? "suppress"
                                    : "table";
}

std::string gateway_words(const std::optional<Gateway>& gateway) {
    return gateway
               ? gateway->address.to_string() + " (" + format_gateway_source(gateway->source) + ")"
               : "";
}

constexpr std::size_t kTitleWidth = 12;

/// A word in front of the first row, and the same column for the rest.
std::string section(const std::string& title, const std::vector<Row>& rows, const Paint& paint) {
    std::string text;
    for (const Row& row : rows) {
        text += "  " + padded(text.empty() ? title : "", kTitleWidth);
        text += row.is_there ? row.words : paint.red(row.words + "  <- " + row.mark);
        text += "\n";
    }
    return text;
}

/// "device 1", "device 1 on network card 2"
std::string device_words(const Eni& eni) {
    return "device " + std::to_string(eni.device_number) +
           (eni.network_card == 0 ? "" : " on network card " + std::to_string(eni.network_card));
}

std::string heading(const InterfaceStatus& status, int rp_filter_all, const Paint& paint) {
    const int filter = std::max(rp_filter_all, status.link.rp_filter);
    std::string about = status.plan->is_primary ? "primary, " : "";
    about += status.link.is_up ? "up" : paint.red("down");
    about += std::string(", rp_filter ") + rp_filter_word(filter);
    if (!status.link.mac.empty()) about += ", " + status.link.mac;
    if (status.eni != nullptr) about += ", " + device_words(*status.eni);
    return "\n" + paint.bold(padded(status.plan->ifname, kTitleWidth + 2)) + about + "\n";
}

std::string note_text(const Note& note, const Paint& paint) {
    const bool is_warning = note.severity == Severity::warning;
    return (is_warning ? paint.yellow("warning: ") : "note: ") +
           (note.ifname.empty() ? "" : note.ifname + ": ") + note.text + "\n";
}

std::vector<Row> plain_rows(const std::vector<std::string>& lines) {
    std::vector<Row> rows;
    for (const std::string& line : lines)
        if (!line.empty()) rows.push_back({line});
    return rows;
}

Json json_rows(const std::vector<Row>& rows) {
    auto list = Json::array();
    for (const Row& row : rows) list.push_back({{"words", row.words}, {"present", row.is_there}});
    return list;
}

Json json_gateway(const std::optional<Gateway>& gateway) {
    if (!gateway) return nullptr;
    return {{"address", gateway->address.to_string()},
            {"source", format_gateway_source(gateway->source)}};
}

Json json_ec2(const Facts& facts, const Eni* eni) {
    if (eni == nullptr) return nullptr;
    auto assigned = Json::array();
    for (const IpAddress& address : eni->addresses) {
        const auto elastic = public_address_of(*eni, address);
        assigned.push_back({{"address", address.to_string()},
                            {"public_address", elastic ? Json(elastic->to_string()) : Json()},
                            {"present", is_own_address(facts.kernel, address)}});
    }
    auto delegated = Json::array();
    for (const Prefix& prefix : eni->delegated) delegated.push_back(prefix.to_string());
    return {{"network_card", eni->network_card},
            {"device_number", eni->device_number},
            {"answered", eni->is_fresh},
            {"assigned", assigned},
            {"delegated", delegated}};
}

std::vector<Row> watch_rows(const WatchStatus& status) {
    if (!status.watch)
        return {{status.is_enabled ? "enabled, and does not run: systemctl restart eni-routes-watch"
                                   : "does not run"}};
    std::vector<Row> rows = {{"runs, process " + std::to_string(status.watch->pid)}};
    for (const FightFact& fight : status.watch->fights) rows.push_back({fight.text});
    return rows;
}

Json json_watch(const WatchStatus& status) {
    if (!status.watch) return nullptr;
    auto fights = Json::array();
    for (const FightFact& fight : status.watch->fights)
        fights.push_back({{"ifname", fight.ifname}, {"text", fight.text}});
    return {{"pid", status.watch->pid}, {"fights", fights}};
}

std::string mode_words(const Facts& facts, const Plan& plan) {
    const std::string by_rule = "suppress rule: main is asked first, but for its defaults";
    if (plan.others)
        return (plan.is_basic            ? "basic: "
                : plan.has_suppress_rule ? by_rule + "; of the other family "
                                         : "") +
               "table " + plan.others->name + " (" + std::to_string(number(plan.others->id)) +
               ") stands for the suppress rule";
    if (plan.is_active) return by_rule;
    return facts.disk.disabled.count("*") != 0
               ? "inactive: switched off by `eni-routes disable`"
               : "inactive: fewer than two managed interfaces, or 'enabled: false' in the "
                 "configuration";
}

}  // namespace

std::string render_status(const Facts& facts, const ChangeSet& change_set,
                          const std::optional<WatchStatus>& watch, const Paint& paint) {
    const Plan& plan = change_set.plan;
    std::string text = section("mode", {{mode_words(facts, plan)}}, paint);
    if (watch) text += section("watch", watch_rows(*watch), paint);
    text += section("rules", rule_rows(change_set, "", ""), paint);
    for (const InterfaceStatus& status : interface_statuses(facts, change_set)) {
        const InterfacePlan& interface = *status.plan;
        text += heading(status, facts.kernel.rp_filter_all, paint);
        text += section(
            "table",
            {{interface.table.name + " (" + std::to_string(number(interface.table.id)) + ")"}},
            paint);
        text += section("addresses", status.address_rows, paint);
        text += section(
            "gateway",
            plain_rows({gateway_words(interface.gateway4), gateway_words(interface.gateway6)}),
            paint);
        text += section("rules", status.rules, paint);
        text += section("routes", status.routes, paint);
        text += section("files", status.files, paint);
    }
    const auto left = surplus(change_set);
    if (!left.empty()) text += "\n" + section("left over", plain_rows(left), paint);
    if (!plan.notes.empty()) text += "\n";
    for (const Note& note : plan.notes) text += note_text(note, paint);
    return text;
}

std::string render_status_json(const Facts& facts, const ChangeSet& change_set,
                               const std::optional<WatchStatus>& watch) {
    Json json = {{"version", 1},
                 {"active", change_set.plan.is_active},
                 {"mode", mode_name(change_set.plan)},
                 {"watch", watch ? json_watch(*watch) : Json()},
                 {"watch_is_enabled", watch ? Json(watch->is_enabled) : Json()},
                 {"rules", json_rows(rule_rows(change_set, "", ""))},
                 {"interfaces", Json::array()},
                 {"surplus", surplus(change_set)},
                 {"notes", Json::array()}};
    for (const InterfaceStatus& status : interface_statuses(facts, change_set)) {
        const InterfacePlan& interface = *status.plan;
        json["interfaces"].push_back(
            {{"ifname", interface.ifname},
             {"primary", interface.is_primary},
             {"up", status.link.is_up},
             {"mac", status.link.mac},
             {"rp_filter", std::max(facts.kernel.rp_filter_all, status.link.rp_filter)},
             {"table", interface.table.name},
             {"table_id", number(interface.table.id)},
             {"addresses", status.addresses},
             {"ec2", json_ec2(facts, status.eni)},
             {"gateway", json_gateway(interface.gateway4)},
             {"gateway6", json_gateway(interface.gateway6)},
             {"rules", json_rows(status.rules)},
             {"routes", json_rows(status.routes)},
             {"files", json_rows(status.files)}});
    }
    for (const Note& note : change_set.plan.notes)
        json["notes"].push_back({{"warning", note.severity == Severity::warning},
                                 {"ifname", note.ifname},
                                 {"text", note.text}});
    return printed(json);
}

}  // namespace eni
