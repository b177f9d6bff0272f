// See reconcile.hpp.
#include "reconcile.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "apply_files.hpp"
#include "apply_kernel.hpp"
#include "apply_marking.hpp"
#include "bookkeeping.hpp"
#include "changes.hpp"
#include "format.hpp"
#include "gather_files.hpp"
#include "gather_kernel.hpp"
#include "gather_marking.hpp"
#include "known_config.hpp"
#include "metadata.hpp"
#include "metadata_file.hpp"
#include "run_record.hpp"
#include "run_state.hpp"
#include "socket.hpp"
#include "tables_read.hpp"

namespace eni {

namespace {

/// What fails does not stop the rest; each failure is a sentence, and told once.
class Failures {
  public:
    template <class Deed>
    bool attempt(Deed deed) {
        try {
            deed();
            return true;
        } catch (const std::exception& error) {
            add(error.what());
            return false;
        }
    }
    void add(const std::string& failure) {
        if (std::find(all.begin(), all.end(), failure) == all.end()) all.push_back(failure);
    }

    std::vector<std::string> all;
};

/// What is kept of EC2's answers, and not of another instance; and that clean forgets what else is
/// known.
void keep_enis(Failures& failures, const Facts& facts, const Plan& plan, const Request& request) {
    if (request.forget_state) failures.attempt([&] { forget_known_config(request.root); });
    if (facts.disk.has_unread(Unread::Kind::metadata)) return;
    if (request.forget_state)
        failures.attempt([&] { save_enis(request.root, {}); });
    else if (request.root.empty() && !request.enis.empty())
        failures.attempt([&] { save_enis(request.root, enis_to_keep(facts)); });
    else if (request.root.empty() && plan.is_of_another_instance)
        failures.attempt([&] { save_enis(request.root, {}); });
}

/// Netfilter's part. What it made of it is read back, for the next run to know it by.
bool apply_markings(Failures& failures, ChangeSet& change_set) {
    bool is_whole = true;
    for (const MarkingChange& change : change_set.changes.markings) {
        auto& known = change_set.plan.run.marking;
        const bool is_done = failures.attempt([&] {
            try {
                apply_marking(change);
                if (change.marking && known)
                    known->print = marking_print(change.tool);
                else if (!change.marking && known && known->tool == change.tool)
                    known.reset();
            } catch (const std::exception& error) {
                throw std::runtime_error(format_command(change) + ": " + error.what());
            }
        });
        if (!is_done) change_set.not_done.insert(format_command(change));
        is_whole = is_whole && is_done;
    }
    return is_whole;
}

/// Also where the rest of the run is not whole: what was read back is not read so again.
void save_marking(const Request& request, const RunState& before, const RunState& after) {
    RunState both = merged_run_state(before, after);
    both.marking = after.marking;
    save_run_state(request.root, both);
}

/// Kernel first, then files. What cannot be read is a failure of the run as well: it was done
/// without.
std::vector<std::string> apply_changes(const Facts& facts, ChangeSet& change_set,
                                       const Request& request) {
    Failures failures;
    for (const Unread& unread : facts.disk.unread) failures.add(unread.error);
    if (facts.marking && !facts.marking->error.empty()) failures.add(facts.marking->error);
    keep_enis(failures, facts, change_set.plan, request);
    const bool keeps_state = request.root.empty() && !facts.disk.has_unread(Unread::Kind::state);
    const bool is_quiet = change_set.empty();
    // Before the first change: should this be the last thing we do, the next run knows it as ours.
    // Where it cannot be written the band, the numbers and the names on disk tell as much.
    if (keeps_state && !(is_quiet && request.ifnames.empty()))
        failures.attempt([&] {
            save_run_state(request.root, merged_run_state(facts.run, change_set.plan.run));
        });
    bool is_whole = request.ifnames.empty();
    if (!change_set.changes.empty()) {
        const NetlinkSocket socket = open_netlink();
        for (const Failure& failure :
             apply_kernel(socket.get(), facts.kernel, change_set.changes)) {
            failures.add(failure.what + ": " + failure.error);
            change_set.not_done.insert(failure.what);
            is_whole = false;
        }
    }
    is_whole = apply_markings(failures, change_set) && is_whole;
    if (keeps_state && !change_set.changes.markings.empty())
        failures.attempt([&] { save_marking(request, facts.run, change_set.plan.run); });
    for (const FileChange& change : change_set.files)
        if (!failures.attempt([&] { apply_file(request.root, change); }))
            change_set.not_done.insert((change.after ? "write " : "remove ") + change.path);
    // It is about the kernel. A file that cannot be written must not bring back what is off it.
    if (keeps_state && is_whole && !change_set.plan.only_adds)
        failures.attempt([&] {
            save_run_state(request.root, request.forget_state ? RunState{} : change_set.plan.run);
        });
    return failures.all;
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

/// Where it is off and was off, netfilter is not asked.
bool wants_marking(const Config& config, const RunState& run, const Request& request) {
    if (!request.root.empty()) return false;
    return config.forwarded != Forwarded::off || run.marking || request.forget_state;
}

std::optional<MarkingFacts> marking_facts(const Facts& facts, const Request& request) {
    const MarkingTool usable = usable_marking_tool(facts.kernel.has_suppress);
    // Nor does it begin what iptables may have a reason against.
    if (request.leaves_iptables && (usable == MarkingTool::iptables || !facts.run.marking))
        return std::nullopt;
    return gather_marking(usable, facts.run.marking,
                          request.reads_mark_uses   ? MarkUses::always
                          : request.leaves_iptables ? MarkUses::when_needed_of_nft
                                                    : MarkUses::when_needed);
}

/// Which tables are read, where it pays to leave out the rest. What stands on disk is read first.
ChooseTables choice_of_tables(const Facts& facts, const Config& config) {
    if (facts.run.unneeded_routes == 0) return {};
    return [&](const KernelSnapshot& kernel) -> std::optional<std::set<TableId>> {
        auto tables = tables_to_read(kernel, facts.disk, facts.run, config);
        if (!pays_to_filter(facts.run, tables.size())) return std::nullopt;
        return tables;
    };
}

Facts gather(const Config& config, const Request& request, bool may_probe, bool may_filter) {
    Facts facts;
    const NetlinkSocket socket = open_netlink();
    std::vector<Unread> unread;
    const auto load = [&](auto& target, auto read, Unread::Kind kind, const char* path) {
        try {
            target = read(request.root);
        } catch (const std::runtime_error& error) {
            unread.push_back({kind, path, error.what()});
        }
    };
    load(facts.run, load_run_state, Unread::Kind::state, kRunStatePath);
    if (!facts.run.has_suppress && config.suppress == Suppress::automatic && may_probe)
        facts.run.has_suppress = probe_suppress(socket.get(), config.link_group);
    const ChooseTables choose = may_filter ? choice_of_tables(facts, config) : ChooseTables();
    if (choose) facts.disk = gather_disk(request.root);
    facts.kernel = gather_kernel(socket.get(), choose);
    facts.kernel.has_suppress = facts.run.has_suppress.value_or(release_has_suppress());
    if (!choose) facts.disk = gather_disk(request.root);
    facts.leases = request.leases;
    facts.profiles = request.profiles;
    facts.adoption = request.adoption;
    if (config.imds != Imds::off)
        load(facts.enis, load_enis, Unread::Kind::metadata, kMetadataPath);
    if (!request.enis.empty() && is_of_another_instance(facts)) facts.enis.clear();
    facts.enis = with_fresh(std::move(facts.enis), request.enis);
    if (wants_marking(config, facts.run, request)) facts.marking = marking_facts(facts, request);
    facts.disk.unread.insert(facts.disk.unread.begin(), unread.begin(), unread.end());
    return facts;
}

}  // namespace

Facts gather_facts(const Config& config, const Request& request, bool may_probe) {
    return gather(config, request, may_probe, /* may_filter= */ false);
}

ChangeSet make_change_set(const Facts& facts, const Config& config, const Request& request) {
    ChangeSet set = make_change_set(facts, config, request.absent, request.ifnames);
    if (!request.root.empty()) set.changes = {};
    return set;
}

namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

template <class Duration>
std::uint32_t number_of(Duration duration) {
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(
        std::clamp(static_cast<std::int64_t>(duration.count()), std::int64_t{0}, kMost));
}

/// For the metrics alone, and where there are such: what cannot be recorded is no failure of the
/// run. `clean` forgets it.
void record_run(const Config& config, const Request& request, steady_clock::time_point begin,
                bool is_well, bool is_repair) {
    using namespace std::chrono;
    if (!request.root.empty() || (!config.metrics && !request.forget_state)) return;
    try {
        RunRecord record;
        if (!request.forget_state) {
            record = load_run_record("");
            RunsOf& runs = record.by(request.by);
            const auto now = duration_cast<seconds>(system_clock::now().time_since_epoch());
            ++runs.runs;
            runs.failed += is_well ? 0 : 1;
            runs.repairs += is_repair ? 1 : 0;
            runs.has_last_failed = !is_well;
            runs.last_duration =
                number_of(duration_cast<microseconds>(steady_clock::now() - begin));
            runs.last_begin = number_of(now) - runs.last_duration / 1000000;
            if (!request.enis.empty()) record.metadata_answered = number_of(now);
        }
        save_run_record("", record);
    } catch (const std::exception&) {  // the metrics are then older than they should be, and say so
    }
}

Outcome reconcile_unrecorded(const Config& config, const Request& request, const Amend& amend) {
    Outcome outcome;
    bool may_filter = request.needs_no_more_routes;
    const auto plan_changes = [&](bool may_probe) {
        outcome.facts = gather(config, request, may_probe, may_filter);
        outcome.change_set = make_change_set(outcome.facts, config, request);
        if (outcome.change_set.plan.needs_all_routes) {
            may_filter = false;
            outcome.facts = gather(config, request, may_probe, may_filter);
            outcome.change_set = make_change_set(outcome.facts, config, request);
        }
        if (amend) amend(outcome.change_set.changes);
    };
    plan_changes(/* may_probe= */ request.root.empty());
    // What cannot be read for a moment only is read now, before anything is done without it.
    if (!outcome.facts.disk.unread.empty()) plan_changes(/* may_probe= */ request.root.empty());
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
    may_filter = false;
    plan_changes(/* may_probe= */ false);
    outcome.failures = apply_changes(outcome.facts, outcome.change_set, request);
    if (first.empty()) return outcome;  // nothing was done for want of what could be read now
    first.not_done = not_done_twice(first, outcome.change_set);
    outcome.change_set = std::move(first);
    return outcome;
}

}  // namespace

Outcome reconcile(const Config& config, const Request& request, const Amend& amend) {
    const auto begin = steady_clock::now();
    try {
        Outcome outcome = reconcile_unrecorded(config, request, amend);
        record_run(config, request, begin, outcome.failures.empty(),
                   !outcome.change_set.changes.empty());
        return outcome;
    } catch (const std::exception&) {
        record_run(config, request, begin, /* is_well= */ false, /* is_repair= */ false);
        throw;
    }
}

}  // namespace eni
