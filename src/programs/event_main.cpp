// eni-routes-event [HOOK] IFACE ACTION: what NetworkManager's dispatcher runs, which may be waiting
// for it; the hook is a script whose `#!` line names this program. Most of a run is the start of
// its process: it must load no library but libnl and the C library. Where the configuration has to
// be read by yaml-cpp, it becomes `eni-routes event`.
#include <malloc.h>

#include <cstdlib>
#include <string>

#include "become.hpp"
#include "build_config.hpp"
#include "event.hpp"
#include "handle_event.hpp"
#include "known_config.hpp"
#include "log.hpp"

namespace eni {
namespace {

/// The run is short: each dump needs again what the one before it gave back, and pages that the
/// kernel had taken are filled with zeros anew.
void keep_freed_memory() {
    constexpr int kMost = 1 << 20;
    mallopt(M_TRIM_THRESHOLD, kMost);
    mallopt(M_TOP_PAD, kMost / 2);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that glibc takes
}

ExitStatus run_event(const char* ifname, const char* action) {
    const auto event =
        event_from(ifname, action, [](const char* name) { return std::getenv(name); });
    if (!event) return ExitStatus::ok;
    const auto config = load_known_config("", ENI_CONFIG_FILE);
    if (!config) become(command_program(), {"event", ifname, action});
    return handle_event(*event, *config);
}

}  // namespace
}  // namespace eni

int main(int argc, char** argv) {
    using namespace eni;
    keep_freed_memory();
    set_log_level(LogLevel::info);
    if (argc != 3 && argc != 4) {
        log_message(LogLevel::error, "", "usage: eni-routes-event [HOOK] IFACE ACTION");
        return exit_code(ExitStatus::usage);
    }
    return exit_code(guarded([&] { return run_event(argv[argc - 2], argv[argc - 1]); }));
}
