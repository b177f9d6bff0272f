// See journal_entry.hpp.
#include "journal_entry.hpp"

#include <endian.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace eni {

namespace {

constexpr char kJournal[] = "/run/systemd/journal/";
constexpr char kSocket[] = "/run/systemd/journal/socket";

/// "NAME=value\n"; where the value has lines "NAME\n", its length in 64 bits, little endian, and
/// the value.
std::string serialized(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text += name;
        if (value.find('\n') == std::string::npos) {
            text += '=';
        } else {
            const std::uint64_t size = htole64(value.size());
            text += '\n';
            text.append(reinterpret_cast<const char*>(&size), sizeof size);
        }
        text += value + '\n';
    }
    return text;
}

}  // namespace

bool is_journal(int descriptor) {
    sockaddr_un address = {};
    socklen_t size = sizeof address - 1;
    return getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
           address.sun_family == AF_UNIX &&
           std::strncmp(address.sun_path, kJournal, sizeof kJournal - 1) == 0;
}

bool send_journal_entry(const std::vector<std::pair<std::string, std::string>>& fields) {
    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, kSocket);
    std::string text = serialized(fields);
    iovec part = {text.data(), text.size()};
    msghdr message = {};
    message.msg_name = &address;
    message.msg_namelen = sizeof address;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const bool is_sent = sendmsg(descriptor, &message, MSG_NOSIGNAL) >= 0;
    close(descriptor);
    return is_sent;
}

}  // namespace eni
