// is_plain_name and glob_matches. Must not know which names exist.
#include "names.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace eni {

namespace {

/// Not std::isalnum: its answer depends on the locale.
bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Makes it lower case; false where it is none.
bool lower_hex_digit(char& c) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

bool is_plain_name(std::string_view text, std::size_t max) {
    return !text.empty() && text.size() <= max && is_letter_or_digit(text[0]) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
           });
}

bool is_table_name(std::string_view text) {
    constexpr std::size_t kLongest = 63;
    if (!is_plain_name(text, kLongest)) return false;
    const bool is_hex = text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X";
    const char* const digits = is_hex ? "0123456789abcdefABCDEF" : "0123456789";
    return text.find_first_not_of(digits, is_hex ? 2 : 0) != std::string_view::npos;
}

std::optional<std::string> mac_from(std::string text) {
    if (text.size() != 17) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char& c = text[i];
        if (i % 3 == 2 && c == '-') c = ':';
        if (i % 3 == 2 ? c != ':' : !lower_hex_digit(c)) return std::nullopt;
    }
    return text;
}

std::optional<std::string> uuid_from(std::string text) {
    if (text.size() != 36) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !lower_hex_digit(text[i])) return std::nullopt;
    }
    return text;
}

bool glob_matches(const std::string& pattern, const std::string& text) {
    return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool matches_any(const std::vector<std::string>& globs, const std::string& text) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string& glob) { return glob_matches(glob, text); });
}

}  // namespace eni
