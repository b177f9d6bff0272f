// What the configuration says of links that are not there: a name that was misspelt does nothing,
// without a word. See diagnosis.hpp.
#include <algorithm>

#include "diagnosis.hpp"
#include "interfaces.hpp"
#include "names.hpp"

namespace eni {

namespace {

void say_unmatched(Diagnosis& diagnosis, const std::string& line, const std::string& why) {
    diagnosis.add_to({CauseKey::Kind::policy, "configuration"},
                     {Grade::warning, "config-unmatched", "",
                      "the configuration's '" + line + "' does nothing", why, ""});
}

}  // namespace

void judge_configuration(Diagnosis& diagnosis) {
    const Config& config = diagnosis.config;
    const auto& links = diagnosis.facts.kernel.links;
    const auto has_link = [&](const std::string& name) {
        return find_link(diagnosis.facts.kernel, name) != nullptr;
    };
    const Config shipped;
    for (const std::string& glob : config.include) {
        const bool is_shipped = std::find(shipped.include.begin(), shipped.include.end(), glob) !=
                                shipped.include.end();
        if (!is_shipped && std::none_of(links.begin(), links.end(), [&](const Link& link) {
                return matches_any({glob}, link.ifname);
            }))
            say_unmatched(diagnosis, "include: [" + glob + "]", "no link has such a name");
    }
    if (config.primary && !has_link(*config.primary))
        say_unmatched(diagnosis, "primary: " + *config.primary, "there is no such link");
    for (const auto& [ifname, settings] : config.interfaces) {
        if (!has_link(ifname))
            say_unmatched(diagnosis, "interface: {" + ifname + ": ...}", "there is no such link");
        else if (!is_included(config, ifname))
            say_unmatched(diagnosis, "interface: {" + ifname + ": ...}",
                          "eni-routes does not manage it: 'include' or 'exclude' leaves it out");
    }
}

}  // namespace eni
