// See facts_json.hpp. What is not member by member as facts_fields.hpp has it; how its tables are
// used is strict_json.hpp's business.
#include "facts_json.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <utility>

#include "facts_fields.hpp"
#include "format.hpp"
#include "strict_json.hpp"
#include "text.hpp"

namespace eni {

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

constexpr int kFactsVersion = 1;

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
    json["version"] = kFactsVersion;
    write_fields(json, facts);
}

void from_json(const StrictJson& json, Facts& facts) {
    check_keys<Facts>(json, {"version"});
    const StrictJson& version = member(json, "version");
    if (version != kFactsVersion) refuse(version, std::to_string(kFactsVersion));
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
