// See script_lines.hpp. What is imitated is iproute2's iprule.c and iproute.c (4.11 to 6.1): a word
// may be shortened where they use matches(), and of several that would do the first counts.
#include "script_lines.hpp"

#include <limits>
#include <optional>
#include <utility>

#include "format.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// The words of a line one after another; the first thing that is wrong is kept.
class Reader {
  public:
    explicit Reader(const std::string& line) {
        std::size_t begin = line.find_first_not_of(" \t");
        while (begin != std::string::npos) {
            const std::size_t end = line.find_first_of(" \t", begin);
            words_.push_back(line.substr(begin, end - begin));
            begin = end == std::string::npos ? end : line.find_first_not_of(" \t", end);
        }
    }

    bool has_more() const { return error.empty() && at_ < words_.size(); }
    const std::string& peek() const { return words_[at_]; }
    const std::string& take() { return words_[at_++]; }

    /// The word behind a keyword. Empty where there is none.
    std::string value(const std::string& keyword) {
        if (has_more()) return take();
        fail("'" + keyword + "' has no value");
        return "";
    }

    /// What was read of a word, or what T is without anything.
    template <class T>
    T good(const std::optional<T>& read, const std::string& word, const char* kind) {
        if (!read) fail("'" + printable(word) + "' is no " + kind);
        return read.value_or(T{});
    }

    void fail(const std::string& why) {
        if (error.empty()) error = why;
    }

    std::string error;

  private:
    std::vector<std::string> words_;
    std::size_t at_ = 0;
};

enum class Meaning {
    from,
    to,
    iif,
    oif,
    mark,
    table,
    priority,
    suppress,
    protocol,
    via,
    source,
    scope,
    metric,
    onlink,
    beyond_with_value,
    beyond
};

struct Keyword {
    const char* name;
    std::size_t shortest;  // so many letters of it do
    Meaning meaning;
};

constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

constexpr Keyword kRuleKeywords[] = {{"not", kWhole, Meaning::beyond},
                                     {"from", kWhole, Meaning::from},
                                     {"to", kWhole, Meaning::to},
                                     {"preference", 1, Meaning::priority},
                                     {"order", 1, Meaning::priority},
                                     {"priority", 1, Meaning::priority},
                                     {"tos", kWhole, Meaning::beyond_with_value},
                                     {"dsfield", 1, Meaning::beyond_with_value},
                                     {"fwmark", kWhole, Meaning::mark},
                                     {"realms", 1, Meaning::beyond_with_value},
                                     {"protocol", 1, Meaning::protocol},
                                     {"table", 1, Meaning::table},
                                     {"lookup", kWhole, Meaning::table},
                                     {"suppress_prefixlength", kWhole, Meaning::suppress},
                                     {"sup_pl", kWhole, Meaning::suppress},
                                     {"suppress_ifgroup", kWhole, Meaning::beyond_with_value},
                                     {"sup_group", kWhole, Meaning::beyond_with_value},
                                     {"dev", kWhole, Meaning::iif},
                                     {"iif", kWhole, Meaning::iif},
                                     {"oif", kWhole, Meaning::oif},
                                     {"l3mdev", kWhole, Meaning::beyond},
                                     {"uidrange", kWhole, Meaning::beyond_with_value},
                                     {"nat", 1, Meaning::beyond_with_value},
                                     {"map-to", kWhole, Meaning::beyond_with_value},
                                     {"ipproto", kWhole, Meaning::beyond_with_value},
                                     {"sport", kWhole, Meaning::beyond_with_value},
                                     {"dport", kWhole, Meaning::beyond_with_value},
                                     {"tun_id", kWhole, Meaning::beyond_with_value},
                                     {"type", kWhole, Meaning::beyond_with_value},
                                     {"goto", kWhole, Meaning::beyond_with_value},
                                     {"blackhole", kWhole, Meaning::beyond},
                                     {"unreachable", kWhole, Meaning::beyond},
                                     {"prohibit", kWhole, Meaning::beyond},
                                     {"nop", kWhole, Meaning::beyond}};

constexpr Keyword kRouteKeywords[] = {{"src", kWhole, Meaning::source},
                                      {"via", kWhole, Meaning::via},
                                      {"from", kWhole, Meaning::beyond_with_value},
                                      {"tos", kWhole, Meaning::beyond_with_value},
                                      {"dsfield", 1, Meaning::beyond_with_value},
                                      {"metric", 1, Meaning::metric},
                                      {"priority", 1, Meaning::metric},
                                      {"preference", kWhole, Meaning::metric},
                                      {"scope", kWhole, Meaning::scope},
                                      {"nexthop", kWhole, Meaning::beyond_with_value},
                                      {"protocol", 1, Meaning::protocol},
                                      {"table", 1, Meaning::table},
                                      {"dev", kWhole, Meaning::oif},
                                      {"oif", kWhole, Meaning::oif},
                                      {"onlink", kWhole, Meaning::onlink},
                                      {"realms", kWhole, Meaning::beyond_with_value},
                                      {"pref", kWhole, Meaning::beyond_with_value},
                                      {"expires", kWhole, Meaning::beyond_with_value},
                                      {"encap", kWhole, Meaning::beyond_with_value},
                                      {"congctl", kWhole, Meaning::beyond_with_value},
                                      {"ttl-propagate", kWhole, Meaning::beyond_with_value},
                                      {"nhid", kWhole, Meaning::beyond_with_value},
                                      {"to", kWhole, Meaning::to}};

/// A route's type other than unicast.
bool is_other_type(const std::string& word) {
    for (const char* type : {"local", "broadcast", "anycast", "multicast", "throw", "prohibit",
                             "blackhole", "nat", "unreachable", "xresolve"})
        if (word == type) return true;
    return false;
}

template <std::size_t size>
std::optional<Meaning> meaning_of(const std::string& word, const Keyword (&keywords)[size]) {
    for (const auto& [name, shortest, meaning] : keywords)
        if (word == name || (word.size() >= shortest && std::string(name).find(word) == 0))
            return meaning;
    return std::nullopt;
}

/// "24" or "255.255.255.0"; nothing for a mask with holes.
std::optional<std::uint8_t> length_from(const std::string& text, Family family) {
    const std::uint8_t bits = IpAddress::any(family).bits();
    if (const auto length = number_from(text, {0, bits})) return static_cast<std::uint8_t>(*length);
    const auto mask = IpAddress::parse(text);
    if (!mask || mask->family() != Family::v4 || family != Family::v4) return std::nullopt;
    const auto all = IpAddress::parse("255.255.255.255").value_or(IpAddress());
    for (std::uint8_t length = 0; length <= bits; ++length)
        if (all.masked(length) == *mask) return length;
    return std::nullopt;
}

std::optional<Prefix> prefix_from(const std::string& text, Family family) {
    if (text == "default" || text == "any" || text == "all") return Prefix::any(family);
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address || address->family() != family) return std::nullopt;
    if (slash == std::string::npos) return Prefix::host(*address);
    const auto length = length_from(text.substr(slash + 1), family);
    if (!length || address->masked(*length) != *address) return std::nullopt;
    return Prefix(*address, *length);
}

std::optional<std::uint32_t> any_number_from(const std::string& text) {
    if (text.compare(0, 2, "0x") == 0) return number_from(text.substr(2), {}, 16);
    return number_from(text);
}

std::optional<TableId> table_from(const std::string& text, const TableNumbers& tables) {
    const auto named = tables.find(text);
    if (named != tables.end()) return named->second;
    const auto id = any_number_from(text);
    return id ? std::optional(TableId{*id}) : std::nullopt;
}

std::optional<IpAddress> address_from(const std::string& text, Family family) {
    const auto address = IpAddress::parse(text);
    return address && address->family() == family ? address : std::nullopt;
}

std::optional<Scope> scope_from(const std::string& text) {
    if (text == "global") return Scope::global;
    if (text == "link") return Scope::link;
    if (text == "host") return Scope::host;
    if (text == "site") return Scope::site;
    return std::nullopt;
}

void read_mark(Reader& words, Rule& rule) {
    const std::string text = words.value("fwmark");
    const std::size_t slash = text.find('/');
    const std::string mask = slash == std::string::npos ? "0xffffffff" : text.substr(slash + 1);
    rule.fwmark = words.good(any_number_from(text.substr(0, slash)), text, "mark");
    rule.fwmask = words.good(any_number_from(mask), text, "mark");
}

void note_beyond(ScriptLine& line, const std::string& word) {
    if (line.beyond.empty()) line.beyond = word;
}

/// Everything matches: as if it were not there.
std::optional<Prefix> selector(const Prefix& prefix) {
    return prefix.length() == 0 ? std::nullopt : std::optional(prefix);
}

void read_rule_word(ScriptLine& line, Reader& words, Meaning meaning, const std::string& word,
                    const TableNumbers& tables) {
    Rule& rule = line.rule;
    if (meaning == Meaning::mark) return read_mark(words, rule);
    note_beyond(line, meaning >= Meaning::beyond_with_value ? word : "");
    if (meaning == Meaning::beyond) return;
    const std::string value = words.value(word);
    const auto prefix = [&] {
        return selector(words.good(prefix_from(value, rule.family), value, "network"));
    };
    switch (meaning) {
        case Meaning::from:
            rule.from = prefix();
            break;
        case Meaning::to:
            rule.to = prefix();
            break;
        case Meaning::iif:
            rule.iif = value;
            break;
        case Meaning::oif:
            rule.oif = value;
            break;
        case Meaning::table:
            rule.table = words.good(table_from(value, tables), value, "table");
            break;
        case Meaning::priority:
            rule.priority = Priority{words.good(any_number_from(value), value, "priority")};
            line.names_priority = true;
            break;
        case Meaning::suppress:
            rule.suppress_prefixlength = words.good(number_from(value), value, "length");
            break;
        default:  // whose value says nothing about packets, or what is beyond us
            break;
    }
}

ScriptLine rule_line(const std::string& text, Family family, const TableNumbers& tables) {
    ScriptLine line;
    line.is_rule = true;
    line.rule.family = family;
    Reader words(text);
    while (words.has_more()) {
        const std::string word = words.take();
        if (const auto meaning = meaning_of(word, kRuleKeywords))
            read_rule_word(line, words, *meaning, word, tables);
        else
            words.fail("'" + printable(word) + "' is no word of ip-rule(8)");
    }
    line.error = words.error;
    return line;
}

void read_route_word(ScriptLine& line, Reader& words, Meaning meaning, const std::string& word,
                     const TableNumbers& tables) {
    Route& route = line.route;
    NextHop& hop = route.hops.front();
    const Family family = route.family();
    note_beyond(line, meaning >= Meaning::beyond_with_value ? word : "");
    if (meaning == Meaning::onlink) hop.onlink = true;
    if (meaning == Meaning::onlink || meaning == Meaning::beyond) return;
    const std::string value = words.value(word);
    switch (meaning) {
        case Meaning::via:
            hop.gateway = words.good(address_from(value, family), value, "gateway");
            break;
        case Meaning::oif:
            hop.ifname = value;
            break;
        case Meaning::source:
            route.prefsrc = words.good(address_from(value, family), value, "address");
            break;
        case Meaning::table:
            route.table = words.good(table_from(value, tables), value, "table");
            break;
        case Meaning::metric:
            route.metric = words.good(any_number_from(value), value, "metric");
            break;
        case Meaning::scope:
            route.scope = words.good(scope_from(value), value, "scope");
            break;
        default:  // whose value says nothing about packets, or what is beyond us
            break;
    }
}

/// The destination is the word that is none of the others; where there is none, everything. From
/// the first word that is beyond us on, nothing matters.
ScriptLine route_line(const std::string& text, Family family, const TableNumbers& tables) {
    ScriptLine line;
    Route& route = line.route;
    route.dst = Prefix::any(family);
    route.metric = usual_metric(family);
    route.hops.emplace_back();
    Reader words(text);
    bool has_dst = false;
    bool has_scope = false;
    while (words.has_more() && line.beyond.empty()) {
        const std::string word = words.take();
        const auto meaning = meaning_of(word, kRouteKeywords);
        has_scope = has_scope || meaning == Meaning::scope;
        if (meaning && *meaning != Meaning::to) {
            read_route_word(line, words, *meaning, word, tables);
        } else if (!meaning && (is_other_type(word) || metric_number(word))) {
            note_beyond(line, word);
        } else if (has_dst) {
            words.fail("'" + printable(word) + "' is no word of ip-route(8)");
        } else if (meaning || word != "unicast") {
            const std::string dst = meaning ? words.value(word) : word;
            route.dst = words.good(prefix_from(dst, family), dst, "network");
            has_dst = true;
        }
    }
    if (family == Family::v6) route.scope = Scope::global;  // the kernel does not look at it
    if (!has_scope && family == Family::v4 && !route.hops.front().gateway)
        route.scope = Scope::link;
    line.error = words.error;
    return line;
}

/// READ makes a ScriptLine of each that is no comment, or nothing.
template <class Read>
std::vector<ScriptLine> each_line(const std::string& bytes, Read read) {
    const std::vector<std::string> text = lines_of(bytes);
    std::vector<ScriptLine> lines;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_comment(text[i])) continue;
        std::optional<ScriptLine> line = read(text[i]);
        if (!line) continue;
        line->number = i + 1;
        line->text = text[i];
        lines.push_back(std::move(*line));
    }
    return lines;
}

/// "ADDRESS0", "10.0.2.0" and so on, of a line of the older form.
struct Assignment {
    std::string key;
    std::string value;
};

Assignment assignment_from(const std::string& line) {
    const std::string text = trimmed(line);
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return {};
    std::string value = text.substr(equals + 1);
    for (const char quote : {'"', '\''})
        if (value.size() >= 2 && value.front() == quote && value.back() == quote)
            value = value.substr(1, value.size() - 2);
    return {text.substr(0, equals), value};
}

/// As ifup-routes makes a line of them: of each ADDRESSn, with what belongs to it.
std::vector<ScriptLine> lines_of_assignments(const std::string& bytes, Family family) {
    std::map<std::string, std::string> values;
    for (const std::string& line : lines_of(bytes)) {
        const auto [key, value] = assignment_from(line);
        if (!key.empty()) values[key] = value;
    }
    return each_line(bytes, [&](const std::string& text) -> std::optional<ScriptLine> {
        const auto [key, value] = assignment_from(text);
        const std::size_t digits = key.find_first_of("0123456789");
        const std::string name = key.substr(0, digits);
        const std::string number = digits == std::string::npos ? "" : key.substr(digits);
        if (name == "ADDRESS" && number_from(number)) {
            const std::string gateway = values["GATEWAY" + number];
            return route_line(value + "/" + values["NETMASK" + number] +
                                  (gateway.empty() ? "" : " via " + gateway),
                              family, {});
        }
        if ((name == "NETMASK" || name == "GATEWAY") && values.count("ADDRESS" + number) != 0)
            return std::nullopt;
        ScriptLine line;
        line.error = "'" + printable(trimmed(text)) + "' is not understood";
        return line;
    });
}

}  // namespace

std::vector<ScriptLine> rule_lines(const std::string& bytes, Family family,
                                   const TableNumbers& tables) {
    return each_line(bytes,
                     [&](const std::string& text) { return rule_line(text, family, tables); });
}

std::vector<ScriptLine> route_lines(const std::string& bytes, Family family,
                                    const TableNumbers& tables) {
    if (is_assignments(bytes)) return lines_of_assignments(bytes, family);
    return each_line(bytes,
                     [&](const std::string& text) { return route_line(text, family, tables); });
}

bool is_assignments(const std::string& bytes) {
    for (const std::string& line : lines_of(bytes)) {
        const std::string key = assignment_from(line).key;
        if (key.find("ADDRESS") == 0 && number_from(key.substr(7))) return true;
    }
    return false;
}

bool is_comment(std::string_view line) {
    const std::size_t start = line.find_first_not_of(" \t");
    return start == std::string_view::npos || line[start] == '#';
}

}  // namespace eni
