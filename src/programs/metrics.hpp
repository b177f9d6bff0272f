// The metrics of this host, or of recorded facts: what they are made from, and the file that the
// configuration names. Must not ask EC2 or NetworkManager: the watch writes them as well, from
// where it reaches neither, and what is found must not depend on who writes.
#pragma once

#include <string>

#include "session.hpp"

namespace eni {

/// Reads the host, or takes the recorded facts, and judges them. Throws as inspect() does.
std::string metrics_of(const Session& session);

/// Makes them and writes them to the file that the configuration names, if it names one. Throws as
/// metrics_of and write_metrics_file do, and LockTimeout.
void write_metrics(const Session& session);

/// Removes that file. Throws as write_metrics does.
void remove_metrics(const Config& config);

}  // namespace eni
