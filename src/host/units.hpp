// What the files of systemd say of its units, below a root. Must not ask systemd, nor change
// anything. What cannot be read is taken for not there.
#pragma once

#include <string>
#include <vector>

namespace eni {

/// Whether there is a file, with symbolic links followed below `root`.
bool exists_below(const std::string& root, const std::string& path);

/// Of a file that may be in several directories the one that counts: the first of them that has
/// it. Empty where none has it, or a link to /dev/null hides it, as it does for systemd and udev.
std::string first_of(const std::string& root, const std::vector<std::string>& directories,
                     const std::string& name);

/// Whether systemd runs.
bool has_systemd(const std::string& root);

/// Whether systemd finds a unit, or an alias of one, that is not masked.
bool has_unit(const std::string& root, const std::string& name);

/// As `systemctl is-enabled` has it: some unit wants or requires it, by a link in a directory.
/// False where systemd does not run.
bool is_unit_enabled(const std::string& root, const std::string& name);

/// A variable as a unit's Environment= sets it, with the file that does; both empty where none
/// does.
struct UnitVariable {
    std::string value;
    std::string path;
};

/// By its file and its drop-ins, of which the last one counts.
UnitVariable unit_variable(const std::string& root, const std::string& unit,
                           const std::string& variable);

/// The names in a directory, sorted; none where it is not there.
std::vector<std::string> names_in(const std::string& root, const std::string& directory);

/// The bytes of a regular file; empty where there is none.
std::string text_below(const std::string& root, const std::string& path);

}  // namespace eni
