// The JSON library's type that the program prints and reads with, and how it is printed. Must not
// hold anything else.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace eni {

// Keys stay in the order in which they are written; with the library of EPEL 7 and 8 (3.6), which
// cannot do that, they are sorted. To a program that reads them it is the same.
#if NLOHMANN_JSON_VERSION_MAJOR > 3 || NLOHMANN_JSON_VERSION_MINOR >= 9
template <class Key, class Value, class... More>
using JsonObject = nlohmann::ordered_map<Key, Value, More...>;
#else
template <class Key, class Value, class... More>
using JsonObject = std::map<Key, Value, More...>;
#endif

/// The library's defaults otherwise. A Serializer<T> converts a T to JSON and back.
template <template <class, class> class Serializer>
using JsonBy = nlohmann::basic_json<JsonObject, std::vector, std::string, bool, std::int64_t,
                                    std::uint64_t, double, std::allocator, Serializer>;

using Json = JsonBy<nlohmann::adl_serializer>;

/// As the program prints it: ASCII alone, as control characters and what else a terminal would take
/// for a command is text in it, and U+FFFD for bytes that are not UTF-8.
template <class AnyJson>
std::string printed(const AnyJson& json) {
    return json.dump(2, ' ', /* ensure_ascii= */ true, AnyJson::error_handler_t::replace) + "\n";
}

/// The same in one line, for JSON lines.
template <class AnyJson>
std::string printed_line(const AnyJson& json) {
    return json.dump(-1, ' ', /* ensure_ascii= */ true, AnyJson::error_handler_t::replace) + "\n";
}

}  // namespace eni
