// The host as it is when a run has done all that it meant to do: for tests of a second run. Must
// not judge what was done.
#pragma once

#include <algorithm>
#include <string>

#include "change_set.hpp"
#include "diff.hpp"

namespace eni {

/// The disk as it is when the files are written.
inline DiskFacts written(const ChangeSet& set, DiskFacts disk) {
    bool names_change = false;
    for (const FileChange& change : set.files) {
        if (change.after)
            disk.files[change.path] = *change.after;
        else
            disk.files.erase(change.path);
        names_change = names_change || change.path.find("iproute2") != std::string::npos;
    }
    if (!names_change) return disk;
    auto& names = disk.table_names;
    names.erase(std::remove_if(names.begin(), names.end(),
                               [](const TableName& name) { return name.is_ours; }),
                names.end());
    names.insert(names.end(), set.plan.table_names.begin(), set.plan.table_names.end());
    return disk;
}

inline Facts afterwards(const ChangeSet& set, Facts facts) {
    facts.kernel = applied(set.changes, facts.kernel);
    facts.disk = written(set, facts.disk);
    facts.run = set.plan.run;
    return facts;
}

}  // namespace eni
