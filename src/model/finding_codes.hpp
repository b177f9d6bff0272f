// The codes of what `check` finds, by which people accept a finding and monitors know it. Here, and
// not in check, as the configuration is read without that. Must not hold words for people.
#pragma once

#include <string>
#include <vector>

namespace eni {

/// While it is empty every well-formed code is taken for one.
inline const std::vector<std::string> kFindingCodes = {};

}  // namespace eni
