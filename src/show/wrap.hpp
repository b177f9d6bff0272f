// Lines for a terminal of 80 columns that go on below themselves, indented. Must not know what the
// text is about, nor have a colour of its own.
#pragma once

#include <cstddef>
#include <string>

namespace eni {

constexpr std::size_t kScreenWidth = 80;

/// How many columns of a terminal a text takes, as it is printed.
std::size_t columns_of(const std::string& text);

/// One line, as it is filled from left to right. What has no room in it goes to the next one, at
/// `indent`. Text is taken as it comes from outside, and is shown as visible() does.
class HangingLine {
  public:
    explicit HangingLine(std::size_t indent) : indent_(indent) {}

    /// What comes next begins at this column, or two spaces behind what is there.
    void go_to(std::size_t column) { next_ = column; }

    /// Text that is never broken. `colour` is a function of Paint's, or returns its argument.
    template <class Colour>
    void put(const std::string& text, Colour colour) {
        const std::string seen = begin_with(text);
        text_ += colour(seen);
    }
    void put(const std::string& text) { text_ += begin_with(text); }

    /// Text that is broken at its spaces, and hangs from where it began; or from the indentation,
    /// where that leaves more room to it.
    void put_words(const std::string& words);

    /// With its end.
    std::string str() const { return text_ + "\n"; }

  private:
    std::size_t beginning() const;
    void advance_to(std::size_t column);
    void break_line(std::size_t indent);
    std::string begin_with(const std::string& text);

    std::size_t indent_;
    std::size_t column_ = 0;  // where the line ends
    std::size_t next_ = 0;
    std::string text_;
};

}  // namespace eni
