// The bytes of the files that eni-routes writes, and which of them have to change. Pure: reading is
// gather_disk's business, writing is apply_files'.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model.hpp"
#include "our_files.hpp"

namespace eni {

/// `text` with our block replaced by one of these entries, or taken out where there are none. A new
/// block goes to the top: iproute2 stops reading at the first malformed line, and what comes after
/// it, a missing last newline included, stays as it was.
std::string with_block(const std::string& text, const std::vector<TableName>& entries);

using FileSet = std::map<std::string, FileChange>;  // by path; `before` is not filled in

/// All files that the plan has content for.
FileSet render_files(const Plan& plan, const DiskFacts& disk);

/// What has to be written or removed, in that order: names, rules, routes. A file of ours stays
/// where its interface is planned but has nothing to say at the moment (it is down).
std::vector<FileChange> diff_files(const Plan& plan, const DiskFacts& disk);

/// Into that order.
void sort_for_writing(std::vector<FileChange>& changes);

/// /etc/eni-routes/disabled: what `eni-routes disable` was told, "*" is everything.
std::string render_disabled(const std::set<std::string>& names);

}  // namespace eni
