// The plan against what is there: everything that one run would change. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config.hpp"
#include "make_plan.hpp"
#include "model.hpp"

namespace eni {

/// What a run wants, and what it takes; for printing as it stands, or for applying.
struct ChangeSet {
    Plan plan;
    Changes changes;                // of the kernel
    std::vector<FileChange> files;  // in the order of writing
    /// After a run: what of it was not done, as a command by numbers or "write /path".
    std::set<std::string> not_done;

    bool empty() const { return changes.empty() && files.empty(); }
};

/// `ifnames` limits what is changed, not what is planned; empty: everything. Where a table changes
/// hands it limits nothing: neither interface can be dealt with alone.
ChangeSet make_change_set(const Facts& facts, const Config& config, Absent absent,
                          const std::vector<std::string>& ifnames = {});

/// Whether an interface that is up is to lose all its sources of a family. One that was told to be
/// down (`down`; may be empty) stays IFF_UP, and whatever brings it back tells so.
bool loses_a_family(const ChangeSet& change_set, const KernelSnapshot& kernel,
                    const std::string& down);

}  // namespace eni
