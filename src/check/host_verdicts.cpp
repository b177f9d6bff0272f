// What stands around the policy: the hook, files that no program reads, servers, the watch. Nothing
// of it is judged where it was not recorded. See diagnosis.hpp.
#include <algorithm>
#include <set>

#include "adoption.hpp"
#include "diagnosis.hpp"
#include "our_files.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// Where it is a label that is wrong, restorecon(8) mends it; else ausearch(8) has the details.
std::string remedy_for(const Denial& denial, bool is_hook) {
    const bool is_ours = denial.program.find("eni-routes") != std::string::npos;
    std::string search =
        "ausearch -m avc -c " + (is_ours ? "eni-routes" : denial.program);  // a part of the name
    if (denial.target.empty()) return search;
    const std::string places =
        is_hook
            ? "/etc/NetworkManager /usr/lib/NetworkManager /usr/libexec/eni-routes-event"
            : "/etc/iproute2 /etc/sysconfig /etc/eni-routes /run/eni-routes /var/lib/eni-routes";
    return "restorecon -Rv " + places + "; denied again: " + search;
}

}  // namespace

void judge_hook(Diagnosis& diagnosis, const HostFacts& host) {
    const Grade bad = diagnosis.plan.is_active ? Grade::broken : Grade::note;
    const std::size_t before = diagnosis.verdicts.size();
    if (!host.is_installed())
        diagnosis.say(bad, "",
                      "the hook is not installed: nothing is done when an interface comes up",
                      "install eni-routes");
    for (const HookFile& hook : host.hooks) {
        if (!hook.is_there && host.is_installed())
            diagnosis.say(bad, "", hook.path + " is missing: not every event is acted upon",
                          "install eni-routes again");
        else if (!hook.calls_us)
            diagnosis.say(bad, "",
                          hook.path + " is not eni-routes' hook" +
                              (hook.hides_ours ? ", and hides the one in /usr/lib" : "") +
                              ": nothing is done when an interface comes up",
                          "move it away");
        else if (!hook.problem.empty())
            diagnosis.say(bad, "",
                          hook.path + " " + hook.problem + ": NetworkManager does not run it",
                          "chown root " + hook.path + " && chmod 755 " + hook.path);
    }
    if (!host.dispatcher_is_enabled)
        diagnosis.say(bad, "", "NetworkManager-dispatcher is not enabled: no hook runs",
                      "systemctl enable --now NetworkManager-dispatcher.service");
    if (diagnosis.verdicts.size() == before)
        diagnosis.say(Grade::good, "", "the hook is installed, and NetworkManager runs it");
}

void judge_denials(Diagnosis& diagnosis, const HostFacts& host) {
    const std::set<std::string> run_by_networkmanager = {"30-eni-routes", "eni-routes-event"};
    for (const Denial& denial : host.denials) {
        const std::string name = file_name(denial.target);
        const bool is_hook = run_by_networkmanager.count(name) != 0;
        const Grade bad = is_hook ? Grade::broken : Grade::warning;
        diagnosis.say(diagnosis.plan.is_active ? bad : Grade::note, "",
                      "SELinux denied " + denial.program + " (" + denial.domain + ") { " +
                          denial.permissions + " } on " + denial.target_class + " " +
                          (denial.target.empty() ? "" : denial.target + " ") + "(" +
                          denial.target_type + "), the last time " + denial.last_time,
                      remedy_for(denial, is_hook));
    }
}

void judge_udp_servers(Diagnosis& diagnosis, const HostFacts& host) {
    for (const UdpServer& server : host.udp_servers)
        diagnosis.say(
            Grade::warning, "",
            (server.program.empty() ? "a server" : server.program) + " listens on UDP port " +
                std::to_string(server.port) +
                " of every address: unless it takes care itself, it answers from the address "
                "of the interface that main prefers, whichever it was asked at",
            "let it listen on each address by itself");
}

void judge_watch(Diagnosis& diagnosis, const HostFacts& host) {
    if (!host.watch) {
        if (host.watch_is_enabled)
            diagnosis.say(diagnosis.plan.is_active ? Grade::warning : Grade::note, "",
                          "eni-routes-watch is enabled and does not run: what NetworkManager sends "
                          "no event for is not repaired",
                          "systemctl restart eni-routes-watch; why it ended: journalctl -u "
                          "eni-routes-watch");
        return;
    }
    for (const FightFact& fight : host.watch->fights)
        diagnosis.say(Grade::warning, fight.ifname, fight.text,
                      "find out who undoes it; eni-routes watch tries again once a minute");
    if (host.watch->fights.empty())
        diagnosis.say(Grade::good, "", "eni-routes watch runs, and nothing undoes what it does");
}

/// The files of a user's that NetworkManager's ifcfg plugin passes over.
void judge_route_files(Diagnosis& diagnosis) {
    const DiskFacts& disk = diagnosis.facts.disk;
    const auto& host = diagnosis.facts.host;
    for (const auto& [path, bytes] : disk.files) {
        const std::size_t dash = path.find('-', path.rfind('/'));
        const std::string kind = path.substr(path.rfind('/') + 1, dash - path.rfind('/') - 1);
        if ((kind != "route" && kind != "route6") || marked_owner(bytes)) continue;
        const std::string name = path.substr(dash + 1);
        const auto rules = file_paths(name);
        const bool has_rules = disk.files.count(rules[0]) != 0 || disk.files.count(rules[1]) != 0;
        const bool has_profile =
            std::any_of(disk.profiles.begin(), disk.profiles.end(),
                        [&](const IfcfgProfile& profile) { return profile.name == name; });
        if (!has_profile)
            diagnosis.say(Grade::warning, name,
                          path + " is read by no program: there is no ifcfg-" + name + " beside it",
                          "nmcli connection modify " + name +
                              (kind == "route6" ? " +ipv6.routes" : " +ipv4.routes") +
                              " ..., then: rm " + path);
        else if (has_rules && host && !host->has_stock_script)
            diagnosis.say(
                Grade::warning, name,
                path + " is not read by NetworkManager, because a rule file stands beside it",
                "yum install NetworkManager-dispatcher-routing-rules");
    }
}

/// Two do one job. NetworkManager-dispatcher-routing-rules deletes by the lines of such a file, and
/// the first rule that a line fits is eni-routes' own.
void judge_files_by_hand(Diagnosis& diagnosis) {
    const auto& host = diagnosis.facts.host;
    const bool is_applied = host && host->has_stock_script;
    for (const InterfaceAdoption& interface : diagnosis.adoptions) {
        std::vector<std::string> paths;
        for (const auto& [path, rest] : interface.adoption.files) paths.push_back(path);
        if (paths.empty()) continue;
        diagnosis.say(
            is_applied ? Grade::warning : Grade::note, interface.ifname,
            enumeration(paths, "and") +
                (paths.size() == 1 ? " is made by hand and says" : " are made by hand and say") +
                " what eni-routes does itself: when " + interface.ifname +
                " goes down and up, the rules of both are mixed up",
            "eni-routes adopt " + interface.ifname);
    }
}

}  // namespace eni
