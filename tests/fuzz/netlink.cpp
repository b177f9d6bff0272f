// A message of rtnetlink's, in memory of its size: no byte outside of it is read, what is malformed
// throws, and what is understood is written as it was read.
#include <linux/rtnetlink.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "format.hpp"
#include "fuzz.hpp"
#include "read_messages.hpp"
#include "write_messages.hpp"

namespace eni {
namespace {

const LinkNames kNames = {{1, "lo"}, {2, "eth0"}, {3, "eth1"}};
const LinkIndexes kIndexes = {{"lo", 1}, {"eth0", 2}, {"eth1", 3}};

/// What one of the functions throws for a malformed message is no concern of the next one.
template <class Read>
auto understood(Read read) -> decltype(read()) {
    try {
        return read();
    } catch (const std::runtime_error&) {
        return {};
    }
}

const nlmsghdr& header_of(const NetlinkMessage& message) {
    return *nlmsg_hdr(message.get());
}

/// The kernel has a weight for a hop of several alone.
bool has_a_lone_weight(const Route& route) {
    return route.hops.size() == 1 && route.hops[0].weight != 1;
}

void write_and_read(const Route& route) {
    subject_of(route);
    format_command("add", route);
    if (route.is_exotic || has_a_lone_weight(route)) return;
    try {
        const auto message = route_message(RTM_NEWROUTE, 0, route, kIndexes);
        const auto again = route_from(header_of(message), kNames);
        require(again && *again == route, "a route is written as it is read", format_route(route));
    } catch (const std::length_error&) {  // more hops or a longer name than the kernel takes
    }
}

void write_and_read(const Rule& rule) {
    subject_of(rule);
    format_rule_listing(rule);
    if (rule.is_exotic) return;
    try {
        const auto message = rule_message(RTM_NEWRULE, 0, rule);
        const auto again = rule_from(header_of(message));
        require(again && *again == rule, "a rule is written as it is read", format_rule(rule));
    } catch (const std::length_error&) {
    }
}

void write_and_read(const Address& address) {
    subject_of(address);
    const auto message = address_message(RTM_NEWADDR, 0, address, kIndexes);
    const auto again = address_from(header_of(message), kNames);
    require(again && again->address == address.address && again->ifname == address.ifname &&
                again->prefix_length == address.prefix_length &&
                again->protocol == address.protocol,
            "an address is written as it is read", format_address(address));
}

void read_all(const nlmsghdr& message) {
    understood([&] { return link_from(message); });
    understood([&] { return router_neighbour_from(message, kNames); });
    understood([&] { return failed_neighbour_from(message, kNames); });
    understood([&] { return table_of_route(message); });
    understood([&] { return index_of_link(message); });
    understood([&] { return route_answer_from(message, kNames); });
    if (const auto address = understood([&] { return address_from(message, kNames); }))
        write_and_read(*address);
    if (const auto route = understood([&] { return route_from(message, kNames); }))
        write_and_read(*route);
    if (const auto rule = understood([&] { return rule_from(message); })) write_and_read(*rule);
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < sizeof(nlmsghdr)) return 0;
    const std::unique_ptr<char[]> bytes(new char[size]);
    std::memcpy(bytes.get(), data, size);
    auto* message = reinterpret_cast<nlmsghdr*>(bytes.get());
    message->nlmsg_len = static_cast<std::uint32_t>(size);  // dump.cpp has the others
    eni::read_all(*message);
    return 0;
}
