// See gather_nm.hpp. libnm as of NetworkManager 1.10.
#include "gather_nm.hpp"

#include "names.hpp"
#include "nm_client.hpp"

namespace eni {

namespace {

std::string text_from(const char* text) {
    return text != nullptr ? text : "";
}

std::vector<IpAddress> routers_of(NMDevice* device) {
    if (NMDhcpConfig* const dhcp = nm_device_get_dhcp4_config(device)) {
        auto routers = routers_from(text_from(nm_dhcp_config_get_one_option(dhcp, "routers")));
        if (!routers.empty()) return routers;
    }
    // A static profile with never-default has no gateway anywhere: since 1.4 NetworkManager drops
    // it from the profile (rhbz#1313091).
    NMIPConfig* const ip4 = nm_device_get_ip4_config(device);
    if (ip4 == nullptr) return {};
    return routers_from(text_from(nm_ip_config_get_gateway(ip4)));
}

}  // namespace

NmFacts gather_nm() {
    const NmClient client = connect_to_nm();
    if (!client) return {};
    NmFacts facts;
    const GPtrArray* const devices = nm_client_get_devices(client.get());
    for (guint i = 0; i < devices->len; ++i) {
        auto* const device = static_cast<NMDevice*>(devices->pdata[i]);
        const Lease lease{text_from(nm_device_get_ip_iface(device)), routers_of(device)};
        if (!is_plain_name(lease.ifname)) continue;
        if (!lease.routers.empty()) facts.leases.push_back(lease);
        if (NMActiveConnection* const active = nm_device_get_active_connection(device))
            if (const auto uuid = uuid_from(text_from(nm_active_connection_get_uuid(active))))
                facts.profiles[lease.ifname] = *uuid;
    }
    return facts;
}

std::string gather_nm_version() {
    const NmClient client = connect_to_nm();
    return client ? text_from(nm_client_get_version(client.get())) : "";
}

}  // namespace eni
