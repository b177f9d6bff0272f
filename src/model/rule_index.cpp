// See rule_index.hpp. A rule stands in one list, by the first of its selectors that is there: its
// source, its destination, an interface, its mark; a packet asks the few lists that are for it.
#include "rule_index.hpp"

#include <algorithm>
#include <optional>

namespace eni {

namespace {

constexpr std::uint8_t kUdp = 17;  // IPPROTO_UDP

/// None chosen is 0.0.0.0 to IPv4's rules, and nothing to IPv6's.
std::optional<IpAddress> source_of(const RouteQuery& query) {
    if (query.src && !query.src->is_any()) return query.src;
    if (query.family() == Family::v4) return IpAddress::any(Family::v4);
    return std::nullopt;
}

/// What the host itself sends comes, to a rule, from the loopback device.
const std::string& incoming_of(const RouteQuery& query) {
    static const std::string loopback = "lo";
    return query.iif.empty() ? loopback : query.iif;
}

/// RTM_GETROUTE asks for UDP, in IPv4, where it names no protocol.
std::uint8_t protocol_of(const RouteQuery& query) {
    return query.protocol == 0 && query.family() == Family::v4 ? kUdp : query.protocol;
}

bool is_in(const std::optional<NumberRange>& range, std::uint32_t number) {
    return !range || (range->first <= number && number <= range->last);
}

bool is_selective(const std::optional<Prefix>& prefix) {
    return prefix && prefix->length() != 0;
}

Mismatch selector_mismatch(const Rule& rule, const RouteQuery& query) {
    if (is_selective(rule.from)) {
        const auto source = source_of(query);
        const bool is_chosen = query.src && !query.src->is_any();
        if (!source || !rule.from->contains(*source))
            return is_chosen ? Mismatch::source : Mismatch::no_source;
    }
    if (is_selective(rule.to) && !rule.to->contains(query.dst)) return Mismatch::destination;
    if (!rule.iif.empty() && rule.iif != incoming_of(query)) return Mismatch::incoming;
    if (!rule.oif.empty() && rule.oif != query.oif) return Mismatch::outgoing;
    if (((query.mark ^ rule.fwmark) & rule.fwmask) != 0) return Mismatch::mark;
    if (rule.tos != 0 && rule.tos != query.tos) return Mismatch::tos;
    if (rule.ip_protocol != 0 && rule.ip_protocol != protocol_of(query)) return Mismatch::protocol;
    if (!is_in(rule.sport, query.sport)) return Mismatch::source_port;
    if (!is_in(rule.dport, query.dport)) return Mismatch::destination_port;
    if (!is_in(rule.users, query.user)) return Mismatch::user;
    return Mismatch::none;
}

}  // namespace

Mismatch mismatch(const Rule& rule, const RouteQuery& query) {
    const Mismatch found = selector_mismatch(rule, query);
    if (!rule.is_inverted) return found;
    return found == Mismatch::none ? Mismatch::left_out : Mismatch::none;
}

std::vector<const Rule*> in_order(const std::vector<Rule>& rules, Family family) {
    std::vector<const Rule*> ordered;
    for (const Rule& rule : rules)
        if (rule.family == family) ordered.push_back(&rule);
    std::stable_sort(ordered.begin(), ordered.end(), [](const Rule* a, const Rule* b) {
        return number(a->priority) < number(b->priority);
    });
    return ordered;
}

RuleIndex::RuleIndex(const std::vector<Rule>& rules, Family family)
    : rules_(in_order(rules, family)) {
    for (std::size_t position = 0; position < rules_.size(); ++position)
        list_for(*rules_[position]).push_back(position);
}

RuleIndex::Positions& RuleIndex::list_for(const Rule& rule) {
    if (rule.is_exotic || rule.is_inverted) return others_;
    if (is_selective(rule.from)) {
        source_lengths_.insert(rule.from->length());
        return by_source_[*rule.from];
    }
    if (is_selective(rule.to)) {
        destination_lengths_.insert(rule.to->length());
        return by_destination_[*rule.to];
    }
    if (!rule.iif.empty()) return by_incoming_[rule.iif];
    if (!rule.oif.empty()) return by_outgoing_[rule.oif];
    if (rule.fwmask != 0) return by_mark_[rule.fwmask][rule.fwmark & rule.fwmask];
    return others_;
}

std::size_t RuleIndex::position_of(Priority priority) const {
    const auto found = std::lower_bound(
        rules_.begin(), rules_.end(), priority,
        [](const Rule* rule, Priority wanted) { return number(rule->priority) < number(wanted); });
    const bool is_there = found != rules_.end() && (*found)->priority == priority;
    return is_there ? static_cast<std::size_t>(found - rules_.begin()) : rules_.size();
}

bool RuleIndex::has(const Rule& rule) const {
    std::size_t at = position_of(rule.priority);
    while (at < size() && rules_[at]->priority == rule.priority && !(*rules_[at] == rule)) ++at;
    return at < size() && *rules_[at] == rule;
}

RuleIndex::Candidates RuleIndex::candidates(const RouteQuery& query) const {
    Candidates candidates;
    candidates.end_ = size();
    const auto add = [&](const Positions& list) {
        candidates.cursors_.push_back({list.data(), list.data() + list.size()});
    };
    const auto add_found = [&](const auto& lists, const auto& key) {
        const auto found = lists.find(key);
        if (found != lists.end()) add(found->second);
    };
    add(others_);
    if (const auto source = source_of(query))
        for (const std::uint8_t length : source_lengths_)
            add_found(by_source_, Prefix(*source, length));
    for (const std::uint8_t length : destination_lengths_)
        add_found(by_destination_, Prefix(query.dst, length));
    add_found(by_incoming_, incoming_of(query));
    add_found(by_outgoing_, query.oif);
    for (const auto& [mask, lists] : by_mark_) add_found(lists, query.mark & mask);
    return candidates;
}

std::size_t RuleIndex::Candidates::next(std::size_t position) {
    std::size_t next = end_;
    for (Cursor& cursor : cursors_) {
        cursor.at = std::lower_bound(cursor.at, cursor.end, position);
        if (cursor.at != cursor.end) next = std::min(next, *cursor.at);
    }
    return next;
}

}  // namespace eni
