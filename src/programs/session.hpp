// What the commands have in common: the host that a command is about, its configuration, its facts,
// and the changes that follow from them, printed or made. Must not know a single command.
#pragma once

#include <optional>
#include <string>

#include "change_set.hpp"
#include "config.hpp"
#include "exit_status.hpp"
#include "gather_nm.hpp"
#include "host_metadata.hpp"
#include "model.hpp"
#include "options.hpp"
#include "reconcile.hpp"

namespace eni {

class Keeper;

/// The host that a command is about: this one, this one with the files of another place, or one
/// whose facts were recorded.
struct Target {
    std::optional<std::string> config;  // --config
    std::optional<std::string> facts;   // --facts
    std::string root;                   // --root

    bool is_this_host() const { return !facts && root.empty(); }
};

Option config_option(Target& target);
Option facts_option(Target& target);
Option root_option(Target& target);

/// What is there before facts are gathered.
struct Session {
    Target target;
    std::optional<Facts> recorded;  // where the target names facts
    Config config;
    Request request;
    std::optional<NmFacts> told;  // by NetworkManager, which is asked once
};

/// The configuration in force: the one that --config names, else the recorded one, else the
/// installed one, which alone need not exist. Its log level counts from now on. Throws ConfigError,
/// and std::runtime_error for files that cannot be read.
Session open_session(const Target& target);

/// Where the configuration is read from, if it is not the recorded one; need not exist.
std::string config_path(const Target& target);

/// The configuration of the recorded host, unless --config names another.
Config config_for(const Target& target, const std::optional<Facts>& recorded);

/// Asks NetworkManager for the session's request, of this host alone. Without an answer it has
/// nothing of it.
void ask_networkmanager(Session& session);

/// The version of this host's; empty where it does not run or does not answer.
std::string networkmanager_version(Session& session);

/// Asks EC2's metadata for the session's request, of this host alone. Logs what was not answered;
/// false where there is such. See gather_host_metadata.
bool ask_metadata(Session& session, std::chrono::milliseconds patience,
                  const std::string& new_interface = "");

/// As they are now, or as they were recorded. Changes nothing.
Facts facts_of(const Session& session);

/// Logs what of the facts could not be read, as errors; false where there is no such.
bool log_unread(const Facts& facts);

/// What `check` and bug reports need beside that: what else is on this host, what NetworkManager
/// says of its links, and which gateways have not answered.
void gather_surroundings(Session& session, Facts& facts);

struct ChangeOptions {
    bool dry_run = false;
    bool diff = false;
    bool quiet = false;        // print nothing where nothing changes
    bool unattended = false;   // a service's: changes nothing while runs are held
    bool seals = false;        // from now on runs are held, as an image is to be taken
    Keeper* keeper = nullptr;  // of what is there before the changes
};

/// Of a change that is made by hand: throws std::runtime_error while another waits to be confirmed,
/// else runs are held no longer. The caller holds the lock. Below a root it does nothing.
void begin_by_hand(const Session& session);

/// Prints what a run changes; makes the changes as well, under the lock, but for a dry run.
ExitStatus make_changes(const Session& session, const ChangeOptions& options);

}  // namespace eni
