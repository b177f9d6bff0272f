// /run/eni-routes/confirmation, a key file: a change that waits for `eni-routes confirm`, or that
// was undone for want of that; both until the next boot. Must not undo anything, nor wait.
#pragma once

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
        undone
    };
    State state = State::none;
    std::string keeper;                 // which one wrote it, among all since boot
    std::string made, due, undone;      // when, as people read it
    std::vector<std::string> failures;  // what was not undone

    /// What was not asked for by hand (events, the watch, timers) changes nothing meanwhile: it
    /// would get in the keeper's way, or make the very change again that was undone.
    bool holds_runs() const { return state == State::waiting || state == State::undone; }
};

/// Held for as long as a keeper runs: a pid may be another process's by now. Throws LockTimeout
/// where another keeper has it.
Lock lock_of_keeper();

/// Of this host. Where the lock cannot be opened, as by a user who may not, a keeper runs that
/// wrote so. Throws std::runtime_error where the file is there and cannot be read.
Confirmation load_confirmation();

/// `state` is waiting or undone; throws as apply_file does.
void save_confirmation(const Confirmation& confirmation);
void forget_confirmation();

/// For people, a sentence; empty where there is none.
std::string words_for(const Confirmation& confirmation);

/// Throws std::runtime_error, which names `eni-routes confirm`, while a change waits.
void refuse_while_waiting(const Confirmation& confirmation);

}  // namespace eni
