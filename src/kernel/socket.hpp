// Transport: a NETLINK_ROUTE socket that asks, dumps, sends and hears. Must not know what is in a
// message; read_messages.hpp and write_messages.hpp do.
//
// An answer is believed whole or not at all. Lengths that do not add up are an error, and so is an
// answer of which nothing has come for kNoAnswer: the kernel has all of it, or makes it at once.
// After an error the socket is closed and the next request opens another, so that what comes late
// is not taken for the answer to it. What fails for a passing reason (EINTR, EAGAIN, ENOMEM,
// ENOBUFS) is tried again within bounds (transient.hpp), unless it may have been done.
#pragma once

#include <netlink/msg.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace eni {

constexpr std::chrono::seconds kNoAnswer{5};

struct Connection;
struct CloseConnection {
    void operator()(Connection* connection) const;
};
using NetlinkSocket = std::unique_ptr<Connection, CloseConnection>;

/// For poll(); another one after a request that threw.
int descriptor_of(const Connection* socket);

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

/// `protocol`: NETLINK_ROUTE, or another of which answers are read in the same way. Throws
/// std::system_error.
NetlinkSocket open_netlink(int protocol = NETLINK_ROUTE);

/// A socket that hears what changes: RTNLGRP_* groups, or those of another protocol. Reading from
/// it never waits. Throws std::system_error.
NetlinkSocket open_monitor(const std::vector<int>& groups, int protocol = NETLINK_ROUTE);

/// Calls `each` for every message that has come. False where some were lost: they came faster than
/// they were read, do not add up, or `each` threw; or where reading fails again and again. No
/// failure ends it with an exception.
bool drain(Connection* monitor, const std::function<void(const nlmsghdr&)>& each);

/// Whether a change was made through a socket of this process: one that is open, or was closed
/// since the last forget_closed_sockets().
bool is_own_change(const nlmsghdr& message);

/// For when all that they changed has been heard of, which is when a monitor is drained: the kernel
/// tells of a change before it answers. (Another process may have the port next.)
void forget_closed_sockets();

/// Calls `each` for every message of the answer. A dump that a change came across
/// (NLM_F_DUMP_INTR) is asked for again, a few times, before `each` sees any of it; and so is one
/// of which something was lost. What the kernel does not have (a family, a table) is empty. Throws
/// std::system_error or std::runtime_error that name `what`: "dump of routes: ...", also for what
/// `each` throws.
void dump(Connection* socket, nl_msg* request, const std::string& what,
          const std::function<void(const nlmsghdr&)>& each);

/// Whether dumps are checked strictly from now on, and tell only of what they are asked for: false
/// where the kernel cannot (before 4.20). The socket that is opened after a failure is not so.
bool check_strictly(Connection* socket, bool is_on);

/// How the kernel took a message: an errno, 0 for success, and its own words, which may be empty
/// (extack, from kernel 4.12).
struct Ack {
    int error = 0;
    std::string text;
};

/// A question that has one message for its answer: `each` is called with it, or not at all where
/// the kernel refuses. Asked again where the answer was lost. Throws as dump() does.
Ack ask(Connection* socket, nl_msg* question, const std::string& what,
        const std::function<void(const nlmsghdr&)>& each);

/// Sends all in order, many with each system call, and returns an acknowledgement for each. Numbers
/// the messages. Throws std::runtime_error where an acknowledgement is missing: what was done is
/// then unknown, and nothing is sent twice.
std::vector<Ack> send_batch(Connection* socket, const std::vector<NetlinkMessage>& messages);

/// Likewise a single one.
Ack send_one(Connection* socket, NetlinkMessage message);

}  // namespace eni
