// The extended attributes of a file that takes another's place. Must not decide about owner and
// mode, which are no such attributes.
#pragma once

#include <string>

namespace eni {

/// Gives `to` all that `from` has, and the process may see: access control lists, the SELinux
/// label, people's own. Without those that sign the bytes (IMA, EVM): the kernel makes them anew.
///
/// A list that cannot be set is a failure: the mode alone, whose group bits are then the list's
/// mask, may let in more than the list did. What else is refused is not, as the bytes count more: a
/// label is refused by a policy, and, where SELinux is off and files have labels still, to those
/// without CAP_SYS_ADMIN, as the watch is (cap_inode_setxattr in commoncap.c); restorecon(8) mends
/// it. Throws std::system_error ("WHAT: its access control list: No space left on device").
void copy_attributes(int from, int to, const std::string& what);

}  // namespace eni
