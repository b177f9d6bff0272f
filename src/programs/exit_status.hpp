// How the programs end: the documented codes, and the one place that catches.
#pragma once

#include <chrono>
#include <exception>
#include <stdexcept>

#include "config_file.hpp"
#include "lock.hpp"
#include "log.hpp"

namespace eni {

enum class ExitStatus {
    ok = 0,      // done, or nothing to do
    failed = 1,  // something failed; the message says what
    usage = 2,
    config = 3,      // the configuration is wrong; nothing was changed
    incomplete = 3,  // `status` found that something of the plan is missing, as systemctl's does
    locked = 4,      // another run held the lock for 30 s
    warned = 5,      // `check` found nothing broken, but has warnings
};

constexpr std::chrono::seconds kLockTimeout{30};

constexpr int exit_code(ExitStatus status) {
    return static_cast<int>(status);
}

/// Runs `program`; an exception becomes a message and its exit status.
template <class Program>
ExitStatus guarded(Program program) {
    try {
        return program();
    } catch (const ConfigError& error) {
        log_message(
            LogLevel::error, "",
            std::string("the configuration is wrong, nothing was changed\n") + error.what());
        return ExitStatus::config;
    } catch (const LockTimeout& error) {
        log_message(LogLevel::error, "", error.what());
        return ExitStatus::locked;
    } catch (const std::invalid_argument& error) {
        log_message(LogLevel::error, "", error.what());
        return ExitStatus::usage;
    } catch (const std::exception& error) {
        log_message(LogLevel::error, "", error.what());
        return ExitStatus::failed;
    }
}

}  // namespace eni
