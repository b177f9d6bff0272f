// See shell_values.hpp.
#include "shell_values.hpp"

#include <cstring>
#include <optional>

#include "text.hpp"

namespace eni {

namespace {

/// A line's words as a POSIX shell takes them, without expansions; nothing where a quote is open at
/// the end.
class Words {
  public:
    explicit Words(const std::string& line) : line_(line) {}

    /// The only word that there is; nothing where there is none, or another.
    std::optional<std::string> only() {
        const auto word = next();
        if (!word || !skip_blanks()) return std::nullopt;
        return word;
    }

  private:
    bool is_blank() const { return line_[at_] == ' ' || line_[at_] == '\t'; }

    /// Whether nothing follows but a comment.
    bool skip_blanks() {
        while (at_ < line_.size() && is_blank()) ++at_;
        return at_ == line_.size() || line_[at_] == '#';
    }

    std::optional<std::string> next() {
        if (skip_blanks()) return std::nullopt;
        std::string word;
        while (at_ < line_.size() && !is_blank()) {
            const char c = line_[at_++];
            if (c == '\'' || c == '"') {
                if (!quoted(c, word)) return std::nullopt;
            } else if (c == '\\') {
                if (at_ == line_.size()) return std::nullopt;
                word += line_[at_++];
            } else {
                word += c;
            }
        }
        return word;
    }

    /// Up to the closing quote: within double ones a backslash is for these few.
    bool quoted(char quote, std::string& word) {
        while (at_ < line_.size() && line_[at_] != quote) {
            const bool is_escape = quote == '"' && line_[at_] == '\\' && at_ + 1 < line_.size() &&
                                   std::strchr("\"\\$`", line_[at_ + 1]) != nullptr;
            if (is_escape) ++at_;
            word += line_[at_++];
        }
        return at_++ < line_.size();
    }

    const std::string& line_;
    std::size_t at_ = 0;
};

}  // namespace

std::map<std::string, std::string> shell_values(const std::string& text) {
    std::map<std::string, std::string> values;
    for (const std::string& line : lines_of(text)) {
        const std::string word = Words(trimmed(line)).only().value_or("");
        const std::size_t sign = word.find('=');
        if (sign != std::string::npos) values[word.substr(0, sign)] = word.substr(sign + 1);
    }
    return values;
}

std::string shell_value(const std::string& text, const std::string& key) {
    return shell_values(text)[key];
}

}  // namespace eni
