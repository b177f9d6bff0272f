// See check_json.hpp. A function for each kind of object.
#include "check_json.hpp"

#include <utility>

#include "check_text.hpp"
#include "json_type.hpp"

namespace eni {

namespace {

constexpr int kCheckVersion = 2;

const char* kind_word(FlowKind kind) {
    switch (kind) {
        case FlowKind::bound:
            return "bound";
        case FlowKind::unbound:
            return "unbound";
        case FlowKind::forwarded:
            return "forwarded";
        case FlowKind::published:
            return "published";
    }
    return "";
}

const char* fault_word(Fault fault) {
    switch (fault) {
        case Fault::none:
            return "none";
        case Fault::no_address:
            return "no_address";
        case Fault::link_down:
            return "link_down";
        case Fault::no_carrier:
            return "no_carrier";
        case Fault::silent_gateway:
            return "silent_gateway";
        case Fault::no_way:
            return "no_way";
        case Fault::wrong_link:
            return "wrong_link";
        case Fault::wrong_gateway:
            return "wrong_gateway";
        case Fault::refused:
            return "refused";
    }
    return "";
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json address_or_null(const std::optional<IpAddress>& address) {
    return address ? Json(address->to_string()) : Json(nullptr);
}

Json finding_json(const Finding& finding, const TableNames& names) {
    const auto& rule = finding.rule;
    const auto& route = finding.route;
    return {{"code", finding.code},
            {"grade", grade_word(finding.grade)},
            {"accepted", finding.is_accepted},
            {"ifname", text_or_null(finding.ifname)},
            {"address", address_or_null(finding.address)},
            {"text", finding.text},
            {"because", text_or_null(finding.because)},
            {"fix", text_or_null(finding.fix)},
            {"rule", rule ? Json(format_rule_listing(*rule, name_of(rule->table, names))) : Json()},
            {"route", route ? Json(format_route(*route, name_of(route->table, names))) : Json()},
            {"consequences", finding.consequences}};
}

Json interface_json(const CheckedInterface& interface, const CheckResult& result) {
    auto addresses = Json::array();
    for (const CheckedAddress& address : interface.addresses)
        addresses.push_back({{"address", address.address.to_string()},
                             {"public_address", address_or_null(address.public_address)},
                             {"lost", address.is_lost}});
    return {{"ifname", interface.ifname},
            {"managed", interface.is_managed},
            {"verdict", grade_word(result.verdict_of(interface))},
            {"addresses", std::move(addresses)}};
}

Json flow_json(const Flow& flow) {
    auto locals = Json::array();
    for (const IpAddress& local : flow.locals) locals.push_back(local.to_string());
    return {{"kind", kind_word(flow.kind)},
            {"ifname", text_or_null(flow.ifname)},
            {"local", address_or_null(flow.local)},
            {"locals", std::move(locals)},
            {"peer", flow.peer.address.to_string()},
            {"peer_name", flow.peer.name},
            {"behind", address_or_null(flow.behind)},
            {"port", flow.port == 0 ? Json(nullptr) : Json(flow.port)},
            {"ok", flow.fault == Fault::none},
            {"fault", fault_word(flow.fault)},
            {"expected", text_or_null(flow.expected)},
            {"leaves_by", text_or_null(flow.out.ifname)},
            {"gateway", address_or_null(flow.out.gateway)},
            {"dropped_by_rp_filter", flow.is_dropped_by_rp_filter}};
}

Json result_json(const CheckResult& result, const TableNames& names) {
    auto findings = Json::array();
    for (const Finding& finding : result.findings) findings.push_back(finding_json(finding, names));
    auto interfaces = Json::array();
    for (const CheckedInterface& interface : result.interfaces)
        interfaces.push_back(interface_json(interface, result));
    auto flows = Json::array();
    for (const Flow& flow : result.flows) flows.push_back(flow_json(flow));
    return {{"version", kCheckVersion},
            {"verdict", grade_word(result.worst())},
            {"probed", result.is_probed},
            {"findings", std::move(findings)},
            {"interfaces", std::move(interfaces)},
            {"flows", std::move(flows)}};
}

}  // namespace

std::string render_check_json(const CheckResult& result, const TableNames& names) {
    return printed(result_json(result, names));
}

std::string check_json_line(const std::string& facts, const CheckResult& result,
                            const TableNames& names) {
    Json line = {{"facts", facts}};
    line.update(result_json(result, names));
    return printed_line(line);
}

}  // namespace eni
