// The verdicts on the flows: who is lost, and why; who answers. See diagnosis.hpp.
#include <algorithm>
#include <cstring>
#include <tuple>

#include "diagnosis.hpp"
#include "text.hpp"

namespace eni {

namespace {

std::string local_words(const Flow& flow) {
    return flow.local ? flow.local->to_string() : "this host";
}

/// Who sends what is lost, and to whom.
std::string subject_of(const Flow& flow, const std::string& peers) {
    switch (flow.kind) {
        case FlowKind::bound:
            return "answers from " + local_words(flow) + " to " + peers;
        case FlowKind::unbound:
            return "packets of programs bound to no address to " + peers;
        case FlowKind::forwarded:
            return "packets that this host forwards for " + flow.behind->to_string() + " to " +
                   peers;
        case FlowKind::published:
            return "answers of " + flow.behind->to_string() + " for port " +
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

std::string drop_words(const Flow& flow, const Diagnosis& diagnosis) {
    const int value = effective_rp_filter(diagnosis.facts.kernel, flow.expected);
    return arrivals_word(flow) + std::string(" are dropped on arrival, rp_filter is ") +
           rp_filter_word(value) + " on " + flow.expected;
}

std::string problem_of(const Flow& flow, const Diagnosis& diagnosis) {
    const std::string errors = std::strerror(flow.out.error);
    switch (flow.fault) {
        case Fault::none:
            return "";
        case Fault::no_way:
            return "find no way: " + errors;
        case Fault::wrong_link:
            if (flow.kind == FlowKind::unbound && flow.local)
                return "leave by " + flow.out.ifname + " with " +
                       (flow.ifname.empty() ? "" : flow.ifname + "'s ") + flow.local->to_string();
            return "leave by " + flow.out.ifname;
        case Fault::wrong_gateway:
            return wrong_gateway_words(flow, diagnosis.plan);
        case Fault::refused:
            return "come to nothing: " +
                   (flow.is_dropped_by_rp_filter
                        ? drop_words(flow, diagnosis)
                        : arrivals_word(flow) + std::string(" are refused by the kernel, ") +
                              std::strerror(flow.refusal));
    }
    return "";
}

std::string arrival_words(const Flow& flow, const Diagnosis& diagnosis) {
    const bool is_told = flow.fault == Fault::refused || !flow.is_dropped_by_rp_filter;
    return is_told ? "" : "; " + drop_words(flow, diagnosis);
}

void tell(Diagnosis& diagnosis, const Cause& cause, Family family) {
    if (cause.rule) diagnosis.told_rules.insert(*cause.rule);
    if (cause.table) diagnosis.told_tables.insert({family, *cause.table});
    if (!cause.group_of.empty()) diagnosis.told_groups.insert(cause.group_of);
}

/// What is lost for the same reason is one verdict, whoever the peers.
struct Loss {
    const Flow* flow;
    Cause cause;
    std::vector<std::string> peers;

    auto key() const {
        return std::make_tuple(flow->kind, flow->ifname, flow->local, flow->behind, flow->port,
                               flow->fault, flow->out.ifname, flow->is_dropped_by_rp_filter,
                               cause.text);
    }
};

std::string fix_of(const Loss& loss, const Diagnosis& diagnosis) {
    const Flow& flow = *loss.flow;
    if (flow.kind == FlowKind::published && flow.fault == Fault::wrong_link)
        return "publish the port on an address of " + flow.out.ifname +
               ", or let a proxy on this host listen on " + local_words(flow);
    if (!loss.cause.fix.empty())
        return loss.cause.rule ? diagnosis.advice_on(*loss.cause.rule, loss.cause.fix)
                               : loss.cause.fix;
    return loss.cause.is_as_planned ? "" : diagnosis.remedy;
}

}  // namespace

void judge_losses(Diagnosis& diagnosis, const std::vector<Flow>& flows) {
    std::vector<Loss> losses;
    for (const Flow& flow : flows) {
        if (flow.fault == Fault::none) continue;
        Loss loss{&flow, find_cause(diagnosis.comparison, flow.query, flow.out), {}};
        auto same = std::find_if(losses.begin(), losses.end(),
                                 [&](const Loss& other) { return other.key() == loss.key(); });
        if (same == losses.end()) same = losses.insert(same, loss);
        same->peers.push_back(flow.peer.name);
    }
    for (const Loss& loss : losses) {
        const Flow& flow = *loss.flow;
        tell(diagnosis, loss.cause, flow.query.family());
        const bool is_published = flow.kind == FlowKind::published;
        const bool is_right_way_out = flow.fault == Fault::refused;
        const std::string why =
            loss.cause.text.empty() || is_right_way_out ? "" : " (" + loss.cause.text + ")";
        diagnosis.say(is_published ? Grade::warning : Grade::broken, flow.ifname,
                      subject_of(flow, enumeration(loss.peers, "and")) + " " +
                          problem_of(flow, diagnosis) + why + arrival_words(flow, diagnosis),
                      fix_of(loss, diagnosis));
    }
}

/// One line for each address that answers, and one for what is bound to none.
void judge_answers(Diagnosis& diagnosis, const std::vector<Flow>& flows) {
    std::vector<std::pair<const Flow*, std::vector<std::string>>> good;
    for (const Flow& flow : flows) {
        if (flow.fault != Fault::none || diagnosis.lacks_carrier(flow.expected)) continue;
        const auto is_same = [&](const auto& other) {
            const Flow& first = *other.first;
            return first.kind == flow.kind && first.expected == flow.expected &&
                   (flow.kind == FlowKind::unbound ||
                    (first.local == flow.local && first.behind == flow.behind &&
                     first.port == flow.port));
        };
        auto found = std::find_if(good.begin(), good.end(), is_same);
        if (found == good.end()) found = good.insert(found, {&flow, {}});
        found->second.push_back(flow.peer.name);
    }
    for (const auto& [flow, peers] : good) {
        const std::string by = " by " + flow->expected;
        const std::string words =
            flow->kind == FlowKind::bound     ? local_words(*flow) + " answers "
            : flow->kind == FlowKind::unbound ? "programs bound to no address reach "
            : flow->kind == FlowKind::forwarded
                ? flow->behind->to_string() + " reaches, through this host, "
                : "port " + std::to_string(flow->port) + " of " + local_words(*flow) + ", which " +
                      flow->behind->to_string() + " serves, answers ";
        diagnosis.say(Grade::good, flow->ifname, words + enumeration(peers, "and") + by);
    }
}

void judge_rp_filter(Diagnosis& diagnosis, const std::vector<Flow>& flows) {
    const KernelSnapshot& kernel = diagnosis.facts.kernel;
    for (const InterfacePlan& interface : diagnosis.plan.interfaces) {
        const std::string& ifname = interface.ifname;
        const Link* link = find_link(kernel, ifname);
        const int value = effective_rp_filter(kernel, ifname);
        const bool drops = std::any_of(flows.begin(), flows.end(), [&](const Flow& flow) {
            return flow.is_dropped_by_rp_filter && flow.expected == ifname;
        });
        const char* effect =
            value == 0   ? "whatever comes in is accepted"
            : value == 2 ? "what comes in is accepted where there is a way back, by any interface"
            : drops      ? "what comes in is dropped where its answer would leave elsewhere"
                         : "nothing of the above is dropped";
        diagnosis.say(drops ? Grade::note : Grade::good, ifname,
                      std::string("rp_filter is ") + rp_filter_word(value) + " (conf/all " +
                          std::to_string(kernel.rp_filter_all) + ", conf/" + ifname + " " +
                          std::to_string(link != nullptr ? link->rp_filter : 0) + "): " + effect);
    }
}

}  // namespace eni
