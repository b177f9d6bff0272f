// See service_notify.hpp.
#include "service_notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace eni {

void notify_service_manager(const std::string& state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    const std::size_t length = path != nullptr ? std::strlen(path) : 0;
    if (length < 2 || length >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract one
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    (void)sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
    close(fd);
}

std::optional<std::chrono::milliseconds> watchdog_interval() {
    const char* text = std::getenv("WATCHDOG_USEC");
    std::int64_t microseconds = 0;
    const char* const end = text != nullptr ? text + std::strlen(text) : nullptr;
    const auto parsed = std::from_chars(text, end, microseconds);
    if (text == nullptr || parsed.ec != std::errc() || parsed.ptr != end || microseconds < 2000)
        return std::nullopt;
    return std::chrono::milliseconds(microseconds / 2000);
}

}  // namespace eni
