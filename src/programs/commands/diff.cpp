// `eni-routes diff`: in what two recorded hosts differ, or one from itself at another time.
#include <stdexcept>

#include "commands.hpp"
#include "many_hosts.hpp"
#include "terminal.hpp"
#include "unified_diff.hpp"

namespace eni {

namespace {

std::string lines_of_host(const std::string& file, const std::optional<std::string>& config) {
    Target target;
    target.facts = file;
    target.config = config;
    Inspection inspection = inspect(target);
    const CheckResult result = judge(inspection);
    return host_lines(inspection.facts, inspection.session.config, inspection.change_set, result);
}

}  // namespace

ExitStatus run_diff(const Call& call) {
    Target target;
    const auto files = parse(call, {config_option(target)});
    if (files.size() != 2)
        throw std::invalid_argument("takes two files that `eni-routes facts` wrote");
    print(unified_diff(files[0], lines_of_host(files[0], target.config), files[1],
                       lines_of_host(files[1], target.config)));
    return ExitStatus::ok;
}

}  // namespace eni
