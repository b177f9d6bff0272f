// See marking.hpp.
#include "marking.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "format.hpp"
#include "ownership.hpp"
#include "rules.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr std::uint32_t kWholeMark = 0xffffffff;

std::uint32_t lowest_bit(std::uint32_t mask) {
    return mask & (~mask + 1);
}

/// The slot's number and one more, which stays as long as the slot does: connections outlive a run.
/// Where there is no room for it the next that is free. Those that get none are left out.
Marking number_interfaces(const Facts& facts, const Config& config, const Interfaces& interfaces) {
    Marking marking;
    marking.mask = config.mark_mask;
    const std::uint32_t step = lowest_bit(config.mark_mask);
    const std::uint32_t last = config.mark_mask / step;
    std::set<std::uint32_t> taken;
    for (const Interface& interface : interfaces)
        if (interface.slot < last) taken.insert(interface.slot + 1);
    std::uint32_t next = 1;
    for (const Interface& interface : interfaces) {
        std::uint32_t number = interface.slot + 1;
        if (interface.slot >= last) {
            while (taken.count(next) != 0) ++next;
            if (next > last) continue;
            number = next++;
        }
        const int filter = std::max(facts.kernel.rp_filter_all, interface.link->rp_filter);
        marking.interfaces.push_back({interface.name(), number * step, filter == 1});
    }
    return marking;
}

/// One that names its bits owns them. One that compares or sets the whole mark collides where it
/// would be taken for one of ours.
bool collides(const MarkUse& use, const Marking& marking) {
    if (use.mask != kWholeMark) return ((use.mask | use.value) & marking.mask) != 0;
    return std::any_of(
        marking.interfaces.begin(), marking.interfaces.end(),
        [&](const InterfaceMark& own) { return own.mark == (use.value & marking.mask); });
}

/// A whole mark whose bits of the mask are 0 is no longer equal when it has one of ours.
bool is_changed_by_ours(const MarkUse& use, const Marking& marking) {
    return use.mask == kWholeMark && (use.value & marking.mask) == 0;
}

/// Empty where nothing does.
std::string what_collides(const Marking& marking, const Facts& facts, const Ownership& ownership) {
    for (const Rule& rule : facts.kernel.rules)
        if (rule.fwmask != 0 && !is_ours(rule, ownership) &&
            collides({"", rule.fwmark, rule.fwmask}, marking))
            return "rule \"" + format_rule_listing(rule, "") + "\"";
    for (const MarkUse& use : facts.marking->uses)
        if (collides(use, marking) || is_changed_by_ours(use, marking)) return use.where;
    return "";
}

}  // namespace

std::optional<Marking> plan_marking(Plan& plan, const Facts& facts, const Config& config,
                                    const Interfaces& interfaces) {
    if (config.forwarded == Forwarded::off || !plan.is_active) return std::nullopt;
    const auto warn = [&](std::string_view code, const std::string& ifname, std::string text) {
        plan.notes.push_back({Severity::warning, ifname, std::move(text), code});
    };
    if (!facts.marking || !facts.marking->error.empty()) {
        if (facts.marking)
            warn("marks-unavailable", "",
                 "forwarded: connmark stays as it is: what netfilter has cannot be read: " +
                     facts.marking->error);
        return facts.run.marking ? std::optional(facts.run.marking->marking) : std::nullopt;
    }
    if (facts.marking->tool == MarkingTool::none) {
        warn("marks-unavailable", "",
             "forwarded: connmark needs nft, or iptables-restore and ip6tables-restore, and this "
             "host has neither: install nftables");
        return std::nullopt;
    }
    const Marking marking = number_interfaces(facts, config, interfaces);
    const std::string other = what_collides(marking, facts, plan.ownership);
    if (!other.empty()) {
        warn("marks-in-use", "",
             "forwarded: connmark is left out: its bits " + hex(marking.mask) + " of marks are " +
                 "used by " + other + "; mark_mask chooses others");
        return std::nullopt;
    }
    for (const Interface& interface : interfaces)
        if (marking.of(interface.name()) == nullptr)
            warn("marks-unavailable", interface.name(),
                 "forwarded: connmark has no mark for it: mark_mask " + hex(marking.mask) +
                     " has too few bits");
    return marking;
}

std::optional<Marking> marking_in_force(const Facts& facts) {
    const auto& known = facts.run.marking;
    if (!facts.marking || !facts.marking->error.empty() || !known || known->print.empty() ||
        facts.marking->print(known->tool) != known->print)
        return std::nullopt;
    return known->marking;
}

std::vector<Planned<Rule>> mark_rules(const Marking& marking, const Config& config,
                                      const Interfaces& interfaces, Family family) {
    std::vector<Planned<Rule>> rules;
    for (const Interface& interface : interfaces) {
        const InterfaceMark* const own = marking.of(interface.name());
        if (own == nullptr || interface.ip(family).addresses.empty()) continue;
        Rule rule;
        rule.family = family;
        rule.fwmark = own->mark;
        rule.fwmask = marking.mask;
        rule.priority = Priority{config.priority_base + kMarkOffset};
        rule.table = interface.table.id;
        const auto add = [&](const Rule& planned, const char* why) {
            rules.push_back({planned, interface.name(), why, /* in_kernel= */ true,
                             /* in_file= */ false});
        };
        // Also where requests are not marked here: another program may copy a connection's mark.
        Rule request = rule;
        request.priority = Priority{config.priority_base + kRequestOffset};
        request.iif = interface.name();
        request.action = RuleAction::go_to;
        request.table = TableId{0};
        request.target = Priority{config.priority_base + kFromOffset + interface.slot};
        add(request, "a request's mark is for rp_filter alone");
        add(rule, "answers of what came in by it and was forwarded");
    }
    return rules;
}

namespace {

/// What is known of netfilter's part from now on; reconcile() adds the print of what it changes.
std::optional<MarkingState> marking_state(const Plan& plan, const Facts& facts) {
    const auto& known = facts.run.marking;
    if (!facts.marking || !facts.marking->error.empty()) return known;
    if (!plan.marking) {
        const bool is_gone = facts.marking->nft.empty() && facts.marking->iptables.empty();
        return is_gone ? std::nullopt : known;
    }
    MarkingState state{facts.marking->tool, *plan.marking, ""};
    if (known && known->tool == state.tool && known->marking == state.marking)
        state.print = known->print;
    return state;
}

}  // namespace

void keep_marking(Plan& plan, const Facts& facts) {
    plan.run.marking = marking_state(plan, facts);
    for (const Link& link : facts.kernel.links) {
        const auto known = facts.run.interfaces.find(link.ifname);
        const bool is_by_us = known != facts.run.interfaces.end() &&
                              known->second.set_src_valid_mark && known->second.mac == link.mac;
        const InterfaceMark* const own = plan.marking ? plan.marking->of(link.ifname) : nullptr;
        const bool is_wanted = own != nullptr && own->is_on_requests;
        if (is_wanted && (is_by_us || !link.src_valid_mark)) {
            plan.src_valid_marks[link.ifname] = true;
            plan.run.interfaces[link.ifname].set_src_valid_mark = true;
        } else if (is_by_us && !is_wanted) {
            plan.src_valid_marks[link.ifname] = false;
        }
    }
}

}  // namespace eni
