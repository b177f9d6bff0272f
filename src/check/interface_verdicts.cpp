// The interfaces themselves: their links, their addresses, what EC2 says of them. See
// diagnosis.hpp.
#include <algorithm>
#include <map>

#include "diagnosis.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "metadata.hpp"

namespace eni {

namespace {

/// Taken off the wrong one it would answer no more: EC2 knows to which of them it delivers.
std::string advice_on_shared(const Facts& facts, const IpAddress& address, const std::string& first,
                             const std::string& second) {
    const auto is_assigned = [&](const std::string& ifname) {
        const Eni* const eni = find_eni(facts, ifname);
        return eni != nullptr && std::find(eni->addresses.begin(), eni->addresses.end(), address) !=
                                     eni->addresses.end();
    };
    const std::string take = "take " + address.to_string() + " off ";
    if (is_assigned(first) == is_assigned(second))
        return take + first + " or " + second + ", whichever it is not assigned to";
    return take + (is_assigned(first) ? second : first);
}

/// An address that an interface has which another one before it has as well.
struct SharedAddress {
    IpAddress address;
    std::string first, second;
};

std::vector<SharedAddress> shared_addresses(const Plan& plan) {
    std::vector<SharedAddress> shared;
    std::map<IpAddress, std::string> holder_of;
    for (const InterfacePlan& interface : plan.interfaces)
        for (const IpAddress& address : interface.addresses) {
            const auto [found, is_new] = holder_of.emplace(address, interface.ifname);
            if (!is_new) shared.push_back({address, found->second, interface.ifname});
        }
    return shared;
}

/// What no rule can mend: an address on two interfaces, and a gateway that is none.
void judge_addresses(Diagnosis& diagnosis) {
    for (const auto& [address, first, second] : shared_addresses(diagnosis.plan))
        diagnosis.say(Grade::broken, second,
                      address.to_string() + " is an address of " + first + " as well",
                      advice_on_shared(diagnosis.facts, address, first, second));
    for (const InterfacePlan& interface : diagnosis.plan.interfaces) {
        const auto& gateway = interface.gateway4;
        if (!gateway || gateway->source == GatewaySource::configuration) continue;
        const auto subnet =
            std::find_if(interface.subnets.begin(), interface.subnets.end(),
                         [&](const Prefix& s) { return s.contains(gateway->address); });
        if (subnet != interface.subnets.end() && subnet->address().next() != gateway->address)
            diagnosis.say(Grade::warning, interface.ifname,
                          "its gateway is " + gateway->address.to_string() + ", from " +
                              format_gateway_source(gateway->source) +
                              ": EC2's router is the first address of the subnet, " +
                              subnet->address().next().to_string(),
                          "if that is not meant, take the default route by it out of main");
    }
}

std::string holder_of(const KernelSnapshot& kernel, const IpAddress& address) {
    for (const Address& own : kernel.addresses)
        if (own.address == address) return own.ifname;
    return "";
}

std::string fix_for_absent(const Diagnosis& diagnosis, const InterfacePlan& interface,
                           Family family) {
    if (std::none_of(interface.addresses.begin(), interface.addresses.end(),
                     [&](const IpAddress& own) { return own.family() == family; }))
        return "nmcli connection up ifname " + interface.ifname;  // its profile has any name
    if (is_switched_off(diagnosis.facts, diagnosis.config)) return diagnosis.remedy;
    if (diagnosis.config.addresses == Addresses::imds) return diagnosis.repair;
    return "'addresses: imds' in the configuration, then: eni-routes regenerate";
}

/// What EC2 delivers to an interface.
void judge_assigned(Diagnosis& diagnosis, const InterfacePlan& interface, const Eni& eni,
                    const MainTables& mains) {
    for (const IpAddress& address : eni.addresses) {
        const auto elastic = public_address_of(eni, address);
        const std::string words =
            address.to_string() + (elastic ? " (" + elastic->to_string() + ")" : "");
        const std::string on = holder_of(diagnosis.facts.kernel, address);
        if (on.empty() && mains.of(address.family()).leads_behind(Prefix::host(address), &eni))
            diagnosis.say(Grade::note, interface.ifname,
                          words +
                              " is assigned to it in EC2, and main leads to it behind this "
                              "host: what is sent from it leaves by this interface");
        else if (on.empty())
            diagnosis.say(Grade::warning, interface.ifname,
                          words + " is assigned to it in EC2, and no interface has it",
                          fix_for_absent(diagnosis, interface, address.family()));
        else if (on != interface.ifname)
            diagnosis.say(Grade::warning, interface.ifname,
                          words + " is assigned to it in EC2, but is an address of " + on);
    }
}

/// What EC2 lets out of it.
void judge_not_assigned(Diagnosis& diagnosis, const InterfacePlan& interface, const Eni& eni) {
    const auto is_assigned = [&](const IpAddress& address) {
        return std::find(eni.addresses.begin(), eni.addresses.end(), address) !=
                   eni.addresses.end() ||
               std::any_of(eni.delegated.begin(), eni.delegated.end(),
                           [&](const Prefix& prefix) { return prefix.contains(address); });
    };
    for (const IpAddress& address : interface.addresses)
        if (eni.is_fresh && !is_assigned(address))
            diagnosis.say(
                Grade::note, interface.ifname,
                address.to_string() +
                    " is not assigned to it in EC2: nothing gets to it, and with the source "
                    "check nothing that is sent from it gets out");
}

void judge_by_metadata(Diagnosis& diagnosis, const InterfacePlan& interface,
                       const MainTables& mains) {
    const Eni* const eni = find_eni(diagnosis.facts, interface.ifname);
    if (eni == nullptr || is_cni_at_work(diagnosis.facts.kernel)) return;
    judge_assigned(diagnosis, interface, *eni, mains);
    judge_not_assigned(diagnosis, interface, *eni);
}

}  // namespace

std::string advice_on_shared_address(const Facts& facts, const Plan& plan) {
    const auto shared = shared_addresses(plan);
    if (shared.empty()) return "";
    const auto& [address, first, second] = shared.front();
    return advice_on_shared(facts, address, first, second);
}

void judge_interfaces(Diagnosis& diagnosis) {
    for (const InterfacePlan& interface : diagnosis.plan.interfaces) {
        const Link* link = find_link(diagnosis.facts.kernel, interface.ifname);
        if (link != nullptr && !link->is_up)
            diagnosis.say(Grade::note, interface.ifname, "is down");
        else if (diagnosis.lacks_carrier(interface.ifname))
            diagnosis.say(interface.addresses.empty() ? Grade::note : Grade::broken,
                          interface.ifname,
                          "has no carrier: the kernel chooses it, and nothing gets out",
                          "check that it is still attached to the instance");
        else if (interface.addresses.empty())
            diagnosis.say(Grade::note, interface.ifname, "has no address");
    }
    const auto& disabled = diagnosis.facts.disk.disabled;
    for (const Link& link : diagnosis.facts.kernel.links)
        if (disabled.count(link.ifname) != 0 && disabled.count("*") == 0)
            diagnosis.say(Grade::note, link.ifname,
                          "is switched off: its addresses answer as main says",
                          "eni-routes enable " + link.ifname);
    judge_addresses(diagnosis);
    const MainTables mains = main_tables(diagnosis.facts.kernel, diagnosis.plan);
    for (const InterfacePlan& interface : diagnosis.plan.interfaces)
        judge_by_metadata(diagnosis, interface, mains);
    for (const Note& note : diagnosis.plan.notes)
        if (note.severity == Severity::warning)
            diagnosis.say(Grade::warning, note.ifname, note.text);
}

}  // namespace eni
