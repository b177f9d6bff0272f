// `eni-routes confirm`: the change of `regenerate --confirm` stays; then what an event would have
// done meanwhile.
#include <cstdio>
#include <stdexcept>

#include "commands.hpp"
#include "confirmation.hpp"
#include "session.hpp"
#include "terminal.hpp"

namespace eni {

namespace {

/// One whose keeper has ended is confirmed by that: it stays as it is.
void confirm_change() {
    const Lock lock("", kLockTimeout);
    if (!lock.cause().empty()) throw std::runtime_error(lock.cause() + "; nothing is confirmed");
    const Confirmation confirmation = load_confirmation();
    if (confirmation.state == Confirmation::State::none ||
        confirmation.state == Confirmation::State::sealed)
        throw std::runtime_error("there is no change that waits to be confirmed");
    if (confirmation.state == Confirmation::State::undone)
        throw std::runtime_error("it is too late: " + words_for(confirmation));
    forget_confirmation();
    print("confirmed: the change of " + confirmation.made + " stays\n");
    std::fflush(stdout);
}

}  // namespace

ExitStatus run_confirm(const Call& call) {
    Target target;
    parse(call, {config_option(target)});
    // Before anything that may take its time, or fail.
    confirm_change();
    Session session = open_session(target);
    session.request.absent = Absent::keep;
    ask_networkmanager(session);
    ChangeOptions options;
    options.quiet = true;
    return make_changes(session, options);
}

}  // namespace eni
