// See loss_words.hpp.
#include "loss_words.hpp"

#include <cstring>

#include "format.hpp"
#include "lookup.hpp"
#include "text.hpp"

namespace eni {

namespace {

std::string local_words(const Flow& flow) {
    if (!flow.local) return "this host";
    const std::size_t more = flow.locals.empty() ? 0 : flow.locals.size() - 1;
    return flow.local->to_string() + (more == 0 ? "" : " and " + std::to_string(more) + " more");
}

/// Who sends what is lost, and to whom.
std::string subject_of(const Flow& flow, const std::string& peers, bool with_source) {
    switch (flow.kind) {
        case FlowKind::bound:
            return "replies " + (with_source ? "from " + local_words(flow) + " " : "") + "to " +
                   peers;
        case FlowKind::unbound:
            return "packets of programs bound to no address to " + peers;
        case FlowKind::forwarded:
            return "packets that this host forwards for " + flow.behind->to_string() + " to " +
                   peers;
        case FlowKind::published:
            return "replies of " + flow.behind->to_string() + " for port " +
                   std::to_string(flow.port) + " of " + local_words(flow) + " to " + peers;
    }
    return "";
}

/// "go to 10.0.2.99, which is not eth1's gateway". Eth1's gateway itself may be the wrong one: for
/// what main sends to another next hop.
std::string wrong_gateway_words(const Flow& flow, const Plan& plan) {
    const std::string whose = flow.expected + "'s gateway";
    if (!flow.out.gateway) return "are sent on the link itself, not to " + whose;
    const std::string gateway = flow.out.gateway->to_string();
    for (const InterfacePlan& interface : plan.interfaces) {
        const auto& own = interface.gateway(flow.out.gateway->family());
        if (interface.ifname == flow.expected && own && own->address == *flow.out.gateway)
            return "go to " + gateway + ", " + whose + ", though main knows another way";
    }
    return "go to " + gateway + ", which is not " + whose;
}

std::string wrong_link_words(const Flow& flow) {
    std::string words = "leave by " + flow.out.ifname;
    if (flow.kind == FlowKind::unbound && flow.local)
        words +=
            " with " + (flow.ifname.empty() ? "" : flow.ifname + "'s ") + flow.local->to_string();
    return words;
}

std::string problem_of(const Flow& flow, const Plan& plan) {
    switch (flow.fault) {
        case Fault::none:
            return "";
        case Fault::no_address:
            return "are not sent: no interface has the address";
        case Fault::link_down:
            return "are not sent: " + flow.expected + " is down";
        case Fault::no_carrier:
            return "get nowhere: " + flow.expected + " has no carrier";
        case Fault::silent_gateway:
            return "get nowhere: " + flow.out.gateway->to_string() + " does not answer ARP";
        case Fault::no_way:
            return std::string("have no way: ") + std::strerror(flow.out.error);
        case Fault::wrong_link:
            return wrong_link_words(flow);
        case Fault::wrong_gateway:
            return wrong_gateway_words(flow, plan);
        case Fault::refused:
            return std::string("are not sent: ") + arrivals_word(flow) + " are refused";
    }
    return "";
}

}  // namespace

std::string loss_words(const Flow& flow, const std::vector<std::string>& peers, const Plan& plan,
                       bool with_source) {
    const std::string whom = enumeration(peers, "and");
    if (flow.fault == Fault::refused && flow.is_dropped_by_rp_filter) {
        const std::string to = with_source && flow.local ? " to " + local_words(flow) : "";
        return arrivals_word(flow) + std::string(" from ") + whom + to + " are dropped on arrival";
    }
    return subject_of(flow, whom, with_source) + " " + problem_of(flow, plan);
}

std::string drop_words(const Flow& flow, const KernelSnapshot& kernel) {
    return arrivals_word(flow) + std::string(" are dropped on arrival: rp_filter is ") +
           rp_filter_word(effective_rp_filter(kernel, flow.expected)) + " on " + flow.expected;
}

}  // namespace eni
