// What was probably meant by a misspelt word, for the end of a message.
#pragma once

#include <string>
#include <vector>

#include "text.hpp"

namespace eni {

/// ", did you mean 'status'?", or nothing where no known word is near.
inline std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
    const auto meant = nearest(word, known);
    return meant ? ", did you mean '" + printable(*meant) + "'?" : "";
}

}  // namespace eni
