// The disk edge, reading: what iproute2's tables, the ifcfg files and our own list of disabled
// interfaces say, as DiskFacts. Must not decide what any of it means for the policy, and must not
// write.
#pragma once

#include <map>
#include <string>

#include "model.hpp"
#include "our_files.hpp"

namespace eni {

/// Everything that DiskFacts asks for, but for what is kept, from the files below `root` ("" is the
/// machine itself; the paths in the result are without it). What is absent is absent; what cannot
/// be read, a file of more than 1 MiB too, is among `unread`. Throws where it cannot be known what
/// is switched off, for then nothing may be done.
DiskFacts gather_disk(const std::string& root);

/// DiskFacts::kept, for the commands alone: no event depends on what is in these files.
void gather_kept(DiskFacts& disk, const std::string& root);

/// What a shell that sources `text` would have in its variables, as far as it needs no expansion:
/// quotes are removed, comments ignored, the last assignment counts. For ifcfg files and
/// os-release.
std::map<std::string, std::string> shell_values(const std::string& text);
/// Of the variable `key`; empty where it is not set.
std::string shell_value(const std::string& text, const std::string& key);

}  // namespace eni
