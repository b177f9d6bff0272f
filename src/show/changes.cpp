// See changes.hpp.
#include "changes.hpp"

#include <tuple>

#include "format.hpp"

namespace eni {

namespace {

template <class Object>
ChangeLine line_of(const Planned<Object>& planned, const char* verb, const TableNames& names) {
    return {planned.ifname,
            format_command(verb, planned.object, name_of(planned.object.table, names)),
            std::string(planned.why)};
}

ChangeLine line_of(const Planned<Address>& planned, const char* verb) {
    return {planned.ifname, format_command(verb, planned.object), std::string(planned.why)};
}

/// "2 routes"
std::string count(std::size_t number, const std::string& noun) {
    const bool hisses = noun.back() == 's';
    return std::to_string(number) + " " + noun + (number == 1 ? "" : hisses ? "es" : "s");
}

}  // namespace

std::vector<ChangeLine> change_lines(const ChangeSet& change_set) {
    const TableNames names = names_of_tables(change_set.plan, {});
    const Changes& changes = change_set.changes;
    std::vector<ChangeLine> lines;
    for (const GroupChange& change : changes.groups)
        lines.push_back(
            {change.ifname, format_command(change), "the suppress rule looks at the group"});
    for (const auto& address : changes.addresses_added) lines.push_back(line_of(address, "add"));
    for (const RouteAddition& change : changes.routes_added)
        lines.push_back(
            line_of(change.route, change.action == RouteAction::add ? "add" : "replace", names));
    for (const auto& rule : changes.rules_added) lines.push_back(line_of(rule, "add", names));
    for (const auto& rule : changes.rules_deleted) lines.push_back(line_of(rule, "del", names));
    for (const auto& route : changes.routes_deleted) lines.push_back(line_of(route, "del", names));
    for (const auto& address : changes.addresses_deleted) lines.push_back(line_of(address, "del"));
    for (const FileChange& change : change_set.files)
        lines.push_back(
            {change.ifname, (change.after ? "write " : "remove ") + change.path,
             change.after ? "what a boot needs until the hook has run" : "no longer needed"});
    return lines;
}

std::string summary(const ChangeSet& change_set) {
    const Changes& changes = change_set.changes;
    std::size_t written = 0;
    for (const FileChange& change : change_set.files) written += change.after ? 1 : 0;
    const std::tuple<std::size_t, const char*, const char*> parts[] = {
        {changes.groups.size(), "link group", "set"},
        {changes.addresses_added.size(), "address", "added"},
        {changes.routes_added.size(), "route", "added"},
        {changes.rules_added.size(), "rule", "added"},
        {changes.rules_deleted.size(), "rule", "deleted"},
        {changes.routes_deleted.size(), "route", "deleted"},
        {changes.addresses_deleted.size(), "address", "deleted"},
        {written, "file", "written"},
        {change_set.files.size() - written, "file", "removed"}};
    std::string text;
    for (const auto& [number, noun, deed] : parts)
        if (number != 0) text += (text.empty() ? "" : ", ") + count(number, noun) + " " + deed;
    return text.empty() ? "nothing to do" : text;
}

std::string changes_text(const ChangeSet& change_set) {
    std::string text;
    for (const ChangeLine& line : change_lines(change_set))
        text += line.command + "   # " + line.why + "\n";
    for (const Note& note : change_set.plan.notes)
        text += std::string(note.severity == Severity::warning ? "warning: " : "note: ") +
                (note.ifname.empty() ? "" : note.ifname + ": ") + note.text + "\n";
    return text + summary(change_set) + "\n";
}

}  // namespace eni
