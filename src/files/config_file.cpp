// From YAML to Config: yaml-cpp's parser events -> a tree with places -> tables of {key, handler}.
// Must not stop at the first error, and must not believe in anything that the file holds: size,
// depth, control characters, aliases.
//
// yaml-cpp's own tree (YAML::Node) is not used: in 0.5.1 (EL7) it has no places, and its builder
// overflows the stack on deep nesting (CVE-2017-5950). Parser events have places in every version.
#include "config_file.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <functional>
#include <iomanip>
#include <map>
#include <sstream>
#include <system_error>
#include <utility>

#include "file.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxSize = 1U << 16;
constexpr std::size_t kMaxDepth = 16;  // of lists and mappings; the deepest valid file has three
constexpr std::size_t kMaxEcho = 200;  // characters of a line in an error
constexpr std::size_t kMaxQuotation = 60;  // characters of a value in an error

// ---- The file ---------------------------------------------------------------------------------

std::optional<std::string> read_file(const std::string& path) {
    try {
        return read_whole(path, kMaxSize);
    } catch (const FileTooLarge&) {
        throw ConfigError(path + ": larger than 64 KiB");
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::no_such_file_or_directory) throw;
        return std::nullopt;
    }
}

bool says_nothing(const std::string& line) {
    const std::size_t start = line.find_first_not_of(" \t");
    return start == std::string::npos || line[start] == '#';
}

// ---- The tree ---------------------------------------------------------------------------------

struct Node {
    enum class Kind { nothing, scalar, list, mapping };

    Kind kind = Kind::list;
    YAML::Mark mark;  // line and column from 0, in bytes
    std::string text;
    std::vector<Node> children;  // of a mapping: key, value, key, value ...
};

/// Builds the tree from parser events, and refuses what no configuration needs.
template <class OnStart>
struct TreeBuilder;

/// The start of a list or mapping comes with its style, but not in 0.5.1: `Style` is then empty.
template <class... Style>
struct TreeBuilder<void (YAML::EventHandler::*)(const YAML::Mark&, const std::string&,
                                                YAML::anchor_t, Style...)> : YAML::EventHandler {
    std::vector<Node> open{Node{}};  // from the list of documents to the innermost list or mapping

    void add(Node node) { open.back().children.push_back(std::move(node)); }

    void start(Node::Kind kind, const YAML::Mark& mark) {
        if (open.size() > kMaxDepth) throw YAML::ParserException(mark, "nested too deeply");
        open.push_back({kind, mark, "", {}});
    }

    void end() {
        Node done = std::move(open.back());
        open.pop_back();
        add(std::move(done));
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (!open.front().children.empty())
            throw YAML::ParserException(mark,
                                        "a second document begins here: is the indentation wrong?");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        add({Node::Kind::nothing, mark, "", {}});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw YAML::ParserException(mark, YAML::ErrorMsg::UNKNOWN_ANCHOR);
    }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  const std::string& value) override {
        add({Node::Kind::scalar, mark, value, {}});
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                         Style...) override {
        start(Node::Kind::list, mark);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, Style...) override {
        start(Node::Kind::mapping, mark);
    }
    void OnMapEnd() override { end(); }
};

// ---- The words --------------------------------------------------------------------------------

std::string quoted(const std::string& text) {
    return "'" + printable(text.substr(0, kMaxQuotation)) +
           (text.size() > kMaxQuotation ? "...'" : "'");
}

std::string instead_of_it(const Node& value) {
    switch (value.kind) {
        case Node::Kind::nothing:
            return ", but nothing is given";
        case Node::Kind::scalar:
            return ", not " + quoted(value.text);
        case Node::Kind::list:
            return ", not a list";
        case Node::Kind::mapping:
            return ", not a mapping";
    }
    return "";
}

/// What yaml-cpp means, in words that help. Its texts differ a little between versions at the end.
std::string words_for(const YAML::Exception& error, const std::string& line) {
    namespace Msg = YAML::ErrorMsg;
    static const std::string kQuote =
        "a value with a '*' needs quotes, as in \"eth*\" (YAML's aliases are not supported)";
    static const std::string kPlace =
        "each 'key: value' and '- value' needs a line of its own, indented like its neighbours";
    static const std::pair<const char*, std::string> kWords[] = {
        {Msg::ALIAS_NOT_FOUND, kQuote},
        {Msg::UNKNOWN_ANCHOR, kQuote},
        {Msg::CHAR_IN_ALIAS, kQuote},
        {Msg::UNKNOWN_TOKEN, "a value that begins with this character needs quotes"},
        {Msg::END_OF_SEQ_FLOW, "this '[' is not closed by a ']', or a ',' is missing"},
        {Msg::END_OF_MAP_FLOW, "this '{' is not closed by a '}', or a ',' is missing"},
        {Msg::EOF_IN_SCALAR, "the file ends within a quoted value"},
        {Msg::FLOW_END, "this bracket closes nothing"},
        {Msg::BLOCK_ENTRY, "a list of '- value' lines must begin on a line of its own"},
        {Msg::MAP_VALUE,
         "unexpected ':', is one missing in the line above, or does the indentation differ?"},
        {Msg::END_OF_MAP, kPlace},
        {Msg::END_OF_SEQ, kPlace},
    };
    const std::size_t indentation = std::min(line.find_first_not_of(" \t"), line.size());
    if (line.substr(0, indentation).find('\t') != std::string::npos)
        return "the indentation must be of spaces, not tabs";
    for (const auto& [msg, words] : kWords)
        if (error.msg.compare(0, std::string(msg).size(), msg) == 0) return words;
    return printable(error.msg);  // may quote the file: "unknown escape character: ..."
}

/// "      3 |   inclde: [eth0]", and the caret below. Of a long line a window around the caret.
std::string excerpt(const std::string& line, int number, std::size_t column) {
    const bool is_cut = line.size() > kMaxEcho && column > kMaxEcho * 3 / 4;
    const std::size_t start = is_cut ? column - kMaxEcho / 2 : 0;
    const std::string before = is_cut ? "..." : "";
    const std::string after = line.size() > start + kMaxEcho ? "..." : "";
    std::ostringstream out;
    out << "\n"
        << std::setw(7) << number << " | " << before << printable(line.substr(start, kMaxEcho))
        << after;
    out << "\n"
        << std::setw(10) << " | " << std::string(before.size() + column - start, ' ') << "^";
    return out.str();
}

class Complaints {
  public:
    Complaints(std::string path, std::vector<std::string> lines)
        : path_(std::move(path)), lines_(std::move(lines)) {}

    /// The line at `mark`; yaml-cpp's place for an unexpected end is behind the last one.
    std::string line(const YAML::Mark& mark) const {
        const auto index = static_cast<std::size_t>(mark.line);
        return index < lines_.size() ? lines_[index] : "";
    }

    void add(const YAML::Mark& mark, const std::string& text) {
        const auto column = std::min(static_cast<std::size_t>(mark.column), line(mark).size());
        text_ += (text_.empty() ? "" : "\n") + path_ + ":" + std::to_string(mark.line + 1) + ":" +
                 std::to_string(column + 1) + ": " + text +
                 excerpt(line(mark), mark.line + 1, column);
    }

    /// A value that is missing has no place of its own; the key's stands for it.
    void add(const Node& key, const Node& value, const std::string& expected) {
        add((value.kind == Node::Kind::nothing ? key : value).mark,
            printable(key.text) + " must be " + expected + instead_of_it(value));
    }

    void throw_if_any() const {
        if (!text_.empty()) throw ConfigError(text_);
    }

  private:
    std::string path_;
    std::vector<std::string> lines_;
    std::string text_;
};

Node parse(const std::string& content, Complaints& complaints) {
    TreeBuilder<decltype(&YAML::EventHandler::OnMapStart)> builder;
    try {
        std::istringstream in(content);
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        // Where a bracket is not closed, yaml-cpp's place is the end of the file; ours the bracket.
        const bool is_unclosed = error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW ||
                                 error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
        const YAML::Mark mark = is_unclosed ? builder.open.back().mark : error.mark;
        complaints.add(mark, words_for(error, complaints.line(mark)));
        complaints.throw_if_any();
    }
    const auto& documents = builder.open.front().children;
    return documents.empty() ? Node{Node::Kind::nothing, {}, "", {}} : documents.front();
}

// ---- The settings -----------------------------------------------------------------------------

using Handler = std::function<void(const Node& key, const Node& value)>;
using Settings = std::vector<std::pair<std::string, Handler>>;

constexpr char kNameRule[] =
    "an interface's name (1 to 15 letters, digits, '.', '_' or '-', a letter or digit first)";

std::optional<TableId> table_from(const std::string& text) {
    const auto value = number_from(text, {1});
    if (!value || (*value >= number(kTableDefault) && *value <= number(kTableLocal)))
        return std::nullopt;
    return TableId{*value};
}

std::optional<IpAddress> gateway_from(const std::string& text, Family family) {
    const auto address = IpAddress::parse(text);
    if (!address || address->family() != family || address->is_any() || address->is_loopback() ||
        address->is_multicast())
        return std::nullopt;
    return address;
}

std::optional<IpAddress> peer_from(const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (!address || address->is_any() || address->is_loopback() || address->is_link_local() ||
        address->is_multicast())
        return std::nullopt;
    return address;
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

bool is_glob(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c != '/' && static_cast<unsigned char>(c) > ' ' && c != '\x7f';
    });
}

/// The handlers: each takes an entry into its place in the Config, or complains.
class Reader {
  public:
    explicit Reader(Complaints& complaints) : complaints_(complaints) {}

    Config read(const Node& document) const;

  private:
    template <class T, class Parse>
    Handler one(T& target, const std::string& expected, Parse parse) const {
        return [this, &target, expected, parse](const Node& key, const Node& value) {
            const auto parsed = parse(value.text);
            if (value.kind == Node::Kind::scalar && parsed)
                target = *parsed;
            else
                complaints_.add(key, value, expected);
        };
    }

    Handler whole(std::uint32_t& target, std::uint32_t min, std::uint32_t max) const {
        return one(target,
                   "a whole number from " + std::to_string(min) + " to " + std::to_string(max),
                   [min, max](const std::string& text) {
                       return number_from(text, {min, max});
                   });
    }

    template <class T>
    Handler choice(T& target, const std::vector<std::pair<std::string, T>>& choices) const {
        std::vector<std::string> words;
        for (const auto& [word, meaning] : choices) words.push_back(word);
        return one(target, enumeration(words, "or"), [choices](const std::string& text) {
            std::optional<T> result;
            for (const auto& [word, meaning] : choices)
                if (text == word) result = meaning;
            return result;
        });
    }

    Handler boolean(bool& target) const;
    template <class T, class Parse>
    Handler list(std::vector<T>& target, const std::string& example, const std::string& expected,
                 Parse parse) const;
    Handler globs(std::vector<std::string>& target) const;
    void each_entry(const Node& key, const Node& mapping, const Handler& handle) const;
    void apply(const Node& key, const Node& mapping, const Settings& settings,
               const std::string& hint = "") const;
    Settings interface_settings(InterfaceConfig& interface) const;

    Complaints& complaints_;
};

/// The words of YAML 1.1 for it, which yaml-cpp leaves as they are written.
Handler Reader::boolean(bool& target) const {
    return choice<bool>(target, {{"true", true},
                                 {"false", false},
                                 {"yes", true},
                                 {"no", false},
                                 {"on", true},
                                 {"off", false}});
}

template <class T, class Parse>
Handler Reader::list(std::vector<T>& target, const std::string& example,
                     const std::string& expected, Parse parse) const {
    return [this, &target, example, expected, parse](const Node& key, const Node& value) {
        if (value.kind != Node::Kind::list)
            return complaints_.add(key, value, "a list, such as " + example);
        target.clear();
        for (const Node& item : value.children) {
            const auto parsed = parse(item.text);
            if (item.kind == Node::Kind::scalar && parsed)
                target.push_back(*parsed);
            else
                complaints_.add({Node::Kind::scalar, value.mark, "each entry of " + key.text, {}},
                                item, expected);
        }
    };
}

Handler Reader::globs(std::vector<std::string>& target) const {
    return list(target, "[eth1, \"ens*\"]",
                "a name or glob without slash, space or control character",
                [](const std::string& text) {
                    return is_glob(text) ? std::make_optional(text) : std::nullopt;
                });
}

void Reader::each_entry(const Node& key, const Node& mapping, const Handler& handle) const {
    if (mapping.kind == Node::Kind::nothing) return;  // "interfaces:" with all below commented out
    if (mapping.kind != Node::Kind::mapping)
        return complaints_.add(key, mapping, "a mapping of 'key: value' lines");
    std::map<std::string, int> line_of;
    for (std::size_t i = 0; i + 1 < mapping.children.size(); i += 2) {
        const Node& name = mapping.children[i];
        const auto [first, is_new] = line_of.emplace(name.text, name.mark.line + 1);
        if (!is_new)
            complaints_.add(name.mark, "duplicate key " + quoted(name.text) +
                                           ", first given in line " +
                                           std::to_string(first->second));
        handle(name, mapping.children[i + 1]);
    }
}

/// `hint` is for an unknown key with a mapping as its value.
void Reader::apply(const Node& key, const Node& mapping, const Settings& settings,
                   const std::string& hint) const {
    std::vector<std::string> known;
    for (const auto& [name, handler] : settings) known.push_back(name);
    each_entry(key, mapping, [&](const Node& name, const Node& value) {
        const auto found = std::find(known.begin(), known.end(), name.text);
        if (found != known.end())
            return settings[static_cast<std::size_t>(found - known.begin())].second(name, value);
        const auto meant = nearest(name.text, known);
        const bool is_hinted = value.kind == Node::Kind::mapping && !hint.empty();
        complaints_.add(name.mark,
                        "unknown key " + quoted(name.text) +
                            (meant       ? ", did you mean '" + *meant + "'?"
                             : is_hinted ? ", " + hint
                                         : ", known here are " + enumeration(known, "and")));
    });
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
    };
}

Config Reader::read(const Node& document) const {
    const std::string hint = "the settings of one interface go below 'interface'";
    Config config;
    const auto name_from = [](const std::string& text) {
        return is_plain_name(text) ? std::make_optional(text) : std::nullopt;
    };
    const Settings interfaces = {{"include", globs(config.include)},
                                 {"exclude", globs(config.exclude)},
                                 {"primary", one(config.primary, kNameRule, name_from)}};
    const Settings check = {
        {"peers", list(config.check_peers, "[10.99.0.10]",
                       "the address of somebody else, such as 10.99.0.10", peer_from)}};
    const Handler imds_mode = choice<Imds>(
        config.imds, {{"auto", Imds::automatic}, {"off", Imds::off}, {"require", Imds::require}});
    const Settings imds = {
        {"mode", imds_mode},
        {"endpoint", one(config.imds_endpoint, "such as http://169.254.169.254", endpoint_from)}};
    const Settings hotplug = {{"save", boolean(config.hotplug_save)}};
    const Handler interface = [&](const Node& name, const Node& value) {
        if (!is_plain_name(name.text))
            return complaints_.add({Node::Kind::scalar, name.mark, "a key of interface", {}}, name,
                                   kNameRule);
        apply(name, value, interface_settings(config.interfaces[name.text]));
    };
    const Settings settings = {
        {"enabled", boolean(config.enabled)},
        {"interfaces",
         [&](const Node& key, const Node& value) { apply(key, value, interfaces, hint); }},
        {"interface",
         [&](const Node& key, const Node& value) { each_entry(key, value, interface); }},
        {"table_base", whole(config.table_base, 256, 4000000000)},
        {"priority_base", whole(config.priority_base, 1, 22766)},
        {"link_group", whole(config.link_group, 1, 4294967294)},
        {"suppress", choice<Suppress>(config.suppress,
                                      {{"auto", Suppress::automatic}, {"off", Suppress::off}})},
        {"match", choice<Match>(config.match, {{"auto", Match::automatic},
                                               {"subnet", Match::subnet},
                                               {"address", Match::address}})},
        {"files",
         choice<Files>(config.files,
                       {{"auto", Files::automatic}, {"none", Files::none}, {"all", Files::all}})},
        {"imds",  // "imds: off" is short for "imds: {mode: off}"
         [&](const Node& key, const Node& value) {
             value.kind == Node::Kind::scalar ? imds_mode(key, value) : apply(key, value, imds);
         }},
        {"addresses",
         choice<Addresses>(config.addresses, {{"off", Addresses::off}, {"imds", Addresses::imds}})},
        {"hotplug", [&](const Node& key, const Node& value) { apply(key, value, hotplug); }},
        {"check", [&](const Node& key, const Node& value) { apply(key, value, check); }},
        {"log_level", choice<LogLevel>(config.log_level, {{"error", LogLevel::error},
                                                          {"warning", LogLevel::warning},
                                                          {"info", LogLevel::info},
                                                          {"debug", LogLevel::debug}})},
    };
    apply({Node::Kind::scalar, document.mark, "the file", {}}, document, settings, hint);
    return config;
}

void refuse_control_characters(const std::vector<std::string>& lines, Complaints& complaints) {
    for (std::size_t i = 0; i < lines.size(); ++i)
        for (std::size_t j = 0; j < lines[i].size(); ++j) {
            const char c = lines[i][j];
            if (c == '\t' || static_cast<unsigned char>(c) >= ' ') continue;
            YAML::Mark mark;
            mark.line = static_cast<int>(i);
            mark.column = static_cast<int>(j);
            complaints.add(mark, "a control character, which a text file must not hold");
            break;
        }
}

}  // namespace

Config load_config(const std::string& path) {
    const auto content = read_file(path);
    return content ? parse_config(*content, path) : Config{};
}

Config parse_config(const std::string& text, const std::string& name) {
    if (text.size() > kMaxSize) throw ConfigError(name + ": larger than 64 KiB");
    const bool has_mark = text.compare(0, 3, "\xef\xbb\xbf") == 0;  // UTF-8's byte order mark
    const std::string content = text.substr(has_mark ? 3 : 0);
    auto lines = lines_of(content);
    for (std::string& line : lines)
        if (!line.empty() && line.back() == '\r') line.pop_back();
    if (std::all_of(lines.begin(), lines.end(), says_nothing)) return {};
    Complaints complaints(name, lines);
    refuse_control_characters(lines, complaints);
    complaints.throw_if_any();
    Config config = Reader(complaints).read(parse(content, complaints));
    complaints.throw_if_any();
    return config;
}

}  // namespace eni
