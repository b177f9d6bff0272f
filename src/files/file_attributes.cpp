// See file_attributes.hpp.
#include "file_attributes.hpp"

#include <sys/xattr.h>

#include <optional>
#include <vector>

#include "file.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxXattr = 65536;  // XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h

std::vector<std::string> names_of(int descriptor) {
    std::string list(kMaxXattr, '\0');
    const ssize_t size = flistxattr(descriptor, &list[0], list.size());
    std::vector<std::string> names;
    for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(names.back().size()) + 1)
        names.emplace_back(&list[static_cast<std::size_t>(at)]);
    return names;
}

std::optional<std::string> value_of(int descriptor, const std::string& name) {
    std::string value(kMaxXattr, '\0');
    const ssize_t size = fgetxattr(descriptor, name.c_str(), &value[0], value.size());
    if (size < 0) return std::nullopt;
    value.resize(static_cast<std::size_t>(size));
    return value;
}

/// "system.posix_acl_access", "system.nfs4_acl"
bool is_access_list(const std::string& name) {
    return name.compare(0, 7, "system.") == 0;
}

bool signs_the_bytes(const std::string& name) {
    return name == "security.ima" || name == "security.evm";
}

}  // namespace

void copy_attributes(int from, int to, const std::string& what) {
    for (const std::string& name : names_of(from)) {
        if (signs_the_bytes(name)) continue;
        const auto wanted = value_of(from, name);
        const bool is_given =
            wanted &&
            // SELinux gives a new file its directory's label, which may be the same.
            (wanted == value_of(to, name) ||
             fsetxattr(to, name.c_str(), wanted->data(), wanted->size(), 0) == 0);
        if (!is_given && is_access_list(name)) throw_errno(what + ": its access control list");
    }
}

}  // namespace eni
