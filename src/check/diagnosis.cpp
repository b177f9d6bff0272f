// See diagnosis.hpp.
#include "diagnosis.hpp"

#include "format.hpp"
#include "lookup.hpp"
#include "metadata.hpp"
#include "names.hpp"

namespace eni {

Finding* Diagnosis::find(const CauseKey& key) {
    const auto found = causes.find(key);
    return found == causes.end() ? nullptr : &findings[found->second];
}

Finding& Diagnosis::of_cause(const CauseKey& key, const Finding& draft) {
    const auto [found, is_new] = causes.emplace(key, findings.size());
    if (is_new) findings.push_back(draft);
    return findings[found->second];
}

Finding* Diagnosis::root_of(const std::string& ifname) {
    const auto found = roots.find(ifname);
    return found == roots.end() ? nullptr : find(found->second);
}

Finding& Diagnosis::make_root(const std::string& ifname, const CauseKey& key,
                              const Finding& draft) {
    roots.emplace(ifname, key);
    return of_cause(key, draft);
}

void Diagnosis::add_to(const CauseKey& key, const Finding& draft) {
    if (Finding* const known = find(key))
        known->consequences.push_back(draft.text);
    else
        of_cause(key, draft);
}

std::set<Rule> Diagnosis::told_rules() const {
    std::set<Rule> told;
    for (const Finding& finding : findings)
        if (finding.rule) told.insert(*finding.rule);
    return told;
}

std::string Diagnosis::gone_words(TableId table) const {
    const std::string name = name_of(table, comparison.names);
    const bool is_an_interfaces = matches_any(config.include, name);
    return is_an_interfaces && find_link(facts.kernel, name) == nullptr ? " (" + name + " is gone)"
                                                                        : "";
}

std::string Diagnosis::adoption_of(const Rule& rule) const {
    for (const InterfaceAdoption& interface : adoptions)
        if (interface.adoption.rules.count(rule) != 0)
            return "eni-routes adopt " + interface.ifname;
    return "";
}

const NetworkManagerDevice* device_of(const Facts& facts, const std::string& ifname) {
    if (!facts.host || !facts.host->networkmanager) return nullptr;
    for (const NetworkManagerDevice& device : facts.host->networkmanager->devices)
        if (device.ifname == ifname) return &device;
    return nullptr;
}

std::string with_public(const IpAddress& address, const Eni* eni) {
    const auto elastic = eni != nullptr ? public_address_of(*eni, address) : std::nullopt;
    return address.to_string() + (elastic ? " (" + elastic->to_string() + ")" : "");
}

std::string by_configuration(const std::string& line) {
    return "'" + line + "' in the configuration, then: " + kRegenerate;
}

}  // namespace eni
