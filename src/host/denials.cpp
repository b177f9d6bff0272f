// See denials.hpp.
#include "denials.hpp"

#include <gio/gio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "file.hpp"
#include "glib_ptr.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr std::size_t kLogEnd = 256U << 10;  // bytes of the log that are read
constexpr std::size_t kNameLength = 15;      // of a process's name (TASK_COMM_LEN less the NUL)

const char* const kPrograms[] = {"eni-routes", "eni-routes-event", "eni-routes-watch",
                                 "30-eni-routes"};

/// Where our files are, and those that we write.
const char* const kDirectories[] = {"/etc/NetworkManager/dispatcher.d",
                                    "/etc/NetworkManager/dispatcher.d/pre-up.d",
                                    "/usr/lib/NetworkManager/dispatcher.d",
                                    "/usr/lib/NetworkManager/dispatcher.d/pre-up.d",
                                    "/usr/libexec",
                                    "/etc/iproute2",
                                    "/etc/iproute2/rt_tables.d",
                                    "/etc/sysconfig/network-scripts",
                                    "/etc/eni-routes",
                                    "/run/eni-routes",
                                    "/var/lib/eni-routes"};

/// "system_u:object_r:etc_t:s0" -> "etc_t"
std::string type_in(const std::string& context) {
    std::istringstream parts(context.c_str());  // an attribute's value ends with a NUL
    std::string type;
    for (int i = 0; i < 3; ++i)
        if (!std::getline(parts, type, ':')) return "";
    return type;
}

/// The words KEY=VALUE of a line, without quotes.
std::map<std::string, std::string> fields_of(const std::string& line) {
    std::map<std::string, std::string> fields;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos) continue;
        std::string value = word.substr(equals + 1);
        value.erase(std::remove(value.begin(), value.end(), '"'), value.end());
        fields[word.substr(0, equals)] = value;
    }
    return fields;
}

/// What is between two pieces of text; empty where they are not there.
std::string between(const std::string& line, const std::string& before, const std::string& after) {
    const std::size_t begin = line.find(before);
    if (begin == std::string::npos) return "";
    const std::size_t end = line.find(after, begin + before.size());
    if (end == std::string::npos) return "";
    return line.substr(begin + before.size(), end - begin - before.size());
}

/// The full name of one of ours; that of another program as it is.
std::string program_of(const std::string& comm) {
    for (const std::string program : kPrograms)
        if (comm == program.substr(0, kNameLength)) return program;
    return comm;
}

/// What others may not do with our files (a backup, a scanner) is their business.
bool concerns_us(const std::string& program, const std::string& file) {
    const auto is_ours = [](const std::string& name) {
        return std::find(std::begin(kPrograms), std::end(kPrograms), name) != std::end(kPrograms);
    };
    return is_ours(program) || (program == "nm-dispatcher" && is_ours(file));
}

std::string format_time(std::int64_t seconds) {
    const GOwned<GDateTime> time(g_date_time_new_from_unix_utc(seconds));
    const GText text(time ? g_date_time_format(time.get(), "%Y-%m-%d %H:%M:%S UTC") : nullptr);
    return text ? text.get() : "";
}

std::int64_t seconds_in(const std::string& text) {
    return g_ascii_strtoll(text.c_str(), nullptr, 10);
}

void add_permissions(std::string& known, const std::string& more) {
    std::istringstream words(more);
    for (std::string word; words >> word;)
        if ((" " + known + " ").find(" " + word + " ") == std::string::npos)
            known += (known.empty() ? "" : " ") + word;
}

std::int64_t boot_time() {
    return seconds_in(between(read_end("/proc/stat", kLogEnd), "\nbtime ", "\n"));
}

/// What `semodule` and `setsebool -P` write.
std::int64_t policy_time() {
    struct stat status;
    return stat("/etc/selinux/targeted/policy", &status) == 0 ? status.st_mtime : 0;
}

/// The type of a file; empty where it has none, or is not there.
std::string type_of(const std::string& path) {
    char label[4096] = "";
    const ssize_t size = getxattr(path.c_str(), "security.selinux", label, sizeof label - 1);
    return size < 0 ? "" : type_in(label);
}

/// Its file has another type by now: restorecon(8) was run, or it was written anew.
bool is_mended(const Denial& denial) {
    const std::string name = file_name(denial.target);
    if (name.empty()) return false;
    std::set<std::string> types;  // of all that it may have been
    for (const std::string directory : kDirectories)
        types.insert({type_of(directory + "/" + name),
                      file_name(directory) == name ? type_of(directory) : ""});
    types.erase("");
    return !types.empty() && types.count(denial.target_type) == 0;
}

}  // namespace

std::vector<Denial> denials_from(const std::string& log, std::int64_t since) {
    std::vector<Denial> denials;
    for (const std::string& line : lines_of(log)) {
        auto fields = fields_of(line);
        const std::int64_t time = seconds_in(between(line, "msg=audit(", "."));
        const std::string target = fields["path"].empty() ? fields["name"] : fields["path"];
        const std::string program = program_of(fields["comm"]);
        if (fields["type"] != "AVC" || line.find(" denied ") == std::string::npos ||
            fields["permissive"] == "1" || time < since || !concerns_us(program, file_name(target)))
            continue;
        Denial denial{program,          type_in(fields["scontext"]), "", target,
                      fields["tclass"], type_in(fields["tcontext"]), ""};
        const auto same = [&](const Denial& known) {
            return known.program == denial.program && known.domain == denial.domain &&
                   known.target == denial.target && known.target_class == denial.target_class &&
                   known.target_type == denial.target_type;
        };
        auto found = std::find_if(denials.begin(), denials.end(), same);
        if (found == denials.end()) found = denials.insert(denials.end(), denial);
        add_permissions(found->permissions, between(line, "{", "}"));
        found->last_time = format_time(time);
    }
    return denials;
}

std::vector<Denial> gather_denials() {
    if (trimmed(read_end("/sys/fs/selinux/enforce", 16)) != "1") return {};
    auto denials = denials_from(read_end("/var/log/audit/audit.log", kLogEnd),
                                std::max(boot_time(), policy_time()));
    denials.erase(std::remove_if(denials.begin(), denials.end(), is_mended), denials.end());
    return denials;
}

}  // namespace eni
