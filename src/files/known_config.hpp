// What yaml-cpp made of the configuration the last time: an event does not load that library for a
// file that has not changed. Kept under /run/eni-routes, with the file's own bytes, which are what
// it is known by. Must not need yaml-cpp.
#pragma once

#include <optional>
#include <string>

#include "config.hpp"
#include "config_text.hpp"
#include "yaml_tree.hpp"

namespace eni {

/// The configuration at `path`, with what is kept below `root`; nothing where yaml-cpp has to read
/// it, since it says something, and something else than the last time. Throws as load_config does.
std::optional<Config> load_known_config(const std::string& root, const std::string& path);

/// Where it cannot be kept it will be read again.
void keep_config(const std::string& root, const ConfigText& text, const Node& tree);

/// Throws as apply_file does.
void forget_known_config(const std::string& root);

}  // namespace eni
