// See temporary_files.hpp.
#include "temporary_files.hpp"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>

#include "file.hpp"
#include "our_files.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kSuffix[] = ".eni-routes-new";

/// As kOwnDirectories of apply_files.cpp, and what is not for us to make.
constexpr const char* kDirectories[] = {"/etc/iproute2",   "/etc/iproute2/rt_tables.d",
                                        kNetworkScripts,   "/etc/eni-routes",
                                        "/run/eni-routes", "/var/lib/eni-routes"};

/// FNV-1a, of 64 bits.
std::uint64_t hash_of(const std::string& text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash;
}

bool is_temporary(const std::string& name) {
    return name[0] == '.' && ends_with(name.substr(1), kSuffix);
}

void remove_left(const std::string& path) {
    struct stat status;
    if (lstat(path.c_str(), &status) != 0) return;
    const bool is_ours = status.st_uid == 0 || status.st_uid == geteuid();
    if (!S_ISREG(status.st_mode) || !is_ours) return;
    if (unlink(path.c_str()) != 0 && errno != ENOENT)
        throw_errno("cannot remove " + path + ", which an interrupted run left");
}

}  // namespace

std::string temporary_path(const std::string& path) {
    const std::string name = file_name(path);
    std::string shown = name;
    if (name.size() + sizeof kSuffix > NAME_MAX) {  // with the dot before it, and no NUL
        char number[17];
        std::snprintf(number, sizeof number, "%016llx",
                      static_cast<unsigned long long>(hash_of(name)));
        shown = number;
    }
    return path.substr(0, path.size() - name.size()) + "." + shown + kSuffix;
}

std::vector<std::string> remove_temporary_files(const std::string& root) {
    std::vector<std::string> failures;
    for (const char* directory : kDirectories) {
        try {
            const std::string path = real_path(root, directory);
            const auto names = load_directory(root, directory);
            for (const std::string& name : names.value_or(std::vector<std::string>()))
                if (is_temporary(name)) remove_left(path + "/" + name);
        } catch (const std::exception& error) {
            failures.emplace_back(error.what());
        }
    }
    return failures;
}

}  // namespace eni
