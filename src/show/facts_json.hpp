// Facts as JSON: the attachment of every bug report (`eni-routes facts`), and the source of golden
// cases, which people write by hand. Must not know where facts come from, nor repair them.
#pragma once

#include <string>

#include "model.hpp"

namespace eni {

/// Pretty JSON with a newline at its end. A member that has its default is left out. Text that is
/// not UTF-8 is kept as {"latin1": "..."}, a character for each byte; only names of files and
/// interfaces that are not UTF-8, being keys, lose what is not.
std::string render_facts_json(const Facts& facts);

/// The reverse. `text` comes from outside: an unknown key, a wrong type or a bad value throws
/// std::runtime_error with its JSON pointer and what was expected there:
/// "facts: /kernel/routes/3/dst: expected a prefix, not '10.0.2.1/24'".
Facts load_facts_json(const std::string& text);

}  // namespace eni
