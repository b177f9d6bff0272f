// See interfaces.hpp.
#include "interfaces.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "main_table.hpp"
#include "names.hpp"
#include "tables.hpp"

namespace eni {

namespace {

/// eth2 before eth10, whatever the order of the kernel's list.
bool lower_name(const std::string& a, const std::string& b) {
    const auto key = [](const std::string& name) {
        return std::make_tuple(trailing_number(name).value_or(10000), name);
    };
    return key(a) < key(b);
}

/// What amazon-vpc-cni gives to a pod's interface: table device + 1 (2 to 16) with a default by the
/// ENI, reached by its rules of priority 1536.
bool belongs_to_cni(const KernelSnapshot& kernel, const std::string& ifname) {
    return is_cni_at_work(kernel) &&
           std::any_of(kernel.routes.begin(), kernel.routes.end(), [&](const Route& route) {
               return route.is_default() && leaves_by(route, ifname) &&
                      number(route.table) >= kFirstCniTable && number(route.table) <= kLastCniTable;
           });
}

/// A port of a bridge or bond, and what is made of other links, is not an ENI.
bool can_be_an_eni(const Link& link) {
    return link.ethernet && !link.is_port && !is_made_of_others(link);
}

std::optional<LeftAlone::Why> reason_against(const Facts& facts, const TableEntries& entries,
                                             const std::string& ifname) {
    if (!is_plain_name(ifname)) return LeftAlone::Why::odd_name;
    const TableName* entry = entries.foreign(ifname);
    if (entry != nullptr && is_reserved(entry->id)) return LeftAlone::Why::name_of_a_kernel_table;
    if (belongs_to_cni(facts.kernel, ifname)) return LeftAlone::Why::belongs_to_a_cni;
    return std::nullopt;
}

/// The configuration's word; else EC2's device 0 on card 0; else the lowest number.
std::string primary_of(const Config& config, const Interfaces& interfaces) {
    if (config.primary) return *config.primary;
    for (const Interface& interface : interfaces)
        if (interface.eni != nullptr && interface.eni->network_card == 0 &&
            interface.eni->device_number == 0)
            return interface.name();
    return "";
}

}  // namespace

std::optional<Prefix> Interface::subnet_in_ec2(const IpAddress& address) const {
    if (eni == nullptr) return std::nullopt;
    for (const Prefix& subnet : eni->subnets)
        if (subnet.contains(address)) return subnet;
    return std::nullopt;
}

std::vector<Prefix> Interface::subnets_in_ec2(Family family) const {
    std::vector<Prefix> subnets;
    if (eni != nullptr)
        for (const Prefix& subnet : eni->subnets)
            if (subnet.family() == family) subnets.push_back(subnet);
    return subnets;
}

ManagedInterfaces managed_interfaces(const Facts& facts, const Config& config) {
    ManagedInterfaces managed;
    Interfaces& interfaces = managed.interfaces;
    const TableEntries entries(facts.disk);
    for (const Link& link : facts.kernel.links) {
        if (!can_be_an_eni(link) || !is_included(config, link.ifname) ||
            is_switched_off(facts, config, link.ifname))
            continue;
        if (const auto why = reason_against(facts, entries, link.ifname)) {
            managed.left_alone.push_back({link.ifname, *why});
            continue;
        }
        interfaces.emplace_back();
        interfaces.back().link = &link;
        const auto known = facts.enis.find(link.mac);
        if (known != facts.enis.end()) interfaces.back().eni = &known->second;
    }
    const std::string primary = primary_of(config, interfaces);
    std::sort(interfaces.begin(), interfaces.end(), [&](const Interface& a, const Interface& b) {
        const bool a_first = a.name() == primary, b_first = b.name() == primary;
        return a_first != b_first ? a_first : lower_name(a.name(), b.name());
    });
    give_tables(facts, entries, config, interfaces);
    for (const Interface& interface : interfaces)
        if (interface.table.id != TableId{0}) managed.tables.insert(interface.table.id);
    give_slots(facts, config, interfaces);
    const auto first =
        std::stable_partition(interfaces.begin(), interfaces.end(),
                              [](const Interface& interface) { return interface.has_place; });
    for (auto left = first; left != interfaces.end(); ++left)
        managed.left_alone.push_back({left->name(), LeftAlone::Why::no_place});
    interfaces.erase(first, interfaces.end());
    return managed;
}

bool is_made_of_others(const Link& link) {
    static const std::set<std::string> kKinds = {"bridge",  "bond",    "team",  "vlan",
                                                 "macvlan", "macvtap", "ipvlan"};
    return kKinds.count(link.kind) != 0;
}

bool is_included(const Config& config, const std::string& ifname) {
    return matches_any(config.include, ifname) && !matches_any(config.exclude, ifname);
}

bool is_cni_rule(const Rule& rule) {
    constexpr std::uint32_t kCniMark = 0x80;
    return number(rule.priority) == 1024 && rule.fwmark == kCniMark && rule.fwmask == kCniMark &&
           rule.table == kTableMain;
}

bool is_cni_at_work(const KernelSnapshot& kernel) {
    return std::any_of(kernel.rules.begin(), kernel.rules.end(), is_cni_rule);
}

bool is_switched_off(const Facts& facts, const Config& config) {
    return !config.enabled || facts.disk.disabled.count("*") != 0;
}

bool is_switched_off(const Facts& facts, const Config& config, const std::string& ifname) {
    return !config.of(ifname).enabled || facts.disk.disabled.count(ifname) != 0;
}

std::optional<std::uint32_t> trailing_number(const std::string& name) {
    const std::size_t start = name.find_last_not_of("0123456789") + 1;
    const std::string digits = name.substr(start);
    if (digits.empty() || digits.size() > 4) return std::nullopt;
    return static_cast<std::uint32_t>(std::stoul(digits));
}

}  // namespace eni
