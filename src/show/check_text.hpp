// The result of a check in words, for a terminal. Must not judge anything.
#pragma once

#include <cstdint>
#include <string>

#include "check.hpp"
#include "paint.hpp"

namespace eni {

enum class Detail : std::uint8_t {
    quiet,   // only what is wrong, and nothing where all is well
    normal,  // a block for each interface, and a line for all
    verbose  // and every address, every flow, what follows from each finding, and its code
};

/// A block for each interface, those with something broken first, and one for the host. No line is
/// wider than 80 columns, but for what is to be copied as it stands.
std::string render_check(const CheckResult& result, Detail detail, const Paint& paint);

/// "broken", "warning", "note" or "ok".
const char* grade_word(Grade grade);

/// As it stands before a finding or a host: the word that is not to be missed is in capitals.
const char* grade_label(Grade grade);

/// Red, yellow or green; a note as it stands.
std::string painted(Grade grade, const std::string& text, const Paint& paint);

/// "1 broken, 2 warnings"; empty for none of both.
std::string count_words(std::size_t broken, std::size_t warnings);

/// "10.0.2.37 <-> the internet", and what becomes of it: for the table of flows.
std::string flow_title(const Flow& flow);
std::string flow_outcome(const Flow& flow);

}  // namespace eni
