// See status.hpp. First the short form, which every status begins with; then the plan.
#include "status.hpp"

#include <algorithm>
#include <vector>

#include "changes.hpp"
#include "format.hpp"
#include "metadata.hpp"
#include "status_rows.hpp"
#include "status_tables.hpp"
#include "wrap.hpp"

namespace eni {

namespace {

constexpr std::size_t kGap = 2, kMinName = 5, kMaxName = 15, kLabelWidth = 7;
constexpr std::size_t kMaxAddress = 20, kMaxPublic = 15, kStateWidth = 11;
/// Of a list in the short form: on a new host all is missing.
constexpr std::size_t kMaxShown = 20;

/// A line of the short form.
struct Summary {
    std::string ifname, address, public_address;
    std::string state;
    enum class Mood : std::uint8_t { good, neutral, bad } mood = Mood::good;
    std::string about;
    std::vector<MissingRow> missing;
};

std::string first_of(const std::vector<std::string>& addresses) {
    if (addresses.empty()) return "";
    const std::string& first = addresses.front();
    return first.substr(0, first.find('/')) +
           (addresses.size() == 1 ? "" : " +" + std::to_string(addresses.size() - 1));
}

std::string public_of(const Facts& facts, const std::string& ifname,
                      const std::vector<std::string>& addresses) {
    const Eni* eni = find_eni(facts, ifname);
    if (eni == nullptr || addresses.empty()) return "";
    const auto address = IpAddress::parse(addresses.front().substr(0, addresses.front().find('/')));
    const auto elastic = address ? public_address_of(*eni, *address) : std::nullopt;
    return elastic ? elastic->to_string() : "";
}

Summary summary_of(const InterfaceStatus& status, const Facts& facts) {
    Summary line;
    line.ifname = status.plan->ifname;
    line.address = first_of(status.addresses);
    line.public_address = public_of(facts, line.ifname, status.addresses);
    line.missing = status.missing();
    line.mood = Summary::Mood::bad;
    if (!line.missing.empty()) {
        line.state = "INCOMPLETE";
    } else if (!status.link.is_up) {
        line.state = "down";
    } else {
        line.state = "ok";
        line.mood = Summary::Mood::good;
    }
    line.about = std::string(status.plan->is_primary ? "primary, " : "") + "table " +
                 status.plan->table.name;
    return line;
}

std::string reason_words(const UnmanagedLink& link) {
    switch (link.why) {
        case Unmanaged::all_off:
            return "as eni-routes is";
        case Unmanaged::disabled:
            return "until eni-routes enable " + link.link->ifname;
        case Unmanaged::disabled_in_configuration:
            return "by the configuration";
        case Unmanaged::only_one:
            return "no other is managed";
        case Unmanaged::excluded:
            return "the configuration excludes its name";
        case Unmanaged::not_included:
            return "the configuration does not include its name";
        case Unmanaged::not_ethernet:
            return "it is no Ethernet link";
        case Unmanaged::port:
            return "it is a port of a bridge, a bond or a VRF";
        case Unmanaged::made_of_others:
            return "it is made of other links (" + link.link->kind + ")";
        case Unmanaged::odd_name:
            return "its name is not plain";
        case Unmanaged::name_of_a_kernel_table:
            return "the kernel's own table has its name";
        case Unmanaged::left_to_cni:
            return "amazon-vpc-cni routes its pods by it";
        case Unmanaged::no_place:
            return "no table or priority is left for it";
    }
    return "";
}

Summary summary_of(const UnmanagedLink& link, const Facts& facts) {
    Summary line;
    line.ifname = link.link->ifname;
    line.address = first_of(link.addresses);
    line.public_address = public_of(facts, line.ifname, link.addresses);
    line.state = link.is_disabled() ? "disabled" : "not managed";
    line.mood = Summary::Mood::neutral;
    line.about = reason_words(link);
    return line;
}

std::vector<Summary> summaries_of(const StatusParts& parts) {
    std::vector<Summary> lines;
    for (const InterfaceStatus& status : interface_statuses(parts.facts, parts.change_set))
        lines.push_back(summary_of(status, parts.facts));
    for (const UnmanagedLink& link :
         unmanaged_links(parts.facts, parts.config, parts.change_set.plan))
        lines.push_back(summary_of(link, parts.facts));
    return lines;
}

/// Where each column begins.
struct Columns {
    std::size_t address = 0, public_address = 0, state = 0;

    explicit Columns(const std::vector<Summary>& lines) {
        std::size_t name = kMinName, own = 0, outside = 0;
        for (const Summary& line : lines) {
            name = std::max(name, columns_of(line.ifname));
            own = std::max(own, line.address.size());
            outside = std::max(outside, line.public_address.size());
        }
        const auto width = [](std::size_t wanted, std::size_t max) {
            return wanted == 0 ? 0 : std::min(wanted, max) + kGap;
        };
        address = width(name, kMaxName);
        public_address = address + width(own, kMaxAddress);
        state = public_address + width(outside, kMaxPublic);
    }
};

/// "missing  rule 20101: from 10.0.2.0/24 iif lo lookup eth1"
std::string missing_line(const MissingRow& missing, std::size_t indent, const Paint& paint) {
    HangingLine line(indent + kLabelWidth + kGap);
    line.go_to(indent);
    line.put(missing.row.mark, [&](const std::string& text) { return paint.red(text); });
    line.go_to(indent + kLabelWidth + kGap);
    line.put_words(missing.kind + (" " + missing.row.words));
    return line.str();
}

std::string more_line(std::size_t count, std::size_t indent) {
    return count <= kMaxShown
               ? ""
               : std::string(indent, ' ') + "and " + std::to_string(count - kMaxShown) + " more\n";
}

std::string missing_lines(const std::vector<MissingRow>& missing, std::size_t indent,
                          const Paint& paint) {
    std::string text;
    for (std::size_t i = 0; i < std::min(missing.size(), kMaxShown); ++i)
        text += missing_line(missing[i], indent, paint);
    return text + more_line(missing.size(), indent);
}

std::string summary_line(const Summary& summary, const Columns& columns, const Paint& paint) {
    HangingLine line(columns.address + kGap);
    line.put(summary.ifname, [&](const std::string& text) { return paint.bold(text); });
    line.go_to(columns.address);
    if (!summary.address.empty()) line.put(summary.address);
    line.go_to(columns.public_address);
    if (!summary.public_address.empty()) line.put(summary.public_address);
    line.go_to(columns.state);
    line.put(summary.state, [&](const std::string& text) {
        return summary.mood == Summary::Mood::good  ? paint.green(text)
               : summary.mood == Summary::Mood::bad ? paint.red(text)
                                                    : paint.yellow(text);
    });
    line.go_to(columns.state + kStateWidth + kGap);
    line.put_words(summary.about);
    return line.str() + missing_lines(summary.missing, columns.address, paint);
}

/// A word in front, and what belongs to it behind.
std::string titled(const std::string& title, const std::string& words, std::size_t begin) {
    HangingLine line(begin);
    line.put(title);
    line.go_to(begin);
    line.put_words(words);
    return line.str();
}

std::vector<std::string> watch_lines(const WatchStatus& status) {
    if (!status.watch)
        return {status.is_enabled ? "enabled, and does not run: systemctl restart eni-routes-watch"
                                  : "does not run"};
    std::vector<std::string> lines = {"runs, process " + std::to_string(status.watch->pid)};
    for (const FightFact& fight : status.watch->fights) lines.push_back(fight.text);
    return lines;
}

/// Why there is no plan.
std::string inactive_words(const Facts& facts, const Config& config) {
    return facts.disk.disabled.count("*") != 0 ? "switched off by `eni-routes disable`"
           : config.enabled                    ? "fewer than two managed interfaces"
                                               : "'enabled: false' in the configuration";
}

std::string mode_words(const Facts& facts, const Config& config, const Plan& plan) {
    if (!plan.is_active) return "inactive: " + inactive_words(facts, config);
    if (!plan.others) return "suppress rule: main is asked first, but for its defaults";
    const std::string others = "table " + plan.others->name + " (" +
                               std::to_string(number(plan.others->id)) + ") stands for ";
    if (plan.has_suppress_rule) return "suppress rule; of the other family " + others + "it";
    return (plan.is_basic ? "basic: " : "") + others + "the suppress rule";
}

/// "connmark, by nft: eth0 0x1/0x7f, eth1 0x2/0x7f"
std::string forwarded_words(const Facts& facts, const Marking& marking) {
    std::string marks;
    for (const InterfaceMark& interface : marking.interfaces)
        marks += (marks.empty() ? "" : ", ") + interface.ifname + " " +
                 format_mark(interface.mark, marking.mask);
    const bool is_by_iptables = facts.marking && facts.marking->tool == MarkingTool::iptables;
    return std::string("connmark, by ") + (is_by_iptables ? "iptables" : "nft") + ": " + marks;
}

/// The first line, which says what to do where something is to be done.
std::string verdict_line(const StatusParts& parts, const Paint& paint) {
    const ChangeSet& change_set = parts.change_set;
    HangingLine line(kGap);
    const auto would = [&] {
        return "eni-routes regenerate " + summary(change_lines(change_set), Tense::conditional);
    };
    switch (completeness_of(change_set)) {
        case Completeness::complete:
            line.put("complete", [&](const std::string& text) { return paint.green(text); });
            line.put_words("the kernel and the files have all of the plan");
            break;
        case Completeness::incomplete:
            line.put("INCOMPLETE", [&](const std::string& text) { return paint.red(text); });
            line.put_words(would());
            break;
        case Completeness::left_over:
            line.put("left over", [&](const std::string& text) { return paint.yellow(text); });
            line.put_words(would());
            break;
        case Completeness::inactive:
            line.put("inactive", [&](const std::string& text) { return paint.yellow(text); });
            line.put_words(inactive_words(parts.facts, parts.config));
            break;
    }
    return line.str();
}

std::string surplus_lines(const std::vector<std::string>& left) {
    const std::string title = "left over";
    const std::size_t begin = title.size() + kGap;
    std::string text;
    for (std::size_t i = 0; i < std::min(left.size(), kMaxShown); ++i)
        text += titled(i == 0 ? title : "", left[i], begin);
    return text + more_line(left.size(), begin);
}

std::string note_text(const Note& note, const Paint& paint) {
    const bool is_warning = note.severity == Severity::warning;
    HangingLine line(kGap);
    line.put(is_warning ? "warning" : "note",
             [&](const std::string& text) { return is_warning ? paint.yellow(text) : text; });
    line.go_to(kLabelWidth + kGap);
    line.put_words((note.ifname.empty() ? "" : note.ifname + ": ") + note.text);
    return line.str();
}

std::string short_form(const StatusParts& parts, const Paint& paint) {
    const std::vector<Summary> lines = summaries_of(parts);
    const Columns columns(lines);
    const std::size_t begin = columns.address;
    std::string text = verdict_line(parts, paint);
    if (completeness_of(parts.change_set) != Completeness::inactive)
        text += titled("mode", mode_words(parts.facts, parts.config, parts.change_set.plan), begin);
    if (const auto& marking = parts.change_set.plan.marking)
        text += titled("marks", forwarded_words(parts.facts, *marking), begin);
    if (!parts.unconfirmed.empty()) text += titled("runs", parts.unconfirmed, begin);
    if (parts.watch) {
        std::string title = "watch";
        for (const std::string& words : watch_lines(*parts.watch)) {
            text += titled(title, words, begin);
            title = "";
        }
    }
    const auto shared = missing_shared(parts.facts, parts.change_set);
    if (!shared.empty()) text += paint.bold("all") + "\n" + missing_lines(shared, begin, paint);
    for (const Summary& line : lines) text += summary_line(line, columns, paint);
    text += surplus_lines(surplus(parts.change_set));
    for (const Note& note : parts.change_set.plan.notes) text += note_text(note, paint);
    return text;
}

}  // namespace

std::string render_status(const StatusParts& parts, bool is_verbose, const Paint& paint) {
    return short_form(parts, paint) + (is_verbose ? status_tables(parts, paint) : "");
}

bool is_incomplete(const ChangeSet& change_set) {
    return completeness_of(change_set) == Completeness::incomplete;
}

}  // namespace eni
