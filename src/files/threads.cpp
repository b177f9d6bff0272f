// See threads.hpp.
#include "threads.hpp"

#include <glib.h>

#include <mutex>
#include <vector>

namespace eni {

namespace {

// GLib's "gmain", "pool-spawner", "gdbus", and one of its pool (2.74).
constexpr int kThreads = 4;

gpointer wait_at(gpointer gate) {
    const std::lock_guard<std::mutex> guard(*static_cast<std::mutex*>(gate));
    return nullptr;
}

}  // namespace

/// All of them at once.
bool can_start_threads() {
    std::mutex gate;
    std::vector<GThread*> threads;
    threads.reserve(kThreads);  // one that could not be kept would not be waited for
    {
        const std::lock_guard<std::mutex> guard(gate);
        for (int i = 0; i < kThreads; ++i)
            if (GThread* const thread = g_thread_try_new("eni-routes", wait_at, &gate, nullptr))
                threads.push_back(thread);
    }
    for (GThread* const thread : threads) g_thread_join(thread);
    return threads.size() == kThreads;
}

}  // namespace eni
