// `eni-routes check`: what is right and what is wrong, and by its exit status whether anything is.
#include <cstdio>

#include "check_text.hpp"
#include "commands.hpp"
#include "inspection.hpp"
#include "terminal.hpp"

namespace eni {

ExitStatus run_check(const Call& call) {
    Target target;
    bool json = false, quiet = false;
    parse(call, {facts_option(target), flag("json", 'j', json, "Print JSON, for programs"),
                 flag("quiet", 'q', quiet, "Print only what is wrong"), config_option(target)});
    Inspection inspection = inspect(target);
    const CheckResult result = judge(inspection);
    const std::string text =
        json ? render_check_json(result) : render_check(result, quiet, Paint::for_stdout());
    print(text);
    return result.worst() == Grade::broken    ? ExitStatus::failed
           : result.worst() == Grade::warning ? ExitStatus::warned
                                              : ExitStatus::ok;
}

}  // namespace eni
