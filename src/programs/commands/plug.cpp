// `eni-routes plug`: what the unit of eni-routes-hotplug runs for an Ethernet interface that has
// just come. It may wait for NetworkManager and EC2 for a minute.
#include <cstdio>
#include <stdexcept>

#include "commands.hpp"
#include "confirmation.hpp"
#include "interface_names.hpp"
#include "lookup.hpp"
#include "new_profile.hpp"
#include "plug_nm.hpp"
#include "session.hpp"
#include "terminal.hpp"

namespace eni {

namespace {

std::optional<NewProfile> wanted_profile(const Session& session, const std::string& ifname) {
    const Facts facts = facts_of(session);
    if (find_link(facts.kernel, ifname) == nullptr)
        throw std::runtime_error("there is no interface '" + ifname + "'");
    return profile_for(facts, session.config, ifname);
}

/// Its profile would be in the image. Told. Where it cannot be read, an interface without a profile
/// would be worse.
bool is_sealed(const std::string& ifname) {
    try {
        const Confirmation held = load_confirmation();
        if (held.state != Confirmation::State::sealed) return false;
        print(ifname + ": no profile is made: " + words_for(held) + "\n");
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

}  // namespace

ExitStatus run_plug(const Call& call) {
    Target target;
    const auto ifnames = interface_names(parse(call, {config_option(target)}));
    if (ifnames.size() != 1) throw std::invalid_argument("takes one interface; see --help");
    const std::string& ifname = ifnames.front();
    if (is_sealed(ifname)) return ExitStatus::ok;
    Session session = open_session(target);
    session.request.absent = Absent::keep;  // at a boot the others may be yet to come
    const auto profile = wanted_profile(session, ifname);
    if (!profile) {
        print(ifname + ": eni-routes does not manage it: nothing is done\n");
        return ExitStatus::ok;
    }
    const std::string outcome = plug_in(ifname, *profile, session.config.hotplug_save);
    print(ifname + ": " + outcome + "\n");
    std::fflush(stdout);
    // Not before: at a boot it is the first interface that brings the way to EC2's metadata.
    ask_metadata(session, kPatienceToChange, ifname);
    ChangeOptions options;
    options.quiet = true;
    options.unattended = true;
    return make_changes(session, options);
}

}  // namespace eni
