// Asks gateways and peers for real, with packets: `check --probe`. Must not decide what an answer
// means, nor change anything on this host: no route, no neighbour entry.
#pragma once

#include "probing.hpp"

namespace eni {

/// Gateways by ARP, from an address of the interface's own, or by neighbour solicitation; each is
/// asked three times in 1 s. Peers by a TCP connection, which is closed at once, or by an ICMP echo
/// three times, in 2 s. 64 at a time. Throws std::runtime_error for whoever is not root.
ProbeAnswers probe(const ProbeQuestions& questions);

}  // namespace eni
