// `eni-routes check`: what is right and what is wrong, and by its exit status whether anything is.
#include <algorithm>
#include <stdexcept>

#include "check_json.hpp"
#include "check_text.hpp"
#include "commands.hpp"
#include "inspection.hpp"
#include "many_hosts.hpp"
#include "terminal.hpp"

namespace eni {

namespace {

ExitStatus status_for(Grade worst) {
    return worst == Grade::broken    ? ExitStatus::failed
           : worst == Grade::warning ? ExitStatus::warned
                                     : ExitStatus::ok;
}

/// One table, or JSON lines, and one exit status.
ExitStatus check_many(const Target& target, const std::vector<std::string>& files, bool json,
                      bool quiet) {
    const auto print_json = [&](const HostVerdict& host, const Inspection& inspection) {
        if (json)
            print(render_host_json(
                host, names_of_tables(inspection.change_set.plan, inspection.facts.disk)));
    };
    const auto hosts = judge_hosts(files, target.config, print_json);
    if (!json) print(render_hosts(hosts, quiet, Paint::for_stdout()));
    Grade worst = Grade::good;
    for (const HostVerdict& host : hosts) worst = std::max(worst, host.worst());
    return status_for(worst);
}

/// None: one file alone, or this host.
std::vector<std::string> many_files(const Target& target, std::vector<std::string> names) {
    if (!names.empty() && !target.facts)
        throw std::invalid_argument("takes files with --facts alone");
    if (!target.facts || (names.empty() && !is_directory(*target.facts))) return {};
    names.insert(names.begin(), *target.facts);
    return facts_files(names);
}

}  // namespace

ExitStatus run_check(const Call& call) {
    Target target;
    bool json = false, probe = false, quiet = false, verbose = false;
    const auto names = parse(
        call, {facts_option(target), flag("json", 'j', json, "Print JSON, for programs"),
               flag("probe", 'p', probe, "Ask gateways and peers whether they answer"),
               flag("quiet", 'q', quiet, "Print only what is not ok"),
               flag("verbose", 'v', verbose, "Print every address and flow, and what follows"),
               config_option(target)});
    if (quiet && verbose)
        throw std::invalid_argument("--quiet and --verbose contradict each other");
    if (probe && target.facts)
        throw std::invalid_argument("--probe asks this host: not with --facts");
    if (const auto files = many_files(target, names); !files.empty()) {
        if (verbose) throw std::invalid_argument("--verbose is for one host");
        return check_many(target, files, json, quiet);
    }
    Inspection inspection = inspect(target);
    const CheckResult result = judge(inspection, probe);
    const Detail detail = quiet ? Detail::quiet : verbose ? Detail::verbose : Detail::normal;
    print(json ? render_check_json(
                     result, names_of_tables(inspection.change_set.plan, inspection.facts.disk))
               : render_check(result, detail, Paint::for_stdout()));
    return status_for(result.worst());
}

}  // namespace eni
