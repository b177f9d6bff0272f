// Hosts that no one recorded, built of the input's bytes: links, addresses, routes, rules and what
// is remembered, close enough to each other to matter. Must not read the clock or chance.
#include <algorithm>

#include "metadata.hpp"
#include "policy.hpp"

namespace eni {
namespace {

/// Each byte is a choice; behind the last one all are 0.
class Choices {
  public:
    Choices(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

    bool any_left() const { return at_ != end_; }
    std::uint8_t byte() { return at_ == end_ ? std::uint8_t{0} : *at_++; }
    std::uint32_t below(std::uint32_t end) { return byte() % end; }
    bool flag() { return (byte() & 1) != 0; }
    template <class T>
    T one_of(std::initializer_list<T> all) {
        return all.begin()[below(static_cast<std::uint32_t>(all.size()))];
    }

  private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

std::string ifname_from(Choices& choices) {
    return choices.one_of({"eth0", "eth1", "eth2", "eth10", "lo", "ens5", "br0", "gone"});
}

IpAddress address_from(Choices& choices, Family family) {
    const char* text =
        family == Family::v4
            ? choices.one_of({"10.0.0.29", "10.0.2.37", "10.0.2.1", "10.0.0.1", "10.0.2.255",
                              "10.0.3.5", "127.0.0.1", "169.254.169.254", "0.0.0.0", "198.51.100.7",
                              "224.0.0.1", "10.0.2.38"})
            : choices.one_of({"2001:db8::29", "2001:db8:2::37", "2001:db8:2::1", "fe80::1", "::1",
                              "::", "2001:db8:9::7", "ff02::1"});
    return *IpAddress::parse(text);
}

Family family_from(Choices& choices) {
    return choices.flag() ? Family::v6 : Family::v4;
}

Prefix prefix_from(Choices& choices, Family family) {
    const IpAddress address = address_from(choices, family);
    const std::uint8_t length = family == Family::v4
                                    ? choices.one_of<std::uint8_t>({24, 32, 0, 16, 31, 8, 1})
                                    : choices.one_of<std::uint8_t>({64, 128, 0, 48, 127, 1});
    return {address, length};
}

TableId table_from(Choices& choices) {
    return TableId{choices.one_of<std::uint32_t>(
        {254, 10001, 10000, 10002, 255, 253, 300, 1001, 0, 10900, 4294967295U, 100})};
}

Link link_from(Choices& choices, int ifindex) {
    Link link;
    link.ifname = ifname_from(choices);
    link.ifindex = ifindex;
    link.mac = choices.one_of({"02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", ""});
    const std::uint8_t flags = choices.byte();
    link.kind = (flags & 1) != 0 ? choices.one_of({"veth", "bridge", "vlan", "bond"}) : "";
    link.is_port = (flags & 2) != 0;
    link.is_up = (flags & 4) == 0;
    link.has_carrier = (flags & 8) == 0;
    link.forwarding4 = (flags & 16) != 0;
    link.group = (flags & 32) != 0 ? 10000 : 0;
    link.rp_filter = (flags & 64) != 0 ? 1 : 0;
    link.ethernet = (flags & 128) == 0;
    return link;
}

Route route_from(Choices& choices) {
    Route route;
    const Family family = family_from(choices);
    route.dst = prefix_from(choices, family);
    route.table = table_from(choices);
    route.metric = choices.one_of<std::uint32_t>({0, 100, 101, 1024, 10001, 4294967295U});
    route.protocol = choices.one_of<std::uint8_t>({2, 206, 16, 4, 0, 9});
    if (family == Family::v4)
        route.scope = choices.one_of({Scope::global, Scope::link, Scope::host});
    const std::uint8_t shape = choices.byte();
    route.type = static_cast<RouteType>(shape % 16 < 9 ? shape % 16 : 0);
    route.is_exotic = (shape & 16) != 0;
    if ((shape & 32) != 0) route.prefsrc = address_from(choices, family);
    if ((shape & 64) != 0) route.tos = choices.byte();
    if ((shape & 128) != 0) route.metrics.values[2] = choices.byte();
    if (refuses(route.type) || route.type == RouteType::throw_) return route;
    const std::uint32_t hops = choices.one_of({1U, 1U, 1U, 2U, 3U, 0U});
    for (std::uint32_t i = 0; i < hops; ++i) {
        NextHop hop;
        hop.ifname = ifname_from(choices);
        const std::uint8_t way = choices.byte();
        if ((way & 1) != 0)
            hop.gateway = address_from(choices, (way & 2) != 0 ? Family::v6 : family);
        hop.onlink = (way & 4) != 0;
        if (hops > 1) hop.weight = static_cast<std::uint8_t>(1 + (way >> 3));
        route.hops.push_back(hop);
    }
    if (route.hops.empty()) route.is_exotic = true;  // as read_messages has it
    return route;
}

Rule rule_from(Choices& choices) {
    Rule rule;
    rule.family = family_from(choices);
    rule.priority =
        Priority{choices.one_of<std::uint32_t>({32766, 0, 20101, 20000, 100, 19999, 25101, 29101,
                                                32767, 20100, 1000, 30000, 4294967295U})};
    rule.action = static_cast<RuleAction>(choices.one_of({0U, 0U, 0U, 1U, 2U, 3U, 4U, 5U}));
    rule.table = rule.action == RuleAction::lookup ? table_from(choices) : TableId{0};
    if (rule.action == RuleAction::go_to)  // also backwards, which no kernel takes
        rule.target =
            Priority{choices.one_of<std::uint32_t>({20000, 0, 32766, 100, 30000, 4294967295U})};
    const std::uint8_t selectors = choices.byte();
    if ((selectors & 1) != 0) rule.from = prefix_from(choices, rule.family);
    if ((selectors & 2) != 0) rule.to = prefix_from(choices, rule.family);
    if ((selectors & 4) != 0) rule.iif = ifname_from(choices);
    if ((selectors & 8) != 0) rule.oif = ifname_from(choices);
    if ((selectors & 16) != 0) rule.fwmark = choices.byte(), rule.fwmask = choices.byte();
    if ((selectors & 32) != 0) rule.suppress_prefixlength = choices.below(33);
    if ((selectors & 64) != 0) rule.suppress_ifgroup = choices.one_of({10000U, 0U});
    if ((selectors & 128) == 0) return rule;
    const std::uint8_t more = choices.byte();
    rule.is_inverted = (more & 1) != 0;
    rule.is_exotic = (more & 2) != 0;
    if ((more & 4) != 0) rule.tos = choices.byte();
    if ((more & 8) != 0) rule.ip_protocol = choices.byte();
    if ((more & 16) != 0) rule.dport = NumberRange{choices.byte(), 300};
    if ((more & 32) != 0) rule.users = NumberRange{0, choices.byte()};
    return rule;
}

Address owned_address_from(Choices& choices) {
    Address address;
    address.ifname = ifname_from(choices);
    const Family family = family_from(choices);
    address.address = address_from(choices, family);
    address.prefix_length = prefix_from(choices, family).length();
    const std::uint8_t flags = choices.byte();
    address.is_global = (flags & 1) == 0;
    address.is_duplicate = (flags & 2) != 0;
    if ((flags & 4) != 0) address.protocol = 206;
    return address;
}

void remember(Choices& choices, RunState& run) {
    InterfaceState& state = run.interfaces[ifname_from(choices)];
    state.mac = choices.one_of({"02:00:00:00:00:01", "02:00:00:00:00:02", ""});
    if (choices.flag()) state.slot = choices.one_of({0U, 1U, 2U, 899U, 900U, 4294967295U});
    if (choices.flag()) state.lease_router = address_from(choices, Family::v4);
    if (choices.flag()) state.added = {address_from(choices, family_from(choices))};
    if (choices.flag()) run.tables_given.insert(TableId{choices.one_of({10001U, 10000U, 10002U})});
    if (choices.flag()) run.tables_named.insert(TableId{choices.one_of({500U, 301U, 300U})});
    if (choices.flag()) run.priority_bases.insert(choices.one_of({20000U, 1U, 22766U, 19000U}));
    if (choices.flag()) run.link_groups.insert(choices.one_of({10000U, 1U}));
    if (choices.flag()) run.has_suppress = choices.flag();
}

/// The first address of a subnet is EC2's router, and assigned to no interface.
bool is_a_gateway(const IpAddress& address) {
    return address == Prefix(address, 24).address().next();
}

Eni eni_from(Choices& choices) {
    Eni eni;
    eni.device_number = choices.below(4);
    eni.network_card = choices.below(2);
    eni.subnets = {*Prefix::parse("10.0.0.0/22"), *Prefix::parse("2001:db8::/46")};
    eni.vpc_blocks = {*Prefix::parse("10.0.0.0/16")};
    while (choices.flag()) {
        const IpAddress address = address_from(choices, family_from(choices));
        if (!is_a_gateway(address)) eni.addresses.push_back(address);
    }
    return eni;
}

void add_eni(Choices& choices, Enis& enis) {
    const char* mac = choices.one_of({"02:00:00:00:00:01", "02:00:00:00:00:02"});
    const Eni eni = eni_from(choices);
    if (!contradiction_in(eni)) enis[mac] = eni;
}

Config config_from(Choices& choices) {
    Config config;
    const std::uint8_t flags = choices.byte();
    if ((flags & 1) != 0) config.suppress = Suppress::off;
    if ((flags & 2) != 0) config.match = Match::address;
    if ((flags & 4) != 0) config.match = Match::subnet;
    if ((flags & 8) != 0) config.files = Files::all;
    if ((flags & 16) != 0) config.addresses = Addresses::imds;
    if ((flags & 32) != 0) config.include = {"*"};
    if ((flags & 64) != 0) config.primary = ifname_from(choices);
    if ((flags & 128) == 0) return config;
    config.priority_base = choices.one_of({20000U, 1U, 22766U, 19900U});
    config.table_base = choices.one_of({10000U, 256U, 4000000000U, 9999U});
    InterfaceConfig& interface = config.interfaces[ifname_from(choices)];
    interface.enabled = !choices.flag();
    if (choices.flag()) interface.gateway = address_from(choices, Family::v4);
    if (choices.flag()) interface.table = TableId{choices.one_of({300U, 10001U, 1U, 252U})};
    if (choices.flag()) interface.sources = {*Prefix::parse("10.99.0.0/24")};
    return config;
}

/// Ours as eni-routes writes them; those of others with any name and number.
void add_name(Choices& choices, DiskFacts& disk) {
    const bool is_ours = choices.flag();
    const TableName entry = {
        is_ours ? TableId{10000 + choices.below(4)} : table_from(choices),
        is_ours ? choices.one_of({"eth0", "eth1", "eth2", "ens5"})
                : choices.one_of({"eth1", "eth0", "main", "eni-others", "10001", "mine"}),
        is_ours};
    for (const TableName& other : disk.table_names)
        if (other.id == entry.id || other.name == entry.name) return;
    disk.table_names.push_back(entry);
    if (!is_ours) return;
    std::string& bytes = disk.files[disk.rt_tables_path];
    bytes += std::to_string(number(entry.id)) + "\t" + entry.name + "\n";
}

/// One of each link and of each address: the kernel has no two.
void keep_one_of_each(KernelSnapshot& kernel) {
    std::set<std::string> names;
    auto& links = kernel.links;
    links.erase(std::remove_if(links.begin(), links.end(),
                               [&](const Link& link) { return !names.insert(link.ifname).second; }),
                links.end());
    std::set<std::pair<std::string, IpAddress>> owned;
    auto& addresses = kernel.addresses;
    addresses.erase(
        std::remove_if(addresses.begin(), addresses.end(),
                       [&](const Address& address) {
                           return !owned.insert({address.ifname, address.address}).second;
                       }),
        addresses.end());
    std::set<Route, ByIdentity> identities;
    auto& routes = kernel.routes;
    routes.erase(
        std::remove_if(routes.begin(), routes.end(),
                       [&](const Route& route) { return !identities.insert(route).second; }),
        routes.end());
}

Facts facts_from(Choices& choices) {
    Facts facts;
    KernelSnapshot& kernel = facts.kernel;
    kernel.has_suppress = !choices.flag();
    facts.disk.rt_tables_path = "/etc/iproute2/rt_tables.d/eni-routes.conf";
    facts.disk.has_network_scripts = choices.flag();
    while (choices.any_left() && kernel.rules.size() < 64 && kernel.routes.size() < 64) {
        switch (choices.below(9)) {
            case 0:
                kernel.links.push_back(
                    link_from(choices, static_cast<int>(kernel.links.size()) + 1));
                break;
            case 1:
                kernel.addresses.push_back(owned_address_from(choices));
                break;
            case 2:
                kernel.routes.push_back(route_from(choices));
                break;
            case 3:
                kernel.rules.push_back(rule_from(choices));
                break;
            case 4:
                remember(choices, facts.run);
                break;
            case 5:
                facts.leases.push_back({ifname_from(choices), {address_from(choices, Family::v4)}});
                break;
            case 6:
                add_name(choices, facts.disk);
                break;
            case 7:
                add_eni(choices, facts.enis);
                break;
            default:
                kernel.routers.push_back({ifname_from(choices), address_from(choices, Family::v6)});
        }
    }
    keep_one_of_each(kernel);
    return facts;
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    eni::Choices choices(data, size);
    const std::uint32_t what = choices.below(4);  // all of them take four times as long
    const eni::Config config = eni::config_from(choices);
    const eni::Facts facts = eni::facts_from(choices);
    if (what < 2) {
        const eni::Absent absent = what == 0 ? eni::Absent::keep : eni::Absent::forget;
        eni::require_runs(facts, config, absent);
        eni::require_a_second_run_idle(facts, config, absent);
    }
    if (what == 2) eni::require_walks(facts);
    if (what == 3) eni::show(facts, config);
    return 0;
}
