// See confirmation.hpp.
#include "confirmation.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <stdexcept>

#include "file.hpp"
#include "key_file.hpp"

namespace eni {

namespace {

constexpr char kPath[] = "/run/eni-routes/confirmation";
constexpr char kLockName[] = "confirmation.lock";
constexpr char kGroup[] = "change";
constexpr char kWaiting[] = "waiting";
constexpr char kUndone[] = "undone";
constexpr char kSealed[] = "sealed";

/// Of two that ask at once neither is in the other's way, and a keeper waits for both.
bool is_keeper_there() {
    const File lock =
        open_file(std::string("/run/eni-routes/") + kLockName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!lock) return !is_absence(errno);
    return flock(fileno(lock.get()), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace

Lock lock_of_keeper() {
    return Lock("", std::chrono::seconds(2), kLockName);
}

Confirmation load_confirmation() {
    const KeyFile file = load_key_file("", kPath);
    const auto text = [&](const char* key) { return text_of(file, kGroup, key); };
    Confirmation confirmation;
    confirmation.keeper = text("keeper");
    confirmation.made = text("made");
    confirmation.due = text("due");
    confirmation.undone = text("undone");
    confirmation.failures = texts_of(file, kGroup, "failures");
    if (text("state") == kUndone)
        confirmation.state = Confirmation::State::undone;
    else if (text("state") == kSealed)
        confirmation.state = Confirmation::State::sealed;
    else if (text("state") == kWaiting)
        confirmation.state =
            is_keeper_there() ? Confirmation::State::waiting : Confirmation::State::abandoned;
    else if (exists("", kPath))  // it is removed where there is nothing to say
        throw std::runtime_error(std::string(kPath) +
                                 " is damaged, whether a change waits to be confirmed is not "
                                 "known: remove it");
    return confirmation;
}

void save_confirmation(const Confirmation& confirmation) {
    using State = Confirmation::State;
    const State state = confirmation.state;
    KeyFile file;
    const auto set = [&](const char* key, const std::string& text) {
        set_text(file, kGroup, key, text);
    };
    set("state", state == State::undone ? kUndone : state == State::sealed ? kSealed : kWaiting);
    set("keeper", confirmation.keeper);
    set("made", confirmation.made);
    set("due", confirmation.due);
    set("undone", confirmation.undone);
    set_texts(file, kGroup, "failures", confirmation.failures);
    save_key_file("", kPath, file, Durability::memory);
}

void forget_confirmation() {
    save_key_file("", kPath, {}, Durability::memory);
}

std::string local_time(std::chrono::seconds from_now) {
    const std::time_t then = std::time(nullptr) + static_cast<std::time_t>(from_now.count());
    std::tm parts{};
    std::array<char, 32> text{};
    localtime_r(&then, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string words_for(const Confirmation& confirmation) {
    std::string text = "the change of " + confirmation.made;
    switch (confirmation.state) {
        case Confirmation::State::none:
            return "";
        case Confirmation::State::waiting:
            return text + " is not confirmed: the old state comes back at " + confirmation.due +
                   " unless 'eni-routes confirm' is run; events and the watch change nothing until "
                   "then";
        case Confirmation::State::abandoned:
            return text +
                   " is not confirmed, and the process that was to bring the old state back has "
                   "ended: the change stays; 'eni-routes confirm' takes note of that";
        case Confirmation::State::sealed:
            return "the host was cleaned for an image at " + confirmation.made +
                   ": events, the watch and timers change nothing until the next 'eni-routes "
                   "regenerate' or boot";
        case Confirmation::State::undone:
            break;
    }
    text += " was not confirmed, and was undone at " + confirmation.undone;
    for (const std::string& failure : confirmation.failures) text += "; but for " + failure;
    return text +
           ". Events and the watch change nothing until the next 'eni-routes regenerate' or boot";
}

void refuse_while_waiting(const Confirmation& confirmation) {
    if (confirmation.state == Confirmation::State::waiting)
        throw std::runtime_error("nothing was changed: the change of " + confirmation.made +
                                 " is not confirmed yet. 'eni-routes confirm' keeps it; else the "
                                 "old state is back at " +
                                 confirmation.due);
}

}  // namespace eni
