// Rules of ours that stand beside another program's which only its further selectors tell apart.
// The kernel deletes the first that fits what is named, and may take another for the one that is to
// be added. Must not decide which rules there are to be.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model.hpp"
#include "socket.hpp"

namespace eni {

/// Of those that the kernel may delete in the place of `rule`, by 3.10 to 6.18.
std::vector<Rule> rivals_of(const Rule& rule, const std::vector<Rule>& rules);

/// Deletes just this one; what the kernel deleted in its place is put back. Returns what is wrong:
/// nothing is deleted where a rule would go that cannot be written again. Throws std::runtime_error
/// where the rules cannot be read.
std::optional<std::string> delete_exactly(Connection* socket, const Rule& rule);

/// Of rules that the kernel has said are there (EEXIST) adds those that are not. Returns what is
/// wrong with which. Throws std::runtime_error where the socket fails.
std::vector<std::pair<Rule, std::string>> add_missing(Connection* socket,
                                                      const std::vector<Rule>& rules);

}  // namespace eni
