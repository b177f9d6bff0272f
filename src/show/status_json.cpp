// `eni-routes status --json`, which docs/json.md describes. See status.hpp.
#include <algorithm>
#include <utility>

#include "format.hpp"
#include "json_type.hpp"
#include "lookup.hpp"
#include "metadata.hpp"
#include "status.hpp"
#include "status_rows.hpp"

namespace eni {

namespace {

constexpr int kStatusVersion = 2;

const char* mode_name(const Plan& plan) {
    return !plan.is_active          ? "inactive"
           : plan.is_basic          ? "basic"
           : plan.has_suppress_rule ? "suppress"
                                    : "table";
}

const char* verdict_name(Completeness completeness) {
    switch (completeness) {
        case Completeness::complete:
            return "complete";
        case Completeness::incomplete:
            return "incomplete";
        case Completeness::left_over:
            return "left_over";
        case Completeness::inactive:
            return "inactive";
    }
    return "";
}

const char* reason_name(Unmanaged why) {
    switch (why) {
        case Unmanaged::all_off:
            return "all_off";
        case Unmanaged::disabled:
            return "disabled";
        case Unmanaged::disabled_in_configuration:
            return "disabled_in_configuration";
        case Unmanaged::only_one:
            return "only_one";
        case Unmanaged::excluded:
            return "excluded";
        case Unmanaged::not_included:
            return "not_included";
        case Unmanaged::not_ethernet:
            return "not_ethernet";
        case Unmanaged::port:
            return "port";
        case Unmanaged::made_of_others:
            return "made_of_others";
        case Unmanaged::odd_name:
            return "odd_name";
        case Unmanaged::name_of_a_kernel_table:
            return "name_of_a_kernel_table";
        case Unmanaged::left_to_cni:
            return "left_to_cni";
        case Unmanaged::no_place:
            return "no_place";
    }
    return "";
}

Json rows_json(const std::vector<Row>& rows) {
    auto list = Json::array();
    for (const Row& row : rows) list.push_back({{"words", row.words}, {"present", row.is_there}});
    return list;
}

Json missing_json(const std::vector<MissingRow>& missing) {
    auto list = Json::array();
    for (const MissingRow& each : missing)
        list.push_back(std::string(each.kind) + " " + each.row.words);
    return list;
}

Json gateway_json(const std::optional<Gateway>& gateway) {
    if (!gateway) return nullptr;
    return {{"address", gateway->address.to_string()},
            {"source", format_gateway_source(gateway->source)}};
}

Json ec2_json(const Facts& facts, const Eni* eni) {
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

Json watch_json(const WatchStatus& status) {
    if (!status.watch) return nullptr;
    auto fights = Json::array();
    for (const FightFact& fight : status.watch->fights)
        fights.push_back({{"ifname", fight.ifname}, {"text", fight.text}});
    return {{"pid", status.watch->pid}, {"fights", fights}};
}

Json interface_json(const Facts& facts, const InterfaceStatus& status) {
    const InterfacePlan& interface = *status.plan;
    return {{"ifname", interface.ifname},
            {"primary", interface.is_primary},
            {"up", status.link.is_up},
            {"mac", status.link.mac},
            {"rp_filter", std::max(facts.kernel.rp_filter_all, status.link.rp_filter)},
            {"table", interface.table.name},
            {"table_id", number(interface.table.id)},
            {"addresses", status.addresses},
            {"ec2", ec2_json(facts, status.eni)},
            {"gateway", gateway_json(interface.gateway4)},
            {"gateway6", gateway_json(interface.gateway6)},
            {"rules", rows_json(status.rules)},
            {"routes", rows_json(status.routes)},
            {"files", rows_json(status.files)},
            {"missing", missing_json(status.missing())}};
}

Json forwarded_json(const std::optional<Marking>& marking) {
    if (!marking) return nullptr;
    auto marks = Json::array();
    for (const InterfaceMark& interface : marking->interfaces)
        marks.push_back({{"ifname", interface.ifname},
                         {"mark", interface.mark},
                         {"on_requests", interface.is_on_requests}});
    return {{"mode", "connmark"}, {"mask", marking->mask}, {"marks", std::move(marks)}};
}

Json unmanaged_json(const UnmanagedLink& link) {
    return {{"ifname", link.link->ifname},
            {"reason", reason_name(link.why)},
            {"up", link.link->is_up},
            {"mac", link.link->mac},
            {"addresses", link.addresses}};
}

}  // namespace

std::string render_status_json(const StatusParts& parts) {
    const auto& [facts, config, change_set, watch, unconfirmed] = parts;
    auto interfaces = Json::array(), unmanaged = Json::array(), notes = Json::array();
    for (const InterfaceStatus& status : interface_statuses(facts, change_set))
        interfaces.push_back(interface_json(facts, status));
    for (const UnmanagedLink& link : unmanaged_links(facts, config, change_set.plan))
        unmanaged.push_back(unmanaged_json(link));
    for (const Note& note : change_set.plan.notes)
        notes.push_back({{"warning", note.severity == Severity::warning},
                         {"ifname", note.ifname},
                         {"code", note.code},
                         {"text", note.text}});
    return printed(Json({{"version", kStatusVersion},
                         {"verdict", verdict_name(completeness_of(change_set))},
                         {"active", change_set.plan.is_active},
                         {"mode", mode_name(change_set.plan)},
                         {"forwarded", forwarded_json(change_set.plan.marking)},
                         {"watch", watch ? watch_json(*watch) : Json()},
                         {"unconfirmed", unconfirmed.empty() ? Json() : Json(unconfirmed)},
                         {"watch_is_enabled", watch ? Json(watch->is_enabled) : Json()},
                         {"rules", rows_json(shared_rule_rows(facts, change_set))},
                         {"missing", missing_json(missing_shared(facts, change_set))},
                         {"interfaces", std::move(interfaces)},
                         {"unmanaged", std::move(unmanaged)},
                         {"surplus", surplus(change_set)},
                         {"notes", std::move(notes)}}));
}

}  // namespace eni
