// Which interfaces have rule- and route- files in network-scripts, and under which name. Pure; what
// is in them is render.cpp's part.
#pragma once

#include "config.hpp"
#include "interfaces.hpp"
#include "model.hpp"

namespace eni {

/// The NAME of an interface's rule-NAME: its ifcfg file's, else its own.
std::string script_name_of(const DiskFacts& disk, const Link& link);

/// `files: auto`: a secondary whose profile is an ifcfg file.
FileName file_name_of(const Facts& facts, const Config& config, const Interface& interface,
                      bool is_primary);

}  // namespace eni
