// See tables_read.hpp.
#include "tables_read.hpp"

#include <algorithm>
#include <string_view>

#include "ownership.hpp"

namespace eni {

namespace {

using Tables = std::set<TableId>;

// A route takes 0.9 us, a table's two dumps 8 us, and the rest of an event 1.2 ms: where routes are
// left out, that is well worth it.
constexpr std::uint32_t kFewest = 1024;
constexpr std::uint32_t kRoutesForATable = 32;

void add_named(Tables& tables, const KernelSnapshot& kernel, const DiskFacts& disk) {
    std::set<std::string_view> links;
    for (const Link& link : kernel.links) links.insert(link.ifname);
    for (const TableName& entry : disk.table_names)
        if (entry.is_ours || links.count(entry.name) != 0) tables.insert(entry.id);
}

/// Decided before tables are asked.
bool is_known_without_tables(const IpConfig& ip) {
    return ip.addresses.empty() ||
           (ip.gateway && ip.gateway->source <= GatewaySource::router_neighbour);
}

}  // namespace

std::set<TableId> tables_to_read(const KernelSnapshot& kernel, const DiskFacts& disk,
                                 const RunState& run, const Config& config) {
    Tables tables = {kTableDefault, kTableMain, kTableLocal};
    tables.insert(run.tables_given.begin(), run.tables_given.end());
    tables.insert(run.tables_named.begin(), run.tables_named.end());
    for (const auto& [ifname, state] : run.interfaces)
        if (state.table) tables.insert(*state.table);
    for (const auto& [ifname, interface] : config.interfaces)
        if (interface.table) tables.insert(*interface.table);
    for (const Rule& rule : kernel.rules) tables.insert(rule.table);
    add_named(tables, kernel, disk);
    if (is_cni_at_work(kernel))
        for (std::uint32_t id = kFirstCniTable; id <= kLastCniTable; ++id)
            tables.insert(TableId{id});
    return tables;
}

bool pays_to_filter(const RunState& run, std::size_t tables) {
    return run.unneeded_routes >= kFewest && run.unneeded_routes / kRoutesForATable >= tables;
}

std::uint32_t unneeded_routes(const Facts& facts, const Config& config) {
    const KernelSnapshot& kernel = facts.kernel;
    if (kernel.tables_read) return facts.run.unneeded_routes;
    if (kernel.routes.size() < kFewest) return 0;
    const Tables tables = tables_to_read(kernel, facts.disk, facts.run, config);
    const auto count = static_cast<std::uint32_t>(
        std::count_if(kernel.routes.begin(), kernel.routes.end(),
                      [&](const Route& route) { return tables.count(route.table) == 0; }));
    std::uint32_t magnitude = kFewest;
    while (magnitude <= count / 2) magnitude *= 2;
    return count < kFewest ? 0 : magnitude;
}

bool hangs_on_unread_routes(const Plan& plan, const KernelSnapshot& kernel,
                            const ManagedInterfaces& managed) {
    if (!kernel.tables_read) return false;
    const Tables& read = *kernel.tables_read;
    const auto are_read = [&](const Tables& tables) {
        return std::includes(read.begin(), read.end(), tables.begin(), tables.end());
    };
    // A number that is taken for unused wrongly is one that an interface gets: it is among these.
    Tables named;
    for (const auto& [table, name] : plan.ownership.tables_named) named.insert(table);
    const bool are_tables_known =
        are_read(managed.tables) && are_read(plan.ownership.tables_given) && are_read(named);
    return !are_tables_known ||
           std::any_of(managed.interfaces.begin(), managed.interfaces.end(), [](const auto& each) {
               return !is_known_without_tables(each.ip4) || !is_known_without_tables(each.ip6);
           });
}

}  // namespace eni
