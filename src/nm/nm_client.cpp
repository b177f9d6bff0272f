// See nm_client.hpp. libnm as of NetworkManager 1.10.
#include "nm_client.hpp"

#include <memory>

namespace eni {

namespace {

constexpr guint kTickMilliseconds = 50;

struct Connecting {
    NmClient client;
    bool is_done = false;
    bool is_abandoned = false;
};

void on_connected(GObject*, GAsyncResult* result, gpointer data) {
    auto* connecting = static_cast<Connecting*>(data);
    connecting->client.reset(nm_client_new_finish(result, nullptr));
    connecting->is_done = true;
    if (connecting->is_abandoned) delete connecting;
}

gboolean on_tick(gpointer) {
    return G_SOURCE_CONTINUE;  // it has woken the main context, which was all
}

}  // namespace

/// Not the synchronous call: that waits 25 seconds for NetworkManager, and without end for a bus
/// that takes the connection and says nothing.
NmClient connect_to_bus(std::chrono::milliseconds patience) {
    auto connecting = std::make_unique<Connecting>();
    nm_client_new_async(nullptr, on_connected, connecting.get());
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
