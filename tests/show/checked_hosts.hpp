// Results of a check, made by hand: what the picture and the report are drawn from. Tests change
// what they are about.
#pragma once

#include <string>

#include "check.hpp"
#include "example.hpp"

namespace eni {

inline Flow bound_flow(const std::string& ifname, const std::string& local, const std::string& by,
                       const std::string& gateway, Fault fault = Fault::none) {
    Flow flow;
    flow.ifname = flow.expected = ifname;
    flow.local = ip(local);
    flow.locals = {ip(local)};
    flow.peer = {ip("192.0.2.1"), "the internet", "", false, true};
    flow.out.ifname = by;
    if (!gateway.empty()) flow.out.gateway = ip(gateway);
    flow.fault = fault;
    return flow;
}

/// eth1's, whose answers leave by eth0.
inline Flow lost_flow() {
    Flow flow = bound_flow("eth1", "10.0.2.37", "eth0", "10.0.0.1", Fault::wrong_link);
    flow.is_dropped_by_rp_filter = true;
    return flow;
}

inline CheckedAddress checked(const std::string& address, const std::string& public_address = "",
                              bool is_lost = false) {
    CheckedAddress result;
    result.address = ip(address);
    if (!public_address.empty()) result.public_address = ip(public_address);
    result.is_lost = is_lost;
    return result;
}

/// Two interfaces, each with an Elastic IP, and nothing to say of them.
inline CheckResult healthy_host() {
    CheckResult result;
    result.interfaces = {{"eth0", true, {checked("10.0.0.29", "198.51.100.10")}},
                         {"eth1", true, {checked("10.0.2.37", "198.51.100.11")}}};
    result.flows = {bound_flow("eth0", "10.0.0.29", "eth0", "10.0.0.1"),
                    bound_flow("eth1", "10.0.2.37", "eth1", "10.0.2.1")};
    result.host_is_right = {"hook", "NetworkManager"};
    return result;
}

/// eth1's answers leave by eth0.
inline CheckResult broken_host() {
    CheckResult result = healthy_host();
    result.interfaces[1].addresses[0].is_lost = true;
    result.flows[1] = bound_flow("eth1", "10.0.2.37", "eth0", "10.0.0.1", Fault::wrong_link);
    Finding finding;
    finding.grade = Grade::broken;
    finding.code = "rule-missing";
    finding.ifname = "eth1";
    finding.text = "replies to the internet leave by eth0";
    finding.because = "rule 20101 is missing";
    finding.fix = "eni-routes regenerate";
    finding.consequences = {"replies to neighbours leave by eth0"};
    result.findings = {finding};
    return result;
}

/// Where everything is as in `broken_host`, and is to stay so.
inline CheckResult accepted_host() {
    CheckResult result = broken_host();
    result.findings[0].is_accepted = true;
    return result;
}

inline std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

}  // namespace eni
