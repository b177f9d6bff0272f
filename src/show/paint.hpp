// Colours for the terminal, and columns. Must not decide what is important.
#pragma once

#include <string>

namespace eni {

class Paint {
  public:
    /// Colours where `is_on`; else the text as it stands.
    explicit Paint(bool is_on) : is_on_(is_on) {}

    /// On where standard output is a terminal, and neither NO_COLOR (no-color.org) nor TERM=dumb is
    /// in the environment.
    static Paint for_stdout();

    bool is_on() const { return is_on_; }

    /// All that is used, with the one that ends each.
    static constexpr const char* kCodes[] = {"0", "1", "2", "1;31", "32", "33"};
    static std::string sequence(const char* code) { return std::string("\033[") + code + "m"; }

    std::string bold(const std::string& text) const { return coloured("1", text); }
    std::string faint(const std::string& text) const { return coloured("2", text); }
    std::string red(const std::string& text) const { return coloured("1;31", text); }
    std::string green(const std::string& text) const { return coloured("32", text); }
    std::string yellow(const std::string& text) const { return coloured("33", text); }

  private:
    std::string coloured(const char* code, const std::string& text) const {
        return is_on_ ? sequence(code) + text + sequence("0") : text;
    }

    bool is_on_;
};

/// Filled up with spaces; a longer text stays as it is.
inline std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text;
}

}  // namespace eni
