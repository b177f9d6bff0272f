// Transport: a NETLINK_ROUTE socket that asks, dumps and sends, with libnl's core. Must not know
// what is in a message; read_messages.hpp and write_messages.hpp do.
#pragma once

#include <netlink/msg.h>
#include <netlink/socket.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace eni {

struct FreeSocket {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
using NetlinkSocket = std::unique_ptr<nl_sock, FreeSocket>;

struct FreeMessage {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
};
using NetlinkMessage = std::unique_ptr<nl_msg, FreeMessage>;

/// Bytes that any message has room in but one of a route with many hops.
constexpr std::size_t kMessageSize = 1024;

/// A message of `type` (RTM_*) with NLM_F_* `flags` that begins with `header`.
template <class Header>
NetlinkMessage make_message(int type, int flags, Header header, std::size_t size = kMessageSize) {
    NetlinkMessage message(nlmsg_alloc_size(size));
    if (!message ||
        nlmsg_put(message.get(), NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, flags) == nullptr ||
        nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0)
        throw std::bad_alloc();
    return message;
}

/// Throws std::runtime_error.
NetlinkSocket open_netlink();

/// A socket that hears what changes: RTNLGRP_* groups. Reading from it never waits. Throws
/// std::runtime_error.
NetlinkSocket open_monitor(const std::vector<int>& groups);

/// Calls `each` for every message that has come. False where some were lost, because they came
/// faster than they were read. Throws std::system_error.
bool drain(nl_sock* monitor, const std::function<void(const nlmsghdr&)>& each);

/// Whether a change was made through a socket of this process. libnl gives its sockets numbers that
/// end in the 22 bits of the process's.
bool is_own_change(const nlmsghdr& message);

/// Calls `each` for every message of the answer. A dump that a change came across
/// (NLM_F_DUMP_INTR) is asked for again, a few times, before `each` sees any of it. What the kernel
/// does not have (a family, a table) is empty. Throws std::system_error or std::runtime_error that
/// name `what`: "dump of routes: ...".
void dump(nl_sock* socket, nl_msg* request, const std::string& what,
          const std::function<void(const nlmsghdr&)>& each);

/// How the kernel took a message: an errno, 0 for success, and its own words, which may be empty
/// (extack, from kernel 4.12).
struct Ack {
    int error = 0;
    std::string text;
};

/// A question that has one message for its answer: `each` is called with it, or not at all where
/// the kernel refuses. Throws std::system_error where the socket fails.
Ack ask(nl_sock* socket, nl_msg* question, const std::function<void(const nlmsghdr&)>& each);

/// Sends all in order, many with each system call, and returns an acknowledgement for each. Numbers
/// the messages. Throws std::system_error where the socket fails: what was done is then unknown.
std::vector<Ack> send_batch(nl_sock* socket, const std::vector<NetlinkMessage>& messages);

}  // namespace eni
