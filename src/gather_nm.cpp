// See gather_nm.hpp. libnm as of NetworkManager 1.10.
#include "gather_nm.hpp"

#include <NetworkManager.h>

#include <memory>
#include <sstream>
#include <utility>

#include "core/names.hpp"
#include "gather_event.hpp"

namespace eni {

namespace {

constexpr guint kPatienceMilliseconds = 2000;

struct Unref {
    void operator()(gpointer object) const { g_object_unref(object); }
    void operator()(GMainLoop* loop) const { g_main_loop_unref(loop); }
};
using Client = std::unique_ptr<NMClient, Unref>;

struct Connecting {
    std::unique_ptr<GMainLoop, Unref> loop{g_main_loop_new(nullptr, FALSE)};
    std::unique_ptr<GCancellable, Unref> cancellable{g_cancellable_new()};
    Client client;
};

void on_connected(GObject*, GAsyncResult* result, gpointer data) {
    auto* connecting = static_cast<Connecting*>(data);
    connecting->client.reset(nm_client_new_finish(result, nullptr));
    g_main_loop_quit(connecting->loop.get());
}

gboolean on_timeout(gpointer data) {
    g_cancellable_cancel(static_cast<Connecting*>(data)->cancellable.get());
    return G_SOURCE_CONTINUE;
}

/// Null where nothing answers. Not the synchronous call: that waits 25 seconds for NetworkManager,
/// and without end for a bus that takes the connection and says nothing.
Client connect_to_nm() {
    Connecting connecting;
    const guint timer = g_timeout_add(kPatienceMilliseconds, on_timeout, &connecting);
    nm_client_new_async(connecting.cancellable.get(), on_connected, &connecting);
    g_main_loop_run(connecting.loop.get());
    g_source_remove(timer);
    return std::move(connecting.client);
}

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

std::vector<Lease> gather_nm() {
    const Client client = connect_to_nm();
    if (!client) return {};
    std::vector<Lease> leases;
    const GPtrArray* const devices = nm_client_get_devices(client.get());
    for (guint i = 0; i < devices->len; ++i) {
        auto* const device = static_cast<NMDevice*>(devices->pdata[i]);
        const Lease lease{text_from(nm_device_get_ip_iface(device)), routers_of(device)};
        if (is_plain_name(lease.ifname) && !lease.routers.empty()) leases.push_back(lease);
    }
    return leases;
}

std::vector<IpAddress> routers_from(const std::string& text) {
    std::vector<IpAddress> routers;
    std::istringstream words(text);
    for (std::string word; words >> word;)
        if (const auto router = router_from(word)) routers.push_back(*router);
    return routers;
}

}  // namespace eni
