// The JSON library's type that the program prints and reads with. Must not hold anything else.
#pragma once

#include <nlohmann/json.hpp>

namespace eni {

// Keys stay in the order in which they are written; with the library of EPEL 7 and 8 (3.6), which
// cannot do that, they are sorted. To a program that reads them it is the same.
#if NLOHMANN_JSON_VERSION_MAJOR > 3 || NLOHMANN_JSON_VERSION_MINOR >= 9
using Json = nlohmann::ordered_json;
#else
using Json = nlohmann::json;
#endif

}  // namespace eni
