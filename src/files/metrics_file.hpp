// The file that node_exporter's textfile collector reads. Must not know what the metrics are, nor
// write where another user could lead it elsewhere.
#pragma once

#include <string>

namespace eni {

/// Each such file begins with it; another is neither overwritten nor removed.
constexpr char kMetricsStart[] = "# HELP eni_routes_";

/// Whole or not at all, as apply_file: a temporary file beside it takes its place, without fsync; a
/// symbolic link stays, and the file that it names is written. Throws std::runtime_error where its
/// directory is not this user's (or can be written by others), where the file is another program's
/// or no regular file, and std::system_error where it cannot be written.
void write_metrics_file(const std::string& path, const std::string& text);

/// Where it is one. Throws as write_metrics_file does.
void remove_metrics_file(const std::string& path);

}  // namespace eni
