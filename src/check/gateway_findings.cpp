// The gateways: whether they answer, and whether they are EC2's. See diagnosis.hpp.
#include <algorithm>

#include "diagnosis.hpp"

namespace eni {

namespace {

/// EC2's router is the first address of an IPv4 subnet.
std::optional<IpAddress> ec2s_gateway(const InterfacePlan& interface, const IpAddress& gateway) {
    for (const Prefix& subnet : interface.subnets)
        if (subnet.family() == Family::v4 && subnet.contains(gateway))
            return subnet.address().next();
    return std::nullopt;
}

/// The configuration's word goes before whatever else names a gateway.
std::string remedy_for(const InterfacePlan& interface, const IpAddress& usual) {
    return by_configuration("interface: {" + interface.ifname + ": {gateway: " + usual.to_string() +
                            "}}");
}

void judge_gateway(Diagnosis& diagnosis, const InterfacePlan& interface, const Gateway& gateway) {
    const auto usual = ec2s_gateway(interface, gateway.address);
    const bool is_usual = !usual || *usual == gateway.address;
    const std::string source = format_gateway_source(gateway.source);
    const std::string words = "its gateway " + gateway.address.to_string();
    const std::string why_not =
        is_usual ? "" : "EC2's router is " + usual->to_string() + ", the first of the subnet";
    Finding finding;
    finding.ifname = interface.ifname;
    finding.grade = Grade::warning;
    finding.address = gateway.address;
    if (!is_usual) finding.fix = remedy_for(interface, *usual);
    if (has_not_answered(diagnosis.facts.kernel, interface.ifname, gateway.address)) {
        finding.code = "gateway-silent";
        finding.text = words + " does not answer";
        finding.because = "it is from " + source + (is_usual ? "" : "; " + why_not);
    } else if (!is_usual) {
        finding.code = "gateway-not-ec2s";
        finding.text = words + " is not EC2's";
        finding.because = "it is from " + source + "; " + why_not;
    } else {
        return;
    }
    diagnosis.of_cause(
        {CauseKey::Kind::gateway, interface.ifname + " " + gateway.address.to_string()}, finding);
}

/// Without one what the interface sends leaves as main says.
void judge_unknown(Diagnosis& diagnosis, const Note& note) {
    Finding finding{Grade::warning, std::string(note.code), note.ifname, note.text, "", ""};
    const InterfacePlan* const interface = planned(diagnosis.plan, note.ifname);
    const bool is_ipv4 = interface != nullptr && !interface->gateway4;
    for (const Prefix& subnet : is_ipv4 ? interface->subnets : std::vector<Prefix>())
        if (subnet.family() == Family::v4 && !subnet.is_host() && finding.fix.empty())
            finding.fix = remedy_for(*interface, subnet.address().next());
    diagnosis.of_cause({CauseKey::Kind::gateway, note.ifname}, finding);
}

}  // namespace

void judge_gateways(Diagnosis& diagnosis) {
    for (const Note& note : diagnosis.plan.notes)
        if (note.code == "gateway-unknown") judge_unknown(diagnosis, note);
    for (const InterfacePlan& interface : diagnosis.plan.interfaces)
        for (const Family family : kFamilies)
            if (const auto& gateway = interface.gateway(family))
                judge_gateway(diagnosis, interface, *gateway);
}

}  // namespace eni
