// See gather_nm.hpp. libnm as of NetworkManager 1.10.
#include "gather_nm.hpp"

#include "deadline.hpp"
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

/// nmcli's words, which are not in libnm.
std::string words_for(NMDeviceState state) {
    switch (state) {
        case NM_DEVICE_STATE_UNMANAGED:
            return "unmanaged";
        case NM_DEVICE_STATE_UNAVAILABLE:
            return "unavailable";
        case NM_DEVICE_STATE_DISCONNECTED:
            return "disconnected";
        case NM_DEVICE_STATE_PREPARE:
            return "connecting (prepare)";
        case NM_DEVICE_STATE_CONFIG:
            return "connecting (configuring)";
        case NM_DEVICE_STATE_NEED_AUTH:
            return "connecting (need authentication)";
        case NM_DEVICE_STATE_IP_CONFIG:
            return "connecting (getting IP configuration)";
        case NM_DEVICE_STATE_IP_CHECK:
            return "connecting (checking IP connectivity)";
        case NM_DEVICE_STATE_SECONDARIES:
            return "connecting (starting secondary connections)";
        case NM_DEVICE_STATE_ACTIVATED:
            return "connected";
        case NM_DEVICE_STATE_DEACTIVATING:
            return "deactivating";
        case NM_DEVICE_STATE_FAILED:
            return "connection failed";
        default:
            return "unknown";
    }
}

NetworkManagerDevice facts_of(NMDevice* device) {
    NetworkManagerDevice facts;
    facts.ifname = text_from(nm_device_get_iface(device));
    facts.is_managed = nm_device_get_managed(device) != FALSE;
    facts.state = words_for(nm_device_get_state(device));
    const GPtrArray* const usable = nm_device_get_available_connections(device);
    facts.has_usable_profile = usable != nullptr && usable->len > 0;
    NMActiveConnection* const active = nm_device_get_active_connection(device);
    if (active == nullptr) return facts;
    facts.profile = text_from(nm_active_connection_get_id(active));
    constexpr unsigned kExternal = 0x80;  // NM_ACTIVATION_STATE_FLAG_EXTERNAL, 1.26
    const bool is_external = (nm_active_connection_get_state_flags(active) & kExternal) != 0;
    if (is_external && facts.state == "connected") facts.state = "connected (externally)";
    return facts;
}

}  // namespace

NmFacts gather_nm() {
    NmFacts facts;
    const Deadline deadline(kDBusDeadline);  // until the client is given back, too
    const NmClient client = connect_to_bus(kShortPatience);
    if (!client) return facts;
    facts.networkmanager.emplace();
    facts.networkmanager->runs = is_running(client);
    if (!facts.networkmanager->runs) return facts;
    facts.version = text_from(nm_client_get_version(client.get()));
    const GPtrArray* const devices = nm_client_get_devices(client.get());
    for (guint i = 0; i < devices->len; ++i) {
        auto* const device = static_cast<NMDevice*>(devices->pdata[i]);
        facts.networkmanager->devices.push_back(facts_of(device));
        const Lease lease{text_from(nm_device_get_ip_iface(device)), routers_of(device)};
        if (!is_plain_name(lease.ifname)) continue;
        if (!lease.routers.empty()) facts.leases.push_back(lease);
        if (NMActiveConnection* const active = nm_device_get_active_connection(device))
            if (const auto uuid = uuid_from(text_from(nm_active_connection_get_uuid(active))))
                facts.profiles[lease.ifname] = *uuid;
    }
    return facts;
}

}  // namespace eni
