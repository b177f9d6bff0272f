// The addresses: whether each is where EC2 delivers it to, and nowhere else. See diagnosis.hpp.
#include <algorithm>
#include <map>

#include "diagnosis.hpp"
#include "format.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "metadata.hpp"
#include "subjects.hpp"

namespace eni {

namespace {

using Holders = std::map<IpAddress, std::vector<const Address*>>;

Holders holders_of(const KernelSnapshot& kernel) {
    Holders holders;
    for (const Address& own : kernel.addresses) holders[own.address].push_back(&own);
    return holders;
}

std::string removal_of(const Address& address) {
    return ip_command(address.address.family()) + "address del " + format_address(address);
}

/// The interface's addresses that EC2 has not assigned to it.
std::vector<IpAddress> not_assigned(const InterfacePlan& interface, const Eni& eni) {
    const std::set<IpAddress> assigned(eni.addresses.begin(), eni.addresses.end());
    std::vector<IpAddress> addresses;
    for (const IpAddress& address : interface.addresses)
        if (assigned.count(address) == 0 &&
            std::none_of(eni.delegated.begin(), eni.delegated.end(),
                         [&](const Prefix& prefix) { return prefix.contains(address); }))
            addresses.push_back(address);
    return addresses;
}

// ---- On a wrong interface -----------------------------------------------------------------------

/// `holder` has it as well as, or instead of, the interface that EC2 delivers it to.
void judge_misplaced(Diagnosis& diagnosis, const Address& holder, const std::string& rightful,
                     const Eni* eni, bool is_on_both) {
    const CauseKey key{CauseKey::Kind::address, holder.address.to_string()};
    Finding finding{Grade::warning,
                    is_on_both ? "address-shared" : "address-elsewhere",
                    rightful,
                    with_public(holder.address, eni) + " is on " + holder.ifname +
                        (is_on_both ? " as well" : ", and EC2 delivers it here"),
                    is_on_both ? "EC2 delivers it to " + rightful : "",
                    removal_of(holder)};
    finding.address = holder.address;
    finding.fix += is_on_both ? std::string(" && ") + kRegenerate
                              : " && nmcli connection up ifname " + rightful;
    diagnosis.make_root(rightful, key, finding);
    diagnosis.roots.emplace(holder.ifname, key);
}

/// EC2 says to neither, or to both.
void judge_shared(Diagnosis& diagnosis, const Address& first, const Address& second) {
    const CauseKey key{CauseKey::Kind::address, first.address.to_string()};
    Finding finding{Grade::warning,
                    "address-shared",
                    second.ifname,
                    first.address.to_string() + " is an address of " + first.ifname + " as well",
                    "EC2 delivers it to one of them at most; which one is not known",
                    ""};
    finding.address = first.address;
    diagnosis.make_root(second.ifname, key, finding);
    diagnosis.roots.emplace(first.ifname, key);
}

void judge_holders(Diagnosis& diagnosis, const Holders& holders) {
    const Facts& facts = diagnosis.facts;
    for (const auto& [address, on] : holders) {
        if (address.is_link_local() || !on.front()->is_global) continue;
        const auto delivery = diagnosis.deliveries.find(address);
        const std::string rightful = delivery == diagnosis.deliveries.end() ? "" : delivery->second;
        const Eni* const eni = find_eni(facts, rightful);
        const bool is_right = std::any_of(
            on.begin(), on.end(), [&](const Address* own) { return own->ifname == rightful; });
        for (const Address* own : on)
            if (!rightful.empty() && own->ifname != rightful)
                judge_misplaced(diagnosis, *own, rightful, eni, is_right);
        if (rightful.empty() && on.size() > 1 && on[0]->ifname != on[1]->ifname &&
            planned(diagnosis.plan, on[0]->ifname) != nullptr &&
            planned(diagnosis.plan, on[1]->ifname) != nullptr)
            judge_shared(diagnosis, *on[0], *on[1]);
    }
}

// ---- Not for this host --------------------------------------------------------------------------

bool is_tentative(const KernelSnapshot& kernel, const IpAddress& address) {
    return std::any_of(kernel.addresses.begin(), kernel.addresses.end(), [&](const Address& own) {
        return own.address == address && own.is_tentative;
    });
}

/// It is over before anyone could do anything about it.
Finding still_tentative(const std::string& ifname, const IpAddress& address) {
    return {Grade::note,
            "route-missing",
            ifname,
            address.to_string() + " is not in use yet: duplicate address detection runs",
            "the kernel makes sure that no other host has it, which takes a second or two",
            ""};
}

/// The kernel makes one with each address, and nothing keeps it from being taken away.
Finding no_local_route(const std::string& ifname, const IpAddress& address) {
    const bool is_v4 = address.family() == Family::v4;
    return {Grade::warning,
            "route-missing",
            ifname,
            "the local table has no route to " + address.to_string(),
            "without it the kernel neither takes nor sends what is the address's",
            ip_command(address.family()) + "route add local " + address.to_string() + " dev " +
                ifname + " table local proto kernel" +
                (is_v4 ? " scope host src " + address.to_string() : "")};
}

void judge_local_routes(Diagnosis& diagnosis, const Holders& holders) {
    const RouteIndex& routes = diagnosis.comparison.actual.routes();
    if (!routes.has_local_table()) return;
    for (const InterfacePlan& interface : diagnosis.plan.interfaces)
        for (const IpAddress& address : interface.addresses) {
            const Route* const local = routes.longest_match(kTableLocal, address);
            const bool is_for_us = local != nullptr && local->type == RouteType::local;
            if (is_for_us || holders.count(address) == 0) continue;  // or it is to be added
            Finding finding = is_tentative(diagnosis.facts.kernel, address)
                                  ? still_tentative(interface.ifname, address)
                                  : no_local_route(interface.ifname, address);
            finding.address = address;
            diagnosis.of_cause({CauseKey::Kind::address, address.to_string()}, finding);
        }
}

// ---- Missing, and not assigned ------------------------------------------------------------------

/// `wrong` is an address of the same family that it has instead.
std::string fix_for_missing(const Diagnosis& diagnosis, const InterfacePlan& interface,
                            const IpAddress& address, const std::optional<IpAddress>& wrong) {
    const std::string& ifname = interface.ifname;
    const NetworkManagerDevice* const device = device_of(diagnosis.facts, ifname);
    if (wrong && device != nullptr && !device->profile.empty() && address.family() == Family::v4)
        return "nmcli connection modify " + shell_word(device->profile) +
               " ipv4.method auto ipv4.addresses '' ipv4.gateway '' && nmcli connection up ifname " +
               ifname;
    if (std::none_of(interface.addresses.begin(), interface.addresses.end(),
                     [&](const IpAddress& own) { return own.family() == address.family(); }))
        return "nmcli connection up ifname " + ifname;  // its profile has any name
    return diagnosis.config.addresses == Addresses::imds ? kRegenerate
                                                         : by_configuration("addresses: imds");
}

/// What EC2 delivers to an interface, and no interface has.
void judge_missing(Diagnosis& diagnosis, const InterfacePlan& interface, const Eni& eni,
                   const Holders& holders, const MainTables& mains,
                   const std::vector<IpAddress>& wrong) {
    const std::string& ifname = interface.ifname;
    for (const IpAddress& address : eni.addresses) {
        if (holders.count(address) != 0) continue;
        const std::string words = with_public(address, &eni) + " is assigned to it in EC2, and ";
        if (mains.of(address.family()).leads_behind(Prefix::host(address), &eni)) {
            diagnosis.say({Grade::note,
                           "address-behind-host",
                           ifname,
                           words + "main leads to it behind this host",
                           "",
                           "",
                           {"what is sent from it leaves by this interface"},
                           {},
                           {},
                           address});
            continue;
        }
        const auto other = std::find_if(wrong.begin(), wrong.end(), [&](const IpAddress& own) {
            return own.family() == address.family();
        });
        const auto instead = other != wrong.end() ? std::make_optional(*other) : std::nullopt;
        Finding finding{
            Grade::warning,
            "address-missing",
            ifname,
            words + "no interface has it",
            instead ? instead->to_string() + " is on it, which EC2 has not assigned" : "",
            fix_for_missing(diagnosis, interface, address, instead)};
        finding.address = address;
        Finding* root = diagnosis.root_of(ifname);
        if (root == nullptr && diagnosis.is_off && finding.fix == kRegenerate)
            root = diagnosis.find({CauseKey::Kind::host, ""});  // a run adds none
        if (root != nullptr)
            root->consequences.push_back(finding.text);
        else
            diagnosis.add_to({CauseKey::Kind::missing, ifname}, finding);
    }
}

/// One of no subnet may be an overlay address, which a route table of the VPC leads here.
std::string what_ec2_does(const Eni& eni, const IpAddress& address) {
    const bool is_of_subnet =
        std::any_of(eni.subnets.begin(), eni.subnets.end(),
                    [&](const Prefix& subnet) { return subnet.contains(address); });
    return is_of_subnet || eni.subnets.empty()
               ? "nothing gets to it, and with the source check nothing from it gets out"
               : "it needs a route to this interface in the VPC, and no source check";
}

/// What EC2 lets out of it.
void judge_not_assigned(Diagnosis& diagnosis, const InterfacePlan& interface, const Eni& eni,
                        const std::vector<IpAddress>& wrong) {
    for (const IpAddress& address : wrong) {
        const bool is_told =
            diagnosis.find({CauseKey::Kind::missing, interface.ifname}) != nullptr ||
            diagnosis.deliveries.count(address) != 0 ||
            diagnosis.find({CauseKey::Kind::address, address.to_string()}) != nullptr;
        if (is_told) continue;
        Finding finding{Grade::note,
                        "address-unassigned",
                        interface.ifname,
                        address.to_string() + " is not assigned to it in EC2",
                        what_ec2_does(eni, address),
                        ""};
        finding.address = address;
        diagnosis.add_to({CauseKey::Kind::unassigned, interface.ifname}, finding);
    }
}

}  // namespace

void judge_addresses(Diagnosis& diagnosis) {
    const Facts& facts = diagnosis.facts;
    const Holders holders = holders_of(facts.kernel);
    judge_holders(diagnosis, holders);
    judge_local_routes(diagnosis, holders);
    if (is_cni_at_work(facts.kernel)) return;
    const MainTables mains = main_tables(facts.kernel, diagnosis.plan);
    for (const InterfacePlan& interface : diagnosis.plan.interfaces) {
        const Eni* const eni = find_eni(facts, interface.ifname);
        if (eni == nullptr) continue;
        const auto wrong = eni->is_fresh ? not_assigned(interface, *eni) : std::vector<IpAddress>();
        judge_missing(diagnosis, interface, *eni, holders, mains, wrong);
        judge_not_assigned(diagnosis, interface, *eni, wrong);
    }
}

}  // namespace eni
