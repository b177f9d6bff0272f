// JSON that is read strictly: nlohmann's conversions, and what they lack. A wrong type, an unknown
// key or a missing one is refused with its place, which the library converts, ignores or reports
// without one. A struct is written and read by one table of its members. Must not know any noun.
#pragma once

#include <glib.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "json_type.hpp"

namespace eni {

/// Converts a T; a type of JSON of its own keeps it from what other files do with Json.
template <class T, class>
struct Strict;

using StrictJson = JsonBy<Strict>;

// ---- What does not fit --------------------------------------------------------------------------

/// Thrown for a part of a document. The library's conversions pass references to the parts on, not
/// their keys: read_json() finds the place by the part's address.
struct Misfit : std::runtime_error {
    Misfit(const StrictJson& json, const std::string& what)
        : std::runtime_error(what), part(&json) {}

    const StrictJson* part;
};

/// Text from outside goes into messages with its control characters escaped.
inline std::string escaped(const std::string& text) {
    const std::string quoted = Json(text).dump();
    return quoted.substr(1, quoted.size() - 2);
}

[[noreturn]] inline void refuse(const StrictJson& json, const std::string& expected) {
    std::string found = json.is_structured() ? std::string("an ") + json.type_name() : json.dump();
    if (json.is_string()) found = "'" + escaped(json.get_ref<const std::string&>()) + "'";
    throw Misfit(json, "expected " + expected + ", not " + found);
}

/// The JSON pointer of `part`; `json` stands at `here`.
inline std::optional<std::string> place_of(const StrictJson* part, const StrictJson& json,
                                           const StrictJson::json_pointer& here) {
    if (part == &json) return here.to_string();
    if (!json.is_structured()) return std::nullopt;
    for (const auto& item : json.items())
        if (auto place = place_of(part, item.value(), here / item.key())) return place;
    return std::nullopt;
}

// ---- Values -------------------------------------------------------------------------------------

/// As the library does it, with its own to_json() and from_json() or a noun's, but only from the
/// type of JSON that a T is written as.
template <class T, class = void>
struct Strict : nlohmann::adl_serializer<T> {
    static void from_json(const StrictJson& json, T& value) {
        static const StrictJson example = T();
        if (json.type() != example.type())
            refuse(json, example.is_boolean() ? "true or false"
                                              : std::string("an ") + example.type_name());
        nlohmann::from_json(json, value);
    }
};

/// Only from numbers that fit: the library would cut them.
template <class T>
struct Strict<T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>>
    : nlohmann::adl_serializer<T> {
    static void from_json(const StrictJson& json, T& value) {
        constexpr std::uint64_t kMax = std::numeric_limits<T>::max();
        if (!json.is_number_unsigned() || json.get_ref<const std::uint64_t&>() > kMax)
            refuse(json, "a number from 0 to " + std::to_string(kMax));
        nlohmann::from_json(json, value);
    }
};

/// Nothing is null in a comparison, and no key in an object.
template <class T>
struct Strict<std::optional<T>> {
    static void to_json(StrictJson& json, const std::optional<T>& value) {
        json = value ? StrictJson(*value) : StrictJson();
    }
    static void from_json(const StrictJson& json, std::optional<T>& value) {
        json.get_to(value.emplace());
    }
};

/// From a string, or from bytes that are not UTF-8: {"latin1": "..."}, whose 256 characters are the
/// bytes.
template <>
struct Strict<std::string> : nlohmann::adl_serializer<std::string> {
    static void from_json(const StrictJson& json, std::string& text) {
        const bool is_latin1 = json.size() == 1 && json.contains("latin1");
        const StrictJson& value = is_latin1 ? json.at("latin1") : json;
        if (!value.is_string()) refuse(json, "a string");
        nlohmann::from_json(value, text);
        if (!is_latin1) return;
        std::string bytes;
        for (const char* c = text.data(); c < text.data() + text.size(); c = g_utf8_next_char(c)) {
            const gunichar character = g_utf8_get_char(c);
            if (character > 0xff) refuse(value, "characters up to U+00FF");
            bytes += static_cast<char>(character);
        }
        text = bytes;
    }
};

/// Strings that are not UTF-8 become {"latin1": "..."}. Of the whole document at once, as the
/// parser too makes its strings by Strict.
inline void use_latin1(StrictJson& json) {
    if (json.is_structured())
        for (StrictJson& item : json) use_latin1(item);
    if (!json.is_string()) return;
    const auto bytes = json.get<std::string>();
    if (g_utf8_validate(bytes.data(), static_cast<gssize>(bytes.size()), nullptr)) return;
    std::string text;
    for (const char byte : bytes) {
        char utf8[6];
        const auto size = g_unichar_to_utf8(static_cast<unsigned char>(byte), utf8);
        text.append(utf8, static_cast<std::size_t>(size));
    }
    json = StrictJson::object({{"latin1", text}});
}

/// Words for the values of an enumeration. Without any it is a number; with some, a value that has
/// none is a number only where kHasNumbers says so.
template <class Enum>
constexpr std::array<std::pair<const char*, Enum>, 0> kWords{};

template <class Enum>
constexpr bool kHasNumbers = kWords<Enum>.empty();

template <class Enum>
struct Strict<Enum, std::enable_if_t<std::is_enum_v<Enum>>> {
    using Number = std::underlying_type_t<Enum>;

    static void to_json(StrictJson& json, Enum value) {
        json = static_cast<Number>(value);
        for (const auto& [word, meaning] : kWords<Enum>)
            if (meaning == value) json = word;
    }
    static void from_json(const StrictJson& json, Enum& value) {
        std::string words;
        for (const auto& [word, meaning] : kWords<Enum>) {
            words += (words.empty() ? "one of " : ", ") + std::string(word);
            if (json == word) {
                value = meaning;
                return;
            }
        }
        if (!kHasNumbers<Enum> || !(json.is_number() || words.empty())) refuse(json, words);
        value = static_cast<Enum>(json.get<Number>());
    }
};

// ---- Nouns, member by member --------------------------------------------------------------------

template <class Noun, class Member>
struct Field {
    const char* name;
    Member Noun::*member;
    bool is_required;
};

/// Left out where it has its default.
template <class Noun, class Member>
constexpr Field<Noun, Member> field(const char* name, Member Noun::*member) {
    return {name, member, false};
}

/// Has no sensible default: always written, and must be there.
template <class Noun, class Member>
constexpr Field<Noun, Member> required(const char* name, Member Noun::*member) {
    return {name, member, true};
}

/// To be specialised for each noun: std::make_tuple(required("ifname", &Link::ifname), ...).
template <class Noun>
constexpr std::tuple<> kFields{};

/// Refuses a key that is neither a field of one of the nouns nor one of `keys`.
template <class... Nouns>
void check_keys(const StrictJson& json, std::set<std::string> keys = {}) {
    const auto insert = [&](const auto&... field) { (keys.insert(field.name), ...); };
    (std::apply(insert, kFields<Nouns>), ...);
    for (const auto& item : json.items())
        if (keys.count(item.key()) == 0) throw Misfit(item.value(), "unknown key");
}

template <class Noun>
bool has_fields(const StrictJson& json) {
    const auto is_there = [&](const auto&... field) { return (json.contains(field.name) || ...); };
    return std::apply(is_there, kFields<Noun>);
}

/// Without the key the value stays as it is.
template <class T>
void read_member(const StrictJson& json, const char* key, T& value) {
    if (json.contains(key)) json.at(key).get_to(value);
}

/// That must be there.
inline const StrictJson& member(const StrictJson& json, const char* key) {
    if (!json.contains(key)) throw Misfit(json, std::string("expected the key '") + key + "'");
    return json.at(key);
}

template <class Noun>
void write_fields(StrictJson& json, const Noun& noun) {
    const Noun defaults;
    const auto write = [&](const auto& field) {
        const StrictJson value = noun.*field.member;
        if (field.is_required || value != StrictJson(defaults.*field.member))
            json[field.name] = value;
    };
    std::apply([&](const auto&... field) { (write(field), ...); }, kFields<Noun>);
}

template <class Noun>
void read_fields(const StrictJson& json, Noun& noun) {
    const auto read = [&](const auto& field) {
        if (field.is_required) member(json, field.name);
        read_member(json, field.name, noun.*field.member);
    };
    std::apply([&](const auto&... field) { (read(field), ...); }, kFields<Noun>);
}

template <class Noun>
using IfNoun = std::enable_if_t<std::tuple_size_v<decltype(kFields<Noun>)> != 0>;

template <class Noun, class = IfNoun<Noun>>
void to_json(StrictJson& json, const Noun& noun) {
    json = StrictJson::object();
    write_fields(json, noun);
}

template <class Noun, class = IfNoun<Noun>>
void from_json(const StrictJson& json, Noun& noun) {
    check_keys<Noun>(json);
    read_fields(json, noun);
}

// ---- Documents ----------------------------------------------------------------------------------

template <class T>
std::string write_json(const T& value) {
    StrictJson document = value;
    use_latin1(document);
    return printed(document);
}

/// Of a key that stands twice the library would keep one, and drop the rest without a word. (Not as
/// a callback of parse(): at the end of each object that compares all elements of what it stands
/// in.)
class KeysOnce {
  public:
    bool start_object(std::size_t) {
        keys_.emplace_back();
        return true;
    }
    bool end_object() {
        keys_.pop_back();
        return true;
    }
    bool key(std::string& key) {
        if (keys_.back().insert(key).second) return true;
        throw std::runtime_error("the key '" + escaped(key) + "' stands twice in one object");
    }
    bool null() { return true; }
    bool boolean(bool) { return true; }
    bool number_integer(std::int64_t) { return true; }
    bool number_unsigned(std::uint64_t) { return true; }
    bool number_float(double, const std::string&) { return true; }
    bool string(std::string&) { return true; }
    template <class Binary>  // from 3.8 of the library on
    bool binary(Binary&) {
        return true;
    }
    bool start_array(std::size_t) { return true; }
    bool end_array() { return true; }
    /// parse() says it.
    bool parse_error(std::size_t, const std::string&, const StrictJson::exception&) {
        return false;
    }

  private:
    std::vector<std::set<std::string>> keys_;  // of each object that is open
};

/// What does not fit throws std::runtime_error: "/kernel/links/0: expected ...".
template <class T>
T read_json(const std::string& text) {
    StrictJson document;
    try {
        KeysOnce keys;
        StrictJson::sax_parse(text, &keys);
        document = StrictJson::parse(text);
        return document.get<T>();
    } catch (const Misfit& misfit) {
        const auto place = place_of(misfit.part, document, StrictJson::json_pointer()).value_or("");
        throw std::runtime_error((place.empty() ? "" : escaped(place) + ": ") + misfit.what());
    } catch (const StrictJson::exception& error) {
        const std::string message = error.what();  // "[json.exception.parse_error.101] parse ..."
        throw std::runtime_error(message.substr(message.find("] ") + 2));
    }
}

}  // namespace eni
