// `eni-routes status`: the plan, interface by interface, in words, as JSON or as a picture.
#include "status.hpp"

#include <cstdio>
#include <stdexcept>

#include "commands.hpp"
#include "inspection.hpp"
#include "terminal.hpp"

namespace eni {

ExitStatus run_status(const Call& call) {
    Target target;
    bool json = false, svg = false;
    parse(call, {facts_option(target), root_option(target),
                 flag("json", 'j', json, "Print JSON, for programs"),
                 flag("svg", 'g', svg, "Print a picture, with what is broken in red"),
                 config_option(target)});
    if (json && svg) throw std::invalid_argument("--json and --svg are two formats");
    Inspection inspection = inspect(target);
    const auto watch = watch_status(inspection);
    const std::string text =
        json  ? render_status_json(inspection.facts, inspection.change_set, watch)
        : svg ? render_svg(picture_of(inspection, judge(inspection)))
              : render_status(inspection.facts, inspection.change_set, watch, Paint::for_stdout());
    print(text);
    return ExitStatus::ok;
}

}  // namespace eni
