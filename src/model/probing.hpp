// What `check --probe` asks for real, and what was answered. Plain structs; must not send anything,
// which is probe.hpp's business.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "address.hpp"

namespace eni {

/// Is there a host with this address on the link?
struct GatewayQuestion {
    std::string ifname;
    IpAddress address;
};

/// Does the peer answer what is sent from `local`, by whichever way the kernel sends it?
struct PeerQuestion {
    std::string ifname;  // that has `local`; nothing is bound to it
    IpAddress local;
    IpAddress peer;          // of the same family
    std::uint16_t port = 0;  // TCP; 0: an ICMP echo
};

struct ProbeQuestions {
    std::vector<GatewayQuestion> gateways;
    std::vector<PeerQuestion> peers;
};

enum class ProbeOutcome : std::uint8_t {
    answered,
    refused,  // the port is closed: an answer as well
    silent,
    error  // it could not be sent, or a host on the way said why not
};

struct ProbeAnswer {
    ProbeOutcome outcome = ProbeOutcome::silent;
    int error = 0;  // the errno of `error`

    bool is_answer() const {
        return outcome == ProbeOutcome::answered || outcome == ProbeOutcome::refused;
    }
};

/// In the order of the questions.
struct ProbeAnswers {
    std::vector<ProbeAnswer> gateways;
    std::vector<ProbeAnswer> peers;
};

}  // namespace eni
