// What a command does beside its main job, and goes on without. Must not be used where a failure
// has to undo or to stop something.
#pragma once

#include <exception>
#include <string>

#include "log.hpp"

namespace eni {

/// False where it failed, which is logged as an error, behind `what`.
template <class Deed>
bool attempt(Deed deed, const std::string& what = "") {
    try {
        deed();
        return true;
    } catch (const std::exception& error) {
        log_message(LogLevel::error, "", what + error.what());
        return false;
    }
}

}  // namespace eni
