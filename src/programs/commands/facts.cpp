// `eni-routes facts`: all that a plan and a check are made from, to be replayed elsewhere
// (--facts).
#include <cstdio>

#include "commands.hpp"
#include "facts_json.hpp"
#include "gather_nm.hpp"
#include "session.hpp"

namespace eni {

ExitStatus run_facts(const Call& call) {
    Target target;
    parse(call, {root_option(target), config_option(target)});
    Session session = open_session(target);
    session.request.leases = gather_nm();
    ask_metadata(session, kPatienceToShow);
    std::fputs(render_facts_json(facts_of(session)).c_str(), stdout);
    return ExitStatus::ok;
}

}  // namespace eni
