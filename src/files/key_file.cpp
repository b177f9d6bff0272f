// See key_file.hpp.
#include "key_file.hpp"

#include <unistd.h>

#include <optional>
#include <utility>

#include "file.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr std::pair<char, char> kEscapes[] = {
    {' ', 's'}, {'\n', 'n'}, {'\t', 't'}, {'\r', 'r'}, {'\\', '\\'}, {';', ';'},
};

/// Of a text only what would end the line or be taken off its begin, of a list its ';' as well.
std::string escaped(const std::string& text, bool is_in_list) {
    std::string value;
    for (const char c : text) {
        char letter = '\0';
        for (const auto& [character, name] : kEscapes)
            if (c == character) letter = name;
        if ((c == ' ' && !value.empty()) || (c == ';' && !is_in_list)) letter = '\0';
        value += letter == '\0' ? std::string(1, c) : std::string{'\\', letter};
    }
    return value;
}

/// The text that begins at `at`, up to the end or to a ';' where it is one of a list, behind which
/// `at` is then; nothing where a '\' stands before what is no escape.
std::optional<std::string> unescaped(const std::string& value, std::size_t& at, bool is_in_list) {
    std::string text;
    for (; at < value.size(); ++at) {
        if (is_in_list && value[at] == ';') return ++at, text;
        if (value[at] != '\\') {
            text += value[at];
            continue;
        }
        if (++at == value.size()) return std::nullopt;
        bool is_known = false;
        for (const auto& [character, name] : kEscapes)
            if (value[at] == name) text += character, is_known = true;
        if (!is_known) return std::nullopt;
    }
    return text;
}

std::string without_blanks_before(const std::string& text) {
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// Empty where a line is neither a group, nor a key of one, nor a comment.
KeyFile parsed(const std::string& text) {
    KeyFile file;
    std::string group;
    for (std::string line : lines_of(text)) {
        line = without_blanks_before(line);
        const std::size_t sign = line.find('=');
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '[' && trimmed(line).back() == ']') {
            group = trimmed(line);
            group = group.substr(1, group.size() - 2);
            file[group];
        } else if (sign != std::string::npos && sign != 0 && !file.empty()) {
            file[group][trimmed(line.substr(0, sign))] =
                without_blanks_before(line.substr(sign + 1));
        } else {
            return {};
        }
    }
    return file;
}

std::string rendered(const KeyFile& file) {
    std::string text;
    for (const auto& [group, values] : file) {
        text += (text.empty() ? "[" : "\n[") + group + "]\n";
        for (const auto& [key, value] : values) text += key + "=" + value + "\n";
    }
    return text;
}

std::optional<std::string> value_of(const KeyFile& file, const std::string& group,
                                    const std::string& key) {
    const auto values = file.find(group);
    if (values == file.end()) return std::nullopt;
    const auto value = values->second.find(key);
    return value == values->second.end() ? std::nullopt : std::optional(value->second);
}

}  // namespace

KeyFile load_key_file(const std::string& root, const std::string& path) {
    try {
        return parsed(load_file(root, path).value_or(""));
    } catch (const FileTooLarge&) {
        return {};  // as good as one that is damaged
    }
}

void save_key_file(const std::string& root, const std::string& path, const KeyFile& file,
                   Durability durability) {
    const auto after = file.empty() ? std::nullopt : std::optional(rendered(file));
    std::optional<std::string> before;
    try {
        before = load_file(root, path);
    } catch (const FileTooLarge&) {
        unlink(real_path(root, path).c_str());  // it makes room for one that can be read
    }
    if (before != after) apply_file(root, {path, "", before, after}, durability);
}

std::string text_of(const KeyFile& file, const std::string& group, const std::string& key) {
    std::size_t at = 0;
    return unescaped(value_of(file, group, key).value_or(""), at, false).value_or("");
}

std::vector<std::string> texts_of(const KeyFile& file, const std::string& group,
                                  const std::string& key) {
    const std::string value = value_of(file, group, key).value_or("");
    std::vector<std::string> texts;
    for (std::size_t at = 0; at < value.size();) {
        const auto text = unescaped(value, at, true);
        if (!text) return {};
        texts.push_back(*text);
    }
    return texts;
}

void set_text(KeyFile& file, const std::string& group, const std::string& key,
              const std::string& text) {
    if (!text.empty()) file[group][key] = escaped(text, false);
}

void set_texts(KeyFile& file, const std::string& group, const std::string& key,
               const std::vector<std::string>& texts) {
    std::string value;
    for (const std::string& text : texts) value += escaped(text, true) + ";";
    if (!texts.empty()) file[group][key] = value;
}

}  // namespace eni
