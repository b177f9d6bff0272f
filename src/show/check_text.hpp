// The result of a check in words, for the terminal and for programs. Must not judge anything.
#pragma once

#include <string>

#include "check.hpp"
#include "paint.hpp"

namespace eni {

/// One line for each verdict, the worst first, and one for all. `quiet`: only what is broken and
/// the warnings, so that nothing is printed where all is right.
std::string render_check(const CheckResult& result, bool quiet, const Paint& paint);

/// docs/json.md describes it.
std::string render_check_json(const CheckResult& result);

/// "broken", "warning", "note" or "ok".
const char* grade_word(Grade grade);

/// "10.0.2.37 <-> the internet", and what becomes of it: for the table of flows.
std::string flow_title(const Flow& flow);
std::string flow_outcome(const Flow& flow);

}  // namespace eni
