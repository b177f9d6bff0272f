// See reconcile.hpp.
#include "reconcile.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <set>
#include <thread>
#include <utility>

#include "apply_files.hpp"
#include "apply_kernel.hpp"
#include "gather_files.hpp"
#include "gather_kernel.hpp"
#include "metadata.hpp"
#include "metadata_file.hpp"
#include "run_state.hpp"
#include "socket.hpp"

namespace eni {

namespace {

/// suppress_prefixlength and what goes with it work from Linux 3.16 on; EL7's 3.10 ignores them.
bool release_has_suppress() {
    utsname name{};
    int major = 0, minor = 0;
    if (uname(&name) != 0 || std::sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
    return major > 3 || (major == 3 && minor >= 16);
}

/// What was in force before a run that did not wholly succeed is still to be known as ours.
RunState merged(const RunState& before, RunState after) {
    after.priority_bases.insert(before.priority_bases.begin(), before.priority_bases.end());
    after.link_groups.insert(before.link_groups.begin(), before.link_groups.end());
    after.tables_given.insert(before.tables_given.begin(), before.tables_given.end());
    after.tables_named.insert(before.tables_named.begin(), before.tables_named.end());
    for (const auto& [ifname, interface] : before.interfaces) {
        const auto [place, is_new] = after.interfaces.insert({ifname, interface});
        if (is_new || place->second.mac != interface.mac) continue;
        std::vector<IpAddress>& added = place->second.added;
        added.insert(added.end(), interface.added.begin(), interface.added.end());
        std::sort(added.begin(), added.end());
        added.erase(std::unique(added.begin(), added.end()), added.end());
    }
    return after;
}

/// An interface that has lost all its sources of a family although it is up. One that was told to
/// be down stays IFF_UP, and whatever brings it back tells so: that is not waited for.
bool has_lost_a_family(const ChangeSet& change_set, const KernelSnapshot& kernel,
                       const std::string& down) {
    std::set<std::string> up;
    for (const Link& link : kernel.links)
        if (link.is_up && link.ifname != down) up.insert(link.ifname);
    std::set<std::pair<std::string, Family>> planned;
    for (const Planned<Rule>& rule : change_set.plan.rules)
        planned.insert({rule.ifname, rule.object.family});
    const auto& deleted = change_set.changes.rules_deleted;
    return std::any_of(deleted.begin(), deleted.end(), [&](const Planned<Rule>& rule) {
        return up.count(rule.ifname) != 0 && planned.count({rule.ifname, rule.object.family}) == 0;
    });
}

}  // namespace

Facts gather_facts(const Config& config, const Request& request, bool may_probe) {
    Facts facts;
    const NetlinkSocket socket = open_netlink();
    facts.run = load_run_state(request.root);
    if (!facts.run.has_suppress && config.suppress == Suppress::automatic && may_probe)
        facts.run.has_suppress = probe_suppress(socket.get(), config.link_group);
    facts.kernel = gather_kernel(socket.get());
    facts.kernel.has_suppress = facts.run.has_suppress.value_or(release_has_suppress());
    facts.disk = gather_disk(request.root);
    facts.leases = request.leases;
    if (config.imds != Imds::off) facts.enis = load_enis(request.root);
    for (const auto& [mac, eni] : request.enis) facts.enis[mac] = eni;
    return facts;
}

ChangeSet make_change_set(const Facts& facts, const Config& config, const Request& request) {
    ChangeSet set = make_change_set(facts, config, request.absent, request.ifnames);
    if (!request.root.empty()) set.changes = {};
    return set;
}

std::vector<std::string> apply_changes(const Facts& facts, const ChangeSet& change_set,
                                       const Request& request) {
    std::vector<std::string> failures;
    const bool is_live = request.root.empty();
    const auto attempt = [&](auto deed) {
        try {
            deed();
        } catch (const std::exception& error) {
            failures.push_back(error.what());
        }
    };
    if (request.forget_state)
        attempt([&] { save_enis(request.root, {}); });
    else if (is_live && !request.enis.empty())
        attempt([&] { save_enis(request.root, enis_to_keep(facts)); });
    const bool is_quiet = change_set.changes.empty() && change_set.files.empty();
    // Before the first change: should this be the last thing we do, the next run knows it as ours.
    if (is_live && !(is_quiet && request.ifnames.empty()))
        save_run_state(request.root, merged(facts.run, change_set.plan.run));
    bool is_whole = request.ifnames.empty();
    if (!change_set.changes.empty()) {
        const NetlinkSocket socket = open_netlink();
        for (const Failure& failure :
             apply_kernel(socket.get(), facts.kernel, change_set.changes)) {
            failures.push_back(failure.what + ": " + failure.error);
            is_whole = false;
        }
    }
    for (const FileChange& change : change_set.files)
        attempt([&] { apply_file(request.root, change); });
    // It is about the kernel. A file that cannot be written must not bring back what is off it.
    if (is_live && is_whole)
        save_run_state(request.root, request.forget_state ? RunState{} : change_set.plan.run);
    return failures;
}

Outcome reconcile(const Config& config, const Request& request, const Amend& amend) {
    Outcome outcome;
    const auto plan_changes = [&](bool may_probe) {
        outcome.facts = gather_facts(config, request, may_probe);
        outcome.change_set = make_change_set(outcome.facts, config, request);
        if (amend) amend(outcome.change_set.changes);
    };
    plan_changes(/* may_probe= */ request.root.empty());
    if (request.waits_for_motion &&
        has_lost_a_family(outcome.change_set, outcome.facts.kernel, request.down)) {
        std::this_thread::sleep_for(kMotion);
        plan_changes(/* may_probe= */ false);
    }
    outcome.failures = apply_changes(outcome.facts, outcome.change_set, request);
    if (outcome.failures.empty()) return outcome;
    const ChangeSet first = outcome.change_set;
    plan_changes(/* may_probe= */ false);
    outcome.failures = apply_changes(outcome.facts, outcome.change_set, request);
    outcome.change_set = first;
    return outcome;
}

}  // namespace eni
