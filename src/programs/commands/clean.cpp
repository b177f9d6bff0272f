// `eni-routes clean`: as with `enabled: false`, and what was known is forgotten too; `--image` also
// takes away plug's profiles, and holds runs until the image is taken.
#include <algorithm>
#include <vector>

#include "apply_files.hpp"
#include "attempt.hpp"
#include "commands.hpp"
#include "confirmation.hpp"
#include "gather_files.hpp"
#include "metrics.hpp"
#include "our_files.hpp"
#include "plug_nm.hpp"
#include "profile_files.hpp"
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

/// NetworkManager's first, as it would write its files again. Then the files that it does not know:
/// it does not run, or they are another disk's.
bool delete_profiles(const Target& target, bool is_dry) {
    const std::string deed = is_dry ? "would delete the profile '" : "deleted the profile '";
    std::vector<std::string> told;
    const auto tell = [&](const std::string& name) {
        if (std::find(told.begin(), told.end(), name) != told.end()) return;
        print(deed + printable(name) + "' that plug made\n");
        told.push_back(name);
    };
    bool is_good = true;
    if (target.is_this_host())
        for (const PluggedProfile& profile : plugged_profiles())
            is_good = attempt([&] {
                          if (!is_dry) delete_profile(profile);
                          tell(profile.name);
                      }) &&
                      is_good;
    return attempt([&] {
               for (const PluggedFile& file : plugged_files(target.root)) {
                   if (!is_dry) apply_file(target.root, file.change);
                   tell(file.name);
               }
           }) &&
           is_good;
}

/// They are a user's own, by other names; no program reads them.
void tell_kept(const std::string& root) {
    DiskFacts disk;
    gather_kept(disk, root);
    for (const auto& [path, bytes] : disk.kept)
        print("kept by adopt, and in the image: " + path + kKeptSuffix + "\n");
}

/// What an image needs beyond a clean host, which is done with the status `cleaned`.
ExitStatus prepare_image(const Target& target, bool is_dry, ExitStatus cleaned) {
    const bool is_good = delete_profiles(target, is_dry);
    tell_kept(target.root);
    if (target.is_this_host())
        print(std::string("Events, the watch and timers ") + (is_dry ? "would " : "") +
              "change nothing until the next boot, or until `eni-routes regenerate` is run.\n");
    return is_good ? cleaned : ExitStatus::failed;
}

}  // namespace

ExitStatus run_clean(const Call& call) {
    Target target;
    ChangeOptions options;
    bool is_image = false;
    parse(call, {flag("dry-run", 'n', options.dry_run, "Print the changes and make none"),
                 flag("diff", 'd', options.diff, "Show the files' unified diff as well"),
                 flag("image", 'i', is_image,
                      "For an image: delete plug's profiles, and apply nothing until a boot"),
                 root_option(target), config_option(target)});
    Session session = open_session(target);
    session.config.enabled = false;
    session.request.forget_state = true;
    options.seals = is_image;
    const ExitStatus result = make_changes(session, options);
    if (target.is_this_host() && !options.dry_run) remove_metrics(session.config);
    if (is_image) return prepare_image(target, options.dry_run, result);
    print(
        "The next event of NetworkManager, or eni-routes watch, applies it again; `eni-routes disable` keeps it off.\n");
    if (target.is_this_host()) tell_profiles();
    return result;
}

}  // namespace eni
