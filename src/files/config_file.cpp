// See config_file.hpp.
#include "config_file.hpp"

#include <optional>

#include "config_reader.hpp"
#include "known_config.hpp"
#include "yaml_tree.hpp"

namespace eni {

namespace {

/// And the tree that it is, where it is wanted.
Config config_of(const ConfigText& text, const std::string& name,
                 const std::vector<std::string>& codes, std::optional<Node>* tree = nullptr) {
    if (text.says_nothing()) return {};
    Diagnostics diagnostics(name, text.lines());
    Config config;
    const auto document = parse_yaml(text.content, diagnostics);
    if (document) config = config_from(*document, diagnostics, codes);
    if (!diagnostics.text().empty()) throw ConfigError(diagnostics.text());
    if (tree != nullptr) *tree = document;
    return config;
}

}  // namespace

Config load_config(const std::string& path) {
    return config_of(load_config_text(path), path, kFindingCodes);
}

Config load_and_keep_config(const std::string& root, const std::string& path) {
    const ConfigText text = load_config_text(path);
    std::optional<Node> tree;
    Config config = config_of(text, path, kFindingCodes, &tree);
    if (tree) keep_config(root, text, *tree);
    return config;
}

Config parse_config(const std::string& text, const std::string& name,
                    const std::vector<std::string>& codes) {
    return config_of(config_text_from(text, name), name, codes);
}

}  // namespace eni
