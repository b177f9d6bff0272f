// See known_config.hpp. The kept file is a line with the size of the configuration, that, and a
// line for each node of the tree: "KIND LINE COLUMN CHILDREN TEXT", a parent before its children.
#include "known_config.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "apply_files.hpp"
#include "config_reader.hpp"
#include "file.hpp"
#include "finding_codes.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kPath[] = "/run/eni-routes/configuration";
constexpr char kKinds[] = "nslm";  // of Node::Kind, in its order
constexpr int kMaxDepth = 20;      // more than parse_yaml lets through

// ---- Writing ------------------------------------------------------------------------------------

void write_node(std::string& out, const Node& node) {
    out += kKinds[static_cast<std::size_t>(node.kind)];
    for (const std::size_t number :
         {static_cast<std::size_t>(node.place.line), static_cast<std::size_t>(node.place.column),
          node.children.size()})
        out += " " + std::to_string(number);
    out += " ";
    for (const char c : node.text) {
        if (c == '\\') out += "\\\\";
        if (c == '\n') out += "\\n";
        if (c != '\\' && c != '\n') out += c;
    }
    out += "\n";
    for (const Node& child : node.children) write_node(out, child);
}

std::string head_of(const ConfigText& text) {
    return std::to_string(text.content.size()) + "\n" + text.content;
}

// ---- Reading ------------------------------------------------------------------------------------

/// Believes nothing: what is no such tree is none.
class TreeReader {
  public:
    explicit TreeReader(std::string_view text) : left_(text) {}

    std::optional<Node> tree() {
        auto node = next(0);
        return left_.empty() ? node : std::nullopt;
    }

  private:
    std::optional<Node> next(int depth) {
        const std::size_t end = left_.find('\n');
        if (depth > kMaxDepth || end == std::string_view::npos) return std::nullopt;
        std::string_view line = left_.substr(0, end);
        left_.remove_prefix(end + 1);
        const std::string_view kinds = kKinds;
        const std::size_t kind = line.empty() ? kinds.npos : kinds.find(line.front());
        line.remove_prefix(std::min<std::size_t>(line.size(), 2));
        const auto row = number(line), column = number(line), children = number(line);
        if (kind == kinds.npos || !row || !column || !children) return std::nullopt;
        Node node{static_cast<Node::Kind>(kind), {*row, *column}, unescaped(line), {}};
        for (int i = 0; i < *children; ++i) {
            auto child = next(depth + 1);
            if (!child) return std::nullopt;
            node.children.push_back(std::move(*child));
        }
        return node;
    }

    /// And takes it, and the space behind it, off the line.
    static std::optional<int> number(std::string_view& line) {
        const std::size_t end = std::min(line.find(' '), line.size());
        const auto value = number_from(line.substr(0, end), {0, kMost});
        line.remove_prefix(std::min(end + 1, line.size()));
        return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
    }

    static std::string unescaped(std::string_view line) {
        std::string text;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const bool is_escape = line[i] == '\\' && i + 1 < line.size();
            if (is_escape) ++i;
            text += is_escape && line[i] == 'n' ? '\n' : line[i];
        }
        return text;
    }

    static constexpr std::uint32_t kMost = 1U << 17;  // the configuration has 64 KiB
    std::string_view left_;
};

std::optional<Node> kept_tree(const std::string& root, const ConfigText& text) {
    try {
        const std::string kept = load_file(root, kPath).value_or("");
        const std::string head = head_of(text);
        if (kept.compare(0, head.size(), head) != 0) return std::nullopt;
        return TreeReader(std::string_view(kept).substr(head.size())).tree();
    } catch (const std::exception&) {
        return std::nullopt;  // it is read anew, and replaced
    }
}

void replace(const std::string& root, const std::optional<std::string>& after) {
    apply_file(root, {kPath, "", load_file(root, kPath), after}, Durability::memory);
}

}  // namespace

std::optional<Config> load_known_config(const std::string& root, const std::string& path) {
    const ConfigText text = load_config_text(path);
    if (text.says_nothing()) return Config{};
    const auto tree = kept_tree(root, text);
    if (!tree) return std::nullopt;
    Diagnostics diagnostics(path, text.lines());
    Config config = config_from(*tree, diagnostics, kFindingCodes);
    return diagnostics.text().empty() ? std::optional(config) : std::nullopt;
}

void keep_config(const std::string& root, const ConfigText& text, const Node& tree) {
    std::string kept = head_of(text);
    write_node(kept, tree);
    try {
        replace(root, kept);
    } catch (const std::exception&) {
        // As where /run is full: that is told by what is lost without it.
    }
}

void forget_known_config(const std::string& root) {
    replace(root, std::nullopt);
}

}  // namespace eni
