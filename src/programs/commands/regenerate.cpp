// `eni-routes regenerate`: what an event does, for all interfaces or for some, or as a dry run.
#include <stdexcept>

#include "commands.hpp"
#include "interface_names.hpp"
#include "session.hpp"

namespace eni {

ExitStatus run_regenerate(const Call& call) {
    Target target;
    ChangeOptions options;
    const auto arguments =
        parse(call, {flag("dry-run", 'n', options.dry_run, "Print the changes and make none"),
                     flag("diff", 'd', options.diff, "Show the files' unified diff as well"),
                     facts_option(target), root_option(target),
                     flag("quiet", 'q', options.quiet, "Print nothing where nothing changes"),
                     config_option(target)});
    if (target.facts && !options.dry_run)
        throw std::invalid_argument(
            "--facts describes another time or machine: it needs --dry-run");
    const auto ifnames = interface_names(arguments);
    Session session = open_session(target);
    session.request.ifnames = ifnames;
    ask_networkmanager(session);
    const bool is_answered = ask_metadata(session, kPatienceToChange);
    const ExitStatus result = make_changes(session, options);
    const bool lacks_an_answer = session.config.imds == Imds::require && !is_answered;
    return result == ExitStatus::ok && lacks_an_answer ? ExitStatus::failed : result;
}

}  // namespace eni
