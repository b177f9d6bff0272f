// `eni-routes clean`: as with `enabled: false`, and what was known is forgotten too.
#include <cstdio>

#include "commands.hpp"
#include "session.hpp"

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
    std::puts(
        "The next event of NetworkManager, or eni-routes watch, applies it again; `eni-routes disable` keeps it off.");
    return result;
}

}  // namespace eni
