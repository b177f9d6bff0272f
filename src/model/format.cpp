// See format.hpp. Must not decide anything.
#include "format.hpp"

#include <array>
#include <cstdio>

#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

// include/uapi/linux/rtnetlink.h, RTAX_*. 1 is the lock mask and 16 the congestion control's name.
constexpr std::array<const char*, 18> kMetricNames = {
    nullptr,    nullptr,   "mtu",      "window",     "rtt",      "rttvar",
    "ssthresh", "cwnd",    "advmss",   "reordering", "hoplimit", "initcwnd",
    "features", "rto_min", "initrwnd", "quickack",   nullptr,    "fastopen_no_cookie"};

constexpr std::uint32_t kWholeMark = 0xffffffff;
constexpr std::uint32_t kFeatureEcn = 1;  // RTAX_FEATURE_ECN
constexpr std::uint16_t kMetricFeatures = 12;
constexpr std::uint16_t kMetricCongctl = 16;

const char* type_words(RouteType type) {
    switch (type) {
        case RouteType::unicast:
            return "";
        case RouteType::local:
            return "local ";
        case RouteType::broadcast:
            return "broadcast ";
        case RouteType::anycast:
            return "anycast ";
        case RouteType::multicast:
            return "multicast ";
        case RouteType::blackhole:
            return "blackhole ";
        case RouteType::unreachable:
            return "unreachable ";
        case RouteType::prohibit:
            return "prohibit ";
        case RouteType::throw_:
            return "throw ";
    }
    return "";
}

std::string scope_words(Scope scope) {
    switch (scope) {
        case Scope::global:
            return "global";
        case Scope::site:
            return "site";
        case Scope::link:
            return "link";
        case Scope::host:
            return "host";
    }
    return std::to_string(static_cast<unsigned>(scope));
}

std::string hop_words(const NextHop& hop, Family family) {
    std::string words;
    if (hop.gateway) {
        words += hop.gateway->family() == family ? " via " : " via inet6 ";
        words += hop.gateway->to_string();
    }
    words += " dev " + shell_word(hop.ifname);
    return words;
}

std::string hops_words(const Route& route) {
    std::string words;
    for (const NextHop& hop : route.hops) {
        words += " nexthop" + hop_words(hop, route.family());
        words += " weight " + std::to_string(hop.weight);
        if (hop.onlink) words += " onlink";
    }
    return words;
}

std::string metrics_words(const Metrics& metrics) {
    const auto lock = [&](std::uint16_t n) { return (metrics.lock >> n & 1) != 0 ? " lock" : ""; };
    std::string words;
    for (const auto& [n, value] : metrics.values) {
        if (metric_name(n) == nullptr) continue;
        words += std::string(" ") + metric_name(n) + lock(n) + " ";
        words += n == kMetricFeatures && value == kFeatureEcn ? "ecn" : std::to_string(value);
    }
    if (!metrics.congctl.empty())
        words += std::string(" congctl") + lock(kMetricCongctl) + " " + metrics.congctl;
    return words;
}

/// What `ip route add` assumes where no scope is named; IPv6 has no scopes.
bool scope_goes_without_saying(const Route& route) {
    if (route.family() == Family::v6) return true;
    if (route.type == RouteType::local) return route.scope == Scope::host;
    const bool has_gateway = route.hops.size() != 1 || route.hops[0].gateway.has_value();
    return route.scope == Scope::global && (route.type != RouteType::unicast || has_gateway);
}

/// What `ip` prints where it could as well print the length.
std::string short_words(const Prefix& prefix) {
    return prefix.is_host() ? prefix.address().to_string() : prefix.to_string();
}

std::string long_words(const Prefix& prefix) {
    return prefix.to_string();
}

std::string numbers(std::uint32_t first, std::uint32_t last) {
    return std::to_string(first) + "-" + std::to_string(last);
}

std::string range_words(const NumberRange& range) {
    return range.first == range.last ? std::to_string(range.first)
                                     : numbers(range.first, range.last);
}

std::string two_digits(std::uint8_t value) {
    char text[8];
    std::snprintf(text, sizeof text, "0x%02x", value);
    return text;
}

/// With a space behind each; empty where everything matches.
std::string selector_words(const Rule& rule, std::string (*prefix_words)(const Prefix&)) {
    std::string words;
    if (rule.from) words += "from " + prefix_words(*rule.from) + " ";
    if (rule.to) words += "to " + prefix_words(*rule.to) + " ";
    if (rule.tos != 0) words += "tos " + two_digits(rule.tos) + " ";
    if (rule.fwmark != 0 || rule.fwmask != 0)
        words += "fwmark " + hex(rule.fwmark) +
                 (rule.fwmask == kWholeMark ? "" : "/" + hex(rule.fwmask)) + " ";
    if (!rule.iif.empty()) words += "iif " + shell_word(rule.iif) + " ";
    if (!rule.oif.empty()) words += "oif " + shell_word(rule.oif) + " ";
    if (rule.users) words += "uidrange " + numbers(rule.users->first, rule.users->last) + " ";
    if (rule.ip_protocol != 0) words += "ipproto " + protocol_word(rule.ip_protocol) + " ";
    if (rule.sport) words += "sport " + range_words(*rule.sport) + " ";
    if (rule.dport) words += "dport " + range_words(*rule.dport) + " ";
    return words;
}

/// Which table, or what else; TABLE is what it is called.
std::string action_words(const Rule& rule, const char* lookup, const std::string& table) {
    switch (rule.action) {
        case RuleAction::lookup:
            return std::string(lookup) + " " + table;
        case RuleAction::go_to:
            return "goto " + std::to_string(number(rule.target));
        case RuleAction::nop:
            return "nop";
        case RuleAction::blackhole:
            return "blackhole";
        case RuleAction::unreachable:
            return "unreachable";
        case RuleAction::prohibit:
            return "prohibit";
    }
    return "";
}

std::string suppress_words(const Rule& rule) {
    std::string words;
    if (rule.suppress_prefixlength)
        words += " suppress_prefixlength " + std::to_string(*rule.suppress_prefixlength);
    if (rule.suppress_ifgroup)
        words += " suppress_ifgroup " + std::to_string(*rule.suppress_ifgroup);
    return words;
}

/// By its name only where a shell and `ip` take it for just that.
std::string table_words(TableId id, std::string_view name) {
    if (is_table_name(name)) return std::string(name);
    return id == kTableMain ? "main" : std::to_string(number(id));
}

}  // namespace

const char* metric_name(std::uint16_t number) {
    return number < kMetricNames.size() ? kMetricNames[number] : nullptr;
}

std::optional<std::uint16_t> metric_number(std::string_view name) {
    for (std::size_t n = 0; n < kMetricNames.size(); ++n)
        if (kMetricNames[n] != nullptr && name == kMetricNames[n])
            return static_cast<std::uint16_t>(n);
    return std::nullopt;
}

std::string format_route(const Route& route, std::string_view table) {
    std::string words = type_words(route.type);
    if (!route.is_default())
        words += short_words(route.dst);
    else
        words += "default";
    if (route.tos != 0) words += " tos " + hex(route.tos);
    if (route.hops.size() == 1) words += hop_words(route.hops[0], route.family());
    words += " table " + table_words(route.table, table);
    if (route.metric != usual_metric(route.family()))
        words += " metric " + std::to_string(route.metric);
    if (!scope_goes_without_saying(route)) words += " scope " + scope_words(route.scope);
    if (route.prefsrc) words += " src " + route.prefsrc->to_string();
    if (route.realm != 0)
        words += " realms " + std::to_string(route.realm >> 16) + "/" +
                 std::to_string(route.realm & 0xffff);
    words += metrics_words(route.metrics);
    if (route.pref == 1) words += " pref high";
    if (route.pref == 3) words += " pref low";
    if (route.hops.size() == 1 && route.hops[0].onlink) words += " onlink";
    if (route.hops.size() > 1) words += hops_words(route);
    return words;
}

std::string format_address(const Address& address) {
    return address.address.to_string() + "/" + std::to_string(address.prefix_length) + " dev " +
           shell_word(address.ifname);
}

std::string format_rule(const Rule& rule, std::string_view table) {
    std::string words = selector_words(rule, long_words);
    if (words.empty()) words = "from all ";
    if (rule.is_inverted) words.insert(0, "not ");
    words += action_words(rule, "table", table_words(rule.table, table)) + suppress_words(rule);
    return words + " priority " + std::to_string(number(rule.priority));
}

std::string format_command(const char* verb, const Route& route, std::string_view table) {
    return ip_command(route.family()) + "route " + verb + " " + format_route(route, table);
}

std::string format_command(const char* verb, const Rule& rule, std::string_view table) {
    return ip_command(rule.family) + "rule " + verb + " " + format_rule(rule, table);
}

std::string format_command(const char* verb, const Address& address) {
    return std::string("ip address ") + verb + " " + format_address(address);
}

std::string format_command(const GroupChange& change) {
    return "ip link set dev " + shell_word(change.ifname) + " group " + std::to_string(change.to);
}

std::string format_command(const SrcValidMarkChange& change) {
    return "sysctl -w net/ipv4/conf/" + shell_word(change.ifname) +
           "/src_valid_mark=" + (change.to ? "1" : "0");
}

std::string format_command(const MarkingChange& change) {
    return (change.marking ? "write " : "remove ") + marking_noun(change.tool);
}

std::string marking_noun(MarkingTool tool) {
    return tool == MarkingTool::nft ? "nft tables eni-routes" : "iptables chains ENI-ROUTES";
}

std::string format_mark(std::uint32_t mark, std::uint32_t mask) {
    return hex(mark) + "/" + hex(mask);
}

std::string format_rule_listing(const Rule& rule, std::string_view table) {
    return std::to_string(number(rule.priority)) + ": " + (rule.is_inverted ? "not " : "") +
           (rule.from ? "" : "from all ") + selector_words(rule, short_words) +
           action_words(rule, "lookup", table_words(rule.table, table)) + suppress_words(rule) +
           (rule.is_exotic ? " (and more)" : "");
}

std::string protocol_word(std::uint8_t number) {
    constexpr std::pair<std::uint8_t, const char*> kWords[] = {
        {1, "icmp"}, {2, "igmp"}, {6, "tcp"},        {17, "udp"},   {33, "dccp"},    {47, "gre"},
        {50, "esp"}, {51, "ah"},  {58, "ipv6-icmp"}, {132, "sctp"}, {136, "udplite"}};
    for (const auto& [known, word] : kWords)
        if (known == number) return word;
    return std::to_string(number);
}

TableNames names_of_tables(const Plan& plan, const DiskFacts& disk) {
    TableNames names = {{kTableMain, "main"}, {kTableLocal, "local"}, {kTableDefault, "default"}};
    for (const InterfacePlan& interface : plan.interfaces)
        names.emplace(interface.table.id, interface.table.name);
    if (plan.others) names.emplace(plan.others->id, plan.others->name);
    for (const TableName& entry : disk.table_names) names.emplace(entry.id, entry.name);
    return names;
}

const char* format_gateway_source(GatewaySource source) {
    switch (source) {
        case GatewaySource::configuration:
            return "configuration";
        case GatewaySource::main_table:
            return "main table";
        case GatewaySource::dhcp_lease:
            return "DHCP lease";
        case GatewaySource::router_neighbour:
            return "router neighbour";
        case GatewaySource::other_table:
            return "another table";
        case GatewaySource::own_table:
            return "its own table";
        case GatewaySource::first_address:
            return "first address of its subnet";
    }
    return "";
}

const char* rp_filter_word(int value) {
    return value == 0 ? "off" : value == 1 ? "strict" : "loose";
}

std::string shell_word(const std::string& word) {
    if (is_plain_name(word)) return word;
    std::string words = "'";
    for (const char c : word) words += c == '\'' ? "'\\''" : std::string(1, c);
    return words + "'";
}

std::string ip_command(Family family) {
    return family == Family::v6 ? "ip -6 " : "ip ";
}

std::string name_of(TableId id, const TableNames& names) {
    const auto found = names.find(id);
    return found == names.end() ? std::to_string(number(id)) : found->second;
}

std::string subject_of(const std::string& ifname) {
    return "link " + ifname;
}

std::string subject_of_marking() {
    return "marks";
}

std::string subject_of_all_rules() {
    return "rules";
}

std::string subject_of(const Rule& rule) {
    if (rule.action == RuleAction::go_to) return subject_of_all_rules();
    return "rule " + std::to_string(number(rule.priority)) + " " +
           std::to_string(number(rule.table));
}

std::string subject_of(const Route& route) {
    return "route " + route.dst.to_string() + " " + std::to_string(number(route.table));
}

std::string subject_of(const Address& address) {
    return "address " + address.address.to_string() + " " + address.ifname;
}

}  // namespace eni
