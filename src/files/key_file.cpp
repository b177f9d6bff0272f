// See key_file.hpp.
#include "key_file.hpp"

#include <unistd.h>

#include <optional>

#include "file.hpp"

namespace eni {

namespace {

std::vector<std::string> strings_from(const GTexts& texts, gsize size) {
    return texts ? std::vector<std::string>(texts.get(), texts.get() + size)
                 : std::vector<std::string>();
}

}  // namespace

KeyFile load_key_file(const std::string& root, const std::string& path) {
    std::string text;
    try {
        text = load_file(root, path).value_or("");
    } catch (const FileTooLarge&) {
        // As good as one that is damaged.
    }
    KeyFile file(g_key_file_new());
    if (!g_key_file_load_from_data(file.get(), text.data(), text.size(), G_KEY_FILE_NONE, nullptr))
        file.reset(g_key_file_new());
    return file;
}

void save_key_file(const std::string& root, const std::string& path, GKeyFile* file,
                   Durability durability) {
    const GText text(g_key_file_to_data(file, nullptr, nullptr));
    const bool is_empty = text.get()[0] == '\0';
    const auto after = is_empty ? std::nullopt : std::optional<std::string>(text.get());
    std::optional<std::string> before;
    try {
        before = load_file(root, path);
    } catch (const FileTooLarge&) {
        unlink(real_path(root, path).c_str());  // it makes room for one that can be read
    }
    if (before != after) apply_file(root, {path, "", before, after}, durability);
}

std::vector<std::string> groups_of(GKeyFile* file) {
    gsize size = 0;
    const GTexts groups(g_key_file_get_groups(file, &size));
    return strings_from(groups, size);
}

std::string text_of(GKeyFile* file, const std::string& group, const char* key) {
    const GText text(g_key_file_get_string(file, group.c_str(), key, nullptr));
    return text ? text.get() : "";
}

std::vector<std::string> texts_of(GKeyFile* file, const std::string& group, const char* key) {
    gsize size = 0;
    const GTexts texts(g_key_file_get_string_list(file, group.c_str(), key, &size, nullptr));
    return strings_from(texts, size);
}

void set_text(GKeyFile* file, const std::string& group, const char* key, const std::string& text) {
    if (!text.empty()) g_key_file_set_string(file, group.c_str(), key, text.c_str());
}

}  // namespace eni
