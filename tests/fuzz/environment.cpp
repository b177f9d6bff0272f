// What NetworkManager's dispatcher says: name, action and environment, a line each.
#include <algorithm>

#include "event.hpp"
#include "fuzz.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {
namespace {

void require_valid(const Event& event) {
    require(is_plain_name(event.ifname), "the event is of an interface", event.ifname);
    if (event.profile) require(uuid_from(*event.profile) == event.profile, "a profile is a UUID");
    if (!event.lease) return;
    require(is_plain_name(event.lease->ifname), "the lease is of an interface");
    require(!event.lease->routers.empty(), "a lease names a router");
    for (const IpAddress& router : event.lease->routers)
        require(router_from(router.to_string()) == router, "a router is one", router.to_string());
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> lines =
        eni::lines_of(std::string(reinterpret_cast<const char*>(data), size));
    lines.resize(5);
    const std::map<std::string, std::string> environment = {
        {"DEVICE_IP_IFACE", lines[2]}, {"DHCP4_ROUTERS", lines[3]}, {"CONNECTION_UUID", lines[4]}};
    try {
        const auto event = eni::event_from(lines[0], lines[1], [&](const char* name) {
            const auto found = environment.find(name);
            return found == environment.end() ? nullptr : found->second.c_str();
        });
        if (event) eni::require_valid(*event);
    } catch (const std::invalid_argument&) {  // no interface's name
    }
    return 0;
}
