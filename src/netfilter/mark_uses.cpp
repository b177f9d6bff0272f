// See mark_uses.hpp.
#include "mark_uses.hpp"

#include <algorithm>
#include <bitset>
#include <map>
#include <optional>
#include <utility>

#include "marking_text.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr std::uint32_t kWhole = 0xffffffff;

/// A mask that leaves most bits as they are speaks of the others.
std::uint32_t bits_spoken_of(std::uint32_t mask) {
    constexpr std::size_t kHalf = 16;
    return std::bitset<32>(mask).count() > kHalf ? ~mask : mask;
}

std::string quoted(const char* program, const std::string& line) {
    constexpr std::size_t kMost = 100;
    std::string text = trimmed(line);
    if (text.size() > kMost) text = text.substr(0, kMost) + "...";
    return std::string(program) + " rule \"" + text + "\"";
}

// ---- nft ----------------------------------------------------------------------------------------

enum class Token { other, filler, and_, or_, number };

Token token_of(const std::string& word) {
    if (word == "&" || word == "and") return Token::and_;
    if (word == "|" || word == "or" || word == "^" || word == "xor") return Token::or_;
    for (const char* filler : {"set", "meta", "ct", "mark", "==", "!=", "{", "}", "(", ")"})
        if (word == filler) return Token::filler;
    return number_or_hex_from(word) ? Token::number : Token::other;
}

/// "meta mark & 0xf == 0x1", "ct mark set ct mark | 0x80", "mark 0x64", "meta mark { 0x1, 0x2 }":
/// from the word "mark" as far as such words go.
void read_expression(const std::vector<std::string>& words, std::size_t& i,
                     const std::string& where, std::vector<MarkUse>& uses) {
    Token before = Token::filler;
    bool is_masked = false;
    for (++i; i < words.size(); ++i) {
        std::string word = words[i];
        if (!word.empty() && word.back() == ',') word.pop_back();
        const Token token = token_of(word);
        if (token == Token::other) return;
        if (token == Token::number) {
            const std::uint32_t number = *number_or_hex_from(word);
            if (before == Token::and_)
                uses.push_back({where, 0, bits_spoken_of(number)});
            else if (before == Token::or_)
                uses.push_back({where, number, number});
            else if (!is_masked)
                uses.push_back({where, number, kWhole});
            is_masked = is_masked || before == Token::and_;
        }
        before = token;
    }
}

// ---- iptables -----------------------------------------------------------------------------------

/// "0x4000/0xc000", "0x64"
std::optional<MarkUse> use_from(const std::string& text, const std::string& where) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto value = number_or_hex_from(text.substr(0, slash));
    const auto mask =
        slash == text.size() ? std::optional(kWhole) : number_or_hex_from(text.substr(slash + 1));
    if (!value || !mask) return std::nullopt;
    return MarkUse{where, *value, *mask};
}

}  // namespace

std::vector<MarkUse> mark_uses_of_nft(const std::string& text) {
    std::vector<MarkUse> uses;
    bool is_ours = false;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() > 2 && words[0] == "table") is_ours = words[2] == kNftTable;
        if (is_ours) continue;
        for (std::size_t i = 0; i < words.size(); ++i)
            if (words[i] == "mark") read_expression(words, i, quoted("nft", line), uses);
    }
    return uses;
}

std::vector<MarkUse> mark_uses_of_iptables(const std::string& text) {
    std::vector<MarkUse> uses;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        if (std::find(words.begin(), words.end(), kInChain) != words.end() ||
            std::find(words.begin(), words.end(), kOutChain) != words.end())
            continue;
        for (std::size_t i = 0; i + 1 < words.size(); ++i) {
            std::optional<MarkUse> use;
            if (words[i] == "--mark" || words[i] == "--set-xmark" || words[i] == "--set-mark" ||
                words[i] == "--tproxy-mark")
                use = use_from(words[i + 1], quoted("iptables", line));
            else if (words[i] == "--nfmask" || words[i] == "--ctmask")
                use = use_from("0/" + words[i + 1], quoted("iptables", line));
            if (use && (use->mask != kWhole || use->value != 0)) uses.push_back(*use);
        }
    }
    return uses;
}

}  // namespace eni
