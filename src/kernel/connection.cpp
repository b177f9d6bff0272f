// See connection.hpp.
#include "connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>

#include "transient.hpp"

namespace eni {

namespace {

// Newer than the headers of RHEL 7 (3.10); behind each the first kernel that has it.
constexpr int kNetlinkCapAck = 10;  // 4.3
constexpr int kNetlinkExtAck = 11;  // 4.12

constexpr int kReceiveBuffer = 1 << 20;  // bytes; the kernel cuts it to net.core.rmem_max
constexpr int kSendBuffer = 1 << 17;     // bytes
// A dump's datagrams grow to what is read at once, up to 32 KiB; a link with much to tell of may
// make one larger, of less than 64 KiB. (To ask for the size first keeps them at 4 KiB.)
constexpr std::size_t kReadSize = 1 << 16;

/// The ports of this process's sockets, and of those that it has closed: what they changed is still
/// to be heard of.
struct OwnPorts {
    std::mutex mutex;
    std::vector<std::uint32_t> open;
    std::vector<std::uint32_t> closed;
};

OwnPorts& own_ports() {
    static OwnPorts ports;
    return ports;
}

bool has(const std::vector<std::uint32_t>& ports, std::uint32_t port) {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
}

constexpr std::size_t kMaxClosed = 64;  // a run has two or three, after failures some more

/// To close it, which destructors do, then needs no memory.
void remember_open(std::uint32_t port) {
    OwnPorts& ports = own_ports();
    const std::lock_guard<std::mutex> guard(ports.mutex);
    ports.closed.reserve(kMaxClosed);
    ports.open.push_back(port);
}

void remember_closed(std::uint32_t port) {
    OwnPorts& ports = own_ports();
    const std::lock_guard<std::mutex> guard(ports.mutex);
    const auto found = std::find(ports.open.begin(), ports.open.end(), port);
    if (found == ports.open.end()) return;
    ports.open.erase(found);
    if (ports.closed.size() == kMaxClosed) ports.closed.erase(ports.closed.begin());
    ports.closed.push_back(port);
}

void set_options(int fd, Waiting waiting) {
    // Without them it works as well, if not for as much at once.
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    const int on = 1;
    for (const int option : {kNetlinkCapAck, kNetlinkExtAck})  // refused where too new
        (void)setsockopt(fd, kSolNetlink, option, &on, sizeof on);
    if (waiting == Waiting::never) return;
    timeval limit{};
    limit.tv_sec = kNoAnswer.count();
    tried("netlink socket: set the limit of waiting",
          [&] { return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit); });
}

/// By the kernel's choice: the number of the process where it is free, else one that no process
/// has.
std::uint32_t bind_to_port(int fd) {
    sockaddr_nl own{};
    own.nl_family = AF_NETLINK;
    tried("netlink socket: bind",
          [&] { return bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own); });
    socklen_t size = sizeof own;
    tried("netlink socket: read its port",
          [&] { return getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size); });
    return own.nl_pid;
}

}  // namespace

std::uint32_t first_seq() {
    static std::atomic<std::uint32_t> next{static_cast<std::uint32_t>(std::time(nullptr))};
    return next.fetch_add(1U << 20);
}

void open(Connection& connection, Waiting waiting) {
    close(connection);
    const int type = SOCK_RAW | SOCK_CLOEXEC | (waiting == Waiting::never ? SOCK_NONBLOCK : 0);
    connection.fd = tried("netlink socket: open",
                          [&] { return socket(AF_NETLINK, type, connection.protocol); });
    try {
        set_options(connection.fd, waiting);
        connection.port = bind_to_port(connection.fd);
        remember_open(connection.port);
    } catch (...) {
        close(connection);
        throw;
    }
}

void close(Connection& connection) {
    if (connection.fd < 0) return;
    ::close(connection.fd);
    remember_closed(connection.port);
    connection.fd = -1;
    connection.port = 0;
}

bool is_own_change(const nlmsghdr& message) {
    OwnPorts& ports = own_ports();
    const std::lock_guard<std::mutex> guard(ports.mutex);
    return has(ports.open, message.nlmsg_pid) || has(ports.closed, message.nlmsg_pid);
}

void forget_closed_sockets() {
    OwnPorts& ports = own_ports();
    const std::lock_guard<std::mutex> guard(ports.mutex);
    ports.closed.clear();
}

// ---- Datagrams ----------------------------------------------------------------------------------

void throw_errno(int error) {
    throw std::system_error(error, std::generic_category());
}

void throw_cut_short() {
    throw std::runtime_error("the kernel's answer is cut short");
}

namespace {

[[noreturn]] void throw_no_answer() {
    throw std::runtime_error("no answer from the kernel for " + std::to_string(kNoAnswer.count()) +
                             " s");
}

}  // namespace

Buffer make_buffer() {
    return Buffer(new char[kReadSize]);  // not zeroed: most of it is never touched
}

Received receive_once(const Connection& connection, const Buffer& buffer) {
    sockaddr_nl sender{};
    iovec place{buffer.get(), kReadSize};
    msghdr datagram{};
    datagram.msg_name = &sender;
    datagram.msg_namelen = sizeof sender;
    datagram.msg_iov = &place;
    datagram.msg_iovlen = 1;
    const ssize_t length = recvmsg(connection.fd, &datagram, 0);
    Received received;
    if (length < 0) {
        received.error = errno;
        return received;
    }
    received.size = static_cast<std::size_t>(length);
    received.is_whole = (datagram.msg_flags & MSG_TRUNC) == 0 && received.size >= sizeof(nlmsghdr);
    received.is_from_kernel = sender.nl_pid == 0;
    return received;
}

void Patience::something_else() {
    const auto now = std::chrono::steady_clock::now();
    if (!end_) end_ = now + kNoAnswer;
    if (now >= *end_) throw_no_answer();
}

std::size_t receive(const Connection& connection, const Buffer& buffer, Patience& patience) {
    Tries tries;
    while (true) {
        const Received received = receive_once(connection, buffer);
        if (received.error == EAGAIN) throw_no_answer();
        if (received.error == ENOBUFS) throw Lost(ENOBUFS);
        if (received.error == EINTR || received.error == ENOMEM) {  // it is there still
            if (!tries.again()) throw_errno(received.error);
        } else if (received.error != 0) {
            throw_errno(received.error);
        } else if (!received.is_from_kernel) {
            patience.something_else();
        } else if (!received.is_whole) {
            throw_cut_short();
        } else {
            return received.size;
        }
    }
}

void send(const Connection& connection, const std::vector<char>& bytes) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const ssize_t sent = tried("netlink socket: send", [&] {
        return sendto(connection.fd, bytes.data(), bytes.size(), 0,
                      reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    });
    if (static_cast<std::size_t>(sent) != bytes.size())
        throw std::runtime_error("the kernel was sent less than all");
}

}  // namespace eni
