// See reconcile.hpp.
#include "reconcile.hpp"

#include <chrono>
#include <exception>
#include <set>
#include <thread>
#include <utility>

#include "apply_files.hpp"
#include "apply_kernel.hpp"
#include "bookkeeping.hpp"
#include "changes.hpp"
#include "gather_files.hpp"
#include "gather_kernel.hpp"
#include "metadata.hpp"
#include "metadata_file.hpp"
#include "run_state.hpp"
#include "socket.hpp"

namespace eni {

namespace {

/// Kernel first, then files. What fails does not stop the rest; each failure is a sentence.
std::vector<std::string> apply_changes(const Facts& facts, ChangeSet& change_set,
                                       const Request& request) {
    std::vector<std::string> failures;
    const bool is_live = request.root.empty();
    const auto attempt = [&](auto deed) {
        try {
            deed();
            return true;
        } catch (const std::exception& error) {
            failures.push_back(error.what());
            return false;
        }
    };
    if (request.forget_state)
        attempt([&] { save_enis(request.root, {}); });
    else if (is_live && !request.enis.empty())
        attempt([&] { save_enis(request.root, enis_to_keep(facts)); });
    const bool is_quiet = change_set.empty();
    // Before the first change: should this be the last thing we do, the next run knows it as ours.
    if (is_live && !(is_quiet && request.ifnames.empty()))
        save_run_state(request.root, merged_run_state(facts.run, change_set.plan.run));
    bool is_whole = request.ifnames.empty();
    if (!change_set.changes.empty()) {
        const NetlinkSocket socket = open_netlink();
        for (const Failure& failure :
             apply_kernel(socket.get(), facts.kernel, change_set.changes)) {
            failures.push_back(failure.what + ": " + failure.error);
            change_set.not_done.insert(failure.what);
            is_whole = false;
        }
    }
    for (const FileChange& change : change_set.files)
        if (!attempt([&] { apply_file(request.root, change); }))
            change_set.not_done.insert((change.after ? "write " : "remove ") + change.path);
    // It is about the kernel. A file that cannot be written must not bring back what is off it.
    if (is_live && is_whole)
        save_run_state(request.root, request.forget_state ? RunState{} : change_set.plan.run);
    return failures;
}

/// Of the first round, what the second has not done either: it failed again, or was not to be done
/// any more.
std::set<std::string> not_done_twice(const ChangeSet& first, const ChangeSet& second) {
    std::set<std::string> not_done = first.not_done;
    for (const ChangeLine& line : change_lines(second, /* wants_keys= */ true))
        not_done.erase(line.key);
    not_done.insert(second.not_done.begin(), second.not_done.end());
    return not_done;
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
    facts.profiles = request.profiles;
    facts.adoption = request.adoption;
    if (config.imds != Imds::off) facts.enis = load_enis(request.root);
    facts.enis = with_fresh(std::move(facts.enis), request.enis);
    return facts;
}

ChangeSet make_change_set(const Facts& facts, const Config& config, const Request& request) {
    ChangeSet set = make_change_set(facts, config, request.absent, request.ifnames);
    if (!request.root.empty()) set.changes = {};
    return set;
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
        loses_a_family(outcome.change_set, outcome.facts.kernel, request.down)) {
        std::this_thread::sleep_for(kMotion);
        plan_changes(/* may_probe= */ false);
    }
    outcome.failures = apply_changes(outcome.facts, outcome.change_set, request);
    if (outcome.failures.empty()) return outcome;
    ChangeSet first = std::move(outcome.change_set);
    outcome.change_set = {};
    outcome.facts = {};  // may be large, and is gathered anew
    plan_changes(/* may_probe= */ false);
    outcome.failures = apply_changes(outcome.facts, outcome.change_set, request);
    first.not_done = not_done_twice(first, outcome.change_set);
    outcome.change_set = std::move(first);
    return outcome;
}

}  // namespace eni
