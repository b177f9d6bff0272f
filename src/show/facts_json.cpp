// See facts_json.hpp. The tables are the format; how they are used is strict_json.hpp's business.
#include "facts_json.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <utility>

#include "format.hpp"
#include "strict_json.hpp"
#include "text.hpp"

namespace eni {

// ---- The nouns, member by member ----------------------------------------------------------------

template <>
constexpr auto kFields<Link> =
    std::make_tuple(required("ifname", &Link::ifname), field("ifindex", &Link::ifindex),
                    field("mac", &Link::mac), field("kind", &Link::kind),
                    field("ethernet", &Link::ethernet), field("is_port", &Link::is_port),
                    field("is_up", &Link::is_up), field("has_carrier", &Link::has_carrier),
                    field("group", &Link::group), field("forwarding4", &Link::forwarding4),
                    field("forwarding6", &Link::forwarding6), field("rp_filter", &Link::rp_filter));

template <>  // and "address", with its prefix length: see its to_json()
constexpr auto kFields<Address> = std::make_tuple(required("ifname", &Address::ifname),
                                                  field("is_global", &Address::is_global),
                                                  field("is_duplicate", &Address::is_duplicate),
                                                  field("protocol", &Address::protocol));

template <>
constexpr auto kFields<Neighbour> = std::make_tuple(required("ifname", &Neighbour::ifname),
                                                    required("address", &Neighbour::address));

template <>
constexpr auto kFields<NextHop> = std::make_tuple(required("dev", &NextHop::ifname),
                                                  field("gateway", &NextHop::gateway),
                                                  field("weight", &NextHop::weight),
                                                  field("onlink", &NextHop::onlink));

template <>  // and "dst", "family", "hops": see its to_json()
constexpr auto kFields<Route> = std::make_tuple(
    field("metric", &Route::metric), field("table", &Route::table), field("type", &Route::type),
    field("tos", &Route::tos), field("scope", &Route::scope), field("prefsrc", &Route::prefsrc),
    field("metrics", &Route::metrics), field("realm", &Route::realm), field("pref", &Route::pref),
    field("protocol", &Route::protocol), field("is_exotic", &Route::is_exotic));

template <>  // and "family": see its to_json()
constexpr auto kFields<Rule> = std::make_tuple(
    required("priority", &Rule::priority), field("is_inverted", &Rule::is_inverted),
    field("from", &Rule::from), field("to", &Rule::to), field("tos", &Rule::tos),
    field("iif", &Rule::iif), field("oif", &Rule::oif), field("action", &Rule::action),
    field("table", &Rule::table), field("target", &Rule::target),
    field("suppress_prefixlength", &Rule::suppress_prefixlength),
    field("suppress_ifgroup", &Rule::suppress_ifgroup), field("fwmark", &Rule::fwmark),
    field("fwmask", &Rule::fwmask), field("ip_protocol", &Rule::ip_protocol),
    field("sport", &Rule::sport), field("dport", &Rule::dport), field("users", &Rule::users),
    field("is_exotic", &Rule::is_exotic));

template <>
constexpr auto kFields<NumberRange> = std::make_tuple(required("first", &NumberRange::first),
                                                      required("last", &NumberRange::last));

template <>
constexpr auto kFields<KernelSnapshot> = std::make_tuple(
    field("has_suppress", &KernelSnapshot::has_suppress),
    field("rp_filter_all", &KernelSnapshot::rp_filter_all), field("links", &KernelSnapshot::links),
    field("addresses", &KernelSnapshot::addresses), field("routers", &KernelSnapshot::routers),
    field("failed_neighbours", &KernelSnapshot::failed_neighbours),
    field("routes", &KernelSnapshot::routes), field("rules", &KernelSnapshot::rules));

template <>
constexpr auto kFields<TableName> = std::make_tuple(required("id", &TableName::id),
                                                    required("name", &TableName::name),
                                                    field("is_ours", &TableName::is_ours));

template <>
constexpr auto kFields<IfcfgProfile> =
    std::make_tuple(required("name", &IfcfgProfile::name), field("device", &IfcfgProfile::device),
                    field("hwaddr", &IfcfgProfile::hwaddr), field("uuid", &IfcfgProfile::uuid),
                    field("policy_keys", &IfcfgProfile::policy_keys));

template <>
constexpr auto kFields<Unread> = std::make_tuple(required("kind", &Unread::kind),
                                                 required("path", &Unread::path),
                                                 required("error", &Unread::error));

template <>
constexpr auto kFields<DiskFacts> =
    std::make_tuple(field("table_names", &DiskFacts::table_names),
                    field("rt_tables_path", &DiskFacts::rt_tables_path),
                    field("rt_tables_is_shared", &DiskFacts::rt_tables_is_shared),
                    field("has_network_scripts", &DiskFacts::has_network_scripts),
                    field("profiles", &DiskFacts::profiles), field("files", &DiskFacts::files),
                    field("kept", &DiskFacts::kept), field("disabled", &DiskFacts::disabled),
                    field("unread", &DiskFacts::unread));

template <>
constexpr auto kFields<InterfaceState> = std::make_tuple(
    field("mac", &InterfaceState::mac), field("lease_router", &InterfaceState::lease_router),
    field("slot", &InterfaceState::slot), field("group_before", &InterfaceState::group_before),
    field("added", &InterfaceState::added), field("profile", &InterfaceState::profile),
    field("table", &InterfaceState::table));

template <>
constexpr auto kFields<Outgoing> = std::make_tuple(required("ifname", &Outgoing::ifname),
                                                   required("source", &Outgoing::source));

template <>
constexpr auto kFields<RunState> = std::make_tuple(
    field("has_suppress", &RunState::has_suppress),
    field("priority_bases", &RunState::priority_bases),
    field("link_groups", &RunState::link_groups), field("tables_given", &RunState::tables_given),
    field("tables_named", &RunState::tables_named), field("interfaces", &RunState::interfaces),
    field("outgoing4", &RunState::outgoing4), field("outgoing6", &RunState::outgoing6));

template <>
constexpr auto kFields<Lease> = std::make_tuple(required("ifname", &Lease::ifname),
                                                field("routers", &Lease::routers));

template <>
constexpr auto kFields<Association> = std::make_tuple(required("address", &Association::address),
                                                      required("public_address",
                                                               &Association::public_address));

template <>
constexpr auto kFields<Eni> = std::make_tuple(
    required("device_number", &Eni::device_number), field("network_card", &Eni::network_card),
    field("addresses", &Eni::addresses), field("delegated", &Eni::delegated),
    field("subnets", &Eni::subnets), field("vpc_blocks", &Eni::vpc_blocks),
    field("associations", &Eni::associations), field("is_fresh", &Eni::is_fresh));

template <>
constexpr auto kFields<HookFile> = std::make_tuple(required("path", &HookFile::path),
                                                   field("is_there", &HookFile::is_there),
                                                   field("problem", &HookFile::problem),
                                                   field("calls_us", &HookFile::calls_us),
                                                   field("hides_ours", &HookFile::hides_ours));

template <>
constexpr auto kFields<UdpServer> = std::make_tuple(required("port", &UdpServer::port),
                                                    field("program", &UdpServer::program),
                                                    field("is_kernels", &UdpServer::is_kernels));

template <>
constexpr auto kFields<NetworkManagerDevice> = std::make_tuple(
    required("ifname", &NetworkManagerDevice::ifname),
    field("is_managed", &NetworkManagerDevice::is_managed),
    field("state", &NetworkManagerDevice::state), field("profile", &NetworkManagerDevice::profile),
    field("has_usable_profile", &NetworkManagerDevice::has_usable_profile));

template <>
constexpr auto kFields<NetworkManagerFacts> = std::make_tuple(
    required("runs", &NetworkManagerFacts::runs), field("devices", &NetworkManagerFacts::devices));

template <>
constexpr auto kFields<ToolFact> = std::make_tuple(required("name", &ToolFact::name),
                                                   field("path", &ToolFact::path));

template <>
constexpr auto kFields<MulticastGroup> = std::make_tuple(
    required("ifname", &MulticastGroup::ifname), required("address", &MulticastGroup::address));

template <>
constexpr auto kFields<PublishedPort> = std::make_tuple(
    required("protocol", &PublishedPort::protocol), required("port", &PublishedPort::port),
    field("address", &PublishedPort::address), required("target", &PublishedPort::target));

template <>
constexpr auto kFields<FightFact> = std::make_tuple(field("ifname", &FightFact::ifname),
                                                    required("text", &FightFact::text));

template <>
constexpr auto kFields<WatchFacts> = std::make_tuple(required("pid", &WatchFacts::pid),
                                                     field("fights", &WatchFacts::fights));

template <>
constexpr auto kFields<Denial> = std::make_tuple(required("program", &Denial::program),
                                                 field("domain", &Denial::domain),
                                                 field("permissions", &Denial::permissions),
                                                 field("target", &Denial::target),
                                                 field("target_class", &Denial::target_class),
                                                 field("target_type", &Denial::target_type),
                                                 field("last_time", &Denial::last_time));

template <>
constexpr auto kFields<HostFacts> = std::make_tuple(
    field("hooks", &HostFacts::hooks),
    field("dispatcher_is_enabled", &HostFacts::dispatcher_is_enabled),
    field("has_stock_script", &HostFacts::has_stock_script),
    field("udp_servers", &HostFacts::udp_servers),
    field("published_ports", &HostFacts::published_ports), field("watch", &HostFacts::watch),
    field("watch_is_enabled", &HostFacts::watch_is_enabled), field("denials", &HostFacts::denials),
    field("networkmanager", &HostFacts::networkmanager), field("tools", &HostFacts::tools),
    field("multicast_groups", &HostFacts::multicast_groups));

template <>
constexpr auto kFields<Recording> = std::make_tuple(
    field("version", &Recording::version), field("kernel_release", &Recording::kernel_release),
    field("distribution", &Recording::distribution),
    field("networkmanager", &Recording::networkmanager),
    field("configuration", &Recording::configuration));

template <>  // and "version": see its to_json()
constexpr auto kFields<Facts> = std::make_tuple(
    field("recording", &Facts::recording), field("kernel", &Facts::kernel),
    field("disk", &Facts::disk), field("run", &Facts::run), field("leases", &Facts::leases),
    field("profiles", &Facts::profiles), field("enis", &Facts::enis), field("host", &Facts::host));

// ---- Words and text -----------------------------------------------------------------------------

template <>
constexpr std::array<std::pair<const char*, Family>, 2> kWords<Family>{
    {{"v4", Family::v4}, {"v6", Family::v6}}};

template <>
constexpr std::array<std::pair<const char*, RuleAction>, 6> kWords<RuleAction>{
    {{"lookup", RuleAction::lookup},
     {"goto", RuleAction::go_to},
     {"nop", RuleAction::nop},
     {"blackhole", RuleAction::blackhole},
     {"unreachable", RuleAction::unreachable},
     {"prohibit", RuleAction::prohibit}}};

template <>
constexpr std::array<std::pair<const char*, RouteType>, 9> kWords<RouteType>{
    {{"unicast", RouteType::unicast},
     {"local", RouteType::local},
     {"broadcast", RouteType::broadcast},
     {"anycast", RouteType::anycast},
     {"multicast", RouteType::multicast},
     {"blackhole", RouteType::blackhole},
     {"unreachable", RouteType::unreachable},
     {"prohibit", RouteType::prohibit},
     {"throw", RouteType::throw_}}};

template <>
constexpr std::array<std::pair<const char*, Unread::Kind>, 6> kWords<Unread::Kind>{
    {{"table_names", Unread::Kind::table_names},
     {"network_scripts", Unread::Kind::network_scripts},
     {"profile", Unread::Kind::profile},
     {"script", Unread::Kind::script},
     {"state", Unread::Kind::state},
     {"metadata", Unread::Kind::metadata}}};

template <>
constexpr std::array<std::pair<const char*, Scope>, 4> kWords<Scope>{{{"global", Scope::global},
                                                                      {"site", Scope::site},
                                                                      {"link", Scope::link},
                                                                      {"host", Scope::host}}};

template <>
constexpr bool kHasNumbers<Scope> = true;

/// What is text in JSON, by its to_string() and parse().
template <class T>
constexpr const char* kTextName = nullptr;

template <>
constexpr const char* kTextName<IpAddress> = "an address";

template <>
constexpr const char* kTextName<Prefix> = "a prefix";

template <class T>
struct Strict<T, std::enable_if_t<kTextName<T> != nullptr>> {
    static void to_json(StrictJson& json, const T& value) { json = value.to_string(); }
    static void from_json(const StrictJson& json, T& value) {
        const auto parsed = json.is_string() ? T::parse(json.get<std::string>()) : std::nullopt;
        if (!parsed) refuse(json, kTextName<T>);
        value = *parsed;
    }
};

// The library finds to_json() and from_json() in the namespace of their noun, not in an unnamed
// one.

// ---- Address: {"address": "10.0.2.37/24", "ifname": "eth1"} -------------------------------------

void to_json(StrictJson& json, const Address& address) {
    json["address"] = address.address.to_string() + "/" + std::to_string(address.prefix_length);
    write_fields(json, address);
}

void from_json(const StrictJson& json, Address& address) {
    check_keys<Address>(json, {"address"});
    read_fields(json, address);
    const StrictJson& value = member(json, "address");
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto parsed = IpAddress::parse(text.substr(0, slash));
    const auto any = IpAddress::any(parsed ? parsed->family() : Family::v4);
    // A Prefix has no host bits: the length is parsed behind an address that has none.
    const auto prefix = Prefix::parse(any.to_string() + text.substr(slash));
    if (!parsed || !prefix) refuse(value, "an address with its prefix length");
    address.address = *parsed;
    address.prefix_length = prefix->length();
}

// ---- Metrics: {"mtu": 1500, "congctl": "cubic", "lock": ["mtu"]} --------------------------------
// By `ip`'s words; a number where it has none.

namespace {

constexpr std::uint16_t kCongctl = 16;  // RTAX_CC_ALGO

std::string metric_word(std::uint16_t number) {
    if (number == kCongctl) return "congctl";
    const char* const name = metric_name(number);
    return name != nullptr ? name : std::to_string(number);
}

std::optional<std::uint32_t> metric_from(const std::string& word, std::uint32_t max) {
    if (word == "congctl") return kCongctl;
    if (const auto number = metric_number(word)) return number;
    return number_from(word, {0, max});
}

std::uint32_t lock_from(const StrictJson& json) {
    const auto words = json.get<std::vector<std::string>>();
    std::uint32_t lock = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto bit = metric_from(words[i], 31);
        if (!bit) refuse(json.at(i), "the name of a metric");
        lock |= 1u << *bit;
    }
    return lock;
}

}  // namespace

void to_json(StrictJson& json, const Metrics& metrics) {
    json = StrictJson::object();
    for (const auto& [number, value] : metrics.values) json[metric_word(number)] = value;
    if (!metrics.congctl.empty()) json["congctl"] = metrics.congctl;
    for (std::uint16_t bit = 0; bit < 32; ++bit)
        if ((metrics.lock >> bit & 1) != 0) json["lock"].push_back(metric_word(bit));
}

void from_json(const StrictJson& json, Metrics& metrics) {
    for (const auto& item : json.items())
        if (item.key() == "congctl")
            item.value().get_to(metrics.congctl);
        else if (item.key() == "lock")
            metrics.lock = lock_from(item.value());
        else if (const auto number = metric_from(item.key(), 0xffff))
            item.value().get_to(metrics.values[static_cast<std::uint16_t>(*number)]);
        else
            throw Misfit(item.value(), "unknown key");
}

// ---- Route: {"dst": "default", "dev": "eth1", "gateway": "10.0.2.1"} ----------------------------
// More hops than one are in "hops". The family is that of dst, and needed only with "default" for
// IPv6.

void to_json(StrictJson& json, const Route& route) {
    json["dst"] = route.is_default() ? "default" : route.dst.to_string();
    if (route.is_default() && route.family() == Family::v6) json["family"] = Family::v6;
    if (route.hops.size() == 1) write_fields(json, route.hops[0]);
    if (route.hops.size() > 1) json["hops"] = route.hops;
    write_fields(json, route);
}

void from_json(const StrictJson& json, Route& route) {
    check_keys<Route, NextHop>(json, {"dst", "family", "hops"});
    read_fields(json, route);

    const StrictJson& dst = member(json, "dst");
    std::optional<Family> family;
    read_member(json, "family", family);
    route.dst = dst == "default" ? Prefix::any(family.value_or(Family::v4)) : dst.get<Prefix>();
    if (family && *family != route.family()) refuse(json.at("family"), "the family of 'dst'");

    const bool is_flat = has_fields<NextHop>(json);
    if (is_flat && json.contains("hops")) throw Misfit(json, "expected 'dev' or 'hops', not both");
    if (is_flat) read_fields(json, route.hops.emplace_back());
    read_member(json, "hops", route.hops);
}

// ---- Rule: {"priority": 20101, "from": "10.0.2.0/24", "table": 10001} ---------------------------
// The family is that of from and to, and needed only for IPv6 without these.

void to_json(StrictJson& json, const Rule& rule) {
    json = StrictJson::object();
    write_fields(json, rule);
    if (rule.family == Family::v6 && !rule.from && !rule.to) json["family"] = Family::v6;
}

void from_json(const StrictJson& json, Rule& rule) {
    check_keys<Rule>(json, {"family"});
    read_fields(json, rule);
    if (const auto& prefix = rule.from ? rule.from : rule.to) rule.family = prefix->family();
    read_member(json, "family", rule.family);
    const std::string expected = "a prefix of the rule's family";
    if (rule.from && rule.from->family() != rule.family) refuse(json.at("from"), expected);
    if (rule.to && rule.to->family() != rule.family) refuse(json.at("to"), expected);
}

// ---- The document -------------------------------------------------------------------------------

constexpr int kVersion = 1;

namespace {

/// Of a file's bytes alone are there lines. A name that had some could look like a line of what is
/// printed.
void refuse_line_breaks(const StrictJson& json) {
    if (json.is_string() && json.get_ref<const std::string&>().find('\n') != std::string::npos)
        refuse(json, "one line");
    if (!json.is_structured()) return;
    static const std::set<std::string> kBytes = {"files", "kept", "configuration"};
    for (const auto& item : json.items()) {
        if (json.is_object() && item.key().find('\n') != std::string::npos)
            throw Misfit(item.value(), "expected a key of one line");
        if (!json.is_object() || kBytes.count(item.key()) == 0) refuse_line_breaks(item.value());
    }
}

}  // namespace

void to_json(StrictJson& json, const Facts& facts) {
    json["version"] = kVersion;
    write_fields(json, facts);
}

void from_json(const StrictJson& json, Facts& facts) {
    check_keys<Facts>(json, {"version"});
    const StrictJson& version = member(json, "version");
    if (version != kVersion) refuse(version, std::to_string(kVersion));
    read_fields(json, facts);
    refuse_line_breaks(json);
}

std::string render_facts_json(const Facts& facts) {
    return write_json(facts);
}

Facts load_facts_json(const std::string& text) {
    try {
        return read_json<Facts>(text);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(std::string("facts: ") + error.what());
    }
}

}  // namespace eni
