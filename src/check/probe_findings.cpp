// What was asked for real, with packets: `check --probe`. See diagnosis.hpp.
#include <cstring>
#include <set>

#include "diagnosis.hpp"
#include "subjects.hpp"

namespace eni {

namespace {

bool is_reachable_link(const Facts& facts, const std::string& ifname) {
    const Link* const link = find_link(facts.kernel, ifname);
    return link != nullptr && link->is_up && link->has_carrier;
}

std::string outcome_words(const ProbeAnswer& answer) {
    return answer.outcome == ProbeOutcome::error
               ? std::string("cannot be reached: ") + std::strerror(answer.error)
               : "does not answer";
}

std::string peer_words(const PeerQuestion& question) {
    std::string address = question.peer.to_string();
    if (question.port == 0) return address;
    return (question.peer.family() == Family::v6 ? "[" + address + "]" : address) + ":" +
           std::to_string(question.port);
}

void judge_gateway(Diagnosis& diagnosis, const GatewayQuestion& question,
                   const ProbeAnswer& answer) {
    const CauseKey key{CauseKey::Kind::gateway,
                       question.ifname + " " + question.address.to_string()};
    Finding finding{Grade::broken,
                    "gateway-silent",
                    question.ifname,
                    "its gateway " + question.address.to_string() + " " + outcome_words(answer),
                    "it was asked for its MAC three times",
                    ""};
    finding.address = question.address;
    Finding& known = diagnosis.of_cause(key, finding);
    known.grade = Grade::broken;
    if (known.code == finding.code) return;
    known.code = finding.code;  // what was thought of it is known now
    known.text = finding.text;
}

using PeerName = std::pair<IpAddress, std::uint16_t>;

/// It answers another address of this host's.
void judge_peer(Diagnosis& diagnosis, const PeerQuestion& question, const ProbeAnswer& answer) {
    Finding finding{Grade::broken,
                    "peer-silent",
                    question.ifname,
                    peer_words(question) + " " + outcome_words(answer) + " when asked from " +
                        question.local.to_string(),
                    "it answers others of this host's addresses",
                    ""};
    finding.address = question.local;
    for (Finding& known : diagnosis.findings)
        if (known.grade == Grade::broken && known.ifname == question.ifname) {
            known.consequences.push_back(finding.text);
            return;
        }
    diagnosis.say(finding);
}

/// Which says nothing of this host's interfaces.
void judge_dead_peer(Diagnosis& diagnosis, const PeerQuestion& question,
                     const ProbeAnswer& answer) {
    if (!diagnosis.dead_peers.emplace(question.peer, question.port).second) return;
    diagnosis.say({Grade::warning, "peer-silent", "",
                   peer_words(question) + " " + outcome_words(answer),
                   "it was asked from each address of its family, and answered none", ""});
}

}  // namespace

ProbeQuestions questions_for(const Facts& facts, const Config& config, const Plan& plan) {
    ProbeQuestions questions;
    for (const InterfacePlan& interface : plan.interfaces) {
        if (!is_reachable_link(facts, interface.ifname)) continue;
        for (const Family family : kFamilies) {
            const auto& gateway = interface.gateway(family);
            if (gateway && !interface.addresses.empty())
                questions.gateways.push_back({interface.ifname, gateway->address});
        }
        for (const IpAddress& local : interface.addresses)
            for (const CheckPeer& peer : config.check_peers)
                if (peer.address.family() == local.family())
                    questions.peers.push_back({interface.ifname, local, peer.address, peer.port});
    }
    return questions;
}

void judge_probe(Diagnosis& diagnosis, const Probe& probe) {
    const auto& [questions, answers] = probe;
    for (std::size_t i = 0; i < questions.gateways.size() && i < answers.gateways.size(); ++i)
        if (!answers.gateways[i].is_answer())
            judge_gateway(diagnosis, questions.gateways[i], answers.gateways[i]);
    std::set<PeerName> alive;
    for (std::size_t i = 0; i < questions.peers.size() && i < answers.peers.size(); ++i)
        if (answers.peers[i].is_answer())
            alive.emplace(questions.peers[i].peer, questions.peers[i].port);
    for (std::size_t i = 0; i < questions.peers.size() && i < answers.peers.size(); ++i) {
        const PeerQuestion& question = questions.peers[i];
        if (answers.peers[i].is_answer()) continue;
        if (alive.count({question.peer, question.port}) == 0)
            judge_dead_peer(diagnosis, question, answers.peers[i]);
        else
            judge_peer(diagnosis, question, answers.peers[i]);
    }
}

}  // namespace eni
