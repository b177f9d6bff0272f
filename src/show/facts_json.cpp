// See facts_json.hpp. The tables are the format; how they are used is json_form.hpp's business.
#include "facts_json.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "format.hpp"
#include "json_form.hpp"

namespace eni {

namespace json {

// ---- The nouns, member by member ----------------------------------------------------------------

template <>
constexpr auto kFields<Link> =
    std::make_tuple(required("ifname", &Link::ifname), field("ifindex", &Link::ifindex),
                    field("mac", &Link::mac), field("kind", &Link::kind),
                    field("ethernet", &Link::ethernet), field("is_port", &Link::is_port),
                    field("is_up", &Link::is_up), field("has_carrier", &Link::has_carrier),
                    field("group", &Link::group), field("forwarding4", &Link::forwarding4),
                    field("forwarding6", &Link::forwarding6), field("rp_filter", &Link::rp_filter));

template <>  // and "address", with its prefix length: see Form<Address>
constexpr auto kFields<Address> = std::make_tuple(required("ifname", &Address::ifname),
                                                  field("is_global", &Address::is_global),
                                                  field("is_duplicate", &Address::is_duplicate),
                                                  field("protocol", &Address::protocol));

template <>
constexpr auto kFields<RouterNeighbour> = std::make_tuple(
    required("ifname", &RouterNeighbour::ifname), required("address", &RouterNeighbour::address));

template <>
constexpr auto kFields<NextHop> = std::make_tuple(required("dev", &NextHop::ifname),
                                                  field("gateway", &NextHop::gateway),
                                                  field("weight", &NextHop::weight),
                                                  field("onlink", &NextHop::onlink));

template <>  // and "dst", "family", "hops": see Form<Route>
constexpr auto kFields<Route> = std::make_tuple(
    field("metric", &Route::metric), field("table", &Route::table), field("type", &Route::type),
    field("tos", &Route::tos), field("scope", &Route::scope), field("prefsrc", &Route::prefsrc),
    field("metrics", &Route::metrics), field("realm", &Route::realm), field("pref", &Route::pref),
    field("protocol", &Route::protocol), field("is_exotic", &Route::is_exotic));

template <>  // and "family": see Form<Rule>
constexpr auto kFields<Rule> = std::make_tuple(
    required("priority", &Rule::priority), field("from", &Rule::from), field("to", &Rule::to),
    field("iif", &Rule::iif), field("oif", &Rule::oif), field("table", &Rule::table),
    field("suppress_prefixlength", &Rule::suppress_prefixlength),
    field("suppress_ifgroup", &Rule::suppress_ifgroup), field("fwmark", &Rule::fwmark),
    field("fwmask", &Rule::fwmask), field("is_exotic", &Rule::is_exotic));

template <>
constexpr auto kFields<KernelSnapshot> = std::make_tuple(
    field("has_suppress", &KernelSnapshot::has_suppress),
    field("rp_filter_all", &KernelSnapshot::rp_filter_all), field("links", &KernelSnapshot::links),
    field("addresses", &KernelSnapshot::addresses), field("routers", &KernelSnapshot::routers),
    field("routes", &KernelSnapshot::routes), field("rules", &KernelSnapshot::rules));

template <>
constexpr auto kFields<TableName> = std::make_tuple(required("id", &TableName::id),
                                                    required("name", &TableName::name),
                                                    field("is_ours", &TableName::is_ours));

template <>
constexpr auto kFields<IfcfgProfile> = std::make_tuple(required("name", &IfcfgProfile::name),
                                                       field("device", &IfcfgProfile::device),
                                                       field("hwaddr", &IfcfgProfile::hwaddr));

template <>
constexpr auto kFields<DiskFacts> =
    std::make_tuple(field("table_names", &DiskFacts::table_names),
                    field("rt_tables_path", &DiskFacts::rt_tables_path),
                    field("rt_tables_is_shared", &DiskFacts::rt_tables_is_shared),
                    field("has_network_scripts", &DiskFacts::has_network_scripts),
                    field("profiles", &DiskFacts::profiles), field("files", &DiskFacts::files),
                    field("disabled", &DiskFacts::disabled));

template <>
constexpr auto kFields<InterfaceState> = std::make_tuple(
    field("mac", &InterfaceState::mac), field("lease_router", &InterfaceState::lease_router),
    field("slot", &InterfaceState::slot), field("group_before", &InterfaceState::group_before),
    field("added", &InterfaceState::added));

template <>
constexpr auto kFields<RunState> = std::make_tuple(
    field("has_suppress", &RunState::has_suppress),
    field("priority_bases", &RunState::priority_bases),
    field("link_groups", &RunState::link_groups), field("tables_given", &RunState::tables_given),
    field("tables_named", &RunState::tables_named), field("interfaces", &RunState::interfaces));

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
constexpr auto kFields<Facts> = std::make_tuple(field("kernel", &Facts::kernel),
                                                field("disk", &Facts::disk),
                                                field("run", &Facts::run),
                                                field("leases", &Facts::leases),
                                                field("enis", &Facts::enis));

// ---- Words and text -----------------------------------------------------------------------------

template <>
constexpr std::array<std::pair<const char*, Family>, 2> kWords<Family>{
    {{"v4", Family::v4}, {"v6", Family::v6}}};

template <>
constexpr std::array<std::pair<const char*, RouteType>, 6> kWords<RouteType>{
    {{"unicast", RouteType::unicast},
     {"local", RouteType::local},
     {"blackhole", RouteType::blackhole},
     {"unreachable", RouteType::unreachable},
     {"prohibit", RouteType::prohibit},
     {"throw", RouteType::throw_}}};

template <>
constexpr std::array<std::pair<const char*, Scope>, 4> kWords<Scope>{{{"global", Scope::global},
                                                                      {"site", Scope::site},
                                                                      {"link", Scope::link},
                                                                      {"host", Scope::host}}};

template <>
constexpr bool kHasNumbers<Scope> = true;

template <>
struct Form<IpAddress> {
    static Json to(const IpAddress& address) { return address.to_string(); }
    static IpAddress from(const Place& place) { return parsed<IpAddress>(place, "an address"); }
};

template <>
struct Form<Prefix> {
    static Json to(const Prefix& prefix) { return prefix.to_string(); }
    static Prefix from(const Place& place) { return parsed<Prefix>(place, "a prefix"); }
};

// ---- Nouns that are not written member by member ------------------------------------------------

/// {"address": "10.0.2.37/24", "ifname": "eth1"}
template <>
struct Form<Address> {
    static Json to(const Address& address) {
        Json json = Json::object();
        json["address"] = address.address.to_string() + "/" + std::to_string(address.prefix_length);
        json.update(fields_json(address));
        return json;
    }
    static Address from(const Place& place) {
        check_keys(place, Keys{"address"} + keys_of<Address>());
        Address result = fields_from<Address>(place);
        const Place where = place.at("address");
        const std::string text = where.json.is_string() ? where.json.get<std::string>() : "";
        const std::size_t slash = std::min(text.find('/'), text.size());
        const auto address = IpAddress::parse(text.substr(0, slash));
        // A Prefix has no host bits: the length is parsed behind an address that has none.
        const auto length = Prefix::parse(
            (address && address->family() == Family::v6 ? "::" : "0.0.0.0") + text.substr(slash));
        if (!address || !length) where.refuse("an address with its prefix length");
        result.address = *address;
        result.prefix_length = length->length();
        return result;
    }
};

/// {"mtu": 1500, "congctl": "cubic", "lock": ["mtu"]}, by `ip`'s words; a number where it has none.
template <>
struct Form<Metrics> {
    static constexpr std::uint16_t kCongctl = 16;  // RTAX_CC_ALGO

    static Json to(const Metrics& metrics) {
        Json json = Json::object();
        for (const auto& [number, value] : metrics.values) json[word(number)] = value;
        if (!metrics.congctl.empty()) json["congctl"] = json_from(metrics.congctl);
        for (std::uint16_t bit = 0; bit < 32; ++bit)
            if ((metrics.lock >> bit & 1) != 0) json["lock"].push_back(word(bit));
        return json;
    }
    static Metrics from(const Place& place) {
        if (!place.json.is_object()) place.refuse("an object");
        Metrics metrics;
        for (const auto& item : place.json.items()) {
            const Place value = place.at(item.key());
            if (item.key() == "congctl")
                metrics.congctl = Form<std::string>::from(value);
            else if (item.key() == "lock")
                metrics.lock = lock_from(value);
            else if (const auto number = number_from(item.key()))
                metrics.values[*number] = Form<std::uint32_t>::from(value);
            else
                fail(value.pointer, "unknown key");
        }
        return metrics;
    }

  private:
    static std::string word(std::uint16_t number) {
        if (number == kCongctl) return "congctl";
        const char* const name = metric_name(number);
        return name != nullptr ? name : std::to_string(number);
    }
    static std::optional<std::uint16_t> number_from(const std::string& word) {
        if (word == "congctl") return kCongctl;
        if (const auto number = metric_number(word)) return number;
        const Json json = Json::parse(word, nullptr, false);
        if (!json.is_number_unsigned() || json.get<std::uint64_t>() > 0xffff) return std::nullopt;
        return json.get<std::uint16_t>();
    }
    static std::uint32_t lock_from(const Place& place) {
        const auto words = Form<Keys>::from(place);
        std::uint32_t lock = 0;
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto bit = number_from(words[i]);
            if (!bit || *bit > 31) place.at(i).refuse("the name of a metric");
            lock |= 1u << *bit;
        }
        return lock;
    }
};

/// {"dst": "default", "dev": "eth1", "gateway": "10.0.2.1"}; more hops than one are in "hops". The
/// family is that of dst, and needed only with "default" for IPv6.
template <>
struct Form<Route> {
    static Json to(const Route& route) {
        Json json = Json::object();
        json["dst"] = route.is_default() ? Json("default") : json_from(route.dst);
        if (route.is_default() && route.family() == Family::v6) json["family"] = "v6";
        if (route.hops.size() == 1) json.update(fields_json(route.hops[0]));
        if (route.hops.size() > 1) json["hops"] = json_from(route.hops);
        json.update(fields_json(route));
        return json;
    }
    static Route from(const Place& place) {
        const Keys hop_keys = keys_of<NextHop>();
        check_keys(place, Keys{"dst", "family", "hops"} + hop_keys + keys_of<Route>());
        Route route = fields_from<Route>(place);
        route.dst = dst_from(place);
        const bool is_flat = std::any_of(hop_keys.begin(), hop_keys.end(),
                                         [&](const auto& key) { return place.has(key); });
        if (is_flat && place.has("hops")) fail(place.pointer, "expected 'dev' or 'hops', not both");
        if (is_flat) route.hops = {fields_from<NextHop>(place)};
        if (place.has("hops")) route.hops = Form<std::vector<NextHop>>::from(place.at("hops"));
        return route;
    }

  private:
    static Prefix dst_from(const Place& place) {
        const Place dst = place.at("dst");
        std::optional<Family> family;
        if (place.has("family")) family = Form<Family>::from(place.at("family"));
        if (dst.json == "default") return Prefix::any(family.value_or(Family::v4));
        const auto prefix = Form<Prefix>::from(dst);
        if (family && *family != prefix.family()) place.at("family").refuse("the family of 'dst'");
        return prefix;
    }
};

/// {"priority": 20101, "from": "10.0.2.0/24", "table": 10001}. The family is that of from and to,
/// and needed only for IPv6 without these.
template <>
struct Form<Rule> {
    static Json to(const Rule& rule) {
        Json json = fields_json(rule);
        if (rule.family == Family::v6 && !rule.from && !rule.to) json["family"] = "v6";
        return json;
    }
    static Rule from(const Place& place) {
        check_keys(place, Keys{"family"} + keys_of<Rule>());
        Rule rule = fields_from<Rule>(place);
        if (place.has("family"))
            rule.family = Form<Family>::from(place.at("family"));
        else if (const auto& prefix = rule.from ? rule.from : rule.to)
            rule.family = prefix->family();
        if (rule.from && rule.from->family() != rule.family)
            place.at("from").refuse("a prefix of the rule's family");
        if (rule.to && rule.to->family() != rule.family)
            place.at("to").refuse("a prefix of the rule's family");
        return rule;
    }
};

// ---- The document -------------------------------------------------------------------------------

namespace {

constexpr int kVersion = 1;

Facts facts_from(const Json& document) {
    const Place root{document, Pointer()};
    check_keys(root, Keys{"version"} + keys_of<Facts>());
    const Place version = root.at("version");
    if (version.json != kVersion) version.refuse(std::to_string(kVersion));
    return fields_from<Facts>(root);
}

}  // namespace

}  // namespace json

std::string render_facts_json(const Facts& facts) {
    json::Json document = json::Json::object();
    document["version"] = json::kVersion;
    document.update(json::fields_json(facts));
    return document.dump(2, ' ', false, json::Json::error_handler_t::replace) + "\n";
}

Facts load_facts_json(const std::string& text) {
    try {
        return json::facts_from(json::parse(text));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(std::string("facts: ") + error.what());
    }
}

}  // namespace eni
