// What has to be done to the kernel: the plan against what it has. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

/// Touches only what is ours (ownership.hpp). Where the kernel lets duplicates in, the second
/// of a pair is surplus. Applied to the snapshot, the changes leave nothing to do.
Changes diff(const Plan& plan, const KernelSnapshot& kernel);

/// Netfilter's tables and chains of ours against what was read; they are right where they are what
/// was read back when this marking was put in force. Nothing where they were not, or could not be,
/// read.
std::vector<MarkingChange> diff_marking(const std::optional<Marking>& wanted,
                                        const std::optional<MarkingFacts>& facts,
                                        const std::optional<MarkingState>& known);

/// The snapshot as it is when the changes are made.
KernelSnapshot applied(const Changes& changes, KernelSnapshot kernel);

/// Whether a table that was one interface's becomes another's: whoever moves in has to wait until
/// that one is moved out, so that neither can be dealt with alone.
bool changes_hands(const Plan& plan, const DiskFacts& disk);

/// Only what takes nothing away: no deletion, no replacement, no link group given back, and of the
/// files those that keep each line. Where the names are to lose one, what would be written beside
/// them may need the new ones: then no file.
Changes additions_of(const Changes& changes, const Plan& plan);
std::vector<FileChange> additions_of(const std::vector<FileChange>& changes);

/// Only what serves these interfaces or serves all; everything where none is named.
Changes limited_to(const Changes& changes, const std::vector<std::string>& ifnames);
std::vector<FileChange> limited_to(const std::vector<FileChange>& changes,
                                   const std::vector<std::string>& ifnames);

}  // namespace eni
