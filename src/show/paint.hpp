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

    static constexpr const char *kEnd = "0", *kBold = "1", *kFaint = "2", *kRed = "1;31",
                                *kGreen = "32", *kYellow = "33";
    static constexpr const char* kCodes[] = {kEnd, kBold, kFaint, kRed, kGreen, kYellow};
    static std::string sequence(const char* code) { return std::string("\033[") + code + "m"; }

    std::string bold(const std::string& text) const { return coloured(kBold, text); }
    std::string faint(const std::string& text) const { return coloured(kFaint, text); }
    std::string red(const std::string& text) const { return coloured(kRed, text); }
    std::string green(const std::string& text) const { return coloured(kGreen, text); }
    std::string yellow(const std::string& text) const { return coloured(kYellow, text); }

  private:
    std::string coloured(const char* code, const std::string& text) const {
        return is_on_ ? sequence(code) + text + sequence(kEnd) : text;
    }

    bool is_on_;
};

/// Filled up with spaces; a longer text stays as it is.
inline std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text;
}

}  // namespace eni
