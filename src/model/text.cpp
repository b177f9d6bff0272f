// See text.hpp.
#include "text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

namespace eni {

namespace {

constexpr char kBlanks[] = " \t\r\n";

/// Insertions, deletions and replacements from one word to the other (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row.back();
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        lines.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return lines;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = std::min(text.find_first_not_of(kBlanks, at), text.size());
        at = std::min(text.find_first_of(kBlanks, begin), text.size());
        if (begin != at) words.emplace_back(text.substr(begin, at - begin));
    }
    return words;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

std::string trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return "";
    return std::string(text.substr(start, text.find_last_not_of(kBlanks) - start + 1));
}

std::optional<std::uint32_t> number_from(std::string_view text, Range range, int base) {
    if (base == 10 && text.size() > 1 && text[0] == '0') return std::nullopt;
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc() || rest != end || value < range.min || value > range.max)
        return std::nullopt;
    return value;
}

std::optional<std::uint32_t> number_or_hex_from(std::string_view text) {
    const bool is_hex = text.substr(0, 2) == "0x";
    return number_from(text.substr(is_hex ? 2 : 0), {}, is_hex ? 16 : 10);
}

std::string hex(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%x", value);
    return text;
}

std::string printable(std::string text) {
    for (char& c : text) c = c == '\t' ? ' ' : c < ' ' || c > '~' ? '?' : c;
    return text;
}

std::optional<std::string> nearest(const std::string& text, const std::vector<std::string>& known) {
    std::optional<std::string> best;
    std::size_t limit = 3;
    for (const std::string& word : known) {
        if (text.size() > word.size() + 2) continue;
        const std::size_t edits = distance(text, word);
        if (edits >= limit) continue;
        best = word;
        limit = edits;
    }
    return best;
}

std::string suggestion(const std::string& text, const std::vector<std::string>& known) {
    const auto meant = nearest(text, known);
    return meant ? ", did you mean '" + printable(*meant) + "'?" : "";
}

std::string enumeration(const std::vector<std::string>& items, const std::string& last) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i)
        text += (i == 0 ? "" : i + 1 == items.size() ? " " + last + " " : ", ") + items[i];
    return text;
}

}  // namespace eni
