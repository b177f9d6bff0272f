// See subjects.hpp.
#include "subjects.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "interfaces.hpp"

namespace eni {

namespace {

bool has(const std::vector<IpAddress>& addresses, const IpAddress& address) {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

bool uses_ipv6(const KernelSnapshot& kernel) {
    return std::any_of(kernel.addresses.begin(), kernel.addresses.end(), [](const Address& own) {
        return own.address.family() == Family::v6 && own.is_global &&
               !own.address.is_link_local() && own.ifname != "lo";
    });
}

using Holders = std::map<IpAddress, std::set<std::string>>;

Holders holders_of(const KernelSnapshot& kernel) {
    Holders holders;
    for (const Address& own : kernel.addresses)
        if (!own.is_duplicate) holders[own.address].insert(own.ifname);
    return holders;
}

/// Those of an ENI that clients know and the plan does not have.
void add_unplanned(std::vector<Subject>& subjects, const FlowFacts& facts, const Eni& eni,
                   const Link& link, const std::set<IpAddress>& planned, const Holders& holders) {
    for (const IpAddress& address : public_addresses(facts.kernel, eni)) {
        if (planned.count(address) != 0) continue;
        const auto found = holders.find(address);
        Subject subject{link.ifname, {address}, false, Fault::none};
        if (found == holders.end()) {
            const bool is_anothers =
                is_cni_at_work(facts.kernel) ||
                facts.mains.of(address.family()).leads_behind(Prefix::host(address), &eni);
            if (is_anothers && link.is_up) continue;
            subject.fault = link.is_up ? Fault::no_address : Fault::link_down;
        } else if (!link.is_up) {
            subject.fault = Fault::link_down;
        }
        subjects.push_back(std::move(subject));
    }
}

}  // namespace

const Link* link_of(const KernelSnapshot& kernel, const std::string& mac, const Eni& eni) {
    const Link* best = nullptr;
    for (const Link& link : kernel.links) {
        if (mac.empty() || link.mac != mac) continue;
        if (best == nullptr) best = &link;
        for (const Address& own : kernel.addresses)
            if (own.ifname == link.ifname && has(eni.addresses, own.address)) return &link;
    }
    return best;
}

Deliveries deliveries(const KernelSnapshot& kernel, const Enis& enis) {
    Deliveries links;
    for (const auto& [mac, eni] : enis)
        if (const Link* link = link_of(kernel, mac, eni))
            for (const IpAddress& address : eni.addresses) links.emplace(address, link->ifname);
    return links;
}

std::vector<IpAddress> public_addresses(const KernelSnapshot& kernel, const Eni& eni) {
    std::vector<IpAddress> addresses;
    for (const Association& association : eni.associations)
        addresses.push_back(association.address);
    if (uses_ipv6(kernel))
        for (const IpAddress& address : eni.addresses)
            if (address.family() == Family::v6) addresses.push_back(address);
    return addresses;
}

std::vector<Subject> subjects_of(const FlowFacts& facts, const Enis& enis) {
    const auto links = deliveries(facts.kernel, enis);
    std::vector<Subject> subjects;
    std::set<IpAddress> known;
    for (const InterfacePlan& interface : facts.plan.interfaces) {
        Subject own{interface.ifname, {}};
        std::vector<Subject> others;
        for (const IpAddress& address : interface.addresses) {
            if (!known.insert(address).second) continue;  // another interface's as well
            const auto link = links.find(address);
            if (link == links.end() || link->second == interface.ifname)
                own.addresses.push_back(address);
            else
                others.push_back({link->second, {address}});
        }
        if (!own.addresses.empty()) subjects.push_back(std::move(own));
        subjects.insert(subjects.end(), others.begin(), others.end());
    }
    const Holders holders = holders_of(facts.kernel);
    for (const auto& [mac, eni] : enis)
        if (const Link* link = link_of(facts.kernel, mac, eni))
            add_unplanned(subjects, facts, eni, *link, known, holders);
    return subjects;
}

}  // namespace eni
