// See config_text.hpp.
#include "config_text.hpp"

#include <algorithm>

#include "file.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxSize = 1U << 16;  // of the file, in bytes

[[noreturn]] void refuse_size(const std::string& name) {
    throw ConfigError(name + ": larger than 64 KiB");
}

}  // namespace

std::vector<std::string> ConfigText::lines() const {
    std::vector<std::string> lines = lines_of(content);
    for (std::string& line : lines)
        if (!line.empty() && line.back() == '\r') line.pop_back();
    return lines;
}

bool ConfigText::says_nothing() const {
    for (std::size_t at = 0; at < content.size();) {
        const std::size_t end = std::min(content.find('\n', at), content.size());
        const std::size_t word = std::min(content.find_first_not_of(" \t", at), end);
        const bool is_blank = word == end || (content[word] == '\r' && word + 1 == end);
        if (!is_blank && content[word] != '#') return false;
        at = end + 1;
    }
    return true;
}

ConfigText config_text_from(const std::string& text, const std::string& name) {
    if (text.size() > kMaxSize) refuse_size(name);
    const bool has_mark = text.compare(0, 3, "\xef\xbb\xbf") == 0;
    return {text.substr(has_mark ? 3 : 0)};
}

ConfigText load_config_text(const std::string& path) {
    try {
        return config_text_from(load_file("", path, kMaxSize).value_or(""), path);
    } catch (const FileTooLarge&) {
        refuse_size(path);
    }
}

}  // namespace eni
