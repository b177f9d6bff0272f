// See metadata.hpp.
#include "metadata.hpp"

#include <algorithm>

#include "lookup.hpp"

namespace eni {

namespace {

/// The tables of a card are its number times a hundred and the device's.
constexpr std::uint32_t kMaxNumber = 99;

bool is_unicast(const IpAddress& address) {
    return !address.is_any() && !address.is_loopback() && !address.is_link_local() &&
           !address.is_multicast();
}

/// A VPC's IPv4 block is a /16 at most.
bool is_network(const Prefix& prefix) {
    const std::uint8_t shortest = prefix.family() == Family::v4 ? 16 : 32;
    return is_unicast(prefix.address()) && prefix.length() >= shortest && !prefix.is_host();
}

/// Of each IPv4 subnet EC2 keeps the first four addresses, the router's among them, and the last.
bool is_kept_by_ec2(const IpAddress& address, const Prefix& subnet) {
    return address.family() == Family::v4 &&
           (Prefix(subnet.address(), 30).contains(address) || !subnet.contains(address.next()));
}

}  // namespace

std::optional<std::string> contradiction_in(const Eni& eni) {
    const auto is_in_subnet = [&](const Prefix& prefix) {
        return std::any_of(eni.subnets.begin(), eni.subnets.end(), [&](const Prefix& subnet) {
            return subnet.contains(prefix) && subnet != prefix &&
                   !(prefix.is_host() && is_kept_by_ec2(prefix.address(), subnet));
        });
    };
    if (eni.network_card > kMaxNumber || eni.device_number > kMaxNumber)
        return "device " + std::to_string(eni.device_number) + " on network card " +
               std::to_string(eni.network_card) + " is out of range";
    for (const std::size_t count : {eni.addresses.size(), eni.delegated.size(), eni.subnets.size(),
                                    eni.vpc_blocks.size(), eni.associations.size()})
        if (count > kMaxOfAKind) return "it has " + std::to_string(count) + " of a kind";
    if (eni.subnets.empty()) return "it has no subnet";
    for (const auto* list : {&eni.subnets, &eni.vpc_blocks, &eni.delegated})
        for (const Prefix& prefix : *list)
            if (!is_network(prefix)) return prefix.to_string() + " is no network";
    for (const IpAddress& address : eni.addresses)
        if (!is_unicast(address) || !is_in_subnet(Prefix::host(address)))
            return address.to_string() + " is not in its subnet";
    for (const Prefix& prefix : eni.delegated)
        if (!is_in_subnet(prefix)) return prefix.to_string() + " is not in its subnet";
    for (const Association& association : eni.associations)
        if (!is_in_subnet(Prefix::host(association.address)))
            return association.public_address.to_string() + " is that of " +
                   association.address.to_string() + ", which is not in its subnet";
    return std::nullopt;
}

const Eni* find_eni(const Facts& facts, const std::string& ifname) {
    const Link* const link = find_link(facts.kernel, ifname);
    const auto found = facts.enis.find(link != nullptr ? link->mac : "");
    return found != facts.enis.end() ? &found->second : nullptr;
}

std::optional<IpAddress> public_address_of(const Eni& eni, const IpAddress& address) {
    for (const Association& association : eni.associations)
        if (association.address == address) return association.public_address;
    return std::nullopt;
}

bool is_of_another_instance(const Facts& facts) {
    const std::vector<Link>& links = facts.kernel.links;
    return !facts.enis.empty() && std::none_of(links.begin(), links.end(), [&](const Link& link) {
        return facts.enis.count(link.mac) != 0;
    });
}

Enis with_fresh(Enis known, const Enis& fresh) {
    for (const auto& [mac, eni] : fresh) known[mac] = eni;
    return known;
}

Enis enis_to_keep(const Facts& facts) {
    constexpr std::size_t kMost = 200;
    Enis kept;
    for (const Link& link : facts.kernel.links) {
        const auto known = facts.enis.find(link.mac);
        if (known != facts.enis.end()) kept.insert(*known);
    }
    for (const auto& known : facts.enis)
        if (kept.size() < kMost) kept.insert(known);
    return kept;
}

}  // namespace eni
