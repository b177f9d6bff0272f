// The interfaces themselves: why one has no part in the policy, or nothing gets out of it; and what
// the plan says of them. See diagnosis.hpp.
#include <algorithm>

#include "diagnosis.hpp"
#include "interfaces.hpp"
#include "main_table.hpp"
#include "metadata.hpp"
#include "names.hpp"
#include "subjects.hpp"
#include "text.hpp"

namespace eni {

namespace {

CauseKey key_of(const std::string& ifname) {
    return {CauseKey::Kind::interface, ifname};
}

void judge_disabled(Diagnosis& diagnosis, const Link& link) {
    const std::string& ifname = link.ifname;
    Finding finding{Grade::note, "interface-disabled", ifname, "is switched off", "", ""};
    if (!diagnosis.config.of(ifname).enabled) {
        finding.because = "the configuration has 'enabled: false' for it";
        finding.fix = by_configuration("interface: {" + ifname + ": {enabled: true}}");
    } else {
        finding.because = "eni-routes disable " + ifname + " was called";
        finding.fix = "eni-routes enable " + ifname;
    }
    diagnosis.make_root(ifname, key_of(ifname), finding);
}

// ---- Not managed --------------------------------------------------------------------------------

bool holds_a_default(const KernelSnapshot& kernel, const std::string& ifname) {
    return std::any_of(kernel.routes.begin(), kernel.routes.end(), [&](const Route& route) {
        return route.table == kTableMain && is_default_like(route) && leaves_by(route, ifname);
    });
}

/// By its name, the line of the configuration that manages it.
std::string inclusion_of(const Config& config, const std::string& ifname) {
    std::string globs;
    for (const std::string& glob : config.include) globs += "\"" + glob + "\", ";
    return by_configuration("interfaces: {include: [" + globs + ifname + "]}");
}

/// Why eni-routes does not manage a link; the fix where there is one.
std::pair<std::string, std::string> reason_against(const Config& config, const Link& link,
                                                   const ManagedInterfaces& managed) {
    for (const LeftAlone& left : managed.left_alone)
        if (left.ifname == link.ifname) switch (left.why) {
                case LeftAlone::Why::odd_name:
                    return {"its name is not made of letters, digits, '.', '_' and '-'", ""};
                case LeftAlone::Why::name_of_a_kernel_table:
                    return {"the kernel's own table has this name", ""};
                case LeftAlone::Why::belongs_to_a_cni:
                    return {"amazon-vpc-cni routes its pods by it", ""};
                case LeftAlone::Why::no_place:
                    return {"no table or priority is left for it", ""};
            }
    if (link.is_port) return {"it is a port of another link, which has its addresses", ""};
    if (!link.kind.empty() && is_made_of_others(link))
        return {"it is a " + link.kind + ", which is no network interface of EC2's", ""};
    return matches_any(config.exclude, link.ifname)
               ? std::pair{std::string("'interfaces: {exclude}' leaves it out"), std::string()}
               : std::pair{std::string("its name is none of 'interfaces: {include}'"),
                           inclusion_of(config, link.ifname)};
}

/// Those by which packets get here that the policy is not for.
void judge_unmanaged(Diagnosis& diagnosis, const std::set<std::string>& of_enis) {
    const KernelSnapshot& kernel = diagnosis.facts.kernel;
    const ManagedInterfaces managed = managed_interfaces(diagnosis.facts, diagnosis.config);
    std::set<std::string> names;
    for (const Interface& interface : managed.interfaces) names.insert(interface.name());
    for (const Link& link : kernel.links) {
        const std::string& ifname = link.ifname;
        const bool is_known = names.count(ifname) != 0 ||
                              planned(diagnosis.plan, ifname) != nullptr ||
                              diagnosis.root_of(ifname) != nullptr;
        const bool is_eni = of_enis.count(ifname) != 0;
        const bool is_port = link.is_port && !is_eni;  // what it is a port of is named
        if (is_known || !link.ethernet || is_port || (!is_eni && !holds_a_default(kernel, ifname)))
            continue;
        const auto [why, fix] = reason_against(diagnosis.config, link, managed);
        diagnosis.make_root(
            ifname, key_of(ifname),
            {is_cni_at_work(kernel) ? Grade::note : Grade::warning, "interface-unmanaged", ifname,
             is_eni ? "is not managed: replies from its addresses follow main"
                    : "has a default in main, and is not managed",
             why, fix});
    }
}

// ---- Managed ------------------------------------------------------------------------------------

/// By what its addresses come back; a profile has any name.
std::string activation_of(const NetworkManagerDevice* device, const std::string& ifname) {
    std::string up = "nmcli connection up ifname " + ifname;
    if (device == nullptr || device->has_usable_profile) return up;
    return device->is_managed ? "eni-routes plug " + ifname
                              : "nmcli device set " + ifname + " managed yes && " + up;
}

Finding without_address(const Diagnosis& diagnosis, const std::string& ifname) {
    const NetworkManagerDevice* const device = device_of(diagnosis.facts, ifname);
    const bool is_eni = find_eni(diagnosis.facts, ifname) != nullptr;
    Finding finding{
        is_eni ? Grade::warning : Grade::note, "no-address", ifname, "has no address", "",
        activation_of(device, ifname)};
    if (device != nullptr && !device->is_managed) {
        finding.code = "networkmanager-unmanaged";
        finding.text = "is not managed by NetworkManager, and has no address";
    } else if (device != nullptr && !device->has_usable_profile) {
        finding.because = "NetworkManager has no profile for it";
    }
    return finding;
}

/// That another link has its address is told by itself.
bool is_its_address_elsewhere(const Diagnosis& diagnosis, const std::string& ifname) {
    const auto& addresses = diagnosis.facts.kernel.addresses;
    return std::any_of(addresses.begin(), addresses.end(), [&](const Address& own) {
        const auto found = diagnosis.deliveries.find(own.address);
        return found != diagnosis.deliveries.end() && found->second == ifname &&
               own.ifname != ifname;
    });
}

void judge_managed(Diagnosis& diagnosis, const InterfacePlan& interface) {
    const std::string& ifname = interface.ifname;
    const Link* const link = find_link(diagnosis.facts.kernel, ifname);
    const NetworkManagerDevice* const device = device_of(diagnosis.facts, ifname);
    if (link != nullptr && !link->is_up) {
        // While it is down NetworkManager calls no profile usable on it.
        const bool has_manager = device != nullptr && device->is_managed;
        diagnosis.make_root(ifname, key_of(ifname),
                            {Grade::note, "link-down", ifname, "is down", "",
                             "ip link set " + ifname + " up" +
                                 (has_manager ? " && nmcli connection up ifname " + ifname : "")});
    } else if (link != nullptr && !link->has_carrier) {
        diagnosis.make_root(
            ifname, key_of(ifname),
            {interface.addresses.empty() ? Grade::note : Grade::warning, "no-carrier", ifname,
             "has no carrier: the kernel chooses it, and nothing gets out",
             "it may be detached from the instance, or be failing", ""});
    } else if (interface.addresses.empty() && !is_its_address_elsewhere(diagnosis, ifname)) {
        diagnosis.make_root(ifname, key_of(ifname), without_address(diagnosis, ifname));
    }
}

/// "10.0.2.37/24": the address whose netmask is not that of its subnet in EC2, with the right one.
std::string address_of_ec2(const Facts& facts, const std::string& ifname) {
    const Eni* const eni = find_eni(facts, ifname);
    if (eni == nullptr) return "";
    for (const Address& own : facts.kernel.addresses)
        for (const Prefix& subnet : eni->subnets)
            if (own.ifname == ifname && own.address.family() == Family::v4 &&
                subnet.contains(own.address) && own.prefix_length != subnet.length() &&
                own.prefix_length != own.address.bits())
                return own.address.to_string() + "/" + std::to_string(subnet.length());
    return "";
}

/// Main as a wrong netmask has it sends to the wrong hosts.
void judge_netmasks(Diagnosis& diagnosis) {
    for (const Note& note : diagnosis.plan.notes) {
        if (note.code != "netmask-wrong") continue;
        Finding finding{Grade::warning, "netmask-wrong", note.ifname, note.text, "", ""};
        const NetworkManagerDevice* const device = device_of(diagnosis.facts, note.ifname);
        const std::string right = address_of_ec2(diagnosis.facts, note.ifname);
        if (device != nullptr && !device->profile.empty() && !right.empty())
            finding.fix = "nmcli connection modify " + shell_word(device->profile) +
                          " ipv4.addresses " + right + " && nmcli connection up ifname " +
                          note.ifname;
        diagnosis.of_cause({CauseKey::Kind::netmask, note.ifname}, finding);
    }
}

/// It is silent, or not EC2's: that is worse than that nothing names it.
bool is_gateway_judged(Diagnosis& diagnosis, const std::string& ifname) {
    const InterfacePlan* const interface = planned(diagnosis.plan, ifname);
    return interface != nullptr && interface->gateway4 &&
           diagnosis.find({CauseKey::Kind::gateway,
                           ifname + " " + interface->gateway4->address.to_string()}) != nullptr;
}

}  // namespace

void judge_interfaces(Diagnosis& diagnosis) {
    const Facts& facts = diagnosis.facts;
    if (!diagnosis.is_off)
        for (const Link& link : facts.kernel.links)
            if (is_switched_off(facts, diagnosis.config, link.ifname) &&
                planned(diagnosis.plan, link.ifname) != nullptr)
                judge_disabled(diagnosis, link);
    for (const InterfacePlan& interface : diagnosis.plan.interfaces)
        if (diagnosis.root_of(interface.ifname) == nullptr) judge_managed(diagnosis, interface);
    std::set<std::string> of_enis;
    for (const auto& [mac, eni] : facts.enis)
        if (const Link* link = link_of(facts.kernel, mac, eni)) of_enis.insert(link->ifname);
    judge_unmanaged(diagnosis, of_enis);
    judge_netmasks(diagnosis);
}

void judge_plan_notes(Diagnosis& diagnosis) {
    for (const Note& note : diagnosis.plan.notes) {
        const bool is_warning = note.severity == Severity::warning;
        if (!is_warning && note.code != kOutgoingChanged) continue;
        if (note.code == "netmask-wrong" || note.code == "gateway-unknown") continue;  // causes
        if (diagnosis.find({CauseKey::Kind::route, kInTheWayOf + note.ifname}) != nullptr &&
            note.code == "route-in-the-way")
            continue;
        if (note.code == "gateway-kept" && is_gateway_judged(diagnosis, note.ifname)) continue;
        Finding finding{is_warning ? Grade::warning : Grade::note,
                        std::string(note.code),
                        note.ifname,
                        note.text,
                        "",
                        ""};
        Finding* const root = diagnosis.root_of(note.ifname);
        if (root != nullptr && is_warning)
            root->consequences.push_back(note.text);
        else
            diagnosis.say(finding);
    }
}

}  // namespace eni
