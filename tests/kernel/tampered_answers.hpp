// Stands between a test's program and the C library's system calls on sockets, which it makes fail,
// or whose answers it changes: included by one source of the program, as it defines them. Must not
// know what is tested.
#pragma once

#include <dlfcn.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eni {

/// Reset by each test.
struct Tampering {
    /// By the name of the call: how many of the next fail, and by which errno.
    struct Failing {
        int error = 0;
        int times = 0;  // less than 0: all
        int after = 0;  // so many go well before
    };
    std::map<std::string, Failing> failing;

    /// Of a datagram's bytes and their number, which it may change; nothing: it is lost.
    std::function<std::optional<std::size_t>(char*, std::size_t)> change;

    /// Come before what the kernel says.
    std::deque<std::vector<char>> first;

    timeval limit{};    // as it was asked for, of the last socket
    int limit_ms = 50;  // as it is set instead
    std::map<std::string, int> calls;
};

inline Tampering& tampering() {
    static Tampering tampering;
    return tampering;
}

inline bool fails(const std::string& call) {
    Tampering& now = tampering();
    ++now.calls[call];
    auto& failing = now.failing[call];
    if (failing.times == 0 || failing.after-- > 0) return false;
    --failing.times;
    errno = failing.error;
    return true;
}

template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

/// Calls `receive` until there is a datagram that is not lost.
template <class Receive>
ssize_t received(char* bytes, Receive receive) {
    if (fails("receive")) return -1;
    auto& first = tampering().first;
    if (!first.empty()) {
        const std::vector<char> datagram = first.front();
        first.pop_front();
        std::copy(datagram.begin(), datagram.end(), bytes);
        return static_cast<ssize_t>(datagram.size());
    }
    while (true) {
        const ssize_t size = receive();
        if (size <= 0 || !tampering().change) return size;
        if (const auto changed = tampering().change(bytes, static_cast<std::size_t>(size)))
            return static_cast<ssize_t>(*changed);
    }
}

}  // namespace eni

extern "C" {

ssize_t recvmsg(int fd, msghdr* message, int flags) {
    static const auto call = eni::real<ssize_t (*)(int, msghdr*, int)>("recvmsg");
    return eni::received(static_cast<char*>(message->msg_iov[0].iov_base),
                         [&] { return call(fd, message, flags); });
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
    static const auto call = eni::real<ssize_t (*)(int, void*, size_t, int)>("recv");
    return eni::received(static_cast<char*>(bytes), [&] { return call(fd, bytes, size, flags); });
}

ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to,
               socklen_t to_size) {
    static const auto call =
        eni::real<ssize_t (*)(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
    if (eni::fails("send")) return -1;
    return call(fd, bytes, size, flags, to, to_size);
}

int socket(int domain, int type, int protocol) noexcept {
    static const auto call = eni::real<int (*)(int, int, int)>("socket");
    if (eni::fails("socket")) return -1;
    return call(domain, type, protocol);
}

int bind(int fd, const sockaddr* address, socklen_t size) noexcept {
    static const auto call = eni::real<int (*)(int, const sockaddr*, socklen_t)>("bind");
    if (eni::fails("bind")) return -1;
    return call(fd, address, size);
}

int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
    static const auto call = eni::real<int (*)(int, sockaddr*, socklen_t*)>("getsockname");
    if (eni::fails("getsockname")) return -1;
    return call(fd, address, size);
}

int setsockopt(int fd, int level, int option, const void* value, socklen_t size) noexcept {
    static const auto call =
        eni::real<int (*)(int, int, int, const void*, socklen_t)>("setsockopt");
    if (eni::fails("setsockopt")) return -1;
    if (level != SOL_SOCKET || option != SO_RCVTIMEO) return call(fd, level, option, value, size);
    eni::tampering().limit = *static_cast<const timeval*>(value);
    timeval shorter{};
    shorter.tv_sec = eni::tampering().limit_ms / 1000;
    shorter.tv_usec = eni::tampering().limit_ms % 1000 * 1000;
    return call(fd, level, option, &shorter, sizeof shorter);
}

}  // extern "C"
