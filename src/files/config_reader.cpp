// See config_reader.hpp. A key of the configuration is a line of one of the tables in "The keys", a
// member of Config (config.hpp), and words in data/config.yaml, README.md and
// man/eni-routes.yaml.5. Must not stop at the first mistake, nor believe in anything that the file
// holds.
#include "config_reader.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

// ---- What a value may be ------------------------------------------------------------------------

constexpr char kNameRule[] =
    "an interface's name (1 to 15 letters, digits, '.', '_' or '-', a letter or digit first)";

constexpr char kInterfaceHint[] = "the settings of one interface go below 'interface'";

std::optional<std::string> name_from(const std::string& text) {
    return is_plain_name(text) ? std::make_optional(text) : std::nullopt;
}

std::optional<TableId> table_from(const std::string& text) {
    const auto value = number_from(text, {1});
    return value && !is_reserved(TableId{*value}) ? std::make_optional(TableId{*value})
                                                  : std::nullopt;
}

std::optional<IpAddress> gateway_from(const std::string& text, Family family) {
    const auto address = IpAddress::parse(text);
    if (!address || address->family() != family || address->is_any() || address->is_loopback() ||
        address->is_multicast())
        return std::nullopt;
    return address;
}

/// "10.99.0.10", "10.99.0.10:443", "2001:db8::5" or "[2001:db8::5]:443"
std::optional<CheckPeer> peer_from(const std::string& text) {
    auto address = IpAddress::parse(text);
    std::optional<std::uint32_t> port = 0;
    if (const auto both = address ? std::nullopt : address_and_port_from(text)) {
        address = both->address;
        port = number_from(both->port, {1, 65535});
        // Without brackets the last group of an IPv6 address could be meant.
        if ((address->family() == Family::v6) != both->has_brackets) return std::nullopt;
    }
    if (!address || !port || address->is_any() || address->is_loopback() ||
        address->is_link_local() || address->is_multicast())
        return std::nullopt;
    return CheckPeer(*address, static_cast<std::uint16_t>(*port));
}

std::optional<std::string> code_from(const std::string& text) {
    const bool is_one = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    return is_one ? std::make_optional(text) : std::nullopt;
}

/// Adjacent bits, with room for two interfaces at least.
std::optional<std::uint32_t> mask_from(const std::string& text) {
    const auto mask = number_or_hex_from(text);
    if (!mask || *mask == 0) return std::nullopt;
    const std::uint32_t lowest = *mask & (~*mask + 1);
    const std::uint32_t bits = *mask / lowest;
    return (bits & (bits + 1)) == 0 && bits > 1 ? mask : std::nullopt;
}

std::optional<Prefix> source_from(const std::string& text) {
    const auto prefix = Prefix::parse(text);
    if (!prefix || prefix->length() == 0 || prefix->address().is_loopback() ||
        prefix->address().is_multicast() || prefix->address().is_link_local())
        return std::nullopt;
    return prefix;
}

/// "http://HOST[:PORT]", without a path.
std::optional<std::string> endpoint_from(const std::string& text) {
    constexpr char kScheme[] = "http://";
    constexpr std::size_t kStart = sizeof kScheme - 1;
    const bool is_one =
        text.compare(0, kStart, kScheme) == 0 && text.size() > kStart &&
        std::all_of(text.begin() + kStart, text.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) || std::strchr(".:-_[]", c);
        });
    return is_one ? std::make_optional(text) : std::nullopt;
}

/// node_exporter reads no file of another ending.
std::optional<std::string> metrics_path_from(const std::string& text) {
    const bool is_one = text[0] == '/' && ends_with(file_name(text), ".prom") &&
                        std::all_of(text.begin(), text.end(), [](char c) {
                            return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
                        });
    return is_one ? std::make_optional(text) : std::nullopt;
}

std::optional<std::string> glob_from(const std::string& text) {
    const bool is_one = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c != '/' && static_cast<unsigned char>(c) > ' ' && c != '\x7f';
    });
    return is_one ? std::make_optional(text) : std::nullopt;
}

// ---- What takes a value -------------------------------------------------------------------------

/// Takes a value into its place in the Config, or says what is wrong with it.
using Handler = std::function<void(const Node& key, const Node& value)>;
/// The keys that a mapping may have.
using Settings = std::vector<std::pair<std::string, Handler>>;

/// A node that stands for a key in a message.
Node named(const std::string& name, const Place& place) {
    return {Node::Kind::scalar, place, name, {}};
}

/// Makes handlers. They keep references: to the Config that they fill, and to this.
class Reader {
  public:
    Reader(Diagnostics& diagnostics, const std::vector<std::string>& codes)
        : diagnostics_(diagnostics), codes_(codes) {}

    Settings settings(Config& config) const;

    /// A mapping with these keys. `hint` is for an unknown key that has a mapping itself.
    Handler mapping(const Settings& settings, const std::string& hint = "") const;

  private:
    Settings interface_settings(InterfaceConfig& interface) const;

    /// A mapping with a handler for every entry.
    void each_entry(const Node& key, const Node& mapping, const Handler& handle) const;
    Handler interfaces(std::map<std::string, InterfaceConfig>& target) const;

    template <class T, class Parse>
    Handler one(T& target, const std::string& expected, Parse parse) const;
    template <class T>
    Handler choice(T& target, const std::vector<std::pair<std::string, T>>& choices) const;
    template <class T, class Parse>
    Handler list(std::vector<T>& target, const std::string& example, const std::string& expected,
                 Parse parse) const;
    Handler boolean(bool& target) const;
    Handler whole(std::uint32_t& target, Range range) const;
    Handler globs(std::vector<std::string>& target) const;
    Handler imds(Config& config) const;
    Handler codes(std::set<std::string>& target) const;

    Diagnostics& diagnostics_;
    const std::vector<std::string>& codes_;  // that there are; empty: any
};

// ---- The keys -----------------------------------------------------------------------------------

Settings Reader::settings(Config& config) const {
    return {
        {"enabled", boolean(config.enabled)},
        {"interfaces", mapping({{"include", globs(config.include)},
                                {"exclude", globs(config.exclude)},
                                {"primary", one(config.primary, kNameRule, name_from)}},
                               kInterfaceHint)},
        {"interface", interfaces(config.interfaces)},
        {"table_base", whole(config.table_base, kTableBases)},
        {"priority_base", whole(config.priority_base, kPriorityBases)},
        {"link_group", whole(config.link_group, kLinkGroups)},
        {"suppress", choice<Suppress>(config.suppress,
                                      {{"auto", Suppress::automatic}, {"off", Suppress::off}})},
        {"match", choice<Match>(config.match, {{"auto", Match::automatic},
                                               {"subnet", Match::subnet},
                                               {"address", Match::address}})},
        {"files",
         choice<Files>(config.files,
                       {{"auto", Files::automatic}, {"none", Files::none}, {"all", Files::all}})},
        {"imds", imds(config)},
        {"addresses",
         choice<Addresses>(config.addresses, {{"off", Addresses::off}, {"imds", Addresses::imds}})},
        {"forwarded", choice<Forwarded>(config.forwarded, {{"off", Forwarded::off},
                                                           {"connmark", Forwarded::connmark}})},
        {"mark_mask", one(config.mark_mask, "two or more adjacent bits, such as 0x7f", mask_from)},
        {"hotplug", mapping({{"save", boolean(config.hotplug_save)}})},
        {"check",
         mapping({{"peers", list(config.check_peers, "[10.99.0.10]",
                                 "the address of another host, such as 10.99.0.10, or with a TCP "
                                 "port 10.99.0.10:443 or \"[2001:db8::5]:443\"",
                                 peer_from)},
                  {"accept", codes(config.check_accept)}})},
        {"metrics",
         one(config.metrics, "the absolute path of a file that ends in .prom", metrics_path_from)},
        {"log_level", choice<LogLevel>(config.log_level, {{"error", LogLevel::error},
                                                          {"warning", LogLevel::warning},
                                                          {"info", LogLevel::info},
                                                          {"debug", LogLevel::debug}})},
    };
}

Settings Reader::interface_settings(InterfaceConfig& interface) const {
    return {
        {"enabled", boolean(interface.enabled)},
        {"gateway", one(interface.gateway, "a router's IPv4 address, such as 10.0.2.1",
                        [](const auto& text) { return gateway_from(text, Family::v4); })},
        {"gateway6", one(interface.gateway6, "a router's IPv6 address, such as fe80::1",
                         [](const auto& text) { return gateway_from(text, Family::v6); })},
        {"table",
         one(interface.table, "a whole number from 1 to 4294967295, but none of 253, 254 and 255",
             table_from)},
        {"sources", list(interface.sources, "[10.99.0.0/24]",
                         "a network or an address that others may have, such as 10.99.0.0/24 or "
                         "10.0.2.50",
                         source_from)},
    };
}

/// "imds: off" is short for "imds: {mode: off}".
Handler Reader::imds(Config& config) const {
    const Handler mode = choice<Imds>(
        config.imds, {{"auto", Imds::automatic}, {"off", Imds::off}, {"require", Imds::require}});
    const Handler all = mapping(
        {{"mode", mode},
         {"endpoint", one(config.imds_endpoint, "such as http://169.254.169.254", endpoint_from)}});
    return [mode, all](const Node& key, const Node& value) {
        value.kind == Node::Kind::scalar ? mode(key, value) : all(key, value);
    };
}

/// A misspelt code would accept nothing, without a word.
Handler Reader::codes(std::set<std::string>& target) const {
    return [this, &target](const Node& key, const Node& value) {
        std::vector<std::string> accepted;
        list(accepted, "[gateway-silent]",
             "the code of a finding (lower case letters, digits and '-')", code_from)(key, value);
        target = {accepted.begin(), accepted.end()};
        if (codes_.empty() || value.kind != Node::Kind::list) return;
        for (const Node& item : value.children)
            if (code_from(item.text) &&
                std::find(codes_.begin(), codes_.end(), item.text) == codes_.end()) {
                const std::string meant = suggestion(item.text, codes_);
                diagnostics_.add(item.place,
                                 "unknown code " + quoted(item.text) +
                                     (meant.empty() ? ", eni-routes(8) lists them" : meant));
            }
    };
}

// ---- How each takes it --------------------------------------------------------------------------

template <class T, class Parse>
Handler Reader::one(T& target, const std::string& expected, Parse parse) const {
    return [this, &target, expected, parse](const Node& key, const Node& value) {
        const auto parsed = parse(value.text);
        if (value.kind == Node::Kind::scalar && parsed)
            target = *parsed;
        else
            diagnostics_.add(key, value, expected);
    };
}

template <class T>
Handler Reader::choice(T& target, const std::vector<std::pair<std::string, T>>& choices) const {
    std::vector<std::string> words;
    for (const auto& [word, meaning] : choices) words.push_back(word);
    return one(target, enumeration(words, "or"), [choices](const std::string& text) {
        std::optional<T> result;
        for (const auto& [word, meaning] : choices)
            if (text == word) result = meaning;
        return result;
    });
}

template <class T, class Parse>
Handler Reader::list(std::vector<T>& target, const std::string& example,
                     const std::string& expected, Parse parse) const {
    return [this, &target, example, expected, parse](const Node& key, const Node& value) {
        if (value.kind != Node::Kind::list)
            return diagnostics_.add(key, value, "a list, such as " + example);
        target.clear();
        for (const Node& item : value.children) {
            const auto parsed = parse(item.text);
            if (item.kind == Node::Kind::scalar && parsed)
                target.push_back(*parsed);
            else
                diagnostics_.add(named("each entry of " + key.text, value.place), item, expected);
        }
    };
}

/// The words of YAML 1.1 for it, which yaml-cpp leaves as they are written.
Handler Reader::boolean(bool& target) const {
    return choice<bool>(target, {{"true", true},
                                 {"false", false},
                                 {"yes", true},
                                 {"no", false},
                                 {"on", true},
                                 {"off", false}});
}

Handler Reader::whole(std::uint32_t& target, Range range) const {
    return one(
        target,
        "a whole number from " + std::to_string(range.min) + " to " + std::to_string(range.max),
        [range](const std::string& text) { return number_from(text, range); });
}

Handler Reader::globs(std::vector<std::string>& target) const {
    return list(target, "[eth1, \"ens*\"]",
                "a name or glob without slash, space or control character", glob_from);
}

void Reader::each_entry(const Node& key, const Node& mapping, const Handler& handle) const {
    if (mapping.kind == Node::Kind::nothing) return;  // "interfaces:" with all below commented out
    if (mapping.kind != Node::Kind::mapping)
        return diagnostics_.add(key, mapping, "a mapping of 'key: value' lines");
    std::map<std::string, int> line_of;
    for (std::size_t i = 0; i + 1 < mapping.children.size(); i += 2) {
        const Node& name = mapping.children[i];
        const auto [first, is_new] = line_of.emplace(name.text, name.place.line + 1);
        if (!is_new)
            diagnostics_.add(name.place, "duplicate key " + quoted(name.text) +
                                             ", first given in line " +
                                             std::to_string(first->second));
        handle(name, mapping.children[i + 1]);
    }
}

Handler Reader::mapping(const Settings& settings, const std::string& hint) const {
    std::vector<std::string> known;
    for (const auto& [name, handler] : settings) known.push_back(name);
    const Handler entry = [this, settings, hint, known](const Node& name, const Node& value) {
        const auto found = std::find(known.begin(), known.end(), name.text);
        if (found != known.end())
            return settings[static_cast<std::size_t>(found - known.begin())].second(name, value);
        const std::string meant = suggestion(name.text, known);
        const bool is_hinted = value.kind == Node::Kind::mapping && !hint.empty();
        diagnostics_.add(name.place,
                         "unknown key " + quoted(name.text) +
                             (!meant.empty() ? meant
                              : is_hinted    ? ", " + hint
                                             : ", known here are " + enumeration(known, "and")));
    };
    return [this, entry](const Node& key, const Node& value) { each_entry(key, value, entry); };
}

/// One for each interface, by its name.
Handler Reader::interfaces(std::map<std::string, InterfaceConfig>& target) const {
    const Handler entry = [this, &target](const Node& name, const Node& value) {
        if (!is_plain_name(name.text))
            return diagnostics_.add(named("a key of interface", name.place), name, kNameRule);
        mapping(interface_settings(target[name.text]))(name, value);
    };
    return [this, entry](const Node& key, const Node& value) { each_entry(key, value, entry); };
}

}  // namespace

Config config_from(const Node& document, Diagnostics& diagnostics,
                   const std::vector<std::string>& codes) {
    Config config;
    const Reader reader(diagnostics, codes);
    reader.mapping(reader.settings(config), kInterfaceHint)(named("the file", document.place),
                                                            document);
    return config;
}

}  // namespace eni
