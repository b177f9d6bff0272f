// What stands around the policy: the hook, the watch, SELinux, servers. Nothing of it is judged
// where it was not recorded. See diagnosis.hpp.
#include <algorithm>
#include <set>

#include "adoption.hpp"
#include "diagnosis.hpp"
#include "our_files.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// Where it is a label that is wrong, restorecon(8) mends it. (Denied again with the right label,
/// it is the policy's.)
std::string remedy_for(const Denial& denial, bool is_hook) {
    if (denial.target.empty()) return "";
    const std::string places =
        is_hook
            ? "/etc/NetworkManager /usr/lib/NetworkManager /usr/libexec/eni-routes-event"
            : "/etc/iproute2 /etc/sysconfig /etc/eni-routes /run/eni-routes /var/lib/eni-routes";
    return "restorecon -Rv " + places;
}

}  // namespace

/// Nothing is lost yet: the next event is not acted upon.
void judge_hook(Diagnosis& diagnosis, const HostFacts& host) {
    if (!host.is_installed()) return;  // that is told
    const Grade bad = diagnosis.plan.is_active ? Grade::warning : Grade::note;
    const std::size_t before = diagnosis.findings.size();
    const auto say = [&](const char* code, const std::string& text, const std::string& because,
                         const std::string& fix) {
        diagnosis.say({bad, code, "", text, because, fix});
    };
    for (const HookFile& hook : host.hooks) {
        if (!hook.is_there)
            say("hook-missing", hook.path + " is missing", "not every event is acted upon",
                "yum reinstall eni-routes");
        else if (!hook.calls_us)
            say("hook-foreign", hook.path + " is not eni-routes' hook",
                std::string("nothing is done when an interface comes up") +
                    (hook.hides_ours ? "; it hides the one in /usr/lib" : ""),
                "mv " + hook.path + " /root/");
        else if (!hook.problem.empty())
            say("hook-not-executable", hook.path + " " + hook.problem,
                "NetworkManager does not run it",
                "chown root " + hook.path + " && chmod 755 " + hook.path);
    }
    if (!host.dispatcher_is_enabled)
        say("dispatcher-disabled", "NetworkManager-dispatcher is not enabled", "no hook runs",
            "systemctl enable --now NetworkManager-dispatcher.service");
    if (diagnosis.findings.size() == before) diagnosis.host_is_right.emplace_back("hook");
}

void judge_denials(Diagnosis& diagnosis, const HostFacts& host) {
    const std::set<std::string> run_by_networkmanager = {"30-eni-routes", "eni-routes-event"};
    for (const Denial& denial : host.denials) {
        const bool is_hook = run_by_networkmanager.count(file_name(denial.target)) != 0;
        diagnosis.say({diagnosis.plan.is_active ? Grade::warning : Grade::note, "selinux-denied",
                       "",
                       "SELinux denied " + denial.program + " { " + denial.permissions + " } on " +
                           denial.target_class + (denial.target.empty() ? "" : " " + denial.target),
                       denial.domain + " may not do so with " + denial.target_type +
                           ", the last time " + denial.last_time + "; the details: ausearch -m avc",
                       remedy_for(denial, is_hook)});
    }
}

void judge_fights(Diagnosis& diagnosis, const HostFacts& host) {
    if (!host.watch) return;
    for (const FightFact& fight : host.watch->fights)
        diagnosis.say({Grade::warning, "watch-fight", fight.ifname, fight.text,
                       "another program undoes it; eni-routes watch tries again once a minute",
                       ""});
}

void judge_watch(Diagnosis& diagnosis, const HostFacts& host) {
    if (!host.watch && host.watch_is_enabled)
        diagnosis.say({diagnosis.plan.is_active ? Grade::warning : Grade::note, "watch-stopped", "",
                       "eni-routes-watch is enabled and does not run",
                       "what NetworkManager sends no event for is not repaired; why it ended: "
                       "journalctl -u eni-routes-watch",
                       "systemctl restart eni-routes-watch"});
    if (host.watch && host.watch->fights.empty()) diagnosis.host_is_right.emplace_back("watch");
}

void judge_udp_servers(Diagnosis& diagnosis, const HostFacts& host) {
    for (const UdpServer& server : host.udp_servers)
        if (!server.is_kernels)
            diagnosis.say(
                {Grade::warning, "udp-server", "",
                 (server.program.empty() ? "a server" : server.program) + " listens on UDP port " +
                     std::to_string(server.port) + " of every address",
                 "unless it takes care itself, it answers from the address that main prefers, "
                 "whichever it was asked at; listening on each address by itself it does not",
                 ""});
}

/// A packet to a group has a source in another network, and its answer, by main, another way.
void judge_multicast(Diagnosis& diagnosis, const HostFacts& host) {
    for (const MulticastGroup& group : host.multicast_groups) {
        const InterfacePlan* const interface = planned(diagnosis.plan, group.ifname);
        if (interface == nullptr || interface->is_primary ||
            effective_rp_filter(diagnosis.facts.kernel, group.ifname) != 1)
            continue;
        diagnosis.say({Grade::note, "multicast-rp-filter", group.ifname,
                       "multicast to " + group.address.to_string() +
                           " from other networks is dropped on arrival",
                       "rp_filter is strict on " + group.ifname +
                           ", and looks up the way back to its source without eni-routes' rules",
                       "sysctl -w net.ipv4.conf." + group.ifname + ".rp_filter=2"});
    }
}

}  // namespace eni
