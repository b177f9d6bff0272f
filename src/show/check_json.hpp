// The result of a check for programs: `eni-routes check --json`, which docs/json.md describes. Must
// not judge anything.
#pragma once

#include <string>

#include "check.hpp"
#include "format.hpp"

namespace eni {

/// Rules and routes are written with the tables' `names`, by number where one has none.
std::string render_check_json(const CheckResult& result, const TableNames& names = {});

}  // namespace eni
