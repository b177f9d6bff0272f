// A netlink socket and its datagrams, below requests and their answers: open, send, receive, and
// the messages in a datagram, by their lengths. Must not know what a message means.
#pragma once

#include <linux/netlink.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "socket.hpp"

namespace eni {

constexpr int kSolNetlink = 270;  // glibc 2.24, newer than RHEL 7's

/// Far from those that another socket of this process counts from.
std::uint32_t first_seq();

struct Connection {
    int fd = -1;
    int protocol = NETLINK_ROUTE;
    std::uint32_t port = 0;  // by which the kernel knows it, and names it in notifications
    std::uint32_t next_seq = first_seq();  // of a request; it goes on when it is opened anew
};

enum class Waiting { up_to_the_limit, never };

/// Passing failures are tried again (transient.hpp). Throws std::system_error.
void open(Connection& connection, Waiting waiting);
void close(Connection& connection);

/// The kernel had no room for an answer, or no memory to make it. To ask again may help.
struct Lost : std::system_error {
    explicit Lost(int error) : std::system_error(error, std::generic_category()) {}
};

[[noreturn]] void throw_errno(int error);
[[noreturn]] void throw_cut_short();

/// What one datagram is read into.
using Buffer = std::unique_ptr<char[]>;
Buffer make_buffer();

/// What came, or why nothing did.
struct Received {
    std::size_t size = 0;
    int error = 0;               // errno; all else is then without meaning
    bool is_whole = true;        // it fitted into the buffer, and has a message's header at least
    bool is_from_kernel = true;  // not from another process, which root's may send
};
Received receive_once(const Connection& connection, const Buffer& buffer);

/// How long an answer is waited for. Only what is no part of it costs a look at the clock.
class Patience {
  public:
    /// Something else came. Throws std::runtime_error after kNoAnswer of nothing but that.
    void something_else();
    void answer_came() { end_.reset(); }

  private:
    std::optional<std::chrono::steady_clock::time_point> end_;
};

/// The next datagram from the kernel, whole. Throws Lost, std::system_error, or std::runtime_error
/// where nothing comes for kNoAnswer, or it is cut short.
std::size_t receive(const Connection& connection, const Buffer& buffer, Patience& patience);

/// All of the messages at once: the kernel takes them one by one before this returns. Throws
/// std::system_error: none was taken.
void send(const Connection& connection, const std::vector<char>& bytes);

/// False where the lengths do not add up; `each` was called for what is before that.
template <class Each>
bool for_each_message(const char* bytes, std::size_t size, Each each) {
    while (size >= sizeof(nlmsghdr)) {
        const auto& message = *reinterpret_cast<const nlmsghdr*>(bytes);  // aligned, as the buffer
        if (message.nlmsg_len < sizeof message || message.nlmsg_len > size) return false;
        each(message);
        const std::size_t step = NLMSG_ALIGN(static_cast<std::size_t>(message.nlmsg_len));
        if (step >= size) return true;
        bytes += step;
        size -= step;
    }
    return size == 0;
}

}  // namespace eni
