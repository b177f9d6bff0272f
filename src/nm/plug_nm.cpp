// See plug_nm.hpp. libnm as of NetworkManager 1.10.
#include "plug_nm.hpp"

#include <stdexcept>

#include "glib_ptr.hpp"
#include "nm_client.hpp"

namespace eni {

namespace {

using std::chrono::seconds;

// A device is unmanaged until udev has seen to it; one that is to stay so is waited for in vain.
constexpr seconds kUntilManaged{5};
constexpr seconds kUntilActive{45};      // NetworkManager's own patience with DHCP
constexpr seconds kUntilAutoconnect{2};  // it takes up a new profile by itself

[[noreturn]] void fail(const std::string& what, GError* error) {
    const GOwned<GError> owner(error);
    throw std::runtime_error(what + (error != nullptr ? std::string(": ") + error->message : ""));
}

bool is_managed(NMDevice* device) {
    return device != nullptr && nm_device_get_managed(device) != FALSE &&
           nm_device_get_state(device) > NM_DEVICE_STATE_UNMANAGED;
}

bool is_active(NMDevice* device) {
    return nm_device_get_state(device) == NM_DEVICE_STATE_ACTIVATED;
}

bool is_of_another(NMClient* client, NMDevice* device, NMConnection* connection) {
    const GPtrArray* const active = nm_client_get_active_connections(client);
    for (guint i = 0; i < active->len; ++i) {
        auto* const one = static_cast<NMActiveConnection*>(active->pdata[i]);
        const GPtrArray* const devices = nm_active_connection_get_devices(one);
        const bool is_here = devices->len > 0 && devices->pdata[0] == device;
        if (!is_here &&
            g_strcmp0(nm_active_connection_get_uuid(one), nm_connection_get_uuid(connection)) == 0)
            return true;
    }
    return false;
}

/// libnm compares the MAC where the device is of hardware, and not of a veth.
bool is_for_another_mac(NMConnection* connection, const std::string& mac) {
    NMSettingWired* const wired = nm_connection_get_setting_wired(connection);
    const char* const wanted = wired != nullptr ? nm_setting_wired_get_mac_address(wired) : nullptr;
    return wanted != nullptr && !nm_utils_hwaddr_matches(wanted, -1, mac.c_str(), -1);
}

/// A profile that fits the device and no other has; empty where there is none.
std::string profile_of(NMClient* client, NMDevice* device, const std::string& mac) {
    if (NMActiveConnection* const active = nm_device_get_active_connection(device))
        return nm_active_connection_get_id(active);
    const GOwned<GPtrArray> fitting(
        nm_device_filter_connections(device, nm_client_get_connections(client)));
    for (guint i = 0; i < fitting->len; ++i) {
        auto* const connection = static_cast<NMConnection*>(fitting->pdata[i]);
        if (!is_for_another_mac(connection, mac) && !is_of_another(client, device, connection))
            return nm_connection_get_id(connection);
    }
    return "";
}

NMSetting* ip_setting(NMSetting* setting, const char* method, std::uint32_t metric) {
    g_object_set(setting, NM_SETTING_IP_CONFIG_METHOD, method, NM_SETTING_IP_CONFIG_ROUTE_METRIC,
                 static_cast<gint64>(metric), nullptr);
    return setting;
}

/// By the MAC alone: it is the interface's wherever it comes back.
GRef<NMConnection> make_connection(const NewProfile& profile) {
    GRef<NMConnection> connection(nm_simple_connection_new());
    const std::string id = "eni-routes " + profile.mac;
    const GText uuid(nm_utils_uuid_generate());
    NMSetting* const about = nm_setting_connection_new();
    g_object_set(about, NM_SETTING_CONNECTION_ID, id.c_str(), NM_SETTING_CONNECTION_UUID,
                 uuid.get(), NM_SETTING_CONNECTION_TYPE, NM_SETTING_WIRED_SETTING_NAME, nullptr);
    NMSetting* const wired = nm_setting_wired_new();
    g_object_set(wired, NM_SETTING_WIRED_MAC_ADDRESS, profile.mac.c_str(), nullptr);
    NMSetting* const ip4 = ip_setting(
        nm_setting_ip4_config_new(),
        profile.ipv4 ? NM_SETTING_IP4_CONFIG_METHOD_AUTO : NM_SETTING_IP4_CONFIG_METHOD_DISABLED,
        profile.metric);
    NMSetting* const ip6 = ip_setting(
        nm_setting_ip6_config_new(),
        profile.ipv6 ? NM_SETTING_IP6_CONFIG_METHOD_AUTO : NM_SETTING_IP6_CONFIG_METHOD_IGNORE,
        profile.metric);
    for (NMSetting* setting : {about, wired, ip4, ip6})
        nm_connection_add_setting(connection.get(), setting);  // takes it over
    return connection;
}

/// What an asynchronous call has come to.
struct Call {
    bool is_done = false;
    GError* error = nullptr;
    GRef<NMRemoteConnection> connection;
};

void on_added(GObject* client, GAsyncResult* result, gpointer data) {
    auto* call = static_cast<Call*>(data);
    call->connection.reset(
        nm_client_add_connection_finish(NM_CLIENT(client), result, &call->error));
    call->is_done = true;
}

void on_activated(GObject* client, GAsyncResult* result, gpointer data) {
    auto* call = static_cast<Call*>(data);
    const GRef<NMActiveConnection> active(
        nm_client_activate_connection_finish(NM_CLIENT(client), result, &call->error));
    call->is_done = true;
}

/// D-Bus answers every call in the end, if only that it took too long.
void finish(Call& call, const std::string& what) {
    while (!wait_for_nm(seconds(60), [&] { return call.is_done; })) {
    }
    if (call.error != nullptr) fail(what, call.error);
}

void activate(NMClient* client, NMDevice* device, NMConnection* connection) {
    Call call;
    nm_client_activate_connection_async(client, connection, device, nullptr, nullptr, on_activated,
                                        &call);
    finish(call, "NetworkManager does not activate the new profile");
}

}  // namespace

Plugged plug_in(const std::string& ifname, const NewProfile& profile, bool saves) {
    const NmClient client = connect_to_nm();
    if (!client) throw std::runtime_error("NetworkManager does not answer: no profile is made");
    const auto device = [&] { return nm_client_get_device_by_iface(client.get(), ifname.c_str()); };
    if (!wait_for_nm(kUntilManaged, [&] { return is_managed(device()); }))
        return {false, "NetworkManager does not manage it: no profile is made"};
    const std::string present = profile_of(client.get(), device(), profile.mac);
    if (!present.empty()) return {false, "it has the profile '" + present + "'"};

    Call call;
    const GRef<NMConnection> connection = make_connection(profile);
    nm_client_add_connection_async(client.get(), connection.get(), saves ? TRUE : FALSE, nullptr,
                                   on_added, &call);
    finish(call, "NetworkManager does not take a new profile");
    const auto has_begun = [&] {
        return device() == nullptr || nm_device_get_active_connection(device()) != nullptr;
    };
    if (!wait_for_nm(kUntilAutoconnect, has_begun))
        activate(client.get(), device(), NM_CONNECTION(call.connection.get()));
    if (!wait_for_nm(kUntilActive, [&] { return device() == nullptr || is_active(device()); }))
        throw std::runtime_error("it has a new profile, but has not come up: is there DHCP?");
    if (device() == nullptr) throw std::runtime_error("it is gone again");
    const std::string families = profile.ipv4 && profile.ipv6 ? "DHCP and IPv6"
                                 : profile.ipv4               ? "DHCP"
                                                              : "IPv6";
    return {true, std::string("new profile '") + nm_connection_get_id(connection.get()) + "' (" +
                      families + "), " + (saves ? "saved" : "until the next boot")};
}

}  // namespace eni
