// See changes.hpp.
#include "changes.hpp"

#include <type_traits>
#include <utility>

#include "format.hpp"

namespace eni {

namespace {

struct Words {
    ChangeKind kind;
    const char* noun;
    const char* verb;  // "would add 2 rules"
    const char* deed;  // "2 rules added"
};
constexpr Words kWordsOfKinds[] = {{ChangeKind::group_set, "link group", "set", "set"},
                                   {ChangeKind::sysctl_set, "sysctl", "set", "set"},
                                   {ChangeKind::address_added, "address", "add", "added"},
                                   {ChangeKind::route_added, "route", "add", "added"},
                                   {ChangeKind::rule_added, "rule", "add", "added"},
                                   {ChangeKind::rule_deleted, "rule", "delete", "deleted"},
                                   {ChangeKind::route_deleted, "route", "delete", "deleted"},
                                   {ChangeKind::address_deleted, "address", "delete", "deleted"},
                                   {ChangeKind::marks_set, "set of marks", "set", "set"},
                                   {ChangeKind::marks_removed, "set of marks", "remove", "removed"},
                                   {ChangeKind::file_written, "file", "write", "written"},
                                   {ChangeKind::file_removed, "file", "remove", "removed"}};

/// Of one change set, in the order of application.
class Lines {
  public:
    Lines(const ChangeSet& change_set, bool wants_keys)
        : names_(names_of_tables(change_set.plan, {})),
          not_done_(change_set.not_done),
          has_keys_(wants_keys || !change_set.not_done.empty()) {}

    template <class Object>
    void add(ChangeKind kind, const Planned<Object>& planned, const char* verb) {
        std::string command;
        if constexpr (std::is_same_v<Object, Address>)
            command = format_command(verb, planned.object);
        else
            command = format_command(verb, planned.object, name_of(planned.object.table, names_));
        add({planned.ifname, std::move(command), std::string(planned.why), kind,
             has_keys_ ? format_command(verb, planned.object) : ""});
    }
    void add(ChangeLine line) {
        line.is_done = not_done_.empty() || not_done_.count(line.key) == 0;
        all.push_back(std::move(line));
    }

    std::vector<ChangeLine> all;

  private:
    TableNames names_;
    const std::set<std::string>& not_done_;
    bool has_keys_;
};

/// "2 routes"
std::string count(std::size_t number, const std::string& noun) {
    const bool hisses = noun.back() == 's';
    return std::to_string(number) + " " + noun + (number == 1 ? "" : hisses ? "es" : "s");
}

}  // namespace

std::vector<ChangeLine> change_lines(const ChangeSet& change_set, bool wants_keys) {
    const Changes& changes = change_set.changes;
    Lines lines(change_set, wants_keys);
    for (const GroupChange& change : changes.groups) {
        const std::string command = format_command(change);
        lines.add({change.ifname, command, "the suppress rule uses the group",
                   ChangeKind::group_set, command});
    }
    for (const SrcValidMarkChange& change : changes.src_valid_marks) {
        const std::string command = format_command(change);
        lines.add({change.ifname, command, "rp_filter is strict, and uses marks",
                   ChangeKind::sysctl_set, command});
    }
    for (const auto& address : changes.addresses_added)
        lines.add(ChangeKind::address_added, address, "add");
    for (const RouteAddition& change : changes.routes_added)
        lines.add(ChangeKind::route_added, change.route,
                  change.action == RouteAction::add ? "add" : "replace");
    for (const auto& rule : changes.rules_added) lines.add(ChangeKind::rule_added, rule, "add");
    for (const auto& rule : changes.rules_deleted) lines.add(ChangeKind::rule_deleted, rule, "del");
    for (const auto& route : changes.routes_deleted)
        lines.add(ChangeKind::route_deleted, route, "del");
    for (const auto& address : changes.addresses_deleted)
        lines.add(ChangeKind::address_deleted, address, "del");
    for (const MarkingChange& change : changes.markings) {
        const std::string command = format_command(change);
        lines.add({"", command,
                   change.marking ? "answers of forwarded connections go back where they came from"
                                  : "not in the plan (any more)",
                   change.marking ? ChangeKind::marks_set : ChangeKind::marks_removed, command});
    }
    for (const FileChange& change : change_set.files) {
        const std::string command = (change.after ? "write " : "remove ") + change.path;
        lines.add({change.ifname, command,
                   change.after ? "what a boot needs until the hook has run" : "no longer needed",
                   change.after ? ChangeKind::file_written : ChangeKind::file_removed, command});
    }
    return std::move(lines.all);
}

std::string summary(const std::vector<ChangeLine>& lines, Tense tense) {
    std::string text, last_verb;
    for (const auto& [kind, noun, verb, deed] : kWordsOfKinds) {
        std::size_t number = 0, done = 0;
        for (const ChangeLine& line : lines) {
            number += line.kind == kind ? 1 : 0;
            done += line.kind == kind && line.is_done ? 1 : 0;
        }
        if (number == 0) continue;
        text += text.empty() ? "" : ", ";
        if (tense == Tense::conditional)
            text += (last_verb == verb ? "" : std::string(verb) + " ") + count(number, noun);
        else
            text += (done == number ? "" : std::to_string(done) + " of ") + count(number, noun) +
                    " " + deed;
        last_verb = verb;
    }
    if (text.empty()) return "nothing to do";
    return (tense == Tense::conditional ? "would " : "") + text;
}

std::string changes_text(const ChangeSet& change_set, Tense tense) {
    const std::vector<ChangeLine> lines = change_lines(change_set);
    std::string text;
    for (const ChangeLine& line : lines)
        text += line.command + "   # " + (line.is_done ? "" : "failed: ") + line.why + "\n";
    for (const Note& note : change_set.plan.notes)
        text += std::string(note.severity == Severity::warning ? "warning: " : "note: ") +
                (note.ifname.empty() ? "" : note.ifname + ": ") + note.text + "\n";
    return text + summary(lines, tense) + "\n";
}

}  // namespace eni
