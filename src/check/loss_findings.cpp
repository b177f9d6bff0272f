// The lost packets, each led to the cause that explains it. See diagnosis.hpp.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "diagnosis.hpp"
#include "format.hpp"
#include "loss_words.hpp"

namespace eni {

namespace {

/// What is lost in the same way is one sentence, whoever the peers.
struct Loss {
    const Flow* flow;
    bool is_mended;  // where all changes are made
    std::vector<std::string> peers;
};

/// Which flow it is, whatever way it goes: of a program bound to no address the way says from
/// which.
auto flow_key(const Flow& flow) {
    const bool is_unbound = flow.kind == FlowKind::unbound;
    return std::make_tuple(flow.kind, is_unbound ? "" : flow.ifname,
                           is_unbound ? std::nullopt : flow.local, flow.peer.address, flow.behind,
                           flow.port);
}

/// What is lost in the same way.
auto loss_key(const Flow& flow, bool is_mended) {
    return std::make_tuple(flow.kind, flow.ifname, flow.local, flow.behind, flow.port, flow.fault,
                           flow.out.ifname, flow.out.gateway, flow.out.table,
                           flow.is_dropped_by_rp_filter, is_mended);
}

std::vector<Loss> losses_of(const std::vector<Flow>& flows, const std::vector<Flow>& mended) {
    std::set<decltype(flow_key(flows.front()))> good;
    for (const Flow& flow : mended)
        if (flow.fault == Fault::none) good.insert(flow_key(flow));
    std::vector<Loss> losses;
    std::map<decltype(loss_key(flows.front(), true)), std::size_t> known;
    for (const Flow& flow : flows) {
        if (flow.fault == Fault::none) continue;
        const bool is_mended = good.count(flow_key(flow)) != 0;
        const auto [found, is_new] = known.emplace(loss_key(flow, is_mended), losses.size());
        if (is_new) losses.push_back({&flow, is_mended, {}});
        // A port that is published for TCP and for UDP is two flows of one peer.
        std::vector<std::string>& peers = losses[found->second].peers;
        if (std::find(peers.begin(), peers.end(), flow.peer.name) == peers.end())
            peers.push_back(flow.peer.name);
    }
    return losses;
}

// ---- Which cause it is --------------------------------------------------------------------------

struct Blame {
    CauseKey key;
    Finding draft = {};  // of a cause that is not known yet
    bool is_state =
        false;  // it is known: its text says what is wrong, and the loss follows from it
};

Blame blame_known(const CauseKey& key) {
    return {key, {}, true};
}

/// Which interface of the plan a rule or a table serves.
std::string served_by(const Diagnosis& diagnosis, const Cause& cause) {
    if (!cause.group_of.empty()) return cause.group_of;
    if (cause.rule) {
        const auto found = diagnosis.served.find(*cause.rule);
        if (found != diagnosis.served.end()) return found->second;
    }
    for (const InterfacePlan& interface : diagnosis.plan.interfaces)
        if (cause.table == interface.table.id ||
            (cause.rule && cause.rule->table == interface.table.id))
            return interface.ifname;
    return "";
}

/// Whether a run would make the rule as things stand: not where what it serves is switched off.
bool is_made_by_a_run(const Diagnosis& diagnosis, const Rule& rule) {
    const auto& rules = diagnosis.change_set.plan.rules;
    return std::any_of(rules.begin(), rules.end(),
                       [&](const Planned<Rule>& planned) { return planned.object == rule; });
}

/// Of the interfaces that are switched off the one that a loss is about; empty where it is none.
std::string disabled_for(Diagnosis& diagnosis, const Flow& flow, const Cause& cause) {
    std::vector<std::string> disabled;
    for (const auto& [ifname, key] : diagnosis.roots)
        if (diagnosis.find(key)->code == "interface-disabled") disabled.push_back(ifname);
    if (disabled.empty()) return "";
    const auto is_disabled = [&](const std::string& ifname) {
        return std::find(disabled.begin(), disabled.end(), ifname) != disabled.end();
    };
    for (const std::string& ifname : {served_by(diagnosis, cause), flow.ifname, flow.out.ifname})
        if (is_disabled(ifname)) return ifname;
    return !cause.rule || is_made_by_a_run(diagnosis, *cause.rule) ? "" : disabled.front();
}

/// Main has had it since the last run, which would pass over it: not our rule is the news.
bool is_of_main(const Cause& cause) {
    return cause.kind == Cause::Kind::as_planned ||
           (cause.kind == Cause::Kind::rule_left_over && cause.route &&
            cause.route->table == kTableMain);
}

const char* code_of(const Cause& cause) {
    if (is_of_main(cause))
        return cause.route && refuses(cause.route->type) ? "route-refuses" : "main-route";
    switch (cause.kind) {
        case Cause::Kind::as_planned:
            break;
        case Cause::Kind::rule_unknown:
            return "rule-unknown";
        case Cause::Kind::rule_missing:
            return "rule-missing";
        case Cause::Kind::rule_left_over:
            return "rule-left-over";
        case Cause::Kind::rule_foreign:
            return "foreign-rule";
        case Cause::Kind::link_group:
            return "link-group";
        case Cause::Kind::table:
            return "route-missing";
    }
    return "";
}

Blame blame_difference(const Diagnosis& diagnosis, const Flow& flow, const Cause& cause) {
    const std::string served = served_by(diagnosis, cause);
    const std::string ifname = served.empty() ? flow.ifname : served;
    return {{CauseKey::Kind::policy, ifname},
            {Grade::broken, code_of(cause), ifname, "", cause.text, kRegenerate}};
}

/// Another program's.
Blame blame_rule(Diagnosis& diagnosis, const Loss& loss, const Cause& cause) {
    const CauseKey led_past{CauseKey::Kind::rule, "to be led past"};
    if (const Finding* const known = diagnosis.find(led_past))
        if (known->rule == cause.rule) return blame_known(led_past);
    Blame blame{{CauseKey::Kind::rule, format_rule_listing(*cause.rule)},
                {Grade::broken, code_of(cause), loss.flow->ifname, "", cause.text, ""}};
    // What a run leads past is one thing, though one program have several rules. (The walk passes
    // over what it does not know: it cannot tell that a run would mend it.)
    if (loss.is_mended && cause.kind != Cause::Kind::rule_unknown) {
        blame.key = led_past;
        blame.draft.fix = kRegenerate;
    } else {
        blame.draft.fix = diagnosis.adoption_of(*cause.rule);
        if (blame.draft.fix.empty())
            blame.draft.because += "; that rule is not eni-routes', which leaves it as it is";
    }
    return blame;
}

/// Main's, or one that stands where the plan's would. By a device that is no ENI, or refused, it is
/// the same for all interfaces.
Blame blame_route(const Diagnosis& diagnosis, const Loss& loss, const Cause& cause) {
    const Flow& flow = *loss.flow;
    const bool is_in_the_way =
        cause.route && cause.route->table != kTableMain &&
        std::any_of(diagnosis.plan.notes.begin(), diagnosis.plan.notes.end(),
                    [&](const Note& note) {
                        return note.code == "route-in-the-way" && note.ifname == flow.ifname;
                    });
    if (is_in_the_way)
        return {{CauseKey::Kind::route, kInTheWayOf + flow.ifname},
                {Grade::broken, "route-in-the-way", flow.ifname, "",
                 cause.text + ", which is not eni-routes'", ""}};
    const bool is_by_an_eni = cause.route && !cause.route->hops.empty() &&
                              planned(diagnosis.plan, cause.route->hops[0].ifname) != nullptr;
    const bool is_for_all = cause.route && !is_by_an_eni;
    return {{CauseKey::Kind::route, cause.route ? format_route(*cause.route) : flow.ifname},
            {Grade::broken, code_of(cause), is_for_all ? "" : flow.ifname, "", cause.text,
             loss.is_mended ? kRegenerate : ""}};
}

/// By the walk through the rules.
Blame blame_walk(Diagnosis& diagnosis, const Loss& loss, const Cause& cause) {
    const bool is_anothers =
        cause.kind == Cause::Kind::rule_unknown || cause.kind == Cause::Kind::rule_foreign;
    Blame blame = is_anothers         ? blame_rule(diagnosis, loss, cause)
                  : is_of_main(cause) ? blame_route(diagnosis, loss, cause)
                                      : blame_difference(diagnosis, *loss.flow, cause);
    blame.draft.rule = cause.rule;
    blame.draft.route = cause.route;
    return blame;
}

Blame blame_rp_filter(Diagnosis& diagnosis, const Loss& loss) {
    const Flow& flow = *loss.flow;
    Blame blame{{CauseKey::Kind::rp_filter, flow.expected},
                {Grade::broken, "rp-filter", flow.ifname.empty() ? flow.expected : flow.ifname, "",
                 drop_words(flow, diagnosis.facts.kernel),
                 "sysctl -w net.ipv4.conf." + flow.expected + ".rp_filter=2"}};
    if (loss.is_mended) {
        blame.key = {CauseKey::Kind::policy, flow.expected};
        blame.draft.fix = kRegenerate;
    }
    return blame;
}

CauseKey state_key(const Flow& flow) {
    if (flow.fault == Fault::silent_gateway)
        return {CauseKey::Kind::gateway, flow.out.ifname + " " + flow.out.gateway->to_string()};
    return {CauseKey::Kind::interface, flow.expected};
}

/// A cause that was found without a packet, and explains it; nothing where there is none.
std::optional<CauseKey> known_cause(Diagnosis& diagnosis, const Loss& loss) {
    const Flow& flow = *loss.flow;
    const CauseKey interface { CauseKey::Kind::interface, flow.ifname };
    std::vector<CauseKey> candidates;
    if (flow.local) candidates.push_back({CauseKey::Kind::address, flow.local->to_string()});
    if (flow.fault == Fault::no_address) {
        candidates.push_back(interface);
        candidates.push_back({CauseKey::Kind::missing, flow.ifname});
    }
    if (flow.fault == Fault::link_down || flow.fault == Fault::no_carrier ||
        flow.fault == Fault::silent_gateway)
        candidates.push_back(state_key(flow));
    if (loss.is_mended) candidates.push_back({CauseKey::Kind::host, ""});
    const auto way_out = diagnosis.roots.find(flow.out.ifname);
    if (flow.kind == FlowKind::unbound && way_out != diagnosis.roots.end())
        candidates.push_back(way_out->second);
    const Finding* const root = diagnosis.root_of(flow.ifname);
    if (root != nullptr && root->code == "interface-unmanaged") candidates.push_back(interface);
    for (const CauseKey& key : candidates)
        if (diagnosis.find(key) != nullptr) return key;
    return std::nullopt;
}

/// Of a walk that ends in main by no fault of main's.
std::optional<CauseKey> known_cause_of(Diagnosis& diagnosis, const Flow& flow, const Cause& cause) {
    if (!is_of_main(cause)) return std::nullopt;
    if (cause.route && cause.route->hops.size() == 1) {
        const CauseKey netmask{CauseKey::Kind::netmask, cause.route->hops[0].ifname};
        if (diagnosis.find(netmask) != nullptr) return netmask;
    }
    // Without a default of its own an interface has main's, by whichever that is.
    const CauseKey no_gateway{CauseKey::Kind::gateway, flow.ifname};
    return diagnosis.find(no_gateway) != nullptr ? std::make_optional(no_gateway) : std::nullopt;
}

Blame blame_for(Diagnosis& diagnosis, const Loss& loss) {
    if (const auto key = known_cause(diagnosis, loss)) return blame_known(*key);
    const Flow& flow = *loss.flow;
    if (flow.fault == Fault::no_address)
        return {{CauseKey::Kind::missing, flow.ifname},
                {Grade::broken, "address-missing", flow.ifname, "", "", ""}};
    if (flow.fault == Fault::refused && flow.is_dropped_by_rp_filter)
        return blame_rp_filter(diagnosis, loss);
    const Cause cause = find_cause(diagnosis.comparison, flow.query, flow.out);
    const CauseKey host{CauseKey::Kind::host, ""};
    if (cause.kind == Cause::Kind::rule_missing && diagnosis.find(host) != nullptr)
        return blame_known(host);
    const std::string off = loss.is_mended ? disabled_for(diagnosis, flow, cause) : "";
    if (!off.empty()) return blame_known({CauseKey::Kind::interface, off});
    if (const auto key = known_cause_of(diagnosis, flow, cause)) return blame_known(*key);
    return blame_walk(diagnosis, loss, cause);
}

// ---- The finding --------------------------------------------------------------------------------

/// No client waits for what this host begins; where main, or another program, says that it is to
/// have no way, that may be meant.
Grade grade_of(const Loss& loss) {
    const bool is_known_to_clients = loss.flow->kind == FlowKind::bound;
    return is_known_to_clients || loss.is_mended ? Grade::broken : Grade::warning;
}

void judge_loss(Diagnosis& diagnosis, const Loss& loss) {
    const Flow& flow = *loss.flow;
    const Grade grade = grade_of(loss);
    Blame blame = blame_for(diagnosis, loss);
    if (!blame.is_state) blame.draft.grade = grade;
    const bool is_new = diagnosis.find(blame.key) == nullptr;
    Finding& finding = diagnosis.of_cause(blame.key, blame.draft);
    const bool is_first = is_new || (finding.grade < grade && !blame.is_state);
    finding.grade = std::max(finding.grade, grade);
    if (blame.key.kind == CauseKey::Kind::missing) diagnosis.roots.emplace(flow.ifname, blame.key);
    auto& all = finding.consequences;
    auto peers = loss.peers;
    if (is_first) {  // the first of the peers is enough for a headline
        finding.text =
            loss_words(flow, {peers.front()}, diagnosis.plan, finding.ifname != flow.ifname);
        if (finding.ifname == flow.ifname && !finding.address) finding.address = flow.local;
        peers.erase(peers.begin());
    }
    if (!peers.empty()) all.push_back(loss_words(flow, peers, diagnosis.plan, true));
    const bool is_told = flow.fault == Fault::refused || !flow.is_dropped_by_rp_filter;
    const std::string drop = drop_words(flow, diagnosis.facts.kernel);
    if (!is_told && std::find(all.begin(), all.end(), drop) == all.end()) all.push_back(drop);
}

void judge_published(Diagnosis& diagnosis, const Loss& loss) {
    const Flow& flow = *loss.flow;
    Finding finding{Grade::warning,
                    "published-port",
                    flow.ifname,
                    loss_words(flow, loss.peers, diagnosis.plan, true),
                    find_cause(diagnosis.comparison, flow.query, flow.out).text,
                    loss.is_mended ? kRegenerate
                    : diagnosis.config.forwarded == Forwarded::off
                        ? by_configuration("forwarded: connmark")
                        : ""};
    finding.address = flow.local;
    if (flow.fault == Fault::wrong_link)
        finding.because += "; published on an address of " + flow.out.ifname +
                           ", or served by a proxy on this host, it would answer";
    if (flow.is_dropped_by_rp_filter)
        finding.consequences.push_back(drop_words(flow, diagnosis.facts.kernel));
    diagnosis.add_to({CauseKey::Kind::published, std::to_string(flow.port)}, finding);
}

}  // namespace

void judge_losses(Diagnosis& diagnosis, const std::vector<Flow>& flows,
                  const std::vector<Flow>& mended) {
    for (const Loss& loss : losses_of(flows, mended))
        if (loss.flow->kind == FlowKind::published)
            judge_published(diagnosis, loss);
        else
            judge_loss(diagnosis, loss);
}

}  // namespace eni
