// See event.hpp.
#include "event.hpp"

#include <set>
#include <stdexcept>

#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

const std::set<std::string> kActions = {"pre-up",       "up",           "down",
                                        "dhcp4-change", "dhcp6-change", "reapply"};

std::string value_of(const Environment& environment, const char* name) {
    const char* value = environment(name);
    return value ? value : "";
}

std::optional<Lease> lease_from(const std::string& ifname, const Environment& environment) {
    const std::string ip_iface = value_of(environment, "DEVICE_IP_IFACE");
    const Lease lease{is_plain_name(ip_iface) ? ip_iface : ifname,
                      routers_from(value_of(environment, "DHCP4_ROUTERS"))};
    return lease.routers.empty() ? std::nullopt : std::make_optional(lease);
}

}  // namespace

std::optional<Event> event_from(const std::string& ifname, const std::string& action,
                                const Environment& environment) {
    if (kActions.count(action) == 0) return std::nullopt;
    if (!is_plain_name(ifname))
        throw std::invalid_argument("\"" + printable(ifname) +
                                    "\" is not the name of an interface");
    Event event{ifname, action, lease_from(ifname, environment), std::nullopt};
    if (action != "down") event.profile = uuid_from(value_of(environment, "CONNECTION_UUID"));
    return event;
}

}  // namespace eni
