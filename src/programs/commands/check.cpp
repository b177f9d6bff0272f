// `eni-routes check`: what is right and what is wrong, and by its exit status whether anything is.
#include <stdexcept>

#include "check_json.hpp"
#include "check_text.hpp"
#include "commands.hpp"
#include "inspection.hpp"
#include "terminal.hpp"

namespace eni {

ExitStatus run_check(const Call& call) {
    Target target;
    bool json = false, probe = false, quiet = false, verbose = false;
    parse(call, {facts_option(target), flag("json", 'j', json, "Print JSON, for programs"),
                 flag("probe", 'p', probe, "Ask gateways and peers whether they answer"),
                 flag("quiet", 'q', quiet, "Print only what is not ok"),
                 flag("verbose", 'v', verbose, "Print every address and flow, and what follows"),
                 config_option(target)});
    if (quiet && verbose)
        throw std::invalid_argument("--quiet and --verbose contradict each other");
    if (probe && target.facts)
        throw std::invalid_argument("--probe asks this host: not with --facts");
    Inspection inspection = inspect(target);
    const CheckResult result = judge(inspection, probe);
    const Detail detail = quiet ? Detail::quiet : verbose ? Detail::verbose : Detail::normal;
    print(json ? render_check_json(
                     result, names_of_tables(inspection.change_set.plan, inspection.facts.disk))
               : render_check(result, detail, Paint::for_stdout()));
    return result.worst() == Grade::broken    ? ExitStatus::failed
           : result.worst() == Grade::warning ? ExitStatus::warned
                                              : ExitStatus::ok;
}

}  // namespace eni
