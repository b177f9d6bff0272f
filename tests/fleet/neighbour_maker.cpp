// What has routes, rules and tables on a made host beside eni-routes: each function is one program
// or one habit, with the numbers that it really uses. Must not leave out what is a nuisance.
#include <algorithm>

#include "host_maker.hpp"

namespace eni {

namespace {

/// The interfaces that have an address of the family.
const TrueInterface* some_interface(HostMaker& m) {
    std::vector<const TrueInterface*> all;
    for (const TrueInterface& each : m.host.interfaces)
        if (!each.addresses.empty()) all.push_back(&each);
    return all[m.dice.below(static_cast<std::uint32_t>(all.size()))];
}

void make_bridge(HostMaker& m, const std::string& bridge, const std::string& network,
                 const std::string& port) {
    Link& link = m.link(bridge, "bridge");
    link.forwarding4 = true;
    const Prefix prefix = net_of(network);
    m.address(bridge, plus(prefix.address(), 1), prefix.length());
    m.link(port, "veth").is_port = true;
    m.host.peers.push_back(plus(prefix.address(), 2));
    m.host.guests.push_back({bridge, plus(prefix.address(), 2), ""});
}

void make_docker(HostMaker& m) {
    m.is("docker");
    make_bridge(m, "docker0", "172.17.0.0/16", "veth1a2b3c4");
    if (m.percent(30)) make_bridge(m, "br-0af1", "172.18.0.0/16", "veth5d6e7f8");
}

/// Half of everything each, so that DHCP's default stays.
void make_openvpn(HostMaker& m) {
    m.is("openvpn");
    m.link("tun0", "tun").ethernet = false;
    m.address("tun0", ip_of("10.8.0.6"), 24);
    m.host.peers.push_back(ip_of("10.8.0.9"));
    const std::uint32_t what = m.dice.below(4);
    if (what == 0) return;  // its own network alone
    if (what == 3) {        // private networks, around the VPC
        m.is("private networks by a VPN");
        for (const char* network : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"})
            m.via(net_of(network), ip_of("10.8.0.1"), "tun0");
        m.host.peers.push_back(ip_of("10.222.3.4"));
        return;
    }
    const auto parts = what == 1 ? std::vector<std::string>{"0.0.0.0/1", "128.0.0.0/1"}
                                 : std::vector<std::string>{"0.0.0.0/2", "64.0.0.0/2",
                                                            "128.0.0.0/2", "192.0.0.0/2"};
    m.is(what == 1 ? "halves" : "quarters");
    for (const std::string& part : parts) m.via(net_of(part), ip_of("10.8.0.1"), "tun0");
}

void make_wg_quick(HostMaker& m) {
    m.is("wg-quick");
    m.link("wg0", "wireguard").ethernet = false;
    m.address("wg0", ip_of("10.66.0.2"), 32);
    for (const Family family : kFamilies) {
        m.route(Prefix::any(family), "wg0", 0, TableId{51820});
        Rule& unmarked = m.rule(family, 32765, 51820);
        unmarked.is_inverted = true;
        unmarked.fwmark = 0xca6c;
        unmarked.fwmask = 0xffffffff;
        m.rule(family, 32764, number(kTableMain)).suppress_prefixlength = 0;
    }
}

void make_tailscale(HostMaker& m) {
    m.is("tailscale");
    m.link("tailscale0", "tun").ethernet = false;
    m.address("tailscale0", ip_of("100.101.102.1"), 32);
    m.route(net_of("100.101.102.3/32"), "tailscale0", 0, TableId{52});
    m.route(net_of("100.100.100.100/32"), "tailscale0", 0, TableId{52});
    if (m.percent(20)) {
        m.is("exit node");
        m.route(Prefix::any(Family::v4), "tailscale0", 0, TableId{52});
        m.route(net_of("127.0.0.0/8"), "", 0, TableId{52}).type = RouteType::throw_;
        m.kernel().routes.back().hops.clear();
    }
    for (const Family family : kFamilies) {
        for (const auto& [priority, table] :
             {std::pair(5210U, 254U), std::pair(5230U, 253U), std::pair(5250U, 0U)}) {
            Rule& rule = m.rule(family, priority, table);
            rule.fwmark = 0x80000;
            rule.fwmask = 0xff0000;
            if (table == 0) rule.action = RuleAction::unreachable;
        }
        m.rule(family, 5270, 52);
    }
}

bool is_assigned(HostMaker& m, const IpAddress& address) {
    for (const Address& own : m.kernel().addresses)
        if (own.address == address) return true;
    for (const auto& [mac, eni] : m.host.pristine.enis)
        for (const IpAddress& assigned : eni.addresses)
            if (assigned == address) return true;
    return false;
}

/// Secondary interfaces are for pods, each with a table of its own.
void make_amazon_cni(HostMaker& m) {
    m.is("amazon-vpc-cni");
    Rule& marked = m.rule(Family::v4, 1024, number(kTableMain));
    marked.fwmark = marked.fwmask = 0x80;
    auto& interfaces = m.host.interfaces;
    const std::size_t from = m.percent(50) ? 1 : std::min<std::size_t>(2, interfaces.size());
    for (std::size_t i = from; i < interfaces.size(); ++i) {
        if (!interfaces[i].router4) continue;
        const TableId table{static_cast<std::uint32_t>(i + 1)};
        m.via(Prefix::any(Family::v4), *interfaces[i].router4, interfaces[i].ifname, 0, table);
        m.route(Prefix::host(*interfaces[i].router4), interfaces[i].ifname, 0, table);
        interfaces[i].is_managed = false;
    }
    const TrueInterface& host = interfaces.front();
    for (std::uint32_t pod = 0; pod < 3 && host.router4; ++pod) {
        const IpAddress address = plus(*host.router4, 40 + pod);
        if (is_assigned(m, address)) continue;
        const std::string veth = "eni" + std::to_string(pod) + "a0b1c2d3e4";
        m.link(veth, "veth");
        m.route(Prefix::host(address), veth);
        m.rule(Family::v4, 512, number(kTableMain)).to = Prefix::host(address);
        if (interfaces.size() > from && interfaces[from].router4)
            m.rule(Family::v4, 1536, static_cast<std::uint32_t>(from + 1)).from =
                Prefix::host(address);
    }
}

/// Cilium moves the local table's rule; Calico refuses what of its block is no pod's.
void make_kubernetes(HostMaker& m) {
    if (m.percent(50)) {
        m.is("cilium");
        m.link("cilium_host", "veth");
        m.address("cilium_host", ip_of("10.244.0.1"), 32);
        Rule& marked = m.rule(Family::v4, 9, 2004);
        marked.fwmark = 0x200;
        marked.fwmask = 0xf00;
        Route& local = m.route(Prefix::any(Family::v4), "lo", 0, TableId{2004});
        local.type = RouteType::local;
        m.kernel().rules.front().priority = Priority{100};
        m.route(net_of("10.244.0.0/24"), "cilium_host");
        m.host.peers.push_back(ip_of("10.244.0.44"));
        return;
    }
    m.is("calico");
    m.link("tunl0", "ipip").ethernet = false;
    m.link("cali0123456789a", "veth");
    Route& refused = m.route(net_of("10.233.64.0/26"), "");
    refused.type = RouteType::blackhole;
    refused.hops.clear();
    refused.scope = Scope::global;
    m.route(net_of("10.233.64.3/32"), "cali0123456789a");
    m.route(net_of("10.233.65.0/26"), "tunl0").protocol = 80;
    m.host.peers.push_back(ip_of("10.233.64.3"));
    m.host.peers.push_back(ip_of("10.233.65.9"));
}

void make_strongswan(HostMaker& m) {
    m.is("strongswan");
    const TrueInterface& by = m.host.interfaces.front();
    m.rule(Family::v4, 220, 220);
    if (by.router4) m.via(net_of("10.200.0.0/16"), *by.router4, by.ifname, 0, TableId{220});
    m.name_table(220, "ipsec");
}

void make_vrf(HostMaker& m) {
    m.is("vrf");
    m.link("vrf-blue", "vrf");
    m.link("dummy7", "dummy").is_port = true;
    for (const Family family : kFamilies) m.rule(family, 1000, 0).is_exotic = true;
    m.route(net_of("10.50.0.0/24"), "dummy7", 0, TableId{10});
    Route& none = m.route(Prefix::any(Family::v4), "", 4278198272U, TableId{10});
    none.type = RouteType::unreachable;
    none.hops.clear();
}

/// Where rt_tables has the interface's name.
std::optional<std::uint32_t> named_table(HostMaker& m, const std::string& ifname) {
    for (const TableName& each : m.disk().table_names)
        if (each.name == ifname) return number(each.id);
    return std::nullopt;
}

/// The recipe of countless how-tos: a table for each address, or for each interface.
void make_recipe(HostMaker& m) {
    m.is("recipe by hand");
    const bool is_first = m.percent(30);
    std::uint32_t table = m.percent(50) ? 201 : 1001;
    for (const TrueInterface& each : m.host.interfaces) {
        if (!each.router4 || each.addresses.empty() || !each.is_managed) continue;
        if (&each == &m.host.interfaces.front() && m.percent(50)) continue;
        const std::uint32_t own = named_table(m, each.ifname).value_or(table++);
        m.via(Prefix::any(Family::v4), *each.router4, each.ifname, 0, TableId{own});
        const IpAddress& address = each.addresses.front();
        m.rule(Family::v4, is_first ? 100 : 32765, own).from = Prefix::host(address);
        if (m.percent(30)) m.name_table(own, "rt_" + each.ifname);
    }
}

/// nm-cloud-setup: a table and a rule for each address.
void make_nm_cloud_setup(HostMaker& m) {
    m.is("nm-cloud-setup");
    std::uint32_t number = 30400;
    for (const TrueInterface& each : m.host.interfaces) {
        if (!each.router4 || !each.is_managed) continue;
        for (const IpAddress& address : each.addresses)
            if (address.family() == Family::v4)
                m.rule(Family::v4, number, number).from = Prefix::host(address);
        m.via(Prefix::any(Family::v4), *each.router4, each.ifname, 10, TableId{number});
        ++number;
    }
}

/// By users, ports, marks and destinations, before ours and behind.
void make_rules_for_certain_packets(HostMaker& m) {
    m.is("rules for certain packets");
    const TrueInterface& by = *some_interface(m);
    if (by.router4) m.via(Prefix::any(Family::v4), *by.router4, by.ifname, 0, TableId{300});
    m.name_table(300, "special");
    const std::uint32_t priority = m.dice.one_of<std::uint32_t>({90, 15000, 25000, 31000, 32000});
    m.rule(Family::v4, priority, 300).users = NumberRange{1001, 1005};
    Rule& port = m.rule(Family::v4, priority + 1, 300);
    port.dport = NumberRange{25, 25};
    port.ip_protocol = 6;
    Rule& marked = m.rule(Family::v4, priority + 2, 300);
    marked.fwmark = 0x1000;
    marked.fwmask = 0xff000;
    m.rule(Family::v4, priority + 3, 300).to = net_of("203.0.115.0/24");
    m.rule(Family::v4, priority + 4, 300).from = net_of("172.29.0.0/24");
}

void make_main_routes(HostMaker& m) {
    m.is("static routes");
    const TrueInterface& by = *some_interface(m);
    if (by.router4) {
        const IpAddress other = plus(*by.router4, 1);
        m.via(net_of("10.180.0.0/16"), other, by.ifname, 50);
        m.host.peers.push_back(ip_of("10.180.3.4"));
        m.via(net_of("169.254.169.254/32"), *by.router4, by.ifname, 20).protocol = 16;
    }
    Route& none = m.route(net_of("198.18.0.0/15"), "", 0);
    none.type = m.dice.one_of<RouteType>({RouteType::blackhole, RouteType::unreachable});
    none.hops.clear();
    none.scope = Scope::global;
}

void make_tunnels(HostMaker& m) {
    m.is("tunnels");
    m.link("gre1", "gre").ethernet = false;
    m.address("gre1", ip_of("10.99.1.1"), 30);
    m.link("vxlan42", "vxlan");
    m.address("vxlan42", ip_of("10.42.0.1"), 24);
    m.route(net_of("10.43.0.0/16"), "gre1");
    for (const char* peer : {"10.99.1.2", "10.42.0.7", "10.43.9.9"})
        m.host.peers.push_back(ip_of(peer));
}

void make_other_links(HostMaker& m) {
    m.is("other links");
    const std::string parent = m.host.interfaces.front().ifname;
    m.link(parent + ".100", "vlan");
    m.link("bond0", "bond");
    m.link("macvtap0", "macvtap");
    Link& dummy = m.link("dummy0", "dummy");
    dummy.group = m.percent(30) ? 7 : 0;
    m.address("dummy0", ip_of("10.255.255.1"), 32);
    m.address("lo", ip_of("10.255.0.1"), 32);
}

/// Kept alive, or moved by an HA script: of no subnet's length, and not EC2's.
void make_virtual_address(HostMaker& m) {
    m.is("virtual address");
    TrueInterface& on =
        m.host.interfaces[m.dice.below(static_cast<std::uint32_t>(m.host.interfaces.size()))];
    if (on.addresses.empty()) return;
    m.address(on.ifname, ip_of("10.123.4.5"), 32);
    on.addresses.push_back(ip_of("10.123.4.5"));
}

/// A guest that has an address of a prefix that EC2 has delegated to an interface.
void make_guests(HostMaker& m) {
    for (const TrueInterface& each : m.host.interfaces) {
        const Link* link = nullptr;
        for (const Link& found : m.kernel().links)
            if (found.ifname == each.ifname) link = &found;
        const auto eni = m.host.pristine.enis.find(link->mac);
        if (eni == m.host.pristine.enis.end() || each.addresses.empty() || !each.is_managed)
            continue;
        for (const Prefix& delegated : eni->second.delegated)
            if (delegated.family() == Family::v4) {
                const std::string bridge = "cni" + each.ifname.substr(each.ifname.size() - 1);
                m.is("guests of a delegated prefix");
                m.link(bridge, "bridge").forwarding4 = true;
                m.route(delegated, bridge);
                m.host.guests.push_back({bridge, plus(delegated.address(), 3), each.ifname});
                return;
            }
    }
}

}  // namespace

void make_neighbours(HostMaker& m) {
    const bool has_suppress = m.kernel().has_suppress;
    if (m.percent(25)) make_docker(m);
    if (m.percent(8)) make_openvpn(m);
    if (m.percent(6) && has_suppress) make_wg_quick(m);
    if (m.percent(8)) make_tailscale(m);
    if (m.percent(8))
        make_amazon_cni(m);
    else if (m.percent(8))
        make_kubernetes(m);
    if (m.percent(5)) make_strongswan(m);
    if (m.percent(4)) make_vrf(m);
    // Main with such a VPN and a recipe contradict each other, without eni-routes as well.
    const bool is_open_to_recipes = !m.host.has("private networks by a VPN");
    if (m.percent(12) && is_open_to_recipes)
        make_recipe(m);
    else if (m.percent(5) && is_open_to_recipes)
        make_nm_cloud_setup(m);
    if (m.percent(10)) make_rules_for_certain_packets(m);
    if (m.percent(15)) make_main_routes(m);
    if (m.percent(8)) make_tunnels(m);
    if (m.percent(15)) make_other_links(m);
    if (m.percent(5)) make_virtual_address(m);
    if (m.percent(40)) make_guests(m);
}

}  // namespace eni
