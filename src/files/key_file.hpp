// Key files, as what eni-routes remembers is written in: /run/eni-routes/state and
// /var/lib/eni-routes/metadata. The format is GLib's, for the files of older versions; GLib itself
// an event does not load. Must not trust what it reads: a value that is not what it should be is as
// if it were not there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "apply_files.hpp"

namespace eni {

/// By group and key: what stands behind the '=', with its escapes.
using KeyFile = std::map<std::string, std::map<std::string, std::string>>;

/// The file below `root`, empty where there is none, it is too large or what is there is no key
/// file. Throws as load_file does where it cannot be read for another reason.
KeyFile load_key_file(const std::string& root, const std::string& path);

/// Touches nothing where the file says so already; an empty one is removed, and what is there and
/// too large replaced. Throws as apply_file and load_file do.
void save_key_file(const std::string& root, const std::string& path, const KeyFile& file,
                   Durability durability);

/// Empty where there is none.
std::string text_of(const KeyFile& file, const std::string& group, const std::string& key);
/// "a;b;"
std::vector<std::string> texts_of(const KeyFile& file, const std::string& group,
                                  const std::string& key);

/// Each that parses.
template <class T>
std::vector<T> parsed_of(const KeyFile& file, const std::string& group, const std::string& key) {
    std::vector<T> values;
    for (const std::string& text : texts_of(file, group, key))
        if (const auto value = T::parse(text)) values.push_back(*value);
    return values;
}

/// Any bytes but NUL. Nothing for an empty text, and for no texts.
void set_text(KeyFile& file, const std::string& group, const std::string& key,
              const std::string& text);
void set_texts(KeyFile& file, const std::string& group, const std::string& key,
               const std::vector<std::string>& texts);

/// Addresses or prefixes.
template <class T>
void set_list(KeyFile& file, const std::string& group, const std::string& key,
              const std::vector<T>& values) {
    std::vector<std::string> texts;
    for (const T& value : values) texts.push_back(value.to_string());
    set_texts(file, group, key, texts);
}

}  // namespace eni
