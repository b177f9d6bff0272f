// See socket.hpp.
#include "socket.hpp"

#include <netlink/attr.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "connection.hpp"
#include "transient.hpp"

namespace eni {

namespace {

// Newer than the headers of RHEL 7 (3.10); behind each the first kernel that has it.
constexpr std::uint16_t kFlagCapped = 0x100;   // 4.12
constexpr std::uint16_t kFlagAckTlvs = 0x200;  // 4.12
constexpr int kNetlinkGetStrictChk = 12;       // 4.20
constexpr int kExtAckText = 1;                 // NLMSGERR_ATTR_MSG, 4.12

constexpr std::size_t kBatchBytes = 1 << 15;
constexpr std::size_t kBatchMessages = 100;  // so that a refusal of each finds room
constexpr int kDumpAttempts = 10;

/// The message as bytes, padded, numbered and with more flags.
void append(std::vector<char>& bytes, Connection& connection, nl_msg* message, int flags) {
    nlmsghdr* header = nlmsg_hdr(message);
    header->nlmsg_seq = connection.next_seq++;
    header->nlmsg_pid = connection.port;
    header->nlmsg_flags = static_cast<std::uint16_t>(header->nlmsg_flags | NLM_F_REQUEST | flags);
    const char* begin = reinterpret_cast<const char*>(header);
    bytes.insert(bytes.end(), begin, begin + header->nlmsg_len);
    bytes.resize(NLMSG_ALIGN(bytes.size()));
}

/// A request and its answer. After a failure the socket is out of step, and not used any more.
template <class Request>
auto in_step(Connection& connection, Request request) {
    if (connection.fd < 0) open(connection, Waiting::up_to_the_limit);
    try {
        return request();
    } catch (...) {
        close(connection);
        throw;
    }
}

/// What fails says of what it was.
template <class Request>
auto named(const std::string& what, Request request) {
    try {
        return request();
    } catch (const std::system_error& error) {
        throw std::system_error(error.code(), what);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(what + ": " + error.what());
    }
}

/// Once more where something was lost on the way: for what changes nothing.
template <class Request>
auto again_where_lost(Request request) {
    Tries tries;
    while (true) {
        try {
            return request();
        } catch (const Lost&) {
            if (!tries.again()) throw;
        }
    }
}

/// A datagram came twice. In a dump the kernel may have lost its place: where a route of IPv6 comes
/// while they are read it begins anew, and tells some again (fib6_walk, without NLM_F_DUMP_INTR).
struct Repeated : std::runtime_error {
    Repeated() : std::runtime_error("the kernel's answer has a part of it twice") {}
};

/// Else the kernel tells nothing twice, but rules, which may be there many times: a datagram may be
/// full of one, and the next as well.
bool is_repeated(const std::string& before, const Buffer& buffer, std::size_t size) {
    if (before.size() != size || std::memcmp(before.data(), buffer.get(), size) != 0) return false;
    const std::size_t first =
        NLMSG_ALIGN(reinterpret_cast<const nlmsghdr*>(buffer.get())->nlmsg_len);
    const bool is_full_of_one =
        first < size && std::memcmp(buffer.get(), buffer.get() + first, size - first) == 0;
    return !is_full_of_one;
}

/// Reads datagrams until `each` returns true for a message that has a number from `first` up to,
/// not including, `end`.
template <class Each>
void read_answer(const Connection& connection, std::uint32_t first, std::uint32_t end, Each each) {
    const Buffer buffer = make_buffer();
    std::string before;  // the datagram of the answer before this one
    Patience patience;
    for (bool done = false; !done;) {
        const std::size_t size = receive(connection, buffer, patience);
        bool is_answer = false;
        const bool adds_up = for_each_message(buffer.get(), size, [&](const nlmsghdr& message) {
            if (message.nlmsg_seq - first >= end - first) return;
            if (message.nlmsg_type == NLMSG_OVERRUN) throw Lost(ENOBUFS);
            is_answer = true;
            if (message.nlmsg_type != NLMSG_NOOP) done = each(message) || done;
        });
        if (!adds_up) throw_cut_short();
        if (is_answer && is_repeated(before, buffer, size)) throw Repeated();
        if (is_answer) before.assign(buffer.get(), size);
        if (is_answer)
            patience.answer_came();
        else
            patience.something_else();
    }
}

/// The errno in NLMSG_ERROR, and in NLMSG_DONE: both begin with it, negated.
int error_in(const nlmsghdr& message, std::size_t size_at_least) {
    int error = 0;
    if (message.nlmsg_len < NLMSG_HDRLEN + size_at_least) throw_cut_short();
    std::memcpy(&error, nlmsg_data(&message), sizeof error);
    return -error;
}

bool means_empty(int error) {
    return error == ENOENT || error == EOPNOTSUPP || error == EAFNOSUPPORT;
}

/// Of a dump's last message, whether there is an error in it. No acknowledgement was asked for.
void check_end(const nlmsghdr& message, bool is_empty) {
    const bool is_done = message.nlmsg_type == NLMSG_DONE;
    const int error = error_in(message, is_done ? sizeof(int) : sizeof(nlmsgerr));
    if (is_transient(error)) throw Lost(error);
    if (error > 0 && !(is_empty && means_empty(error))) throw_errno(error);
    if (error == 0 && !is_done) throw_cut_short();
}

/// The dump's messages one behind the other; nothing where something changed meanwhile.
std::optional<std::vector<char>> dump_once(Connection& connection, nl_msg* request) {
    std::vector<char> sent;
    append(sent, connection, request, NLM_F_DUMP);
    send(connection, sent);
    std::vector<char> found;
    bool interrupted = false;
    const std::uint32_t seq = nlmsg_hdr(request)->nlmsg_seq;
    const auto take = [&](const nlmsghdr& message) {
        if ((message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
        if (message.nlmsg_type == NLMSG_DONE || message.nlmsg_type == NLMSG_ERROR) {
            check_end(message, found.empty());
            return true;
        }
        const char* begin = reinterpret_cast<const char*>(&message);
        found.insert(found.end(), begin, begin + message.nlmsg_len);
        found.resize(NLMSG_ALIGN(found.size()));
        return false;
    };
    try {
        read_answer(connection, seq, seq + 1, take);
    } catch (const Repeated&) {
        close(connection);  // the rest of it is not to be taken for the next answer
        interrupted = true;
    }
    if (interrupted) return std::nullopt;
    return found;
}

/// Extack's attributes follow the refused message, of which a capped one is only the header. What
/// contradicts itself there is no text: the error itself is known.
std::string extack_text(const nlmsghdr& message) {
    if ((message.nlmsg_flags & kFlagAckTlvs) == 0) return "";
    nlmsgerr error;
    std::memcpy(&error, nlmsg_data(&message), sizeof error);
    std::size_t offset = sizeof error;
    if ((message.nlmsg_flags & kFlagCapped) == 0) {
        if (error.msg.nlmsg_len < sizeof(nlmsghdr) || error.msg.nlmsg_len > message.nlmsg_len)
            return "";
        offset += error.msg.nlmsg_len - sizeof(nlmsghdr);
    }
    const int header_size = static_cast<int>(offset);
    const nlattr* text = nla_find(nlmsg_attrdata(&message, header_size),
                                  nlmsg_attrlen(&message, header_size), kExtAckText);
    if (text == nullptr) return "";
    const char* begin = static_cast<const char*>(nla_data(text));
    return std::string(begin, strnlen(begin, static_cast<std::size_t>(nla_len(text))));
}

Ack ack_from(const nlmsghdr& message) {
    const int error = error_in(message, sizeof(nlmsgerr));
    return {error, extack_text(message)};
}

/// The answer's bytes, where it is not a refusal.
Ack ask_once(Connection& connection, nl_msg* question, std::vector<char>& answer) {
    std::vector<char> sent;
    append(sent, connection, question, 0);
    send(connection, sent);
    Ack ack;
    answer.clear();
    const std::uint32_t seq = nlmsg_hdr(question)->nlmsg_seq;
    read_answer(connection, seq, seq + 1, [&](const nlmsghdr& message) {
        if (message.nlmsg_type == NLMSG_ERROR) {
            ack = ack_from(message);
            if (ack.error == 0) throw_cut_short();
        } else {
            const char* begin = reinterpret_cast<const char*>(&message);
            answer.assign(begin, begin + message.nlmsg_len);
        }
        return true;
    });
    return ack;
}

/// Returns the number of the first that was not sent with these, which begin with `first`.
std::size_t send_some(Connection& connection, const std::vector<NetlinkMessage>& messages,
                      std::size_t first, std::vector<Ack>& acks) {
    std::vector<char> bytes;
    std::size_t end = first;
    // A refusal comes unasked, and the kernel takes one after the other: when the last of them is
    // acknowledged, those that nothing was heard of are done.
    for (bool is_last = false; !is_last; ++end) {
        is_last = end + 1 == messages.size() || end + 1 - first == kBatchMessages ||
                  bytes.size() >= kBatchBytes;
        append(bytes, connection, messages[end].get(), is_last ? NLM_F_ACK : 0);
    }
    send(connection, bytes);
    const std::uint32_t seq = nlmsg_hdr(messages[first].get())->nlmsg_seq;
    read_answer(connection, seq, nlmsg_hdr(messages[end - 1].get())->nlmsg_seq + 1,
                [&](const nlmsghdr& message) {
                    if (message.nlmsg_type != NLMSG_ERROR) return false;
                    const std::size_t index = first + (message.nlmsg_seq - seq);
                    acks[index] = ack_from(message);
                    return index + 1 == end;
                });
    return end;
}

}  // namespace

void CloseConnection::operator()(Connection* connection) const {
    close(*connection);
    delete connection;
}

int descriptor_of(const Connection* socket) {
    return socket->fd;
}

NetlinkSocket open_netlink(int protocol) {
    NetlinkSocket socket(new Connection);
    socket->protocol = protocol;
    open(*socket, Waiting::up_to_the_limit);
    return socket;
}

NetlinkSocket open_monitor(const std::vector<int>& groups, int protocol) {
    NetlinkSocket socket(new Connection);
    socket->protocol = protocol;
    open(*socket, Waiting::never);
    for (const int group : groups)
        tried("netlink monitor: join a group of notifications", [&] {
            return setsockopt(socket->fd, kSolNetlink, NETLINK_ADD_MEMBERSHIP, &group,
                              sizeof group);
        });
    return socket;
}

bool drain(Connection* monitor, const std::function<void(const nlmsghdr&)>& each) {
    constexpr int kMaxFailures = 16;  // without anything between: it would not end
    const Buffer buffer = make_buffer();
    bool is_whole = true;
    for (int failures = 0; failures < kMaxFailures;) {
        const Received received = receive_once(*monitor, buffer);
        if (received.error == EAGAIN) return is_whole;
        if (received.error != 0) {
            ++failures;
            if (received.error != EINTR) is_whole = false;
            continue;
        }
        failures = 0;
        if (!received.is_from_kernel) continue;
        const bool adds_up =
            for_each_message(buffer.get(), received.size, [&](const nlmsghdr& message) {
                try {
                    each(message);
                } catch (const std::exception&) {  // it contradicts itself, or is too much
                    is_whole = false;
                }
            });
        if (!adds_up || !received.is_whole) is_whole = false;
    }
    return false;
}

void dump(Connection* socket, nl_msg* request, const std::string& what,
          const std::function<void(const nlmsghdr&)>& each) {
    named("dump of " + what, [&] {
        for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
            const auto messages = again_where_lost(
                [&] { return in_step(*socket, [&] { return dump_once(*socket, request); }); });
            if (!messages) continue;
            for_each_message(messages->data(), messages->size(), each);
            return;
        }
        throw std::runtime_error("it changed each time while it was read (" +
                                 std::to_string(kDumpAttempts) + " times)");
    });
}

bool check_strictly(Connection* socket, bool is_on) {
    const int value = is_on ? 1 : 0;
    return socket->fd >= 0 &&
           setsockopt(socket->fd, kSolNetlink, kNetlinkGetStrictChk, &value, sizeof value) == 0;
}

Ack ask(Connection* socket, nl_msg* question, const std::string& what,
        const std::function<void(const nlmsghdr&)>& each) {
    return named(what, [&] {
        std::vector<char> answer;
        const Ack ack = again_where_lost(
            [&] { return in_step(*socket, [&] { return ask_once(*socket, question, answer); }); });
        if (ack.error == 0) each(*reinterpret_cast<const nlmsghdr*>(answer.data()));
        return ack;
    });
}

std::vector<Ack> send_batch(Connection* socket, const std::vector<NetlinkMessage>& messages) {
    return in_step(*socket, [&] {
        std::vector<Ack> acks(messages.size());
        for (std::size_t first = 0; first < messages.size();)
            first = send_some(*socket, messages, first, acks);
        return acks;
    });
}

Ack send_one(Connection* socket, NetlinkMessage message) {
    std::vector<NetlinkMessage> messages;
    messages.push_back(std::move(message));
    return send_batch(socket, messages).front();
}

}  // namespace eni
