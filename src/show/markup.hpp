// HTML and SVG from templates with named places. All text that goes into a page or a picture is
// escaped here, and nowhere else. Must not know what it is about.
#pragma once

#include <map>
#include <string>

namespace eni {

/// Puts a value into each place: {{name}} takes text, which is escaped, and {{{name}}} markup that
/// was itself filled in here, as it is. What is not printed is shown as visible() does.
/// Throws std::logic_error for a place without a value and for a value without a place.
std::string fill_template(const std::string& text,
                          const std::map<std::string, std::string>& values);

}  // namespace eni
