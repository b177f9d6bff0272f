// Plain structs to JSON and back by tables: a noun has one table of its members (kFields), by which
// it is written as well as read, and a type that JSON does not have has a Form. What is read comes
// from outside: it fits, or an exception names its place. Must not know any noun.
#pragma once

#include <glib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "json_type.hpp"

namespace eni::json {

using eni::Json;
using Pointer = Json::json_pointer;
using Keys = std::vector<std::string>;

/// Text from outside goes into messages with its control characters escaped.
inline std::string escaped(const std::string& text) {
    const std::string quoted = Json(text).dump();
    return quoted.substr(1, quoted.size() - 2);
}

[[noreturn]] inline void fail(const Pointer& where, const std::string& what) {
    const std::string place = escaped(where.to_string());
    throw std::runtime_error((place.empty() ? place : place + ": ") + what);
}

/// A value and where it stands.
struct Place {
    const Json& json;
    Pointer pointer;

    bool has(const std::string& key) const { return json.contains(key); }
    Place at(const std::string& key) const {
        if (!has(key)) fail(pointer, "expected the key '" + key + "'");
        return {json.at(key), pointer / key};
    }
    Place at(std::size_t index) const { return {json.at(index), pointer / index}; }

    [[noreturn]] void refuse(const std::string& expected) const {
        const std::string shown = json.is_string() ? "'" + escaped(json.get<std::string>()) + "'"
                                  : json.is_structured() ? std::string("an ") + json.type_name()
                                                         : json.dump();
        fail(pointer, "expected " + expected + ", not " + shown);
    }
};

/// Refuses what is not an object, and keys that nobody would read.
inline void check_keys(const Place& place, const Keys& known) {
    if (!place.json.is_object()) place.refuse("an object");
    for (const auto& item : place.json.items())
        if (std::find(known.begin(), known.end(), item.key()) == known.end())
            fail(place.pointer / item.key(), "unknown key");
}

// ---- Nouns, member by member --------------------------------------------------------------------

template <class Owner, class Member>
struct Field {
    using Value = Member;
    const char* name;
    Member Owner::*member;
    bool is_required;
};

template <class Owner, class Member>
constexpr Field<Owner, Member> field(const char* name, Member Owner::*member) {
    return {name, member, false};
}

/// Has no sensible default: always written, and must be there.
template <class Owner, class Member>
constexpr Field<Owner, Member> required(const char* name, Member Owner::*member) {
    return {name, member, true};
}

/// To be specialised for each noun: std::make_tuple(required("ifname", &Link::ifname), ...).
template <class T>
constexpr std::tuple<> kFields{};

template <class T>
Keys keys_of() {
    return std::apply([](const auto&... field) { return Keys{field.name...}; }, kFields<T>);
}

inline Keys operator+(Keys keys, const Keys& more) {
    keys.insert(keys.end(), more.begin(), more.end());
    return keys;
}

/// How a T looks in JSON. To be specialised for what is not written member by member.
template <class T, class = void>
struct Form;

template <class T>
Json json_from(const T& value) {
    return Form<T>::to(value);
}

template <class T>
Json fields_json(const T& noun) {
    Json json = Json::object();
    const T defaults;
    const auto write = [&](const auto& field) {
        const Json value = json_from(noun.*field.member);
        if (field.is_required || value != json_from(defaults.*field.member))
            json[field.name] = value;
    };
    std::apply([&](const auto&... field) { (write(field), ...); }, kFields<T>);
    return json;
}

template <class T>
T fields_from(const Place& place) {
    T noun;
    const auto read = [&](const auto& field) {
        using Value = typename std::decay_t<decltype(field)>::Value;
        if (field.is_required || place.has(field.name))
            noun.*field.member = Form<Value>::from(place.at(field.name));
    };
    std::apply([&](const auto&... field) { (read(field), ...); }, kFields<T>);
    return noun;
}

template <class T, class>
struct Form {
    static Json to(const T& noun) { return fields_json(noun); }
    static T from(const Place& place) {
        check_keys(place, keys_of<T>());
        return fields_from<T>(place);
    }
};

// ---- Numbers, words, text -----------------------------------------------------------------------

template <>
struct Form<bool> {
    static Json to(bool value) { return value; }
    static bool from(const Place& place) {
        if (!place.json.is_boolean()) place.refuse("true or false");
        return place.json.get<bool>();
    }
};

template <class T>
struct Form<T, std::enable_if_t<std::is_integral_v<T>>> {
    static Json to(T value) { return value; }
    static T from(const Place& place) {
        constexpr std::uint64_t kMax = std::numeric_limits<T>::max();
        if (!place.json.is_number_unsigned() || place.json.get<std::uint64_t>() > kMax)
            place.refuse("a number from 0 to " + std::to_string(kMax));
        return place.json.get<T>();
    }
};

/// Words for the values of an enumeration. Without any it is a number; with some, a value that has
/// none is a number only where kHasNumbers says so.
template <class Enum>
constexpr std::array<std::pair<const char*, Enum>, 0> kWords{};

template <class Enum>
constexpr bool kHasNumbers = kWords<Enum>.empty();

template <class Enum>
struct Form<Enum, std::enable_if_t<std::is_enum_v<Enum>>> {
    using Number = std::underlying_type_t<Enum>;

    static Json to(Enum value) {
        for (const auto& [word, meaning] : kWords<Enum>)
            if (meaning == value) return word;
        return static_cast<Number>(value);
    }
    static Enum from(const Place& place) {
        for (const auto& [word, meaning] : kWords<Enum>)
            if (place.json == word) return meaning;
        if (kHasNumbers<Enum> && (kWords<Enum>.empty() || place.json.is_number()))
            return static_cast<Enum>(Form<Number>::from(place));
        std::string words;
        for (const auto& [word, meaning] : kWords<Enum>) words += std::string(word) + ", ";
        place.refuse("one of " + words.substr(0, words.size() - 2));
    }
};

/// Latin-1, whose 256 characters are the 256 bytes, keeps what is not UTF-8 readable.
template <>
struct Form<std::string> {
    static Json to(const std::string& text) {
        if (g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr)) return text;
        std::string characters;
        for (const char byte : text) {
            char utf8[6];
            const auto size = g_unichar_to_utf8(static_cast<unsigned char>(byte), utf8);
            characters.append(utf8, static_cast<std::size_t>(size));
        }
        return Json::object({{"latin1", characters}});
    }
    static std::string from(const Place& place) {
        const bool is_latin1 = place.has("latin1") && place.json.size() == 1;
        const Json& json = is_latin1 ? place.json.at("latin1") : place.json;
        if (!json.is_string()) place.refuse("a string");
        const std::string text = json.get<std::string>();
        return is_latin1 ? bytes_from(place.at("latin1"), text) : text;
    }

  private:
    static std::string bytes_from(const Place& place, const std::string& text) {
        std::string bytes;
        for (const char* c = text.data(); c < text.data() + text.size(); c = g_utf8_next_char(c)) {
            const gunichar character = g_utf8_get_char(c);
            if (character > 0xff) place.refuse("characters up to U+00FF");
            bytes += static_cast<char>(character);
        }
        return bytes;
    }
};

template <class T>
T parsed(const Place& place, const std::string& expected) {
    const auto value =
        place.json.is_string() ? T::parse(place.json.get<std::string>()) : std::nullopt;
    if (!value) place.refuse(expected);
    return *value;
}

// ---- Containers ---------------------------------------------------------------------------------

template <class T>
struct Form<std::optional<T>> {
    static Json to(const std::optional<T>& value) { return value ? json_from(*value) : Json(); }
    static std::optional<T> from(const Place& place) { return Form<T>::from(place); }
};

template <class T>
struct Form<std::vector<T>> {
    static Json to(const std::vector<T>& values) {
        Json json = Json::array();
        for (const T& value : values) json.push_back(json_from(value));
        return json;
    }
    static std::vector<T> from(const Place& place) {
        if (!place.json.is_array()) place.refuse("an array");
        std::vector<T> values;
        for (std::size_t i = 0; i < place.json.size(); ++i)
            values.push_back(Form<T>::from(place.at(i)));
        return values;
    }
};

template <class T>
struct Form<std::set<T>> {
    static Json to(const std::set<T>& values) {
        return json_from(std::vector<T>(values.begin(), values.end()));
    }
    static std::set<T> from(const Place& place) {
        const auto values = Form<std::vector<T>>::from(place);
        return {values.begin(), values.end()};
    }
};

template <class T>
struct Form<std::map<std::string, T>> {
    static Json to(const std::map<std::string, T>& values) {
        Json json = Json::object();
        for (const auto& [key, value] : values) json[key] = json_from(value);
        return json;
    }
    static std::map<std::string, T> from(const Place& place) {
        if (!place.json.is_object()) place.refuse("an object");
        std::map<std::string, T> values;
        for (const auto& item : place.json.items())
            values[item.key()] = Form<T>::from(place.at(item.key()));
        return values;
    }
};

// ---- Documents ----------------------------------------------------------------------------------

/// Of a key that stands twice the library would keep one, and drop the rest without a word.
inline Json parse(const std::string& text) {
    std::vector<std::set<std::string>> keys;
    const auto refuse_twice = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key && !keys.back().insert(parsed).second)
            fail(Pointer(), "the key '" + escaped(parsed) + "' stands twice in one object");
        return true;
    };
    try {
        return Json::parse(text, refuse_twice);
    } catch (const Json::exception& error) {
        const std::string message = error.what();  // "[json.exception.parse_error.101] parse ..."
        fail(Pointer(), message.substr(message.find("] ") + 2));
    }
}

}  // namespace eni::json
