// What `eni-routes status` prints, as plain rows: each rule, route, address and file of the plan
// and whether it is there, and the links that are not managed. By what a run would change alone:
// must not ask the kernel for the way of a packet, nor print anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "change_set.hpp"
#include "config.hpp"

namespace eni {

/// A rule, a route or a file that should be there.
struct Row {
    std::string words;
    bool is_there = true;
    const char* mark = "missing";  // where it is not as it should be
};

/// Of one kind: "rule", "route".
struct MissingRow {
    const char* kind;
    Row row;
};

struct InterfaceStatus {
    const InterfacePlan* plan = nullptr;
    Link link;
    const Eni* eni = nullptr;
    std::vector<std::string> addresses;
    std::vector<Row> address_rows;  // with what EC2 says of them
    std::vector<Row> groups, sysctls, rules, routes, files;

    std::vector<MissingRow> missing() const;
};

/// In the plan's order.
std::vector<InterfaceStatus> interface_statuses(const Facts& facts, const ChangeSet& change_set);

/// The rules that serve every interface, and what of such rules, routes and files is missing.
std::vector<Row> shared_rule_rows(const Facts& facts, const ChangeSet& change_set);
std::vector<MissingRow> missing_shared(const Facts& facts, const ChangeSet& change_set);

/// What is eni-routes', and not in the plan.
std::vector<std::string> surplus(const ChangeSet& change_set);

/// Why the plan has nothing of a link.
enum class Unmanaged : std::uint8_t {
    all_off,   // the whole program is
    disabled,  // by `eni-routes disable`
    disabled_in_configuration,
    only_one,  // there is nothing to separate it from
    excluded,
    not_included,
    not_ethernet,
    port,
    made_of_others,  // a bridge, a bond, a VLAN ...
    odd_name,
    name_of_a_kernel_table,
    left_to_cni,
    no_place
};

struct UnmanagedLink {
    const Link* link = nullptr;
    Unmanaged why = Unmanaged::not_included;
    std::vector<std::string> addresses;

    bool is_disabled() const { return why <= Unmanaged::disabled_in_configuration; }
};

/// The links that may be taken for managed ones: their names are included, EC2 knows their
/// MACs, or main has a default by them.
std::vector<UnmanagedLink> unmanaged_links(const Facts& facts, const Config& config,
                                           const Plan& plan);

enum class Completeness : std::uint8_t { complete, incomplete, left_over, inactive };

/// `incomplete`: something of the plan is missing. `left_over`: nothing is, but something is there
/// that is eni-routes' and not in the plan.
Completeness completeness_of(const ChangeSet& change_set);

}  // namespace eni
