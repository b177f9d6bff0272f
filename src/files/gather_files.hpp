// The disk edge, reading: what iproute2's tables, the ifcfg files and our own list of disabled
// interfaces say, as DiskFacts; and the one way in which a file is read. Must not decide what any
// of it means for the policy, and must not write.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "model.hpp"

namespace eni {

constexpr char kRtTablesShared[] = "/etc/iproute2/rt_tables";
constexpr char kRtTablesDropIn[] = "/etc/iproute2/rt_tables.d/eni-routes.conf";

/// Everything that DiskFacts asks for, from the files below `root` ("" is the machine itself; the
/// paths in the result are without it). What is absent is absent; a file of more than 1 MiB or one
/// that cannot be read throws, naming it.
DiskFacts gather_disk(const std::string& root);

/// What a shell that sources `text` would have in the variable `key`, as far as it needs no
/// expansion: quotes are removed, comments ignored, the last assignment counts. For ifcfg files and
/// os-release.
std::string shell_value(const std::string& text, const std::string& key);

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// open(2) with O_CLOEXEC, new files with mode 0600; null and errno where it fails.
File open_file(const std::string& path, int flags);

/// The bytes of a regular file of at most 1 MiB; nothing where there is none, or something that is
/// no regular file. Throws std::system_error or std::runtime_error, naming it.
std::optional<std::string> load_file(const std::string& root, const std::string& path);

/// `root` and `path`, or where its symbolic links end; they are followed below `root`, as after a
/// chroot. Need not exist. Throws where that would lead out of `root`, or in a circle.
std::string real_path(const std::string& root, const std::string& path);

}  // namespace eni
