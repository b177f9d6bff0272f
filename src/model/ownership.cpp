// See ownership.hpp.
#include "ownership.hpp"

#include <algorithm>

#include "format.hpp"

namespace eni {

bool in_band(Priority priority, const Ownership& ownership) {
    return std::any_of(ownership.priority_bases.begin(), ownership.priority_bases.end(),
                       [&](std::uint32_t base) {
                           return number(priority) >= base && number(priority) < base + kBandSize;
                       });
}

namespace {

/// The first of the band: detours, the suppress rule behind them, and those by marks.
bool in_head(Priority priority, const Ownership& ownership) {
    return std::any_of(
        ownership.priority_bases.begin(), ownership.priority_bases.end(), [&](std::uint32_t base) {
            return number(priority) >= base && number(priority) <= base + kMarkOffset;
        });
}

bool is_place_of_marks(Priority priority, const Ownership& ownership) {
    return number(priority) >= kMarkOffset &&
           ownership.priority_bases.count(number(priority) - kMarkOffset) != 0;
}

/// By a mark and nothing beside.
bool selects_by_mark(const Selectors& selectors) {
    if (selectors.fwmark == 0) return false;
    Selectors plain;
    plain.fwmark = selectors.fwmark;
    plain.fwmask = selectors.fwmask;
    return selectors == plain;
}

/// By what eni-routes selects: a source (that this host sends from), a destination or a device, and
/// nothing beside.
bool selects_as_ours(const Selectors& selectors) {
    Selectors plain;
    if (selectors.from) {
        plain.from = selectors.from;
        plain.iif = selectors.iif == "lo" ? "lo" : "";
    } else if (selectors.to) {
        plain.to = selectors.to;
    } else {
        plain.oif = selectors.oif;
    }
    return selectors == plain;
}

/// Where ours of that kind stand, those for all in the head.
bool in_place(const Rule& rule, const Ownership& ownership) {
    const bool is_for_all = !rule.from && !rule.to && rule.oif.empty();
    if (is_for_all) return in_head(rule.priority, ownership);
    const std::uint32_t offset = rule.from ? kFromOffset : rule.to ? kToOffset : kOifOffset;
    return std::any_of(
        ownership.priority_bases.begin(), ownership.priority_bases.end(), [&](std::uint32_t base) {
            const std::uint32_t first = base + offset;
            return number(rule.priority) >= first && number(rule.priority) < first + kSlots;
        });
}

/// From the band's head to a rule behind; or from a source or a mark of ours to the band.
bool is_our_detour(const Rule& rule, const Ownership& ownership) {
    if (in_head(rule.priority, ownership)) return true;
    const bool is_by_our_mark =
        selects_by_mark(rule) && ownership.mark_masks.count(rule.fwmask) != 0;
    return ((rule.from && selects_as_ours(rule)) || is_by_our_mark) &&
           in_band(rule.target, ownership);
}

constexpr char kProbeLink[] = "eni-probe";

}  // namespace

Rule probe_rule(std::uint32_t link_group) {
    Rule rule;
    rule.priority = Priority{32765};
    rule.iif = kProbeLink;
    rule.suppress_prefixlength = 1;
    rule.suppress_ifgroup = link_group;
    return rule;
}

bool is_probe(const Rule& rule) {
    if (rule.iif != kProbeLink) return false;
    Rule probe = probe_rule(rule.suppress_ifgroup.value_or(0));
    if (!rule.suppress_ifgroup) probe.suppress_ifgroup = probe.suppress_prefixlength = std::nullopt;
    return rule == probe;
}

bool is_ours(const Rule& rule, const Ownership& ownership) {
    if (ownership.adopted_rules.count(rule) != 0 || is_probe(rule)) return true;
    if (rule.is_exotic) return false;
    if (rule.action == RuleAction::go_to) return is_our_detour(rule, ownership);
    if (rule.action != RuleAction::lookup) return false;
    if (rule.suppress_ifgroup)
        return in_head(rule.priority, ownership) &&
               static_cast<const Selectors&>(rule) == Selectors{} && rule.table == kTableMain &&
               ownership.link_groups.count(*rule.suppress_ifgroup) != 0;
    if (rule.suppress_prefixlength) return false;
    const bool is_given = ownership.tables_given.count(rule.table) != 0;
    if (!is_given && ownership.tables_named.count(rule.table) == 0) return false;
    if (selects_by_mark(rule)) return is_place_of_marks(rule.priority, ownership);
    return selects_as_ours(rule) &&
           (is_given ? in_band(rule.priority, ownership) : in_place(rule, ownership));
}

bool is_ours(const Route& route, const Ownership& ownership) {
    if (ownership.adopted_routes.count(route) != 0) return true;
    if (route.type == RouteType::local)
        return route.table == kTableLocal && route.protocol == kOurProtocol;
    if (ownership.tables_given.count(route.table) != 0) return true;
    const auto named = ownership.tables_named.find(route.table);
    if (named == ownership.tables_named.end()) return false;
    return route.protocol == kOurProtocol ||
           ownership.file_lines.count(format_route(route, named->second)) != 0;
}

bool is_ours(const Address& address, const Ownership& ownership) {
    return address.prefix_length == address.address.bits() &&
           ownership.addresses.count({address.ifname, address.address}) != 0 &&
           (!ownership.has_address_protocol || address.protocol == kOurProtocol);
}

}  // namespace eni
