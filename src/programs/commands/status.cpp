// `eni-routes status`: whether the plan is there, in words, as JSON or as a picture; by its exit
// status as well.
#include "status.hpp"

#include <stdexcept>

#include "commands.hpp"
#include "inspection.hpp"
#include "picture.hpp"
#include "terminal.hpp"

namespace eni {

ExitStatus run_status(const Call& call) {
    Target target;
    bool json = false, svg = false, verbose = false;
    parse(call, {facts_option(target), root_option(target),
                 flag("json", 'j', json, "Print JSON, for programs"),
                 flag("svg", 'g', svg, "Print a picture, with what is broken in red"),
                 flag("verbose", 'v', verbose, "Print each interface's rules, routes and files"),
                 config_option(target)});
    if (json && svg) throw std::invalid_argument("--json and --svg are two formats");
    Inspection inspection = inspect(target);
    if (svg) {
        print(render_svg(make_picture(judge(inspection))));
        return ExitStatus::ok;
    }
    const StatusParts parts = {inspection.facts, inspection.session.config, inspection.change_set,
                               watch_status(inspection), unconfirmed_words(inspection)};
    print(json ? render_status_json(parts) : render_status(parts, verbose, Paint::for_stdout()));
    if (log_unread(inspection.facts)) return ExitStatus::failed;
    return is_incomplete(inspection.change_set) ? ExitStatus::incomplete : ExitStatus::ok;
}

}  // namespace eni
