// See interface_names.hpp.
#include "interface_names.hpp"

#include <stdexcept>

#include "bookkeeping.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {

std::vector<std::string> interface_names(const std::vector<std::string>& arguments) {
    for (const std::string& name : arguments)
        if (!is_plain_name(name))
            throw std::invalid_argument("'" + printable(name) + "' is not an interface's name");
    return arguments;
}

std::set<std::string> known_interfaces(const std::vector<Link>& links, const DiskFacts& disk,
                                       const Config& config) {
    std::set<std::string> known = interfaces_on_disk(disk);
    for (const std::string& name : disk.disabled)
        if (name != "*") known.insert(name);
    for (const Link& link : links) known.insert(link.ifname);
    for (const IfcfgProfile& profile : disk.profiles)
        known.insert(profile.device.empty() ? profile.name : profile.device);
    for (const auto& [ifname, settings] : config.interfaces) known.insert(ifname);
    return known;
}

void refuse_unknown(const std::string& ifname, const std::set<std::string>& known) {
    if (known.count(ifname) == 0)
        throw std::invalid_argument("there is no interface '" + printable(ifname) + "'" +
                                    suggestion(ifname, {known.begin(), known.end()}));
}

}  // namespace eni
