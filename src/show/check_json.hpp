// The result of a check for programs: `eni-routes check --json`, which docs/json.md describes. Must
// not judge anything.
#pragma once

#include <string>

#include "check.hpp"
#include "format.hpp"

namespace eni {

/// Rules and routes are written with the tables' `names`, by number where one has none.
std::string render_check_json(const CheckResult& result, const TableNames& names = {});

/// The same in one line, with "facts", the name of the host that it is about.
std::string check_json_line(const std::string& facts, const CheckResult& result,
                            const TableNames& names = {});

}  // namespace eni
