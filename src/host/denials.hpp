// What SELinux has denied to eni-routes, as auditd logs it: where the hook may not run or write,
// nothing else says why. Reads; must not decide what is wrong, nor fail where nothing is to be
// known.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host.hpp"

namespace eni {

/// Since boot, and since the policy was changed the last time; without those whose file has got
/// another type since. Empty where SELinux does not enforce, no auditd runs, or root does not ask.
std::vector<Denial> gather_denials();

/// Of an audit.log, the lines "type=AVC ... denied" that are about our programs or the hook, from
/// `since` (seconds since 1970) on. Those that differ in time and permissions alone are one.
std::vector<Denial> denials_from(const std::string& log, std::int64_t since);

}  // namespace eni
