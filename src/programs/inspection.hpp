// What the commands that change nothing have before them: the facts, what a run would change, and
// whom to ask for the way of a packet. Must not print, nor change anything.
#pragma once

#include <optional>
#include <string>

#include "change_set.hpp"
#include "check.hpp"
#include "flows.hpp"
#include "session.hpp"
#include "status.hpp"

namespace eni {

struct Inspection {
    Session session;
    Facts facts;
    ChangeSet change_set;
    Ask ask;  // the kernel; of recorded facts the walk through their rules
};

/// Asks EC2's metadata as well. Throws as open_session and gather_facts do.
Inspection inspect(const Target& target);

/// Of a session that is open; asks EC2's metadata nothing.
Inspection inspect(Session session);

/// Gathers what else runs on the host, of which `facts` then say; recorded facts stay as they are.
/// With `is_probing` gateways and peers are asked with packets, which throws as probe() does.
CheckResult judge(Inspection& inspection, bool is_probing = false);

/// Of a change that waits to be confirmed, or was undone, or why that is not known; empty of
/// recorded facts.
std::string unconfirmed_words(const Inspection& inspection);

/// Nothing where recorded facts do not say.
std::optional<WatchStatus> watch_status(const Inspection& inspection);

}  // namespace eni
