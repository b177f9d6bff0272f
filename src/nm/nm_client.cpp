// See nm_client.hpp. libnm as of NetworkManager 1.10.
#include "nm_client.hpp"

#include <memory>

#include "threads.hpp"

namespace eni {

namespace {

constexpr guint kTickMilliseconds = 50;

struct Connecting {
    NmClient client;
    GRef<GDBusConnection> bus;
    bool is_done = false;
    bool is_abandoned = false;
};

void finish(Connecting* connecting) {
    connecting->is_done = true;
    if (connecting->is_abandoned) delete connecting;
}

void on_connected(GObject*, GAsyncResult* result, gpointer data) {
    auto* connecting = static_cast<Connecting*>(data);
    connecting->client.reset(nm_client_new_finish(result, nullptr));
    finish(connecting);
}

/// libnm takes the connection that is there. Without this the process would be sent SIGTERM when
/// the bus ends.
void on_bus(GObject*, GAsyncResult* result, gpointer data) {
    auto* connecting = static_cast<Connecting*>(data);
    connecting->bus.reset(g_bus_get_finish(result, nullptr));
    if (!connecting->bus || connecting->is_abandoned) return finish(connecting);
    g_dbus_connection_set_exit_on_close(connecting->bus.get(), FALSE);
    nm_client_new_async(nullptr, on_connected, connecting);
}

gboolean on_tick(gpointer) {
    return G_SOURCE_CONTINUE;  // it has woken the main context, which was all
}

}  // namespace

/// Not the synchronous call: that waits 25 seconds for NetworkManager, and without end for a bus
/// that takes the connection and says nothing.
NmClient connect_to_bus(std::chrono::milliseconds patience) {
    if (!can_start_threads()) return nullptr;
    auto connecting = std::make_unique<Connecting>();
    g_bus_get(G_BUS_TYPE_SYSTEM, nullptr, on_bus, connecting.get());
    if (!wait_for_nm(patience, [&] { return connecting->is_done; })) {
        // Not cancelled: libnm 1.30 may crash then (g_error_free of what is no error).
        connecting->is_abandoned = true;
        (void)connecting.release();
        return nullptr;
    }
    return std::move(connecting->client);
}

bool is_running(const NmClient& client) {
    return nm_client_get_nm_running(client.get()) != FALSE;
}

NmClient connect_to_nm() {
    NmClient client = connect_to_bus(kShortPatience);
    if (client && !is_running(client)) client.reset();
    return client;
}

bool wait_for_nm(std::chrono::milliseconds patience, const std::function<bool()>& is_done) {
    const auto end = std::chrono::steady_clock::now() + patience;
    const guint timer = g_timeout_add(kTickMilliseconds, on_tick, nullptr);
    while (!is_done() && std::chrono::steady_clock::now() < end)
        g_main_context_iteration(nullptr, TRUE);
    g_source_remove(timer);
    return is_done();
}

}  // namespace eni
