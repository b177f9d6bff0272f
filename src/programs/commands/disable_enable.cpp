// `eni-routes disable` and `eni-routes enable`: the list of what is switched off, and what follows.
#include <set>

#include "apply_files.hpp"
#include "commands.hpp"
#include "gather_files.hpp"
#include "gather_kernel.hpp"
#include "interface_names.hpp"
#include "interfaces.hpp"
#include "our_files.hpp"
#include "render.hpp"
#include "session.hpp"
#include "socket.hpp"

namespace eni {

namespace {

/// A misspelt name would switch nothing, and not say so. Below --root there is no kernel, and an
/// image need not know yet which interfaces the machine will have: there a name is also good that
/// the configuration includes, and with it managed.
void refuse_misspelt(const std::vector<std::string>& ifnames, const Session& session) {
    const std::string& root = session.target.root;
    const auto links = root.empty() ? gather_links(open_netlink().get()) : std::vector<Link>{};
    const auto known = known_interfaces(links, gather_disk(root), session.config);
    for (const std::string& ifname : ifnames)
        if (root.empty() || !is_included(session.config, ifname)) refuse_unknown(ifname, known);
}

/// One name a line; the file is removed where there is none.
void change_list(const Session& session, const std::set<std::string>& names, bool enables) {
    const std::string& root = session.target.root;
    const Lock lock(root, kLockTimeout);
    begin_by_hand(session);
    std::set<std::string> disabled = gather_disk(root).disabled;
    for (const std::string& name : names) {
        if (enables)
            disabled.erase(name);
        else
            disabled.insert(name);
    }
    FileChange change{kDisabledPath, "", load_file(root, kDisabledPath), std::nullopt};
    if (!disabled.empty()) change.after = render_disabled(disabled);
    apply_file(root, change);
}

ExitStatus switch_interfaces(const Call& call, bool enables) {
    Target target;
    const auto arguments = parse(call, {root_option(target), config_option(target)});
    const auto ifnames = interface_names(arguments);
    Session session = open_session(target);
    refuse_misspelt(ifnames, session);
    const std::set<std::string> all = {"*"};
    change_list(session, ifnames.empty() ? all : std::set(ifnames.begin(), ifnames.end()), enables);
    if (enables) {  // what is known of EC2's addresses may have been forgotten since
        ask_networkmanager(session);
        ask_metadata(session, kPatienceToChange);
    }
    return make_changes(session, {});
}

}  // namespace

ExitStatus run_disable(const Call& call) {
    return switch_interfaces(call, /* enables= */ false);
}

ExitStatus run_enable(const Call& call) {
    return switch_interfaces(call, /* enables= */ true);
}

}  // namespace eni
