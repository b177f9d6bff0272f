// YAML as a tree whose nodes know their places, and what is wrong with a text, shown at its place.
// Must not know what the keys mean, and must not believe in anything that the text holds: depth,
// control characters, aliases.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eni {

/// Counted from 0; the column in bytes.
struct Place {
    int line = 0;
    int column = 0;
};

struct Node {
    enum class Kind { nothing, scalar, list, mapping };

    Kind kind = Kind::list;
    Place place;
    std::string text;            // of a scalar
    std::vector<Node> children;  // of a list, and of a mapping: key, value, key, value ...
};

/// Every mistake in a text, each as "PATH:LINE:COLUMN: WORDS" with the line itself and a caret
/// below. ASCII; no newline at the end.
class Diagnostics {
  public:
    Diagnostics(std::string path, std::vector<std::string> lines)
        : path_(std::move(path)), lines_(std::move(lines)) {}

    void add(const Place& place, const std::string& words);

    /// "KEY must be EXPECTED, not 'x'". A value that is missing has no place of its own: the key's
    /// stands for it.
    void add(const Node& key, const Node& value, const std::string& expected);

    /// The line of a place; empty behind the last one, where yaml-cpp sees an unexpected end.
    std::string line(const Place& place) const;
    const std::vector<std::string>& lines() const { return lines_; }

    /// Empty where there is no mistake.
    const std::string& text() const { return text_; }

  private:
    std::string path_;
    std::vector<std::string> lines_;
    std::string text_;
};

/// The one document that `text` holds, of which `diagnostics` has the lines; a node that is nothing
/// where it holds none. Without a value where it cannot be read: `diagnostics` says why.
std::optional<Node> parse_yaml(const std::string& text, Diagnostics& diagnostics);

/// A value, fit for a message: 'all'.
std::string quoted(const std::string& text);

}  // namespace eni
