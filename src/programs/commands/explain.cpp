// `eni-routes explain`: the way of one packet, which the options describe.
#include "explain.hpp"

#include <cstdio>
#include <optional>
#include <stdexcept>

#include "commands.hpp"
#include "inspection.hpp"
#include "interface_names.hpp"
#include "text.hpp"

namespace eni {

namespace {

struct Packet {
    std::string destination;
    std::optional<std::string> from, in, mark;
};

IpAddress address_from(const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (!address) throw std::invalid_argument("'" + printable(text) + "' is not an address");
    return *address;
}

/// Decimal, or hexadecimal with 0x, as `ip` takes it.
std::uint32_t mark_from(const std::string& text) {
    const bool is_hex = text.compare(0, 2, "0x") == 0;
    const auto mark = number_from(text.substr(is_hex ? 2 : 0), {}, is_hex ? 16 : 10);
    if (!mark) throw std::invalid_argument("'" + printable(text) + "' is not a mark: 128 or 0x80");
    return *mark;
}

RouteQuery query_from(const Packet& packet, const KernelSnapshot& kernel) {
    RouteQuery query;
    query.dst = address_from(packet.destination);
    if (packet.from) query.src = address_from(*packet.from);
    if (packet.mark) query.mark = mark_from(*packet.mark);
    if (query.src && query.src->family() != query.dst.family())
        throw std::invalid_argument("source and destination are not of one family");
    if (!packet.in) return query;
    query.iif = *packet.in;
    if (!query.src) throw std::invalid_argument("--in needs --from: who sends it?");
    refuse_unknown(query.iif, known_interfaces(kernel.links, {}, {}));
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
                     value("mark", 'm', packet.mark, "Its firewall mark: 128 or 0x80", "N"),
                     config_option(target)});
    if (arguments.size() != 1)
        throw std::invalid_argument("takes one destination address; see --help");
    packet.destination = arguments[0];
    const Inspection inspection = inspect(target);
    const RouteQuery query = query_from(packet, inspection.facts.kernel);
    const TableNames names = names_of_tables(inspection.change_set.plan, inspection.facts.disk);
    std::fputs(
        explain(inspection.facts.kernel, names, query, inspection.ask, Paint::for_stdout()).c_str(),
        stdout);
    return ExitStatus::ok;
}

}  // namespace eni
