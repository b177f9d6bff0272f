// `eni-routes explain`: the way of one packet, which the options describe.
#include "explain.hpp"

#include <netinet/in.h>

#include <cstdio>
#include <limits>
#include <optional>
#include <stdexcept>

#include "commands.hpp"
#include "inspection.hpp"
#include "interface_names.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace eni {

namespace {

struct Packet {
    std::string destination;
    std::optional<std::string> from, in, out, mark, tos, protocol, sport, dport, uid;
};

IpAddress address_from(const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (!address) throw std::invalid_argument("'" + printable(text) + "' is not an address");
    return *address;
}

/// Decimal, or hexadecimal with 0x, as `ip` takes it; of an option that is not there 0.
template <class Number>
Number number_of(const std::optional<std::string>& text, const char* what) {
    if (!text) return 0;
    const auto number = number_or_hex_from(*text);
    if (!number || *number > std::numeric_limits<Number>::max())
        throw std::invalid_argument("'" + printable(*text) + "' is not " + what);
    return static_cast<Number>(*number);
}

/// Of these alone the kernel says the way.
std::uint8_t protocol_from(const std::string& text, Family family) {
    const std::uint8_t icmp =
        family == Family::v4 ? std::uint8_t{IPPROTO_ICMP} : std::uint8_t{IPPROTO_ICMPV6};
    if (text == "tcp" || text == "6") return IPPROTO_TCP;
    if (text == "udp" || text == "17") return IPPROTO_UDP;
    if (text == "icmp" || text == std::to_string(icmp)) return icmp;
    throw std::invalid_argument(
        "'" + printable(text) +
        "' is not a protocol that the kernel can be queried for: tcp, udp or "
        "icmp");
}

RouteQuery query_from(const Packet& packet, const KernelSnapshot& kernel) {
    RouteQuery query;
    query.dst = address_from(packet.destination);
    if (packet.from) query.src = address_from(*packet.from);
    query.mark = number_of<std::uint32_t>(packet.mark, "a mark: 128 or 0x80");
    query.tos = number_of<std::uint8_t>(packet.tos, "a TOS: 16 or 0x10");
    query.sport = number_of<std::uint16_t>(packet.sport, "a port: 1 to 65535");
    query.dport = number_of<std::uint16_t>(packet.dport, "a port: 1 to 65535");
    query.user = number_of<std::uint32_t>(packet.uid, "a user's number");
    if (packet.protocol) query.protocol = protocol_from(*packet.protocol, query.family());
    if (query.src && query.src->family() != query.dst.family())
        throw std::invalid_argument("source and destination are not of one family");
    const auto known = known_interfaces(kernel.links, {}, {});
    if (packet.out) refuse_unknown(query.oif = *packet.out, known);
    if (!packet.in) return query;
    if (packet.uid || packet.out)
        throw std::invalid_argument("--uid and --out are of what this host sends, --in is not");
    query.iif = *packet.in;
    if (!query.src) throw std::invalid_argument("--in needs --from: who sends it?");
    refuse_unknown(query.iif, known);
    return query;
}

}  // namespace

ExitStatus run_explain(const Call& call) {
    Target target;
    Packet packet;
    const auto arguments =
        parse(call, {facts_option(target),
                     value("from", 's', packet.from, "The packet's source address", "ADDRESS"),
                     value("in", 'i', packet.in, "It comes in by IFACE; needs --from", "IFACE"),
                     value("out", 'o', packet.out, "It is bound to IFACE", "IFACE"),
                     value("mark", 'm', packet.mark, "Its firewall mark: 128 or 0x80", "N"),
                     value("tos", 't', packet.tos, "Its TOS: 16 or 0x10", "N"),
                     value("protocol", 'p', packet.protocol, "tcp, udp or icmp", "NAME"),
                     value("sport", 'S', packet.sport, "The port that it is from", "N"),
                     value("dport", 'D', packet.dport, "The port that it is for", "N"),
                     value("uid", 'u', packet.uid, "The number of the user who sends it", "N"),
                     config_option(target)});
    if (arguments.size() != 1)
        throw std::invalid_argument("takes one destination address; see --help");
    packet.destination = arguments[0];
    const Inspection inspection = inspect(target);
    const RouteQuery query = query_from(packet, inspection.facts.kernel);
    const TableNames names = names_of_tables(inspection.change_set.plan, inspection.facts.disk);
    print(explain(inspection.facts.kernel, names, query, inspection.ask, Paint::for_stdout()));
    return ExitStatus::ok;
}

}  // namespace eni
