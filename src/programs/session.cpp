// See session.hpp.
#include "session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "build_config.hpp"
#include "changes.hpp"
#include "config_file.hpp"
#include "confirmation.hpp"
#include "facts_json.hpp"
#include "file.hpp"
#include "gather_files.hpp"
#include "gather_host.hpp"
#include "gather_kernel.hpp"
#include "keeper.hpp"
#include "lock.hpp"
#include "log.hpp"
#include "temporary_files.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "unified_diff.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxFactsSize = 1U << 30;  // bytes; a host with 100,000 routes has 20 MB

void print_changes(const ChangeSet& change_set, const ChangeOptions& options) {
    if (options.quiet && change_set.empty()) return;
    if (options.diff)
        for (const FileChange& change : change_set.files) print(unified_diff(change));
    print(changes_text(change_set, options.dry_run ? Tense::conditional : Tense::done));
    if (options.dry_run) print("dry run: nothing was changed\n");
}

/// At once: the changes may cut the very connection that it is read by.
void announce(const Confirmation& confirmation) {
    print("unconfirmed: the old state comes back at " + confirmation.due +
          " unless 'eni-routes confirm' is run\n");
    std::fflush(stdout);
}

void end_of_confirmed(const Outcome& outcome) {
    if (outcome.change_set.empty() && outcome.failures.empty()) {
        forget_confirmation();
        print("nothing was changed, and nothing is to be confirmed\n");
    } else {
        print("unconfirmed: run 'eni-routes confirm'\n");
    }
}

/// Of this host; below a root there is no keeper.
bool are_runs_held(const Session& session) {
    if (!session.request.root.empty()) return false;
    const Confirmation confirmation = load_confirmation();
    if (confirmation.holds_runs()) log_message(LogLevel::info, "", words_for(confirmation));
    return confirmation.holds_runs();
}

/// Before anything is taken off: should the run be killed, nothing writes it again.
void seal() {
    Confirmation confirmation;
    confirmation.state = Confirmation::State::sealed;
    confirmation.made = local_time(std::chrono::seconds(0));
    save_confirmation(confirmation);
}

/// And what a killed run left is removed.
Outcome run(const Session& session, const Lock& lock) {
    Outcome outcome = reconcile(session.config, session.request);
    if (!lock.complaint().empty()) {
        outcome.failures.push_back(lock.complaint());
        return outcome;
    }
    for (const std::string& failure : remove_temporary_files(session.request.root))
        outcome.failures.push_back(failure);
    return outcome;
}

const NmFacts& told_by_networkmanager(Session& session) {
    if (!session.told) session.told = gather_nm();
    return *session.told;
}

}  // namespace

Option config_option(Target& target) {
    return value("config", 'c', target.config, "The configuration (default: " ENI_CONFIG_FILE ")",
                 "FILE");
}

Option facts_option(Target& target) {
    return value("facts", 'f', target.facts,
                 "Use facts recorded by `eni-routes facts`, and their configuration", "FILE");
}

Option root_option(Target& target) {
    return value("root", 'r', target.root,
                 "Read and write files below DIR, and leave the kernel alone", "DIR");
}

std::string config_path(const Target& target) {
    return target.config ? *target.config : real_path(target.root, ENI_CONFIG_FILE);
}

Config config_for(const Target& target, const std::optional<Facts>& recorded) {
    if (!target.config && recorded && recorded->recording)
        return parse_config(recorded->recording->configuration, "the recorded configuration");
    // The installed one need not exist; one that is named is meant.
    if (target.config && !exists("", *target.config)) {
        errno = ENOENT;
        throw_errno("cannot read " + printable(*target.config));
    }
    return load_config(config_path(target));
}

Session open_session(const Target& target) {
    Session session;
    session.target = target;
    if (target.facts) session.recorded = load_facts_json(read_whole(*target.facts, kMaxFactsSize));
    session.config = config_for(target, session.recorded);
    set_log_level(session.config.log_level);
    session.request.root = target.root;
    session.request.absent = Absent::forget;
    session.request.reads_mark_uses = true;
    return session;
}

void ask_networkmanager(Session& session) {
    if (!session.target.is_this_host()) return;
    const NmFacts& told = told_by_networkmanager(session);
    session.request.leases = told.leases;
    session.request.profiles = told.profiles;
}

std::string networkmanager_version(Session& session) {
    return told_by_networkmanager(session).version;
}

bool ask_metadata(Session& session, std::chrono::milliseconds patience,
                  const std::string& new_interface) {
    if (!session.target.is_this_host()) return true;
    const HostMetadata answer = gather_host_metadata(session.config, patience, new_interface);
    const LogLevel level =
        session.config.imds == Imds::require ? LogLevel::error : LogLevel::warning;
    std::vector<LogLine> lines;
    for (const Note& note : answer.notes) lines.push_back({level, note.ifname, note.text});
    log_lines(lines, "notes on what EC2 has not answered");
    session.request.enis = answer.enis;
    return answer.notes.empty();
}

bool log_unread(const Facts& facts) {
    for (const Unread& unread : facts.disk.unread) log_message(LogLevel::error, "", unread.error);
    return !facts.disk.unread.empty();
}

Facts facts_of(const Session& session) {
    if (session.recorded) return *session.recorded;
    Facts facts = gather_facts(session.config, session.request, /* may_probe= */ false);
    gather_kept(facts.disk, session.request.root);
    return facts;
}

void gather_surroundings(Session& session, Facts& facts) {
    const std::vector<Link>& links = facts.kernel.links;
    facts.host = gather_host(std::any_of(links.begin(), links.end(), [](const Link& link) {
        return link.forwarding4 || link.forwarding6;
    }));
    if (session.target.is_this_host())
        facts.host->networkmanager = told_by_networkmanager(session).networkmanager;
    facts.kernel.failed_neighbours = gather_failed_gateways(open_netlink().get(), facts.kernel);
}

void begin_by_hand(const Session& session) {
    if (!session.request.root.empty()) return;
    refuse_while_waiting(load_confirmation());
    forget_confirmation();
}

ExitStatus make_changes(const Session& session, const ChangeOptions& options) {
    if (options.dry_run) {
        const Facts facts = facts_of(session);
        const ChangeSet change_set = make_change_set(facts, session.config, session.request);
        if (facts.disk.unread.empty() || !change_set.empty()) print_changes(change_set, options);
        return log_unread(facts) ? ExitStatus::failed : ExitStatus::ok;
    }
    const Lock lock(session.request.root, kLockTimeout);
    if (options.unattended && are_runs_held(session)) return ExitStatus::ok;
    if (options.keeper != nullptr) {
        refuse_while_waiting(load_confirmation());
        announce(options.keeper->keep());  // where it fails, what was held stays so
    } else if (!options.unattended) {
        begin_by_hand(session);
        if (options.seals && session.request.root.empty()) seal();
    }
    const Outcome outcome = run(session, lock);
    const bool is_good = outcome.failures.empty();
    log_failures(outcome.failures);  // before diff(1), which may fail as well
    // "nothing to do" is not known where something could not be read.
    if (is_good || !outcome.change_set.empty()) print_changes(outcome.change_set, options);
    if (options.keeper != nullptr) end_of_confirmed(outcome);
    return is_good ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace eni
