// Which interfaces have rule- and route- files in network-scripts, and under which name. Pure; what
// is in them is render.cpp's part.
#pragma once

#include "config.hpp"
#include "interfaces.hpp"
#include "model.hpp"

namespace eni {

/// The UUID of the profile that is active on the link, told just now or at an earlier event; empty
/// where none was told.
std::string active_profile(const Facts& facts, const Link& link);

/// The NAME of an interface's rule-NAME: its ifcfg file's, else its own.
std::string script_name_of(const Facts& facts, const Link& link);

/// `files: auto`: a secondary whose profile is an ifcfg file.
FileName file_name_of(const Facts& facts, const Config& config, const Interface& interface,
                      bool is_primary);

}  // namespace eni
