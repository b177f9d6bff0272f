// Key files (GLib's), as what eni-routes remembers is written in: /run/eni-routes/state and
// /var/lib/eni-routes/metadata. Must not trust what it reads: a value that is not what it should be
// is as if it were not there.
#pragma once

#include <glib.h>

#include <string>
#include <vector>

#include "apply_files.hpp"
#include "glib_ptr.hpp"

namespace eni {

using KeyFile = GOwned<GKeyFile>;

/// The file below `root`, empty where there is none, it is too large or what is there is no key
/// file. Throws as load_file does where it cannot be read for another reason.
KeyFile load_key_file(const std::string& root, const std::string& path);

/// Touches nothing where the file says so already; an empty one is removed, and what is there and
/// too large replaced. Throws as apply_file and load_file do.
void save_key_file(const std::string& root, const std::string& path, GKeyFile* file,
                   Durability durability);

std::vector<std::string> groups_of(GKeyFile* file);
std::string text_of(GKeyFile* file, const std::string& group, const char* key);
std::vector<std::string> texts_of(GKeyFile* file, const std::string& group, const char* key);

/// Each that parses.
template <class T>
std::vector<T> parsed_of(GKeyFile* file, const std::string& group, const char* key) {
    std::vector<T> values;
    for (const std::string& text : texts_of(file, group, key))
        if (const auto value = T::parse(text)) values.push_back(*value);
    return values;
}

/// Nothing for an empty text.
void set_text(GKeyFile* file, const std::string& group, const char* key, const std::string& text);

/// Addresses or prefixes.
template <class T>
void set_list(GKeyFile* file, const std::string& group, const char* key,
              const std::vector<T>& values) {
    std::string text;
    for (const T& value : values) text += value.to_string() + ";";
    set_text(file, group, key, text);
}

}  // namespace eni
