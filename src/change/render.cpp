// See render.hpp. The format is that of NetworkManager-dispatcher-routing-rules and of initscripts'
// ifup-routes: each line goes to `ip rule add` or `ip route add`; lines that begin with # and blank
// lines are skipped, a # later in a line is not a comment.
#include "render.hpp"

#include <algorithm>
#include <array>

#include "format.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kHint[] =
    "# Written by eni-routes; a change made here is lost: change /etc/eni-routes/config.yaml instead.\n";

std::string entry_lines(const std::vector<TableName>& entries) {
    std::string text;
    for (const TableName& entry : entries)
        text += std::to_string(number(entry.id)) + "\t" + entry.name + "\n";
    return text;
}

/// Where our block stands in `text`: from the begin marker to behind the end marker's newline.
struct Span {
    std::size_t begin, end;
};

std::optional<Span> find_block(const std::string& text) {
    const std::string begin_line = std::string(kBlockBegin) + "\n";
    std::size_t begin = text.find(begin_line);
    while (begin != std::string::npos && begin != 0 && text[begin - 1] != '\n')
        begin = text.find(begin_line, begin + 1);
    if (begin == std::string::npos) return std::nullopt;
    const std::size_t end = text.find(std::string("\n") + kBlockEnd, begin);
    if (end == std::string::npos) return std::nullopt;
    const std::size_t newline = text.find('\n', end + 1);
    return Span{begin, newline == std::string::npos ? text.size() : newline + 1};
}

std::string header(const std::string& ifname) {
    return kMarker + ifname + "\n" + kHint;
}

/// The lines of an interface's four files, in the order of file_paths.
using FileLines = std::array<std::string, 4>;

/// By ifname, of those that have files.
std::map<std::string, FileLines> render_lines(const Plan& plan) {
    std::map<std::string, FileLines> lines;
    std::map<std::string, std::string> tables;
    for (const InterfacePlan& interface : plan.interfaces)
        if (interface.file_name) tables[interface.ifname] = interface.table.name;
    const auto add = [&](const std::string& ifname, bool is_rule, Family family,
                         const auto& format) {
        const auto table = tables.find(ifname);
        if (table == tables.end()) return;
        const std::size_t index = (is_rule ? 0U : 2U) + (family == Family::v4 ? 0U : 1U);
        lines[ifname].at(index) += format(table->second) + "\n";
    };
    for (const Planned<Rule>& rule : plan.rules)
        if (rule.in_file)
            add(rule.ifname, /* is_rule= */ true, rule.object.family,
                [&](const std::string& table) { return format_rule(rule.object, table); });
    for (const Planned<Route>& route : plan.routes)
        if (route.in_file)
            add(route.ifname, /* is_rule= */ false, route.object.family(),
                [&](const std::string& table) { return format_route(route.object, table); });
    return lines;
}

void add_file(FileSet& files, const std::string& path, const std::string& ifname,
              const std::string& content) {
    files[path] = {path, ifname, std::nullopt, content};
}

/// The files that the planned interfaces have or would have.
std::set<std::string> planned_paths(const Plan& plan) {
    std::set<std::string> all;
    for (const InterfacePlan& interface : plan.interfaces) {
        if (!interface.file_name) continue;
        const auto paths = file_paths(*interface.file_name);
        all.insert(paths.begin(), paths.end());
    }
    return all;
}

/// What others call their tables, or where our names stand, is not known: they stay as they are.
/// (To take them all out nothing of that is needed.)
bool are_names_unknown(const Plan& plan, const DiskFacts& disk) {
    return disk.has_unread(Unread::Kind::table_names) && !plan.table_names.empty();
}

/// Our names in rt_tables: in a file of our own, or as a block in the shared one. A block that an
/// older version wrote into the shared file moves to the drop-in. In no other file is it ours.
void render_table_names(FileSet& files, const Plan& plan, const DiskFacts& disk) {
    if (are_names_unknown(plan, disk)) return;
    const auto shared = disk.files.find(kRtTablesShared);
    if (shared != disk.files.end() && shared->first != disk.rt_tables_path &&
        find_block(shared->second))
        add_file(files, kRtTablesShared, "", with_block(shared->second, {}));
    if (disk.rt_tables_is_shared) {
        const auto file = disk.files.find(disk.rt_tables_path);
        const std::string text = file == disk.files.end() ? "" : file->second;
        add_file(files, disk.rt_tables_path, "", with_block(text, plan.table_names));
    } else if (!plan.table_names.empty()) {
        add_file(files, disk.rt_tables_path, "", kHint + entry_lines(plan.table_names));
    }
}

/// Names before the rules and routes that use them, rules before routes: where a rule file exists
/// NetworkManager itself does not read the route file.
int rank(const FileChange& change) {
    const std::string name = file_name(change.path);
    const bool is_names = change.path.compare(0, sizeof kNetworkScripts - 1, kNetworkScripts) != 0;
    const bool is_rules = name.compare(0, 4, "rule") == 0;
    if (!change.after) return is_names ? 5 : is_rules ? 4 : 3;
    return is_names ? 0 : is_rules ? 1 : 2;
}

}  // namespace

std::string with_block(const std::string& text, const std::vector<TableName>& entries) {
    const std::string block =
        entries.empty() ? ""
                        : std::string(kBlockBegin) + "\n" + entry_lines(entries) + kBlockEnd + "\n";
    const Span span = find_block(text).value_or(Span{0, 0});
    return text.substr(0, span.begin) + block + text.substr(span.end);
}

FileSet render_files(const Plan& plan, const DiskFacts& disk) {
    FileSet files;
    render_table_names(files, plan, disk);
    const auto lines = render_lines(plan);
    for (const InterfacePlan& interface : plan.interfaces) {
        const auto own = lines.find(interface.ifname);
        if (own == lines.end()) continue;
        const auto paths = file_paths(*interface.file_name);
        for (std::size_t i = 0; i < paths.size(); ++i)
            if (!own->second.at(i).empty())
                add_file(files, paths.at(i), interface.ifname,
                         header(interface.ifname) + own->second.at(i));
    }
    return files;
}

std::vector<FileChange> diff_files(const Plan& plan, const DiskFacts& disk) {
    std::vector<FileChange> changes;
    const FileSet wanted = render_files(plan, disk);
    const std::set<std::string> planned = planned_paths(plan);
    for (const auto& [path, file] : wanted) {
        const auto found = disk.files.find(path);
        const bool is_there = found != disk.files.end();
        if (is_there ? found->second == file.after : file.after->empty()) continue;
        changes.push_back(file);
        if (is_there) changes.back().before = found->second;
    }
    for (const auto& [path, bytes] : disk.files) {
        if (wanted.count(path) != 0) continue;
        const auto adopted = plan.adopted_files.find(path);
        if (adopted != plan.adopted_files.end()) {
            changes.push_back({path, "", bytes, adopted->second});
            continue;
        }
        const auto owner = marked_owner(bytes);
        const bool is_our_names = path == disk.rt_tables_path && !disk.rt_tables_is_shared &&
                                  !are_names_unknown(plan, disk);
        if (!owner && !is_our_names) continue;
        if (owner && (planned.count(path) != 0 || plan.keep_files_of.count(*owner))) continue;
        changes.push_back({path, owner.value_or(""), bytes, std::nullopt});
    }
    sort_for_writing(changes);
    return changes;
}

void sort_for_writing(std::vector<FileChange>& changes) {
    std::stable_sort(changes.begin(), changes.end(),
                     [](const FileChange& a, const FileChange& b) { return rank(a) < rank(b); });
}

std::string render_disabled(const std::set<std::string>& names) {
    std::string text = "# Switched off by `eni-routes disable`; * is everything.\n";
    for (const std::string& name : names) text += name + "\n";
    return text;
}

}  // namespace eni
