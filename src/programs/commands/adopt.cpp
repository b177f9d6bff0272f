// `eni-routes adopt`: rule- and route- files that people made by hand become eni-routes' own where
// they say what the plan says; and `--undo`. What they say is judged by change/adoption.
#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

#include "adoption.hpp"
#include "changes.hpp"
#include "commands.hpp"
#include "diff.hpp"
#include "interface_names.hpp"
#include "kept_files.hpp"
#include "lookup.hpp"
#include "our_files.hpp"
#include "script_files.hpp"
#include "session.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "unified_diff.hpp"

namespace eni {

namespace {

struct AdoptOptions {
    bool dry_run = false;
    bool quiet = false;
    bool undo = false;
};

/// What is to be done, worked out before anything is.
struct Decision {
    std::vector<InterfaceAdoption> interfaces;
    Adoption adoption;
    ChangeSet change_set;           // of the kernel and of all files
    std::vector<FileChange> files;  // of these the ones that go with the adoption

    bool is_empty() const {
        return adoption.files.empty() && adoption.rules.empty() && adoption.routes.empty();
    }
};

/// Of the files that a run would write those without which the adopted ones must not go: names
/// first, and all of the interfaces whose files are adopted.
std::vector<FileChange> files_with(const Decision& decision) {
    std::vector<std::string> ifnames;
    for (const InterfaceAdoption& interface : decision.interfaces)
        if (!interface.adoption.files.empty()) ifnames.push_back(interface.ifname);
    if (ifnames.empty()) return {};
    return limited_to(decision.change_set.files, ifnames);
}

/// One of them may be a file that would be adopted, or stand in its place.
void refuse_unread(const Facts& facts) {
    if (!facts.disk.unread.empty())
        throw std::runtime_error(facts.disk.unread.front().error + "; nothing was changed");
}

Decision decide(const Session& session, const std::vector<std::string>& ifnames) {
    Facts facts = facts_of(session);
    refuse_unread(facts);
    Decision decision;
    const Plan plan = make_plan(facts, session.config, session.request.absent);
    decision.interfaces = adoptions(facts, session.config, plan, ifnames);
    for (const std::string& ifname : ifnames)
        if (std::none_of(decision.interfaces.begin(), decision.interfaces.end(),
                         [&](const InterfaceAdoption& each) { return each.ifname == ifname; }))
            throw std::runtime_error(ifname +
                                     ": eni-routes has no plan for it, nothing was changed");
    decision.adoption = together(decision.interfaces);
    facts.adoption = decision.adoption;
    decision.change_set = make_change_set(facts, session.config, session.request);
    decision.files = files_with(decision);
    return decision;
}

std::string place_of(const LineRemark& remark) {
    return remark.path + (remark.number == 0 ? "" : ":" + std::to_string(remark.number)) + ": ";
}

/// Why an interface's files stay as they are is an error where that keeps them from being adopted.
bool report(const Decision& decision, bool is_quiet) {
    for (const InterfaceAdoption& interface : decision.interfaces) {
        for (const LineRemark& remark : interface.obstacles)
            log_message(LogLevel::error, interface.ifname,
                        place_of(remark) +
                            (remark.text.empty() ? "" : "'" + printable(remark.text) + "': ") +
                            printable(remark.why) + "; nothing of " + interface.ifname +
                            "'s is adopted");
        if (is_quiet) continue;
        for (const LineRemark& remark : interface.more)
            print(place_of(remark) + printable(remark.text) + "   # does more than eni-routes: " +
                  printable(remark.why) + "; it stays yours\n");
    }
    return std::all_of(decision.interfaces.begin(), decision.interfaces.end(),
                       [](const InterfaceAdoption& each) { return each.obstacles.empty(); });
}

void print_kept(const Adoption& adoption) {
    for (const auto& [path, rest] : adoption.files)
        print("keep " + path + " as " + file_name(path) + kKeptSuffix + "\n");
}

void print_dry_run(const Decision& decision) {
    for (const FileChange& change : decision.files) print(unified_diff(change));
    print_kept(decision.adoption);
    print(changes_text(decision.change_set, Tense::conditional));
    print("dry run: nothing was changed\n");
}

/// False, and told, where there is no lock.
bool is_locked(const std::optional<Lock>& lock) {
    if (!lock || lock->complaint().empty()) return true;
    log_message(LogLevel::error, "", lock->complaint());
    return false;
}

/// Files first: should one of them fail, nothing has happened. Then the kernel, where ours are
/// added before what the files made is taken off.
ExitStatus adopt(Session& session, const Decision& decision, bool is_good) {
    std::set<std::string> adopted;
    for (const auto& [path, rest] : decision.adoption.files) adopted.insert(path);
    adopt_files(session.request.root, decision.files, adopted);
    print_kept(decision.adoption);
    session.request.adoption = decision.adoption;
    session.request.adoption.files.clear();
    const Outcome outcome = reconcile(session.config, session.request);
    log_failures(outcome.failures);
    ChangeSet done = decision.change_set;
    done.not_done = outcome.change_set.not_done;
    print(changes_text(done));
    return outcome.failures.empty() && is_good ? ExitStatus::ok : ExitStatus::failed;
}

ExitStatus run(Session& session, const AdoptOptions& options,
               const std::vector<std::string>& ifnames) {
    std::optional<Lock> lock;
    if (!options.dry_run) {
        lock.emplace(session.request.root, kLockTimeout);
        begin_by_hand(session);
    }
    const Decision decision = decide(session, ifnames);
    const bool is_held = is_locked(lock);
    const bool is_good = report(decision, options.quiet && decision.is_empty()) && is_held;
    if (!decision.is_empty() && !options.dry_run) return adopt(session, decision, is_good);
    if (!decision.is_empty())
        print_dry_run(decision);
    else if (!options.quiet)
        print("nothing to do\n");
    return is_good ? ExitStatus::ok : ExitStatus::failed;
}

// ---- --undo -------------------------------------------------------------------------------------

/// The paths that something is kept of, of these interfaces or of all.
std::vector<std::string> kept_paths(const Facts& facts, const std::vector<std::string>& ifnames) {
    std::set<std::string> wanted;
    for (const std::string& ifname : ifnames) {
        const Link* link = find_link(facts.kernel, ifname);
        const std::string name = link == nullptr ? ifname : script_name_of(facts, *link);
        for (const std::string& path : file_paths(name)) wanted.insert(path);
    }
    std::vector<std::string> paths;
    for (const auto& [path, bytes] : facts.disk.kept)
        if (ifnames.empty() || wanted.count(path) != 0) paths.push_back(path);
    return paths;
}

/// What people wrote since then must not be lost.
void refuse_changed(const DiskFacts& disk, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        const auto now = disk.files.find(path);
        if (now != disk.files.end() && !marked_owner(now->second) &&
            !is_rest_of(now->second, disk.kept.at(path)))
            throw std::runtime_error(path +
                                     " was changed since it was adopted, nothing was put "
                                     "back: move it away first");
    }
}

ExitStatus undo(const Session& session, const AdoptOptions& options,
                const std::vector<std::string>& ifnames) {
    std::optional<Lock> lock;
    if (!options.dry_run) {
        lock.emplace(session.request.root, kLockTimeout);
        begin_by_hand(session);
    }
    const Facts facts = facts_of(session);
    refuse_unread(facts);
    const auto paths = kept_paths(facts, ifnames);
    refuse_changed(facts.disk, paths);
    for (const std::string& path : paths) {
        print("put back " + path + "\n");
        if (options.dry_run) {
            const auto now = facts.disk.files.find(path);
            FileChange change{path, "", std::nullopt, facts.disk.kept.at(path)};
            if (now != facts.disk.files.end()) change.before = now->second;
            print(unified_diff(change));
        } else {
            put_back(session.request.root, path);
        }
    }
    if (paths.empty() && !options.quiet) print("nothing to do\n");
    if (paths.empty() || options.dry_run) return ExitStatus::ok;
    const Outcome outcome = reconcile(session.config, session.request);
    log_failures(outcome.failures);
    const bool is_good = is_locked(lock) && outcome.failures.empty();
    return is_good ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace

ExitStatus run_adopt(const Call& call) {
    Target target;
    AdoptOptions options;
    const auto ifnames = interface_names(parse(
        call, {flag("dry-run", 'n', options.dry_run, "Print what would be done, and do nothing"),
               flag("undo", 'u', options.undo, "Put back the files that were made by hand"),
               facts_option(target),
               flag("quiet", 'q', options.quiet, "Print nothing where nothing is to be done"),
               config_option(target)}));
    if (target.facts && (!options.dry_run || options.undo))
        throw std::invalid_argument(
            "--facts describes another time or machine: it needs --dry-run, and no --undo");
    Session session = open_session(target);
    ask_networkmanager(session);
    if (!options.undo) ask_metadata(session, kPatienceToChange);
    return options.undo ? undo(session, options, ifnames) : run(session, options, ifnames);
}

}  // namespace eni
