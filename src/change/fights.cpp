// See fights.hpp.
#include "fights.hpp"

#include <algorithm>

#include "format.hpp"

namespace eni {

namespace {

constexpr std::chrono::seconds kMemory{10};
constexpr std::chrono::seconds kTruce{60};
constexpr std::size_t kTimes = 3;

Fight fight_from(const GroupChange& change) {
    return {change.ifname, format_command(change), subject_of(change.ifname), "", Time{0}};
}

Fight fight_from(const MarkingChange& change) {
    return {"", format_command(change), subject_of_marking(), "", Time{0}};
}

template <class Object>
Fight fight_over(const Planned<Object>& planned, const char* verb) {
    return {planned.ifname, format_command(verb, planned.object), subject_of(planned.object), "",
            Time{0}};
}

/// A `goto` moves with what it leads past: wherever it stands it is the same one.
Fight fight_over(const Planned<Rule>& planned, const char* verb) {
    const Rule& rule = planned.object;
    std::string what = format_command(verb, rule);
    if (rule.action == RuleAction::go_to) what.erase(what.rfind(" priority "));
    return {planned.ifname, what, subject_of(rule), "", Time{0}};
}

/// Whether a route is added or takes another's place is not the same deed twice, but one aim.
Fight fight_from(const RouteAddition& addition) {
    return fight_over(addition.route, "add");
}
struct Added {
    template <class Object>
    Fight operator()(const Planned<Object>& planned) const {
        return fight_over(planned, "add");
    }
};
struct Deleted {
    template <class Object>
    Fight operator()(const Planned<Object>& planned) const {
        return fight_over(planned, "del");
    }
};

template <class List, class Name, class Is>
void remove_from(List& list, Name name, Is is_left) {
    list.erase(std::remove_if(list.begin(), list.end(),
                              [&](const auto& change) { return is_left(name(change).what); }),
               list.end());
}

}  // namespace

void Fights::amend(Changes& changes, Time now) const {
    const auto is_left = [&](const std::string& what) {
        const auto found = records_.find(what);
        return found != records_.end() && found->second.is_fight && now < found->second.fight.until;
    };
    if (records_.empty()) return;
    const auto name = [](const auto& change) { return fight_from(change); };
    remove_from(changes.groups, name, is_left);
    remove_from(changes.addresses_added, Added{}, is_left);
    remove_from(changes.routes_added, name, is_left);
    remove_from(changes.rules_added, Added{}, is_left);
    remove_from(changes.rules_deleted, Deleted{}, is_left);
    remove_from(changes.routes_deleted, Deleted{}, is_left);
    remove_from(changes.addresses_deleted, Deleted{}, is_left);
    remove_from(changes.markings, name, is_left);
}

std::vector<Fight> Fights::made(const Changes& changes, const Undoer& undoer, Time now) {
    forget(now);
    std::vector<Fight> begun;
    std::map<std::string, std::string> who;  // asked once for each subject
    const auto note = [&](Fight deed) {
        const auto [asked, is_new] = who.emplace(deed.subject, "");
        if (is_new) asked->second = undoer(deed.subject);
        deed.who = asked->second;
        deed.until = now + kTruce;
        if (deed.who.empty()) return;
        Record& record = records_[deed.what];
        record.times.push_back(now);
        record.fight = deed;
        if (record.is_fight || record.times.size() < kTimes) return;
        record.is_fight = true;
        begun.push_back(deed);
    };
    for (const auto& change : changes.groups) note(fight_from(change));
    for (const auto& address : changes.addresses_added) note(Added{}(address));
    for (const auto& change : changes.routes_added) note(fight_from(change));
    for (const auto& rule : changes.rules_added) note(Added{}(rule));
    for (const auto& rule : changes.rules_deleted) note(Deleted{}(rule));
    for (const auto& route : changes.routes_deleted) note(Deleted{}(route));
    for (const auto& address : changes.addresses_deleted) note(Deleted{}(address));
    for (const auto& change : changes.markings) note(fight_from(change));
    return begun;
}

std::vector<Fight> Fights::all() const {
    std::vector<Fight> fights;
    for (const auto& [what, record] : records_)
        if (record.is_fight) fights.push_back(record.fight);
    return fights;
}

std::optional<Time> Fights::next_due(Time now) const {
    std::optional<Time> next;
    for (const Fight& fight : all())
        for (const Time due : {fight.until, fight.until + kTruce})
            if (due > now && (!next || due < *next)) next = due;
    return next;
}

void Fights::forget(Time now) {
    for (auto it = records_.begin(); it != records_.end();) {
        auto& [fight, times, is_fight] = it->second;
        times.erase(std::remove_if(times.begin(), times.end(),
                                   [&](Time time) { return time + kMemory < now; }),
                    times.end());
        const bool is_over = is_fight ? fight.until + kTruce <= now : times.empty();
        it = is_over ? records_.erase(it) : std::next(it);
    }
}

}  // namespace eni
