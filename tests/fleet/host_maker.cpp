// See host_maker.hpp and made_host.hpp: the small words, and a host from its beginning to its end.
#include "host_maker.hpp"

#include <array>

namespace eni {

IpAddress ip_of(const std::string& text) {
    return IpAddress::parse(text).value();
}

Prefix net_of(const std::string& text) {
    return Prefix::parse(text).value();
}

IpAddress plus(const IpAddress& address, std::uint32_t count) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < address.size(); ++i) bytes[i] = address.bytes()[i];
    std::uint64_t carry = count;
    for (std::size_t i = address.size(); i-- > 0 && carry != 0;) {
        carry += bytes[i];
        bytes[i] = static_cast<std::uint8_t>(carry & 0xff);
        carry >>= 8;
    }
    return IpAddress::from_bytes(bytes.data(), address.size()).value();
}

Link& HostMaker::link(const std::string& ifname, const std::string& kind) {
    Link link;
    link.ifname = ifname;
    link.ifindex = next_ifindex_++;
    link.kind = kind;
    char mac[18];
    std::snprintf(mac, sizeof mac, "02:%02x:%02x:%02x:00:%02x", host.seed >> 16 & 0xff,
                  host.seed >> 8 & 0xff, host.seed & 0xff,
                  static_cast<unsigned>(link.ifindex) & 0xff);
    link.mac = mac;
    kernel().links.push_back(link);
    return kernel().links.back();
}

void HostMaker::address(const std::string& ifname, const IpAddress& address, std::uint8_t length,
                        std::uint32_t metric) {
    const bool is_v4 = address.family() == Family::v4;
    const bool is_first = [&] {
        for (const Address& own : kernel().addresses)
            if (own.ifname == ifname && own.prefix_length == length &&
                Prefix(own.address, length) == Prefix(address, length))
                return false;
        return true;
    }();
    Address own;
    own.ifname = ifname;
    own.address = address;
    own.prefix_length = length;
    own.is_global = !address.is_loopback() && !(address.is_link_local() && !is_v4);
    kernel().addresses.push_back(own);
    Route& local = route(Prefix::host(address), ifname, 0, kTableLocal);
    local.type = RouteType::local;
    if (is_v4) local.scope = Scope::host, local.prefsrc = address;
    local.protocol = 2;
    if (length == address.bits()) {
        if (!is_v4) route(Prefix::host(address), ifname, metric == 0 ? 256 : metric).protocol = 2;
        return;
    }
    if (!is_first || address.is_loopback()) return;
    Route& connected = route({address, length}, ifname, is_v4 || metric != 0 ? metric : 256);
    if (is_v4) connected.prefsrc = address;
    connected.protocol = 2;
}

Route& HostMaker::route(const Prefix& dst, const std::string& ifname, std::uint32_t metric,
                        TableId table) {
    Route route;
    route.dst = dst;
    route.table = table;
    route.metric = metric == 0 && table != kTableLocal ? usual_metric(dst.family()) : metric;
    route.protocol = 4;
    if (dst.family() == Family::v4) route.scope = Scope::link;
    route.hops = {{ifname, std::nullopt, 1, false}};
    kernel().routes.push_back(route);
    return kernel().routes.back();
}

Route& HostMaker::via(const Prefix& dst, const IpAddress& gateway, const std::string& ifname,
                      std::uint32_t metric, TableId table) {
    Route& route = this->route(dst, ifname, metric, table);
    route.scope = Scope::global;
    route.hops[0].gateway = gateway;
    return route;
}

Rule& HostMaker::rule(Family family, std::uint32_t priority, std::uint32_t table) {
    Rule rule;
    rule.family = family;
    rule.priority = Priority{priority};
    rule.table = TableId{table};
    kernel().rules.push_back(rule);
    return kernel().rules.back();
}

void HostMaker::name_table(std::uint32_t table, const std::string& name) {
    for (const TableName& other : disk().table_names)
        if (number(other.id) == table || other.name == name) return;
    disk().table_names.push_back({TableId{table}, name, false});
    if (disk().rt_tables_is_shared)
        disk().files[disk().rt_tables_path] += std::to_string(table) + "\t" + name + "\n";
}

MadeHost make_host(std::uint32_t seed) {
    HostMaker maker(seed);
    for (const Family family : kFamilies) {
        maker.rule(family, 0, number(kTableLocal));
        maker.rule(family, 32766, number(kTableMain));
        if (family == Family::v4) maker.rule(family, 32767, number(kTableDefault));
    }
    make_interfaces(maker);
    make_neighbours(maker);
    make_configuration(maker);
    make_earlier_run(maker);
    return std::move(maker.host);
}

}  // namespace eni
