// See socket.hpp.
#include "socket.hpp"

#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace eni {

namespace {

// Newer than the headers of RHEL 7 (3.10); behind each the first kernel that has it.
constexpr int kSolNetlink = 270;               // glibc 2.24
constexpr int kNetlinkCapAck = 10;             // 4.3
constexpr int kNetlinkExtAck = 11;             // 4.12
constexpr std::uint16_t kFlagCapped = 0x100;   // 4.12
constexpr std::uint16_t kFlagAckTlvs = 0x200;  // 4.12
constexpr int kExtAckText = 1;                 // NLMSGERR_ATTR_MSG, 4.12

constexpr int kReceiveBuffer = 1 << 20;  // bytes; the kernel cuts it to net.core.rmem_max
constexpr int kSendBuffer = 1 << 17;     // bytes
// A dump's datagrams grow to what is read at once, up to 32 KiB; a link with much to tell of may
// make one larger, of less than 64 KiB. (To ask for the size first keeps them at 4 KiB.)
constexpr std::size_t kReadSize = 1 << 16;
constexpr std::size_t kBatchBytes = 1 << 15;
constexpr std::size_t kBatchMessages = 100;  // so that a refusal of each finds room
constexpr int kDumpAttempts = 10;

[[noreturn]] void throw_errno(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

/// What one datagram is read into.
using Buffer = std::unique_ptr<char[]>;

Buffer make_buffer() {
    return Buffer(new char[kReadSize]);  // not zeroed: most of it is never touched
}

/// One datagram, whole. Only the kernel and root can send to a NETLINK_ROUTE socket.
std::size_t receive(nl_sock* socket, const Buffer& buffer) {
    ssize_t length;
    do length = recv(nl_socket_get_fd(socket), buffer.get(), kReadSize, MSG_TRUNC);
    while (length < 0 && errno == EINTR);
    if (length < 0) throw_errno(errno, "netlink socket: receive");
    const auto size = static_cast<std::size_t>(length);
    if (size > kReadSize) throw_errno(EMSGSIZE, "netlink socket: receive");
    return size;
}

/// All of the messages at once: the kernel takes them one by one before this returns.
void send(nl_sock* socket, std::vector<char>& bytes) {
    const int sent = nl_sendto(socket, bytes.data(), bytes.size());
    if (sent < 0) throw std::runtime_error(std::string("netlink socket: ") + nl_geterror(sent));
}

/// The message as bytes, padded, numbered and with more flags.
void append(std::vector<char>& bytes, nl_sock* socket, nl_msg* message, int flags) {
    nlmsghdr* header = nlmsg_hdr(message);
    header->nlmsg_seq = nl_socket_use_seq(socket);
    header->nlmsg_pid = nl_socket_get_local_port(socket);
    header->nlmsg_flags = static_cast<std::uint16_t>(header->nlmsg_flags | NLM_F_REQUEST | flags);
    const char* begin = reinterpret_cast<const char*>(header);
    bytes.insert(bytes.end(), begin, begin + header->nlmsg_len);
    bytes.resize(NLMSG_ALIGN(bytes.size()));
}

template <class Each>
void for_each_message(char* bytes, std::size_t size, Each each) {
    int rest = static_cast<int>(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(bytes); nlmsg_ok(message, rest);
         message = nlmsg_next(message, &rest))
        each(*message);
}

/// The errno in NLMSG_ERROR, and in NLMSG_DONE: both begin with it, negated.
int error_in(const nlmsghdr& message) {
    int error = 0;
    if (nlmsg_datalen(&message) >= static_cast<int>(sizeof error))
        std::memcpy(&error, nlmsg_data(&message), sizeof error);
    return -error;
}

bool means_empty(int error) {
    return error == ENOENT || error == EOPNOTSUPP || error == EAFNOSUPPORT;
}

/// The dump's messages one behind the other; nothing where something changed meanwhile.
std::optional<std::vector<char>> dump_once(nl_sock* socket, nl_msg* request,
                                           const std::string& what) {
    std::vector<char> sent;
    append(sent, socket, request, NLM_F_DUMP);
    send(socket, sent);
    std::vector<char> found;
    const Buffer buffer = make_buffer();
    bool interrupted = false;
    for (bool done = false; !done;) {
        const std::size_t size = receive(socket, buffer);
        for_each_message(buffer.get(), size, [&](const nlmsghdr& message) {
            if (message.nlmsg_seq != nlmsg_hdr(request)->nlmsg_seq) return;
            if ((message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
            if (message.nlmsg_type == NLMSG_DONE || message.nlmsg_type == NLMSG_ERROR) {
                done = true;
                const int error = error_in(message);
                if (error > 0 && !means_empty(error)) throw_errno(error, "dump of " + what);
                return;
            }
            const char* begin = reinterpret_cast<const char*>(&message);
            found.insert(found.end(), begin, begin + message.nlmsg_len);
            found.resize(NLMSG_ALIGN(found.size()));
        });
    }
    if (interrupted) return std::nullopt;
    return found;
}

/// Extack's attributes follow the refused message, of which a capped one is only the header.
std::string extack_text(const nlmsghdr& message) {
    if ((message.nlmsg_flags & kFlagAckTlvs) == 0) return "";
    nlmsgerr error;
    if (nlmsg_datalen(&message) < static_cast<int>(sizeof error)) return "";
    std::memcpy(&error, nlmsg_data(&message), sizeof error);
    std::size_t offset = sizeof error;
    if ((message.nlmsg_flags & kFlagCapped) == 0) offset += error.msg.nlmsg_len - sizeof(nlmsghdr);
    if (offset > static_cast<std::size_t>(nlmsg_datalen(&message))) return "";
    const int header_size = static_cast<int>(offset);
    const nlattr* text = nla_find(nlmsg_attrdata(&message, header_size),
                                  nlmsg_attrlen(&message, header_size), kExtAckText);
    if (text == nullptr) return "";
    const char* begin = static_cast<const char*>(nla_data(text));
    return std::string(begin, strnlen(begin, static_cast<std::size_t>(nla_len(text))));
}

}  // namespace

NetlinkSocket open_netlink() {
    NetlinkSocket socket(nl_socket_alloc());
    if (!socket) throw std::bad_alloc();
    int error = nl_connect(socket.get(), NETLINK_ROUTE);
    if (error == 0) error = nl_socket_set_buffer_size(socket.get(), kReceiveBuffer, kSendBuffer);
    if (error < 0) throw std::runtime_error(std::string("netlink socket: ") + nl_geterror(error));
    const int fd = nl_socket_get_fd(socket.get());
    const int on = 1;
    for (const int option : {kNetlinkCapAck, kNetlinkExtAck})  // refused where too new
        (void)setsockopt(fd, kSolNetlink, option, &on, sizeof on);
    return socket;
}

NetlinkSocket open_monitor(const std::vector<int>& groups) {
    NetlinkSocket socket = open_netlink();
    int error = nl_socket_set_nonblocking(socket.get());
    for (const int group : groups)
        if (error == 0) error = nl_socket_add_memberships(socket.get(), group, 0);
    if (error < 0) throw std::runtime_error(std::string("netlink monitor: ") + nl_geterror(error));
    return socket;
}

bool drain(nl_sock* monitor, const std::function<void(const nlmsghdr&)>& each) {
    const Buffer buffer = make_buffer();
    bool is_whole = true;
    while (true) {
        const ssize_t length = recv(nl_socket_get_fd(monitor), buffer.get(), kReadSize, 0);
        if (length >= 0)
            for_each_message(buffer.get(), static_cast<std::size_t>(length), each);
        else if (errno == EAGAIN)
            return is_whole;
        else if (errno == ENOBUFS)
            is_whole = false;
        else if (errno != EINTR)
            throw_errno(errno, "netlink monitor: receive");
    }
}

bool is_own_change(const nlmsghdr& message) {
    constexpr std::uint32_t kProcess = (1U << 22) - 1;
    return (message.nlmsg_pid & kProcess) == (static_cast<std::uint32_t>(getpid()) & kProcess);
}

void dump(nl_sock* socket, nl_msg* request, const std::string& what,
          const std::function<void(const nlmsghdr&)>& each) {
    for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
        auto messages = dump_once(socket, request, what);
        if (!messages) continue;
        for_each_message(messages->data(), messages->size(), each);
        return;
    }
    throw std::runtime_error("dump of " + what + ": it changed each time while it was read (" +
                             std::to_string(kDumpAttempts) + " times)");
}

Ack ask(nl_sock* socket, nl_msg* question, const std::function<void(const nlmsghdr&)>& each) {
    std::vector<char> sent;
    append(sent, socket, question, 0);
    send(socket, sent);
    const Buffer buffer = make_buffer();
    std::optional<Ack> answer;
    while (!answer) {
        const std::size_t size = receive(socket, buffer);
        for_each_message(buffer.get(), size, [&](const nlmsghdr& message) {
            if (message.nlmsg_seq != nlmsg_hdr(question)->nlmsg_seq) return;
            answer = message.nlmsg_type == NLMSG_ERROR
                         ? Ack{error_in(message), extack_text(message)}
                         : Ack{};
            if (answer->error == 0) each(message);
        });
    }
    return *answer;
}

std::vector<Ack> send_batch(nl_sock* socket, const std::vector<NetlinkMessage>& messages) {
    std::vector<Ack> acks(messages.size());
    const Buffer buffer = make_buffer();
    for (std::size_t first = 0, end = 0; first < messages.size(); first = end) {
        std::vector<char> bytes;
        // A refusal comes unasked, and the kernel takes one after the other: when the last of them
        // is acknowledged, those that nothing was heard of are done.
        for (bool is_last = false; !is_last; ++end) {
            is_last = end + 1 == messages.size() || end + 1 - first == kBatchMessages ||
                      bytes.size() >= kBatchBytes;
            append(bytes, socket, messages[end].get(), is_last ? NLM_F_ACK : 0);
        }
        send(socket, bytes);
        const std::uint32_t first_seq = nlmsg_hdr(messages[first].get())->nlmsg_seq;
        for (bool done = false; !done;) {
            const std::size_t size = receive(socket, buffer);
            for_each_message(buffer.get(), size, [&](const nlmsghdr& message) {
                const std::uint32_t index = message.nlmsg_seq - first_seq;
                if (message.nlmsg_type != NLMSG_ERROR || index >= end - first) return;
                acks[first + index] = {error_in(message), extack_text(message)};
                done = done || first + index + 1 == end;
            });
        }
    }
    return acks;
}

}  // namespace eni
