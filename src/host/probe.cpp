// See probe.hpp.
#include "probe.hpp"

#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "own_addresses.hpp"

namespace eni {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kGatewayPatience{1000};
constexpr Milliseconds kPeerPatience{2000};
constexpr int kTimes = 3;                  // that each is asked
constexpr std::size_t kMostAtOnce = 64;    // sockets
constexpr std::size_t kMaxPacket = 65536;  // bytes

// ---- Sockets ------------------------------------------------------------------------------------

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) close(fd_);
    }

    int get() const { return fd_; }

  private:
    int fd_;
};

using Socket = std::shared_ptr<const Descriptor>;

Socket open_socket(int family, int type, int protocol) {
    return std::make_shared<Descriptor>(
        socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

template <class Address>
SocketAddress socket_address(const Address& address) {
    SocketAddress result;
    std::memcpy(&result.storage, &address, sizeof address);
    result.size = sizeof address;
    return result;
}

/// `ifindex` is needed for link-local addresses.
SocketAddress socket_address(const IpAddress& address, std::uint16_t port, int ifindex = 0) {
    if (address.family() == Family::v4) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        std::memcpy(&in.sin_addr, address.bytes(), address.size());
        return socket_address(in);
    }
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    in.sin6_scope_id = static_cast<std::uint32_t>(ifindex);
    std::memcpy(&in.sin6_addr, address.bytes(), address.size());
    return socket_address(in);
}

int number_of(Family family) {
    return family == Family::v4 ? AF_INET : AF_INET6;
}

template <class Value>
bool set_option(const Socket& socket, int level, int option, const Value& value) {
    return setsockopt(socket->get(), level, option, &value, sizeof value) == 0;
}

bool bind_to(const Socket& socket, const SocketAddress& own) {
    return socket->get() >= 0 && bind(socket->get(), own.get(), own.size) == 0;
}

/// errno, or 0.
template <class Message>
int send_to(const Socket& socket, const Message& message, const SocketAddress& address) {
    return sendto(socket->get(), &message, sizeof message, 0, address.get(), address.size) < 0
               ? errno
               : 0;
}

// ---- What is asked ------------------------------------------------------------------------------

struct Packet {
    std::vector<std::uint8_t> bytes;
    SocketAddress from;
};

/// One question that was begun. `ask` sends it and returns errno. Its answer is a packet that
/// `is_answer`, or, where there is no such function, that the connection is made or refused.
struct Attempt {
    Socket socket;  // several may have the same
    std::function<int(const Socket&)> ask;
    std::function<bool(const Packet&)> is_answer;
    std::optional<ProbeAnswer> answer;
};

ProbeAnswer error_answer(int error) {
    return {ProbeOutcome::error, error};
}

Attempt failed_attempt(int error) {
    Attempt attempt;
    attempt.answer = error_answer(error);
    return attempt;
}

template <class Header>
std::optional<Header> header_in(const Packet& packet, std::size_t offset = 0) {
    if (packet.bytes.size() < offset + sizeof(Header)) return std::nullopt;
    Header header{};
    std::memcpy(&header, packet.bytes.data() + offset, sizeof header);
    return header;
}

// ---- Gateways -----------------------------------------------------------------------------------

sockaddr_ll arp_address(int ifindex) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ARP);
    address.sll_ifindex = ifindex;
    return address;
}

/// Hears all links. To bind a packet socket anew, and to close it, takes the kernel some 15 ms each
/// (synchronize_net()), so there is one for all questions, without a protocol until it is bound.
Socket open_arp() {
    Socket socket = open_socket(AF_PACKET, SOCK_DGRAM, 0);
    return bind_to(socket, socket_address(arp_address(0))) ? socket : nullptr;
}

/// RFC 826. Without an address of its own it asks as RFC 5227 does, from 0.0.0.0, which no host
/// keeps.
Attempt ask_by_arp(const OwnLink& link, const IpAddress& target, Socket& arp) {
    if (!arp) arp = open_arp();
    if (!arp) return failed_attempt(errno);
    Attempt attempt;
    attempt.socket = arp;
    sockaddr_ll everyone = arp_address(link.ifindex);
    everyone.sll_halen = ETH_ALEN;
    std::memset(everyone.sll_addr, 0xff, ETH_ALEN);

    ether_arp request{};
    request.ea_hdr.ar_hrd = htons(ARPHRD_ETHER);
    request.ea_hdr.ar_pro = htons(ETH_P_IP);
    request.ea_hdr.ar_hln = ETH_ALEN;
    request.ea_hdr.ar_pln = target.size();
    request.ea_hdr.ar_op = htons(ARPOP_REQUEST);
    const IpAddress source = link.source_for(target).value_or(IpAddress());
    std::copy_n(link.mac.begin(), link.mac.size(), request.arp_sha);
    std::copy_n(source.bytes(), source.size(), request.arp_spa);
    std::copy_n(target.bytes(), target.size(), request.arp_tpa);
    attempt.ask = [request, to = socket_address(everyone)](const Socket& socket) {
        return send_to(socket, request, to);
    };
    attempt.is_answer = [target, ifindex = link.ifindex](const Packet& packet) {
        sockaddr_ll sender{};
        std::memcpy(&sender, &packet.from.storage, sizeof sender);
        const auto reply = header_in<ether_arp>(packet);
        return sender.sll_ifindex == ifindex && sender.sll_pkttype != PACKET_OUTGOING && reply &&
               IpAddress::from_bytes(reply->arp_spa, sizeof reply->arp_spa) == target;
    };
    return attempt;
}

/// The kernel fills in the checksum, and takes the advertisement as it would its own answer.
struct NeighbourSolicitation {
    nd_neighbor_solicit header;
    nd_opt_hdr option;
    std::uint8_t mac[6];
};

/// RFC 4291, 2.7.1
IpAddress solicited_node(const IpAddress& target) {
    std::array<std::uint8_t, 16> bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
    std::copy_n(target.bytes() + 13, 3, bytes.begin() + 13);
    return IpAddress::from_bytes(bytes.data(), bytes.size()).value_or(target);
}

Socket open_icmp6(int answer_type) {
    Socket socket = open_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(answer_type, &filter);
    if (socket->get() >= 0) (void)set_option(socket, IPPROTO_ICMPV6, ICMP6_FILTER, filter);
    return socket;
}

/// RFC 4861. A host answers only what came with hop limit 255, as from its own link.
Attempt ask_by_solicitation(const OwnLink& link, const IpAddress& target) {
    const auto source = link.source_for(target);
    if (!source) return failed_attempt(EADDRNOTAVAIL);
    const int hops = 255;
    Attempt attempt;
    attempt.socket = open_icmp6(ND_NEIGHBOR_ADVERT);
    if (attempt.socket->get() < 0 ||
        !set_option(attempt.socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops) ||
        !set_option(attempt.socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, link.ifindex) ||
        !bind_to(attempt.socket, socket_address(*source, 0, link.ifindex)))
        return failed_attempt(errno);
    NeighbourSolicitation message{};
    message.header.nd_ns_type = ND_NEIGHBOR_SOLICIT;
    std::memcpy(&message.header.nd_ns_target, target.bytes(), target.size());
    message.option.nd_opt_type = ND_OPT_SOURCE_LINKADDR;
    message.option.nd_opt_len = 1;  // of eight bytes
    std::copy_n(link.mac.begin(), link.mac.size(), message.mac);
    attempt.ask = [message, to = socket_address(solicited_node(target), 0, link.ifindex)](
                      const Socket& socket) { return send_to(socket, message, to); };
    attempt.is_answer = [target, ifindex = link.ifindex](const Packet& packet) {
        sockaddr_in6 sender{};
        std::memcpy(&sender, &packet.from.storage, sizeof sender);
        const bool is_elsewhere = sender.sin6_scope_id != 0 &&
                                  sender.sin6_scope_id != static_cast<std::uint32_t>(ifindex);
        const auto advert = header_in<nd_neighbor_advert>(packet);
        return !is_elsewhere && advert && advert->nd_na_type == ND_NEIGHBOR_ADVERT &&
               IpAddress::from_bytes(&advert->nd_na_target, sizeof advert->nd_na_target) == target;
    };
    return attempt;
}

Attempt attempt_of(const GatewayQuestion& question, Socket& arp) {
    const OwnLink link = own_link(question.ifname);
    if (link.ifindex == 0) return failed_attempt(ENODEV);
    return question.address.family() == Family::v4 ? ask_by_arp(link, question.address, arp)
                                                   : ask_by_solicitation(link, question.address);
}

// ---- Peers --------------------------------------------------------------------------------------

ProbeAnswer answer_of_connection(int error) {
    if (error == 0) return {ProbeOutcome::answered, 0};
    if (error == ECONNREFUSED) return {ProbeOutcome::refused, 0};
    if (error == ETIMEDOUT) return {ProbeOutcome::silent, 0};
    return error_answer(error);
}

Attempt ask_by_tcp(const PeerQuestion& question) {
    Attempt attempt;
    attempt.socket = open_socket(number_of(question.peer.family()), SOCK_STREAM, 0);
    const SocketAddress peer = socket_address(question.peer, question.port);
    if (!bind_to(attempt.socket, socket_address(question.local, 0))) return failed_attempt(errno);
    const bool is_made = connect(attempt.socket->get(), peer.get(), peer.size) == 0;
    if (is_made || errno != EINPROGRESS) attempt.answer = answer_of_connection(is_made ? 0 : errno);
    attempt.ask = [](const Socket&) { return 0; };  // the kernel repeats it
    return attempt;
}

/// RFC 1071
std::uint16_t checksum(const icmphdr& header) {
    std::uint16_t words[sizeof header / 2];
    std::memcpy(words, &header, sizeof header);
    std::uint32_t sum = 0;
    for (const std::uint16_t word : words) sum += word;
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

/// The socket hears only what this peer sends to this address: any reply is an answer.
Attempt ask_by_echo(const PeerQuestion& question) {
    const bool is_v4 = question.peer.family() == Family::v4;
    Attempt attempt;
    attempt.socket =
        is_v4 ? open_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) : open_icmp6(ICMP6_ECHO_REPLY);
    const SocketAddress peer = socket_address(question.peer, 0);
    if (!bind_to(attempt.socket, socket_address(question.local, 0)) ||
        connect(attempt.socket->get(), peer.get(), peer.size) != 0)
        return failed_attempt(errno);
    const std::uint16_t id = htons(static_cast<std::uint16_t>(getpid()));
    if (is_v4) {
        icmphdr echo{};
        echo.type = ICMP_ECHO;
        echo.un.echo.id = id;
        echo.checksum = checksum(echo);
        attempt.ask = [echo, peer](const Socket& socket) { return send_to(socket, echo, peer); };
    } else {
        icmp6_hdr echo{};
        echo.icmp6_type = ICMP6_ECHO_REQUEST;
        echo.icmp6_id = id;
        attempt.ask = [echo, peer](const Socket& socket) { return send_to(socket, echo, peer); };
    }
    // Of IPv4 the raw socket has the IP header as well. ICMPv6's begins as ICMP's does.
    attempt.is_answer = [is_v4](const Packet& packet) {
        const auto ip = is_v4 ? header_in<iphdr>(packet) : std::nullopt;
        if (is_v4 && !ip) return false;
        const auto reply = header_in<icmphdr>(packet, ip ? ip->ihl * 4U : 0);
        return reply && reply->type == (is_v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY);
    };
    return attempt;
}

Attempt attempt_of(const PeerQuestion& question) {
    if (question.local.family() != question.peer.family()) return failed_attempt(EAFNOSUPPORT);
    return question.port != 0 ? ask_by_tcp(question) : ask_by_echo(question);
}

// ---- Asking, all at the same time ---------------------------------------------------------------

void ask_all(std::vector<Attempt>& attempts, bool is_first) {
    for (Attempt& attempt : attempts) {
        if (attempt.answer) continue;
        const int error = attempt.ask(attempt.socket);
        if (error != 0 && is_first) attempt.answer = error_answer(error);
    }
}

int error_of_connection(const Socket& socket) {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(socket->get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// errno, which is EAGAIN where there is none to read.
int read_packet(const Socket& socket, Packet& packet) {
    packet.bytes.resize(kMaxPacket);
    packet.from.size = sizeof packet.from.storage;
    const ssize_t size =
        recvfrom(socket->get(), packet.bytes.data(), packet.bytes.size(), 0,
                 reinterpret_cast<sockaddr*>(&packet.from.storage), &packet.from.size);
    if (size < 0) return errno;
    packet.bytes.resize(static_cast<std::size_t>(size));
    return 0;
}

/// Each packet that came may answer any of those that wait at the same socket.
void hear(Attempt& ready, const std::vector<Attempt*>& waiting) {
    if (!ready.is_answer) {
        ready.answer = answer_of_connection(error_of_connection(ready.socket));
        return;
    }
    Packet packet;
    int error = 0;
    while ((error = read_packet(ready.socket, packet)) == 0)
        for (Attempt* each : waiting)
            if (!each->answer && each->socket == ready.socket && each->is_answer(packet))
                each->answer = ProbeAnswer{ProbeOutcome::answered, 0};
    if (error != EAGAIN && error != EINTR && !ready.answer) ready.answer = error_answer(error);
}

/// Until all have answered, or `end`.
void hear_all(std::vector<Attempt>& attempts, Clock::time_point end) {
    while (true) {
        std::vector<pollfd> polled;
        std::vector<Attempt*> waiting;
        for (Attempt& attempt : attempts)
            if (!attempt.answer) {
                const short event = attempt.is_answer ? POLLIN : POLLOUT;
                polled.push_back({attempt.socket->get(), event, 0});
                waiting.push_back(&attempt);
            }
        const auto rest = std::chrono::ceil<Milliseconds>(end - Clock::now());
        if (waiting.empty() || rest.count() <= 0) return;
        (void)poll(polled.data(), polled.size(), static_cast<int>(rest.count()));
        for (std::size_t i = 0; i < polled.size(); ++i)
            if (polled[i].revents != 0) hear(*waiting[i], waiting);
    }
}

std::vector<ProbeAnswer> answers_of(std::vector<Attempt> attempts, Milliseconds patience) {
    const auto start = Clock::now();
    for (int i = 0; i < kTimes; ++i) {
        ask_all(attempts, i == 0);
        hear_all(attempts, start + patience * (i + 1) / kTimes);
    }
    std::vector<ProbeAnswer> answers;
    for (const Attempt& attempt : attempts)
        answers.push_back(attempt.answer.value_or(ProbeAnswer()));
    return answers;
}

template <class Question, class Begin>
std::vector<ProbeAnswer> in_groups(const std::vector<Question>& questions, Begin begin,
                                   Milliseconds patience) {
    std::vector<ProbeAnswer> answers;
    for (std::size_t i = 0; i < questions.size();) {
        std::vector<Attempt> attempts;
        while (attempts.size() < kMostAtOnce && i < questions.size())
            attempts.push_back(begin(questions[i++]));
        for (const ProbeAnswer& answer : answers_of(std::move(attempts), patience))
            answers.push_back(answer);
    }
    return answers;
}

}  // namespace

ProbeAnswers probe(const ProbeQuestions& questions) {
    if (geteuid() != 0) throw std::runtime_error("--probe needs root");
    ProbeAnswers answers;
    Socket arp;
    const auto begin = [&](const GatewayQuestion& question) { return attempt_of(question, arp); };
    answers.gateways = in_groups(questions.gateways, begin, kGatewayPatience);
    answers.peers = in_groups(
        questions.peers, [](const PeerQuestion& question) { return attempt_of(question); },
        kPeerPatience);
    return answers;
}

}  // namespace eni
