// See own_addresses.hpp.
#include "own_addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace eni {

namespace {

struct FreeAddresses {
    void operator()(ifaddrs* addresses) const { freeifaddrs(addresses); }
};

std::optional<IpAddress> address_in(const sockaddr* socket_address) {
    if (socket_address == nullptr) return std::nullopt;
    if (socket_address->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, socket_address, sizeof in);
        return IpAddress::from_bytes(&in.sin_addr, sizeof in.sin_addr);
    }
    if (socket_address->sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, socket_address, sizeof in);
        return IpAddress::from_bytes(&in.sin6_addr, sizeof in.sin6_addr);
    }
    return std::nullopt;
}

std::uint8_t length_of(const IpAddress& mask) {
    std::uint8_t length = 0;
    while (length < mask.bits() && (mask.bytes()[length / 8] >> (7 - length % 8) & 1) != 0)
        ++length;
    return length;
}

}  // namespace

std::optional<IpAddress> OwnLink::source_for(const IpAddress& target) const {
    std::optional<IpAddress> source;
    for (const OwnAddress& own : addresses) {
        if (own.address.family() != target.family()) continue;
        if (Prefix(own.address, own.prefix_length).contains(target)) return own.address;
        if (!source) source = own.address;
    }
    return source;
}

OwnLink own_link(const std::string& ifname) {
    OwnLink link;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return link;
    const std::unique_ptr<ifaddrs, FreeAddresses> owned(list);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (ifname != entry->ifa_name || entry->ifa_addr == nullptr) continue;
        const auto mask = address_in(entry->ifa_netmask);
        if (const auto address = address_in(entry->ifa_addr))
            link.addresses.push_back({*address, mask ? length_of(*mask) : address->bits()});
        if (entry->ifa_addr->sa_family != AF_PACKET) continue;
        sockaddr_ll packet{};
        std::memcpy(&packet, entry->ifa_addr, sizeof packet);
        link.ifindex = packet.sll_ifindex;
        std::copy_n(packet.sll_addr, link.mac.size(), link.mac.begin());
    }
    return link;
}

}  // namespace eni
