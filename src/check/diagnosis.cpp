// See diagnosis.hpp.
#include "diagnosis.hpp"

#include "format.hpp"
#include "lookup.hpp"
#include "names.hpp"

namespace eni {

std::string Diagnosis::gone_words(TableId table) const {
    const std::string name = name_of(table, comparison.names);
    const bool is_an_interfaces = matches_any(config.include, name);
    return is_an_interfaces && find_link(facts.kernel, name) == nullptr ? " (" + name + " is gone)"
                                                                        : "";
}

std::string Diagnosis::advice_on(const Rule& rule, const std::string& unknown) const {
    for (const InterfaceAdoption& interface : adoptions)
        if (interface.adoption.rules.count(rule) != 0)
            return "eni-routes adopt " + interface.ifname;
    return unknown;
}

bool Diagnosis::lacks_carrier(const std::string& ifname) const {
    const Link* link = find_link(facts.kernel, ifname);
    return link != nullptr && link->is_up && !link->has_carrier;
}

}  // namespace eni
