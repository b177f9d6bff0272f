// See status_tables.hpp. A row is one line, whatever its length: it can be copied.
#include "status_tables.hpp"

#include <algorithm>
#include <vector>

#include "format.hpp"
#include "status_rows.hpp"

namespace eni {

namespace {

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

std::vector<Row> gateway_rows(const InterfacePlan& interface) {
    std::vector<Row> rows;
    for (const auto& gateway : {interface.gateway4, interface.gateway6})
        if (gateway)
            rows.push_back({gateway->address.to_string() + " (" +
                            format_gateway_source(gateway->source) + ")"});
    return rows;
}

std::vector<Row> table_rows(const Table& table) {
    return {{table.name + " (" + std::to_string(number(table.id)) + ")"}};
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

}  // namespace

std::string status_tables(const StatusParts& parts, const Paint& paint) {
    const auto shared = shared_rule_rows(parts.facts, parts.change_set);
    std::string text = shared.empty() ? "" : "\n" + paint.bold("all") + "\n";
    text += section("rules", shared, paint);
    for (const InterfaceStatus& status : interface_statuses(parts.facts, parts.change_set)) {
        text += heading(status, parts.facts.kernel.rp_filter_all, paint);
        text += section("table", table_rows(status.plan->table), paint);
        text += section("addresses", status.address_rows, paint);
        text += section("gateway", gateway_rows(*status.plan), paint);
        text += section("rules", status.rules, paint);
        text += section("routes", status.routes, paint);
        text += section("files", status.files, paint);
    }
    return text;
}

}  // namespace eni
