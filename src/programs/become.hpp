// This process as another program. Must not come back.
#pragma once

#include <string>
#include <vector>

namespace eni {

/// Throws std::system_error ("cannot run PROGRAM: Permission denied").
[[noreturn]] void become(const std::string& program, std::vector<std::string> arguments);

/// eni-routes: the one beside this program, where that has been built and not installed.
std::string command_program();

}  // namespace eni
