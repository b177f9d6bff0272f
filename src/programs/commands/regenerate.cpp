// `eni-routes regenerate`: what an event does, for all interfaces or for some, or as a dry run.
#include <chrono>
#include <optional>
#include <stdexcept>

#include "attempt.hpp"
#include "commands.hpp"
#include "confirmation.hpp"
#include "deadline.hpp"
#include "interface_names.hpp"
#include "keeper.hpp"
#include "log.hpp"
#include "metrics.hpp"
#include "scope.hpp"
#include "session.hpp"
#include "text.hpp"

namespace eni {

namespace {

std::chrono::seconds seconds_from(const std::string& text) {
    const auto number = number_from(text, {1, 3600});
    if (!number)
        throw std::invalid_argument("'" + printable(text) +
                                    "' is not a number of seconds from 1 to 3600");
    return std::chrono::seconds(*number);
}

/// Out of the login session, which may end before it does.
void shelter(const Keeper& keeper) {
    const Deadline deadline(kDBusDeadline);
    const std::string problem =
        move_to_scope(keeper.pid(), "eni-routes-confirm",
                      "The state before a change of eni-routes, until it is confirmed");
    if (!problem.empty())
        log_message(
            LogLevel::warning, "",
            "the process that brings the old state back stays in this login session: " + problem);
}

}  // namespace

ExitStatus run_regenerate(const Call& call) {
    Target target;
    ChangeOptions options;
    std::optional<std::string> confirm;
    const auto arguments =
        parse(call, {flag("dry-run", 'n', options.dry_run, "Print the changes and make none"),
                     flag("diff", 'd', options.diff, "Show the files' unified diff as well"),
                     value("confirm", 'C', confirm,
                           "Undo it after so long, unless `eni-routes confirm` is run", "SECONDS"),
                     facts_option(target), root_option(target),
                     flag("quiet", 'q', options.quiet, "Print nothing where nothing changes"),
                     flag("unattended", 'u', options.unattended,
                          "Change nothing while a change is not confirmed, or was undone"),
                     config_option(target)});
    if (target.facts && !options.dry_run)
        throw std::invalid_argument(
            "--facts describes another time or machine: it needs --dry-run");
    const auto ifnames = interface_names(arguments);
    if (confirm && (options.dry_run || options.unattended || !target.is_this_host()))
        throw std::invalid_argument(
            "--confirm is of changes that are made by hand on this host: not with --dry-run, "
            "--facts, --root or --unattended");
    const auto time = confirm ? seconds_from(*confirm) : std::chrono::seconds(0);
    Session session = open_session(target);
    session.request.ifnames = ifnames;
    if (options.unattended) session.request.by = RunBy::refresh;
    std::optional<Keeper> keeper;
    if (confirm) {
        refuse_while_waiting(load_confirmation());
        keeper.emplace(session.config, time);
        options.keeper = &*keeper;
    }
    ask_networkmanager(session);
    const bool is_answered = ask_metadata(session, kPatienceToChange);
    if (keeper) shelter(*keeper);
    const ExitStatus result = make_changes(session, options);
    const bool lacks_an_answer = session.config.imds == Imds::require && !is_answered;
    // Of the service eni-routes-refresh. Without them the changes are made all the same.
    const bool writes_metrics = options.unattended && !options.dry_run && target.is_this_host();
    const bool lacks_metrics =
        writes_metrics && !attempt([&] { write_metrics(session); }, "metrics: ");
    return result == ExitStatus::ok && (lacks_an_answer || lacks_metrics) ? ExitStatus::failed
                                                                          : result;
}

}  // namespace eni
