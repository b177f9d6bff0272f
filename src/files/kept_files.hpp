// The files that `adopt` takes the place of: kept beside under another name, and put back. Must not
// decide which those are, nor what is written in their place.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

/// Makes all of the changes, in their order, or none of them. Before it is changed each file that
/// is among `adopted` gets a second name, kKeptSuffix behind its path (link(2): the file itself,
/// with its mode, owner, times and label), so that at any time the old one or the new one is there,
/// whole. Of a symbolic link that is the file that it leads to, which apply_file changes. Throws as
/// apply_file does, and where that name is another file's already, or would be on another disk;
/// then all is as it was.
void adopt_files(const std::string& root, const std::vector<FileChange>& changes,
                 const std::set<std::string>& adopted);

/// The kept file stands again where it was taken from, whatever does now. Throws std::system_error.
void put_back(const std::string& root, const std::string& path);

}  // namespace eni
