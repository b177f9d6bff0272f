// /run/eni-routes/confirmation, a key file: why runs are held. A change waits for `eni-routes
// confirm`, or was undone for want of that, or the host was cleaned for an image; each until the
// next boot, as /run is. Must not undo anything, nor wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "lock.hpp"

namespace eni {

struct Confirmation {
    enum class State : std::uint8_t {
        none,
        waiting,    // the keeper runs, and brings the old state back when the time is over
        abandoned,  // it waited, and its keeper has ended: nothing will be undone
        undone,
        sealed  // `clean --image`: an image is to be taken of the disk as it is
    };
    State state = State::none;
    std::string keeper;                 // which one wrote it, among all since boot
    std::string made, due, undone;      // when, as people read it; sealed: `made` alone
    std::vector<std::string> failures;  // what was not undone

    /// What was not asked for by hand (events, the watch, timers) changes nothing meanwhile: it
    /// would get in the keeper's way, make the very change again that was undone, or write into the
    /// image.
    bool holds_runs() const {
        return state == State::waiting || state == State::undone || state == State::sealed;
    }
};

/// Held for as long as a keeper runs: a pid may be another process's by now. Throws LockTimeout
/// where another keeper has it.
Lock lock_of_keeper();

/// Of this host. Where the lock cannot be opened, as by a user who may not, a keeper runs that
/// wrote so. Throws std::runtime_error where the file is there and cannot be read.
Confirmation load_confirmation();

/// `state` is waiting, undone or sealed; throws as apply_file does.
void save_confirmation(const Confirmation& confirmation);
void forget_confirmation();

/// "2026-11-27 14:03:12", so long from now.
std::string local_time(std::chrono::seconds from_now);

/// For people, a sentence; empty where there is none.
std::string words_for(const Confirmation& confirmation);

/// Throws std::runtime_error, which names `eni-routes confirm`, while a change waits.
void refuse_while_waiting(const Confirmation& confirmation);

}  // namespace eni
