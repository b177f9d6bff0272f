// Which interfaces have rule- and route- files in network-scripts, and under which name. Pure; what
// is in them is render.cpp's part.
#pragma once

#include "config.hpp"
#include "interfaces.hpp"
#include "model.hpp"

namespace eni {

/// `files: auto`: a secondary whose profile is an ifcfg file.
FileName file_name_of(const DiskFacts& disk, const Config& config, const Interface& interface,
                      bool is_primary);

}  // namespace eni
