// See plug_nm.hpp. libnm as of NetworkManager 1.10.
#include "plug_nm.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

#include "deadline.hpp"
#include "glib_ptr.hpp"
#include "lock.hpp"
#include "nm_client.hpp"
#include "profile_files.hpp"

namespace eni {

namespace {

using std::chrono::seconds;

constexpr seconds kUntilRunning{60};  // at a boot it may be slow, and begins with others
constexpr seconds kUntilStarted{60};
// A device is unmanaged until udev has seen to it; one that is to stay so is waited for in vain.
constexpr seconds kUntilManaged{5};
constexpr seconds kUntilActive{45};      // NetworkManager's own patience with DHCP
constexpr seconds kUntilAutoconnect{2};  // it takes up a profile by itself
constexpr seconds kUntilTurn{150};       // until the interfaces before this one have a profile
constexpr seconds kUntilAnswered{60};    // D-Bus itself gives up after 25
constexpr seconds kUntilEnd{600};        // more than all of these together

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

/// Null as well where its profile is about to be taken from it.
NMActiveConnection* active_of(NMDevice* device) {
    NMActiveConnection* const active = nm_device_get_active_connection(device);
    const bool stays = active != nullptr && nm_active_connection_get_state(active) <=
                                                NM_ACTIVE_CONNECTION_STATE_ACTIVATED;
    return stays ? active : nullptr;
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
    if (NMActiveConnection* const active = active_of(device))
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
    const std::string id = plugged_name(profile.mac);
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

void on_deleted(GObject* connection, GAsyncResult* result, gpointer data) {
    auto* call = static_cast<Call*>(data);
    nm_remote_connection_delete_finish(NM_REMOTE_CONNECTION(connection), result, &call->error);
    call->is_done = true;
}

void finish(std::unique_ptr<Call>& call, const std::string& what) {
    if (!wait_for_nm(kUntilAnswered, [&] { return call->is_done; })) {
        (void)call.release();  // it may be answered yet
        throw std::runtime_error(what + ": it has not answered for " +
                                 std::to_string(kUntilAnswered.count()) + " s");
    }
    if (call->error != nullptr) fail(what, call->error);
}

/// An interface that may be gone at any time.
class Plugging {
  public:
    Plugging(NMClient* client, const std::string& ifname, const NewProfile& profile)
        : client_(client), ifname_(ifname), profile_(profile) {}

    /// In words: what was made, or why nothing was.
    std::string give_profile(bool saves) {
        if (!wait_started(kUntilManaged, [&] { return is_managed(device()); }))
            return "NetworkManager does not manage it: no profile is made";
        // One that fits several interfaces, of which another may get it.
        if (!present_profile().empty())
            wait_started(kUntilAutoconnect, [&] { return has_begun(); });
        const std::string present = present_profile();
        if (!present.empty()) return "it has the profile '" + present + "'";
        const std::string id = add_profile(saves);
        is_new_ = true;
        return "new profile '" + id + "' (" + families() + "), " +
               (saves ? "saved" : "until the next boot");
    }

    void wait_until_up() {
        if (has_begun() &&
            !wait_for_nm(kUntilActive,
                         [&] { return device() == nullptr || is_active(device()); }) &&
            is_new_)
            throw std::runtime_error("it has a new profile, but has not come up: is there DHCP?");
        require_device();
    }

  private:
    NMDevice* device() const { return nm_client_get_device_by_iface(client_, ifname_.c_str()); }

    bool has_begun() const { return device() == nullptr || active_of(device()) != nullptr; }

    /// `patience` counts from when NetworkManager has started up: what it does at a boot takes
    /// long.
    bool wait_started(seconds patience, const std::function<bool()>& is_done) const {
        wait_for_nm(kUntilStarted,
                    [&] { return is_done() || nm_client_get_startup(client_) == FALSE; });
        return wait_for_nm(patience, is_done);
    }

    void require_device() const {
        if (device() == nullptr) throw std::runtime_error("it is gone again");
    }

    std::string present_profile() const {
        require_device();
        return profile_of(client_, device(), profile_.mac);
    }

    std::string add_profile(bool saves) {
        auto call = std::make_unique<Call>();
        const GRef<NMConnection> connection = make_connection(profile_);
        nm_client_add_connection_async(client_, connection.get(), saves ? TRUE : FALSE, nullptr,
                                       on_added, call.get());
        finish(call, "NetworkManager does not take a new profile");
        if (!wait_for_nm(kUntilAutoconnect, [&] { return has_begun(); })) {
            auto activation = std::make_unique<Call>();
            nm_client_activate_connection_async(client_, NM_CONNECTION(call->connection.get()),
                                                device(), nullptr, nullptr, on_activated,
                                                activation.get());
            finish(activation, "NetworkManager does not activate the new profile");
        }
        return nm_connection_get_id(connection.get());
    }

    std::string families() const {
        return profile_.ipv4 && profile_.ipv6 ? "DHCP and IPv6" : profile_.ipv4 ? "DHCP" : "IPv6";
    }

    NMClient* client_;
    const std::string& ifname_;
    const NewProfile& profile_;
    bool is_new_ = false;
};

}  // namespace

std::string plug_in(const std::string& ifname, const NewProfile& profile, bool saves) {
    const Deadline deadline(kUntilEnd);
    // Before anything is asked: what the one before has changed is then known.
    auto lock = std::make_optional<Lock>("", kUntilTurn, "plug");
    const NmClient client = connect_to_bus(kUntilRunning);
    if (!client || !wait_for_nm(kUntilRunning, [&] { return is_running(client); }))
        throw std::runtime_error("NetworkManager does not answer: no profile is made");
    Plugging plugging(client.get(), ifname, profile);
    std::string outcome = plugging.give_profile(saves);
    lock.reset();
    plugging.wait_until_up();
    return outcome;
}

std::vector<PluggedProfile> plugged_profiles() {
    std::vector<PluggedProfile> profiles;
    const Deadline deadline(kDBusDeadline);
    const NmClient client = connect_to_nm();
    const GPtrArray* const all = client ? nm_client_get_connections(client.get()) : nullptr;
    for (guint i = 0; all != nullptr && i < all->len; ++i) {
        auto* const connection = static_cast<NMConnection*>(all->pdata[i]);
        NMSettingWired* const wired = nm_connection_get_setting_wired(connection);
        const char* const mac =
            wired != nullptr ? nm_setting_wired_get_mac_address(wired) : nullptr;
        const char* const name = nm_connection_get_id(connection);
        const char* const uuid = nm_connection_get_uuid(connection);
        if (mac == nullptr || name == nullptr || uuid == nullptr) continue;
        if (is_plugged(name, mac)) profiles.push_back({name, uuid});
    }
    return profiles;
}

void delete_profile(const PluggedProfile& profile) {
    const Deadline deadline(kUntilEnd);
    const NmClient client = connect_to_nm();
    NMRemoteConnection* const connection =
        client ? nm_client_get_connection_by_uuid(client.get(), profile.uuid.c_str()) : nullptr;
    if (connection == nullptr) return;
    auto call = std::make_unique<Call>();
    nm_remote_connection_delete_async(connection, nullptr, on_deleted, call.get());
    finish(call, "NetworkManager does not delete the profile '" + profile.name + "'");
}

}  // namespace eni
