// See read_messages.hpp: its rules.
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <array>

#include "attributes.hpp"
#include "read_messages.hpp"
#include "rtnetlink_numbers.hpp"

namespace eni {

namespace {

std::optional<RuleAction> action_of(const fib_rule_hdr& header) {
    for (const RuleActionNumber& known : kRuleActions)
        if (known.number == header.action) return known.action;
    return std::nullopt;
}

bool has_other_attributes(const Attributes& attributes) {
    return attributes.has_other_than(
        {FRA_DST, FRA_SRC, FRA_IIFNAME, FRA_GOTO, FRA_PRIORITY, FRA_FWMARK, kFraSuppressIfgroup,
         kFraSuppressPrefixlen, FRA_TABLE, FRA_FWMASK, FRA_OIFNAME, kFraPad, kFraUidRange,
         kFraProtocol, kFraIpProto, kFraSportRange, kFraDportRange, kFraSportMask, kFraDportMask});
}

/// A single port has a mask, which usually is of all bits.
bool masks_ports(const Attributes& attributes) {
    constexpr std::uint16_t kAllBits = 0xffff;
    return value_or(attributes[kFraSportMask], kAllBits) != kAllBits ||
           value_or(attributes[kFraDportMask], kAllBits) != kAllBits;
}

/// Two numbers, as in struct fib_rule_uid_range and fib_rule_port_range; `all` leaves nothing out.
template <class Number>
std::optional<NumberRange> range_of(const nlattr* attribute, const std::array<Number, 2>& all) {
    const auto pair = value_or(attribute, all);
    if (pair == all) return std::nullopt;
    return NumberRange{pair[0], pair[1]};
}

std::optional<std::uint32_t> suppress_of(const nlattr* attribute) {
    constexpr std::uint32_t kNoSuppress = 0xffffffff;
    const auto value = value_or<std::uint32_t>(attribute, kNoSuppress);
    if (value == kNoSuppress) return std::nullopt;
    return value;
}

std::optional<Prefix> selector_of(const nlattr* attribute, std::uint8_t length, Family family) {
    if (length == 0) return std::nullopt;
    return prefix_of(attribute, length, family);
}

}  // namespace

std::optional<Rule> rule_from(const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWRULE && message.nlmsg_type != RTM_DELRULE) return std::nullopt;
    const auto header = header_of<fib_rule_hdr>(message);
    const auto family = family_from(header.family);
    if (!family) return std::nullopt;  // those of multicast routing
    const Attributes attributes = attributes_after(message, header);
    Rule rule;
    rule.family = *family;
    rule.priority = Priority{value_or<std::uint32_t>(attributes[FRA_PRIORITY], 0)};
    rule.is_inverted = (header.flags & FIB_RULE_INVERT) != 0;
    rule.from = selector_of(attributes[FRA_SRC], header.src_len, *family);
    rule.to = selector_of(attributes[FRA_DST], header.dst_len, *family);
    rule.tos = header.tos;
    rule.iif = text_of(attributes[FRA_IIFNAME]);
    rule.oif = text_of(attributes[FRA_OIFNAME]);
    rule.fwmark = value_or<std::uint32_t>(attributes[FRA_FWMARK], 0);
    rule.fwmask = value_or<std::uint32_t>(attributes[FRA_FWMASK], 0);
    rule.ip_protocol = value_or<std::uint8_t>(attributes[kFraIpProto], 0);
    constexpr std::array<std::uint16_t, 2> kAllPorts = {0, 0};
    constexpr std::array<std::uint32_t, 2> kAllUsers = {0, 0xffffffff};
    rule.sport = range_of(attributes[kFraSportRange], kAllPorts);
    rule.dport = range_of(attributes[kFraDportRange], kAllPorts);
    rule.users = range_of(attributes[kFraUidRange], kAllUsers);
    const auto action = action_of(header);
    rule.action = action.value_or(RuleAction::nop);
    rule.table = TableId{rule.action == RuleAction::lookup
                             ? value_or<std::uint32_t>(attributes[FRA_TABLE], header.table)
                             : 0};
    if (rule.action == RuleAction::go_to)
        rule.target = Priority{value_or<std::uint32_t>(attributes[FRA_GOTO], 0)};
    rule.suppress_prefixlength = suppress_of(attributes[kFraSuppressPrefixlen]);
    rule.suppress_ifgroup = suppress_of(attributes[kFraSuppressIfgroup]);
    rule.is_exotic = !action || has_other_attributes(attributes) || masks_ports(attributes);
    return rule;
}

}  // namespace eni
