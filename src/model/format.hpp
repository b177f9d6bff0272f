// Rules and routes in `ip`'s words: what is printed, logged and written to rule- and route- files.
// Every line can be given to `ip route add` or `ip rule add` as it stands.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model.hpp"

namespace eni {

/// "10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37". The table is printed as `table`, by
/// its number where that is empty or cannot stand in a command (is_table_name). The protocol is
/// left out: it says who, not where to.
std::string format_route(const Route& route, std::string_view table = {});

/// "10.0.2.50/32 dev eth1"
std::string format_address(const Address& address);

/// "from 10.0.2.0/24 iif lo table eth1 priority 20101"
std::string format_rule(const Rule& rule, std::string_view table = {});

/// "ip -6 route add default via ...": the command that does the same; `verb` is "add", "del" or
/// "replace".
std::string format_command(const char* verb, const Route& route, std::string_view table = {});
std::string format_command(const char* verb, const Rule& rule, std::string_view table = {});
std::string format_command(const char* verb, const Address& address);
std::string format_command(const GroupChange& change);
std::string format_command(const SrcValidMarkChange& change);
/// "write nft tables eni-routes": what is in them only that program's own language says.
std::string format_command(const MarkingChange& change);
/// "nft tables eni-routes"
std::string marking_noun(MarkingTool tool);
/// "0x2/0x7f"
std::string format_mark(std::uint32_t mark, std::uint32_t mask);

/// As `ip rule` lists it, with its priority: "20101: from 10.0.2.0/24 iif lo lookup eth1".
std::string format_rule_listing(const Rule& rule, std::string_view table = {});

/// "tcp", as `ip` calls it; the number of one that is seldom named in rules.
std::string protocol_word(std::uint8_t number);

/// The names that tables have, or will have when the plan is carried out; the kernel's own too.
using TableNames = std::map<TableId, std::string>;
TableNames names_of_tables(const Plan& plan, const DiskFacts& disk);
std::string name_of(TableId id, const TableNames& names);  // its number where it has no name

/// "configuration", "main table", "DHCP lease" ...
const char* format_gateway_source(GatewaySource source);

/// "off", "strict" or "loose"
const char* rp_filter_word(int value);

/// As one word of a shell's, in quotes where it needs them: the kernel takes names of links, and
/// NetworkManager names of profiles, that a shell would take for more than one.
std::string shell_word(const std::string& word);

/// "ip " or "ip -6 "
std::string ip_command(Family family);

/// By what a message of the kernel's tells of the same link, rule, route or address: names alone,
/// its table and its priority or its destination, its bytes and its link.
std::string subject_of(const std::string& ifname);
std::string subject_of(const Rule& rule);
/// Of a `goto`: it stands where the other rules want it, so whoever changes one moves it.
std::string subject_of_all_rules();
std::string subject_of_marking();
std::string subject_of(const Route& route);
std::string subject_of(const Address& address);

/// RTAX_* numbers and the words of ip-route(8); null or nothing for what `ip` cannot set.
const char* metric_name(std::uint16_t number);
std::optional<std::uint16_t> metric_number(std::string_view name);

}  // namespace eni
