// See wrap.hpp.
#include "wrap.hpp"

#include <glib.h>

#include <algorithm>
#include <vector>

#include "terminal.hpp"

namespace eni {

namespace {

constexpr std::size_t kGap = 2;
/// Words are read more easily in two lines of this width than in one narrow column.
constexpr std::size_t kRoomForWords = 24;

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text + " ")
        if (c != ' ' && c != '\n' && c != '\t') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(visible(word));
            word.clear();
        }
    return words;
}

/// A line's end in what is not to be broken would end it.
std::string on_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return visible(text);
}

}  // namespace

std::size_t columns_of(const std::string& text) {
    const std::string seen = visible(text);
    std::size_t columns = 0;
    for (const char* at = seen.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
        const gunichar c = g_utf8_get_char(at);
        if (g_unichar_iszerowidth(c) == FALSE) columns += g_unichar_iswide(c) != FALSE ? 2 : 1;
    }
    return columns;
}

std::size_t HangingLine::beginning() const {
    return text_.empty() ? next_ : std::max(next_, column_ + kGap);
}

void HangingLine::advance_to(std::size_t column) {
    text_.append(column - column_, ' ');
    column_ = column;
}

void HangingLine::break_line(std::size_t indent) {
    text_ += "\n";
    column_ = 0;
    advance_to(indent);
}

std::string HangingLine::begin_with(const std::string& text) {
    std::string seen = on_one_line(text);
    const std::size_t size = columns_of(seen), begin = beginning();
    if (begin > indent_ && begin + size > kScreenWidth)
        break_line(indent_);
    else
        advance_to(begin);
    column_ += size;
    next_ = 0;
    return seen;
}

void HangingLine::put_words(const std::string& words) {
    std::size_t longest = 0, all = 0;
    const std::vector<std::string> parts = words_of(words);
    if (parts.empty()) return;
    for (const std::string& word : parts) {
        longest = std::max(longest, columns_of(word));
        all += columns_of(word) + 1;
    }
    const std::size_t begin = beginning();
    const std::size_t room = begin < kScreenWidth ? kScreenWidth - begin : 0;
    const bool fits = all <= room + 1;
    if (begin > indent_ && !fits && (room < kRoomForWords || room < longest))
        break_line(indent_);
    else
        advance_to(begin);
    const std::size_t hang = column_;
    for (const std::string& word : parts) {
        const std::size_t size = columns_of(word);
        const bool is_first = &word == &parts.front();
        if (!is_first && column_ + 1 + size > kScreenWidth)
            break_line(hang);
        else if (!is_first)
            advance_to(column_ + 1);
        text_ += word;
        column_ += size;
    }
    next_ = 0;
}

}  // namespace eni
