// The text of the configuration, before anything is made of it. Must not need yaml-cpp.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace eni {

/// The file was read but cannot be obeyed. what() holds every error, each as
/// "PATH:LINE:COLUMN: TEXT" with the line itself and a caret below; ASCII, no newline at the end.
struct ConfigError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct ConfigText {
    std::string content;  // without UTF-8's byte order mark

    /// Without their ends.
    std::vector<std::string> lines() const;

    /// Blank lines and comments, or nothing at all: every key has its default.
    bool says_nothing() const;
};

/// Throws ConfigError, with `name`, for more than 64 KiB.
ConfigText config_text_from(const std::string& text, const std::string& name);

/// Of the file; empty where there is none. Throws as load_file and config_text_from do.
ConfigText load_config_text(const std::string& path);

}  // namespace eni
