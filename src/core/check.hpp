// What is right and what is wrong with the host, in sentences: `eni-routes check`. Made from the
// flows (flows.hpp), from the plan against the kernel and the disk, and from what stands around:
// the hook, other tools, servers. Pure but for what the kernel is asked through `Ask`.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/flows.hpp"
#include "core/model.hpp"

namespace eni {

/// A file by which NetworkManager's dispatcher calls us: of those with our name the one that it
/// takes.
struct HookFile {
    std::string path;  // where it is, or should be
    bool is_there = true;
    std::string problem;      // why NetworkManager does not run it; empty where it does
    bool calls_us = true;     // false: somebody else's, by our name
    bool hides_ours = false;  // and ours stands in /usr/lib, unseen
};

/// A UDP socket that is bound to every address: the kernel chooses the source of its answers.
struct UdpServer {
    std::uint16_t port = 0;
    std::string program;  // empty where it is not to be known (needs root)
};

/// What `eni-routes watch` steps back from, because somebody undoes it again and again.
struct FightFact {
    std::string ifname;  // may be empty
    std::string text;
};

/// A watch that runs.
struct WatchFacts {
    int pid = 0;
    std::vector<FightFact> fights;
};

/// What stands around the policy.
struct HostFacts {
    std::vector<HookFile> hooks;        // of dispatcher.d, and of its pre-up.d
    bool dispatcher_is_enabled = true;  // its D-Bus alias leads to a unit, or there is no systemd
    bool has_stock_script = false;      // NetworkManager-dispatcher-routing-rules is installed
    std::vector<UdpServer> udp_servers;
    std::vector<PublishedPort> published_ports;
    std::optional<WatchFacts> watch;

    bool is_installed() const {
        return std::any_of(hooks.begin(), hooks.end(),
                           [](const auto& hook) { return hook.is_there; });
    }
};

enum class Grade : std::uint8_t { good, note, warning, broken };

struct Verdict {
    Grade grade = Grade::good;
    std::string ifname;  // empty: the host
    std::string text;    // one sentence without its full stop
    std::string fix;     // what to do about it; may be empty
};

struct CheckResult {
    std::vector<Flow> flows;
    std::vector<Verdict> verdicts;

    Grade worst() const;
};

/// `plan`, `changes` and `files` are what the look found; with the program switched off the flows
/// are judged by the plan that there would be.
CheckResult check(const Facts& facts, const Config& config, const HostFacts& host, const Plan& plan,
                  const Changes& changes, const std::vector<FileChange>& files, const Ask& ask);

}  // namespace eni
