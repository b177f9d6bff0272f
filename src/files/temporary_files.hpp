// The names of the temporary files beside those that eni-routes writes, and how the ones that an
// interrupted run left are found. Must not touch a file of any other name.
#pragma once

#include <string>
#include <vector>

namespace eni {

/// .NAME.eni-routes-new, in the same directory; where that is longer than a name may be, a number
/// made from NAME in its place.
std::string temporary_path(const std::string& path);

/// Removes what killed runs left in the directories below `root` that eni-routes writes to: regular
/// files of such a name, root's or this user's. To be called under the lock: a run makes such
/// files. Returns what could not be done, a sentence for each.
std::vector<std::string> remove_temporary_files(const std::string& root);

}  // namespace eni
