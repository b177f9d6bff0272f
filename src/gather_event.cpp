// See gather_event.hpp.
#include "gather_event.hpp"

#include <glib.h>

#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>

#include "core/names.hpp"

namespace eni {

namespace {

const std::set<std::string> kActions = {"pre-up",       "up",           "down",
                                        "dhcp4-change", "dhcp6-change", "reapply"};

struct GFree {
    void operator()(char* text) const { g_free(text); }
};

std::string escaped(const std::string& text) {
    const std::unique_ptr<char, GFree> result(g_strescape(text.c_str(), nullptr));
    return result.get();
}

std::string value_of(const Environment& environment, const char* name) {
    const char* value = environment(name);
    return value ? value : "";
}

std::optional<Lease> lease_from(const std::string& ifname, const Environment& environment) {
    const std::string ip_iface = value_of(environment, "DEVICE_IP_IFACE");
    Lease lease{is_plain_name(ip_iface) ? ip_iface : ifname, {}};
    std::istringstream words(value_of(environment, "DHCP4_ROUTERS"));
    for (std::string word; words >> word;)
        if (const auto router = router_from(word)) lease.routers.push_back(*router);
    if (lease.routers.empty()) return std::nullopt;
    return lease;
}

}  // namespace

std::optional<Event> event_from(const std::string& ifname, const std::string& action,
                                const Environment& environment) {
    if (kActions.count(action) == 0) return std::nullopt;
    if (!is_plain_name(ifname))
        throw std::invalid_argument("\"" + escaped(ifname) + "\" is not the name of an interface");
    return Event{ifname, action, lease_from(ifname, environment)};
}

std::optional<IpAddress> router_from(const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (!address || address->family() != Family::v4) return std::nullopt;
    // 0.0.0.0/8 is this network, 127.0.0.0/8 this host; from 224 on multicast and broadcast.
    const std::uint8_t first = address->bytes()[0];
    if (first == 0 || first == 127 || first >= 224) return std::nullopt;
    return address;
}

}  // namespace eni
