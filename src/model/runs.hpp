// What runs there were since the boot, for `metrics`. Plain numbers; nothing that a plan depends on
// may be among them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace eni {

/// What started a run: NetworkManager's hook, the watch, the service eni-routes-refresh, or a
/// command that was entered.
enum class RunBy : std::uint8_t { event, watch, refresh, command };

constexpr std::array<const char*, 4> kRunByNames = {"event", "watch", "refresh", "command"};

struct RunsOf {
    std::uint32_t runs = 0;  // 0: there was none, and the rest says nothing
    std::uint32_t failed = 0;
    std::uint32_t repairs = 0;        // runs that found something in the kernel to change
    std::uint32_t last_begin = 0;     // seconds of Unix time
    std::uint32_t last_duration = 0;  // microseconds
    bool has_last_failed = false;
};

struct RunRecord {
    std::array<RunsOf, kRunByNames.size()> of;  // by RunBy
    std::uint32_t metadata_answered = 0;        // Unix time; 0: not since the boot

    const RunsOf& by(RunBy who) const { return of[static_cast<std::size_t>(who)]; }
    RunsOf& by(RunBy who) { return of[static_cast<std::size_t>(who)]; }
};

}  // namespace eni
