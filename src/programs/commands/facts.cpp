// `eni-routes facts`: all that a plan and a check are made from, to be replayed elsewhere
// (--facts).
#include "commands.hpp"
#include "facts_json.hpp"
#include "recording.hpp"
#include "session.hpp"
#include "terminal.hpp"

namespace eni {

ExitStatus run_facts(const Call& call) {
    Target target;
    parse(call, {root_option(target), config_option(target)});
    Session session = open_session(target);
    ask_networkmanager(session);
    ask_metadata(session, kPatienceToShow);
    Facts facts = facts_of(session);
    gather_surroundings(session, facts);
    facts.recording =
        make_recording(target.root, config_path(target), networkmanager_version(session));
    print(render_facts_json(facts));
    return log_unread(facts) ? ExitStatus::failed : ExitStatus::ok;
}

}  // namespace eni
