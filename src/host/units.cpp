// See units.hpp.
#include "units.hpp"

#include <glib.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <map>

#include "file.hpp"
#include "glib_ptr.hpp"
#include "text.hpp"

namespace eni {

namespace {

const std::vector<std::string> kUnitDirectories = {
    "/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};

/// The words of an assignment as a shell splits them: "A=1" 'B=2 3'.
std::vector<std::string> words_in(const std::string& text) {
    int count = 0;
    char** words = nullptr;
    if (!g_shell_parse_argv(text.c_str(), &count, &words, nullptr)) return {};
    const GTexts owned(words);
    return {words, words + count};
}

}  // namespace

bool exists_below(const std::string& root, const std::string& path) {
    try {
        return access(real_path(root, path).c_str(), F_OK) == 0;
    } catch (const std::exception&) {  // its links lead in a circle
        return false;
    }
}

std::string first_of(const std::string& root, const std::vector<std::string>& directories,
                     const std::string& name) {
    for (const std::string& directory : directories) {
        const std::string path = directory + "/" + name;
        if (!exists_below(root, path)) continue;
        return real_path(root, path) == root + "/dev/null" ? "" : path;
    }
    return "";
}

bool has_systemd(const std::string& root) {
    return exists_below(root, "/run/systemd/system");
}

bool has_unit(const std::string& root, const std::string& name) {
    return !first_of(root, kUnitDirectories, name).empty();
}

bool is_unit_enabled(const std::string& root, const std::string& name) {
    if (!has_systemd(root) || !has_unit(root, name)) return false;
    for (const std::string top : {"/etc/systemd/system", "/run/systemd/system"})
        for (const std::string& wanting : names_in(root, top))
            if ((g_str_has_suffix(wanting.c_str(), ".wants") ||
                 g_str_has_suffix(wanting.c_str(), ".requires")) &&
                exists_below(root, top + "/" + wanting + "/" + name))
                return true;
    return false;
}

UnitVariable unit_variable(const std::string& root, const std::string& unit,
                           const std::string& variable) {
    std::vector<std::string> paths = {first_of(root, kUnitDirectories, unit)};
    std::map<std::string, std::string> drop_ins;  // by name: one of /etc hides its namesakes
    for (const std::string& directory : kUnitDirectories)
        for (const std::string& name : names_in(root, directory + "/" + unit + ".d"))
            if (g_str_has_suffix(name.c_str(), ".conf"))
                drop_ins.emplace(name, directory + "/" + unit + ".d/" + name);
    for (const auto& [name, path] : drop_ins) paths.push_back(path);
    const std::string key = "Environment=";
    UnitVariable found;
    for (const std::string& path : paths)
        for (const std::string& line : lines_of(path.empty() ? "" : text_below(root, path))) {
            const std::string setting = trimmed(line);
            if (setting.compare(0, key.size(), key) != 0) continue;
            if (setting == key) found = {};  // systemd.exec(5): an empty one forgets them all
            for (const std::string& word : words_in(setting.substr(key.size())))
                if (word.compare(0, variable.size() + 1, variable + "=") == 0)
                    found = {word.substr(variable.size() + 1), path};
        }
    return found;
}

std::vector<std::string> names_in(const std::string& root, const std::string& directory) {
    std::vector<std::string> names;
    if (!exists_below(root, directory)) return names;
    const GOwned<GDir> stream(g_dir_open(real_path(root, directory).c_str(), 0, nullptr));
    while (const char* name = stream ? g_dir_read_name(stream.get()) : nullptr)
        names.emplace_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

std::string text_below(const std::string& root, const std::string& path) {
    try {
        return load_file(root, path).value_or("");
    } catch (const std::exception&) {
        return "";
    }
}

}  // namespace eni
