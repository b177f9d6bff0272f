// The network interfaces of a made host: links, addresses and routes as NetworkManager and DHCP
// leave them, and what EC2, leases, rt_tables and profiles say. Must not know other programs.
#include <algorithm>

#include "host_maker.hpp"

namespace eni {

namespace {

struct Subnet {
    Prefix v4;
    std::optional<Prefix> v6;
    IpAddress router6;
    std::uint32_t size = 256;
    std::uint32_t next = 4;       // EC2 keeps the first four
    std::uint32_t delegated = 0;  // blocks of 16, from its end

    IpAddress router4() const { return plus(v4.address(), 1); }
    /// An address that no interface here has: behind all of them.
    IpAddress neighbour() const { return plus(v4.address(), size - 3); }
    bool has_room() const { return next + 4 < size - (size > 64 ? 32 + 16 * delegated : 0); }
};

class InterfaceMaker {
  public:
    explicit InterfaceMaker(HostMaker& maker) : m_(maker), dice_(maker.dice) {}

    void make() {
        make_loopback();
        make_system();
        make_subnets();
        for (std::uint32_t i = 0; i < count_; ++i) make_interface(i);
        make_peers();
    }

  private:
    void make_loopback();
    void make_system();
    void make_subnets();
    void make_interface(std::uint32_t i);
    void make_addresses(Link& link, Subnet& subnet, TrueInterface& truth, Eni& eni);
    void make_defaults(const Link& link, const Subnet& subnet, TrueInterface& truth,
                       std::uint32_t i);
    void make_ipv6(const Link& link, const Subnet& subnet, TrueInterface& truth, Eni& eni,
                   std::uint32_t i);
    void describe(const Link& link, const Subnet& subnet, Eni eni, std::uint32_t i);
    void make_profile(const Link& link, std::uint32_t i);
    void make_peers();

    std::string name(std::uint32_t i) const { return prefix_ + std::to_string(first_ + i); }
    std::uint32_t metric(std::uint32_t i) const {
        return base_metric_ + (is_reversed_ ? count_ - i : i);
    }

    HostMaker& m_;
    Dice& dice_;
    std::string prefix_ = "eth";
    std::uint32_t first_ = 0, count_ = 2, base_metric_ = 100;
    bool is_reversed_ = false, has_ec2_ = true, has_ipv6_ = false, has_ifcfg_ = false;
    Prefix vpc_;
    std::vector<Subnet> subnets_;
    std::uint32_t public_addresses_ = 0;
};

void InterfaceMaker::make_loopback() {
    Link& lo = m_.link("lo", "");
    lo.ifindex = 1;
    lo.mac = "";
    lo.ethernet = false;
    m_.address("lo", ip_of("127.0.0.1"), 8);
    if (m_.percent(80)) {  // Linux 5.18: who made an address
        m_.kernel().addresses.back().protocol = 1;
        m_.is("address protocols");
    }
}

/// The age of its kernel, how it calls interfaces, where rt_tables and profiles are.
void InterfaceMaker::make_system() {
    const std::uint32_t size = dice_.below(100);
    count_ = size < 5    ? 1
             : size < 50 ? 2
             : size < 70 ? 3
             : size < 82 ? 4
             : size < 96 ? 5 + dice_.below(4)
                         : 9 + dice_.below(7);
    const std::uint32_t scheme = dice_.below(10);
    if (scheme > 4) prefix_ = scheme < 8 ? "ens" : scheme == 8 ? "enp0s" : "enX";
    first_ = prefix_ == "ens" ? 5 : prefix_ == "enp0s" ? 3 : 0;
    m_.kernel().has_suppress = !m_.percent(15);
    if (!m_.kernel().has_suppress) m_.is("basic kernel");
    m_.kernel().rp_filter_all = static_cast<int>(dice_.below(3));
    base_metric_ = m_.percent(80) ? 100 : 512;
    is_reversed_ = m_.percent(6);
    has_ec2_ = m_.percent(75);
    has_ipv6_ = m_.percent(40);
    has_ifcfg_ = m_.percent(50);
    DiskFacts& disk = m_.disk();
    disk.rt_tables_is_shared = m_.percent(40);
    disk.rt_tables_path = disk.rt_tables_is_shared ? "/etc/iproute2/rt_tables"
                                                   : "/etc/iproute2/rt_tables.d/eni-routes.conf";
    disk.has_network_scripts = has_ifcfg_ || m_.percent(30);
    if (disk.rt_tables_is_shared) disk.files[disk.rt_tables_path] = "#\n# reserved values\n#\n";
    m_.name_table(255, "local");
    m_.name_table(254, "main");
    m_.name_table(253, "default");
    m_.name_table(0, "unspec");
    if (m_.percent(6)) m_.name_table(200, name(1)), m_.is("name of the interface in rt_tables");
    if (m_.percent(4)) m_.name_table(10001, "mine"), m_.is("our number in rt_tables");
    if (m_.percent(3)) m_.name_table(10000, name(1)), m_.is("another's number in rt_tables");
    if (m_.percent(2)) m_.name_table(300, "eni-others"), m_.is("eni-others in rt_tables");
    if (m_.percent(3)) m_.name_table(100, "isp1");
}

void InterfaceMaker::make_subnets() {
    vpc_ = dice_.one_of<Prefix>({net_of("10.0.0.0/16"), net_of("172.31.0.0/16"),
                                 net_of("10.77.0.0/16"), net_of("192.168.0.0/16")});
    const std::uint32_t layout = dice_.below(10);  // below 4 each its own, below 7 one for all
    const std::uint32_t count = layout < 4 ? count_ : layout < 7 ? 1 : 1 + count_ / 2;
    const std::uint8_t length = count_ > 3 ? dice_.one_of<std::uint8_t>({20, 24})
                                           : dice_.one_of<std::uint8_t>({20, 24, 24, 26});
    const std::string block6 = "2600:1f18:4:" + std::to_string(10 + dice_.below(80));
    for (std::uint32_t i = 0; i < count; ++i) {
        Subnet subnet;
        subnet.size = 1U << (32 - length);
        subnet.v4 = {plus(vpc_.address(), i * subnet.size), length};
        const std::string number = std::to_string(10 + i);
        if (has_ipv6_ && m_.percent(85)) subnet.v6 = net_of(block6 + number + "::/64");
        subnet.router6 = ip_of("fe80::" + number);
        subnets_.push_back(subnet);
    }
    m_.is(count == count_ ? "own subnets" : count == 1 ? "one subnet" : "shared subnets");
}

void InterfaceMaker::make_addresses(Link& link, Subnet& subnet, TrueInterface& truth, Eni& eni) {
    const std::uint32_t some = dice_.below(20);
    const std::uint32_t secondary = some < 13   ? 0
                                    : some < 19 ? 1 + dice_.below(3)
                                                : 8 + dice_.below(20);
    for (std::uint32_t i = 0; i <= secondary && subnet.has_room(); ++i) {
        const IpAddress address = plus(subnet.v4.address(), subnet.next++);
        eni.addresses.push_back(address);
        if (m_.percent(i == 0 ? 60 : 30))
            eni.associations.push_back(
                {address, plus(ip_of("203.0.113.1"), public_addresses_++ % 200)});
        if (i > 0 && m_.percent(25)) continue;  // of EC2's word alone
        const bool is_wide = i == 0 || m_.percent(50);
        const std::uint32_t metric =
            link.is_up ? this->metric(static_cast<std::uint32_t>(m_.host.interfaces.size())) : 0;
        if (!link.is_up) continue;
        m_.address(link.ifname, address, is_wide ? subnet.v4.length() : std::uint8_t{32}, metric);
        truth.addresses.push_back(address);
    }
    if (subnet.size > 64 && m_.percent(12) && subnet.delegated < 3) {
        const std::uint32_t at = subnet.size - 32 - 16 * subnet.delegated++;
        eni.delegated.push_back({plus(subnet.v4.address(), at), 28});
        m_.is("delegated prefix");
    }
}

/// DHCP's default, unless the profile says never-default.
void InterfaceMaker::make_defaults(const Link& link, const Subnet& subnet, TrueInterface& truth,
                                   std::uint32_t i) {
    truth.router4 = subnet.router4();
    if (i == 0 || m_.percent(75)) {
        Route& route = m_.via(Prefix::any(Family::v4), subnet.router4(), link.ifname, metric(i));
        route.protocol = 16;
        if (m_.percent(50)) route.prefsrc = truth.addresses.front();
    }
    if (m_.percent(50)) m_.host.pristine.leases.push_back({link.ifname, {subnet.router4()}});
}

void InterfaceMaker::make_ipv6(const Link& link, const Subnet& subnet, TrueInterface& truth,
                               Eni& eni, std::uint32_t i) {
    m_.address(link.ifname, plus(ip_of("fe80::200:0:0:0"), 100 + i), 64);
    if (!subnet.v6) return;
    const IpAddress address = plus(subnet.v6->address(), 0x1000 + i * 16);
    eni.addresses.push_back(address);
    if (!m_.percent(85)) return;
    truth.addresses.push_back(address);
    const bool is_dhcp = m_.percent(70);
    m_.address(link.ifname, address, is_dhcp ? std::uint8_t{128} : std::uint8_t{64}, metric(i));
    if (is_dhcp) m_.route(*subnet.v6, link.ifname, metric(i)).protocol = 9;
    const std::uint32_t way = dice_.below(10);
    if (i == 0 || way < 7)
        m_.via(Prefix::any(Family::v6), subnet.router6, link.ifname, metric(i)).protocol = 9;
    if (way < 9) m_.kernel().routers.push_back({link.ifname, subnet.router6});
    if (i == 0 || way < 9) truth.router6 = subnet.router6;
    std::string block = subnet.v6->to_string();  // ...::/64
    block = block.substr(0, block.size() - 4) + std::to_string(10 + i) + "::/80";
    if (m_.percent(10)) eni.delegated.push_back(net_of(block));
}

/// As EC2 does, where it was asked.
void InterfaceMaker::describe(const Link& link, const Subnet& subnet, Eni eni, std::uint32_t i) {
    eni.device_number = i;
    if (count_ > 4 && m_.percent(5)) eni.network_card = 1;
    eni.is_fresh = m_.percent(85);
    eni.subnets = {subnet.v4};
    if (subnet.v6) eni.subnets.push_back(*subnet.v6);
    eni.vpc_blocks = {vpc_};
    if (m_.percent(20)) eni.vpc_blocks.push_back(net_of("100.64.0.0/16"));
    if (has_ec2_) m_.host.pristine.enis[link.mac] = eni;
}

void InterfaceMaker::make_profile(const Link& link, std::uint32_t i) {
    if (!has_ifcfg_ || m_.percent(10)) return;
    IfcfgProfile profile;
    profile.name = m_.percent(90) ? link.ifname : "System_" + std::to_string(i);
    profile.device = link.ifname;
    if (m_.percent(30)) profile.hwaddr = link.mac;
    if (m_.percent(30)) {
        profile.uuid = "5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e0" + std::to_string(i % 10);
        m_.host.pristine.profiles[link.ifname] = profile.uuid;
    }
    if (m_.percent(2)) profile.policy_keys = {"IPV4_ROUTE_TABLE"};
    const std::string folder = "/etc/sysconfig/network-scripts/";
    if (m_.percent(3)) {
        m_.disk().files[folder + "route-" + profile.name] = "10.200.0.0/16 via 10.0.0.1\n";
        m_.is("route- file by hand");
    }
    m_.disk().profiles.push_back(profile);
}

void InterfaceMaker::make_interface(std::uint32_t i) {
    Subnet& subnet = subnets_[subnets_.size() == count_
                                  ? i
                                  : dice_.below(static_cast<std::uint32_t>(subnets_.size()))];
    Link link = m_.link(name(i), "");  // a copy: more links follow
    link.rp_filter = static_cast<int>(dice_.below(3));
    link.forwarding4 = link.forwarding6 = m_.percent(20);
    if (m_.percent(3)) link.group = 7;
    const std::uint32_t state = i == 0 ? 50 : dice_.below(100);
    link.is_up = state >= 3;
    const bool has_addresses = state >= 6;
    m_.kernel().links.back() = link;
    TrueInterface truth;
    truth.ifname = link.ifname;
    Eni eni;
    if (has_addresses) {
        make_addresses(link, subnet, truth, eni);
        if (link.is_up && !truth.addresses.empty()) {
            make_defaults(link, subnet, truth, i);
            make_ipv6(link, subnet, truth, eni, i);
        }
    }
    describe(link, subnet, eni, i);
    make_profile(link, i);
    m_.host.interfaces.push_back(truth);
    // A router for its neighbours.
    if (link.forwarding4 && !truth.addresses.empty())
        m_.host.guests.push_back({link.ifname, subnet.neighbour(), ""});
}

void InterfaceMaker::make_peers() {
    auto& peers = m_.host.peers;
    peers = {ip_of("8.8.8.8"), ip_of("203.0.114.7"), plus(vpc_.address(), 65289)};
    for (const Subnet& subnet : subnets_)
        if (peers.size() < 8) peers.push_back(subnet.neighbour());
    if (!has_ipv6_) return;
    peers.push_back(ip_of("2606:4700::1111"));
    for (const Subnet& subnet : subnets_)
        if (subnet.v6 && peers.size() < 12) peers.push_back(plus(subnet.v6->address(), 0x77));
}

}  // namespace

void make_interfaces(HostMaker& maker) {
    InterfaceMaker(maker).make();
}

}  // namespace eni
