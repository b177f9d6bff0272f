// The disk edge, reading: what iproute2's tables, the ifcfg files and our own list of disabled
// interfaces say, as DiskFacts. Must not decide what any of it means for the policy, and must not
// write.
#pragma once

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

}  // namespace eni
