// What the kernel sends, in memory of its size: the messages of a datagram lie within it, one
// behind the other, and each is read like the one of netlink.cpp.
#include <linux/netlink.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "connection.hpp"
#include "fuzz.hpp"
#include "read_messages.hpp"

namespace eni {
namespace {

const LinkNames kNames = {{1, "lo"}, {2, "eth0"}, {3, "eth1"}};

void read(const nlmsghdr& message) {
    try {
        link_from(message);
        address_from(message, kNames);
        route_from(message, kNames);
        rule_from(message);
        table_of_route(message);
        failed_neighbour_from(message, kNames);
    } catch (const std::runtime_error&) {  // malformed
    }
}

void read_datagram(const char* bytes, std::size_t size) {
    std::size_t seen = 0;
    const bool adds_up = for_each_message(bytes, size, [&](const nlmsghdr& message) {
        const char* begin = reinterpret_cast<const char*>(&message);
        require(begin == bytes + seen, "a message begins where the last one ended");
        require(message.nlmsg_len <= size - seen, "and ends within the datagram");
        seen += NLMSG_ALIGN(static_cast<std::size_t>(message.nlmsg_len));
        read(message);
    });
    require(!adds_up || seen >= size, "what adds up is read to its end");
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::unique_ptr<char[]> bytes(new char[size]);
    if (size != 0) std::memcpy(bytes.get(), data, size);
    eni::read_datagram(bytes.get(), size);
    return 0;
}
