// `eni-routes clean`: as with `enabled: false`, and what was known is forgotten too.

#include "commands.hpp"
#include "session.hpp"
#include "terminal.hpp"

namespace eni {

ExitStatus run_clean(const Call& call) {
    Target target;
    ChangeOptions options;
    parse(call, {flag("dry-run", 'n', options.dry_run, "Print the changes and make none"),
                 flag("diff", 'd', options.diff, "Show the files' unified diff as well"),
                 root_option(target), config_option(target)});
    Session session = open_session(target);
    session.config.enabled = false;
    session.request.forget_state = true;
    const ExitStatus result = make_changes(session, options);
    print(
        "The next event of NetworkManager, or eni-routes watch, applies it again; `eni-routes disable` keeps it off.\n");
    return result;
}

}  // namespace eni
