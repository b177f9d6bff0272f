// What another program prints, which may be absent, fail or hang. Must not interpret it.
#pragma once

#include <string>
#include <vector>

namespace eni {

/// The first of `arguments` is found in PATH. Empty where there is none, it fails, it takes longer
/// than 5 s, or it prints what is not UTF-8.
std::string output_of(std::vector<const char*> arguments);

}  // namespace eni
