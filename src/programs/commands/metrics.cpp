// `eni-routes metrics`: the state of this host for Prometheus, by node_exporter's textfile
// collector.
#include "metrics.hpp"

#include <stdexcept>

#include "commands.hpp"
#include "terminal.hpp"

namespace eni {

ExitStatus run_metrics(const Call& call) {
    Target target;
    bool writes = false;
    parse(call, {flag("write", 'w', writes, "Write them to the file that the configuration names"),
                 facts_option(target), config_option(target)});
    if (writes && target.facts)
        throw std::invalid_argument("--write is of this host: not with --facts");
    const Session session = open_session(target);
    if (writes)
        write_metrics(session);
    else
        print(metrics_of(session));
    return ExitStatus::ok;
}

}  // namespace eni
