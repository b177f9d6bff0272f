// The one way of text to people: standard output, and the log. What came from outside (names of
// links and tables, of programs, files) may hold any byte; none of them may reach a terminal that
// it would command, or hide in a page. Must not know what the text is about.
#pragma once

#include <string>

namespace eni {

/// UTF-8 that is printed, newlines and tabs stay. All else is told as it would be typed: "\x1b" for
/// a byte, "\u{202e}" for a character (controls, and what changes the direction of text). Where it
/// `has_colours` those of Paint stay.
std::string visible(const std::string& text, bool has_colours = false);

/// To standard output. With colours only where Paint::for_stdout() has them.
void print(const std::string& text);

}  // namespace eni
