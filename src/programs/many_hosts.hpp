// The commands that are about many recorded hosts: which files have their facts, and what is found
// of each. Must not ask this host anything.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hosts.hpp"
#include "inspection.hpp"

namespace eni {

/// The files with facts that these names stand for: of a directory those that end in .json, in the
/// order of their names. Throws std::runtime_error for a directory without one, and where it cannot
/// be read.
std::vector<std::string> facts_files(const std::vector<std::string>& names);

/// Judges each by its own configuration, unless `config` names another. What is wrong with one (it
/// cannot be read, or is none) is in its verdict, and the others are judged all the same. `each`
/// has what is printed of it at once.
std::vector<HostVerdict> judge_hosts(const std::vector<std::string>& files,
                                     const std::optional<std::string>& config,
                                     const std::function<void(HostVerdict&, Inspection&)>& each);

}  // namespace eni
