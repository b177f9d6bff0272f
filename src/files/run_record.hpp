// The runs since the boot: /run/eni-routes/runs, a line for each kind of run. It is not part of the
// run state: a plan depends on that, and it is written where it changes; this is written at each
// run, also by an event, and is therefore as plain as it can be. Must not trust what it reads.
#pragma once

#include <string>

#include "runs.hpp"

namespace eni {

constexpr char kRunRecordPath[] = "/run/eni-routes/runs";

/// A line that is malformed is as if it were not there. Throws as load_file does where it cannot be
/// read.
RunRecord load_run_record(const std::string& root);

/// A new file takes the place of whatever has the name, but for a directory; an empty record
/// removes it. The caller holds the lock of a run. Throws std::system_error.
void save_run_record(const std::string& root, const RunRecord& record);

}  // namespace eni
