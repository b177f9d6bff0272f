// `eni-routes clean`: as with `enabled: false`, and what was known is forgotten too.
#include "commands.hpp"
#include "metrics.hpp"
#include "plug_nm.hpp"
#include "session.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// A profile is an interface's way to its addresses, and people may have changed it since: it stays
/// until they say so.
void tell_profiles() {
    for (const PluggedProfile& profile : plugged_profiles())
        print("The profile '" + printable(profile.name) +
              "' that plug made stays in NetworkManager. To delete it, which takes its interface "
              "down:\n  nmcli connection delete uuid " +
              profile.uuid + "\n");
}

}  // namespace

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
    if (target.is_this_host() && !options.dry_run) remove_metrics(session.config);
    print(
        "The next event of NetworkManager, or eni-routes watch, applies it again; `eni-routes disable` keeps it off.\n");
    if (target.is_this_host()) tell_profiles();
    return result;
}

}  // namespace eni
