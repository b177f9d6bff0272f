// Numbers of rtnetlink's that are newer than the headers of RHEL 7 (3.10), or stand in headers that
// clash with the C library's; behind each the first kernel that has it. And the numbers of what the
// model has names for. Must not know what a message looks like.
#pragma once

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "model.hpp"

namespace eni {

constexpr std::size_t kInet4Forwarding = 0;         // IPV4_DEVCONF_FORWARDING - 1, not exported
constexpr std::size_t kInet4RpFilter = 7;           // IPV4_DEVCONF_RP_FILTER - 1, not exported
constexpr std::size_t kInet4SrcValidMark = 23;      // IPV4_DEVCONF_SRC_VMARK - 1, not exported
constexpr std::size_t kInet6Forwarding = 0;         // DEVCONF_FORWARDING, linux/ipv6.h
constexpr std::uint32_t kSkipStatistics = 1 << 3;   // RTEXT_FILTER_SKIP_STATS, 4.4
constexpr int kIfaFlags = 8;                        // 3.14
constexpr int kIfaProtocol = 11;                    // 5.18
constexpr std::uint32_t kIfaNoPrefixRoute = 0x200;  // IFA_F_NOPREFIXROUTE, 3.14
constexpr int kFraSuppressIfgroup = 13;             // 3.12
constexpr int kFraSuppressPrefixlen = 14;           // 3.12
constexpr int kFraPad = 18;                         // 4.7
constexpr int kFraUidRange = 20;                    // 4.10
constexpr int kFraProtocol = 21;                    // 4.17
constexpr int kFraIpProto = 22;                     // 4.17
constexpr int kFraSportRange = 23;                  // 4.17
constexpr int kFraDportRange = 24;                  // 4.17
constexpr int kFraSportMask = 28;                   // 6.15
constexpr int kFraDportMask = 29;                   // 6.15
constexpr int kRtaVia = 18;                         // 4.1
constexpr int kRtaPref = 20;                        // 4.1
constexpr int kRtaExpires = 23;                     // 4.5
constexpr int kRtaPad = 24;                         // 4.7
constexpr int kRtaUid = 25;                         // 4.10
constexpr int kRtaIpProto = 27;                     // 4.17
constexpr int kRtaSport = 28;                       // 4.17
constexpr int kRtaDport = 29;                       // 4.17
constexpr int kRtaNhId = 30;                        // 5.3
constexpr int kRtaxCcAlgo = 16;                     // 4.0
constexpr std::uint16_t kFlagDumpFiltered = 0x20;   // NLM_F_DUMP_FILTERED, 4.20
constexpr std::uint32_t kLookupTable = 0x1000;      // RTM_F_LOOKUP_TABLE, 4.4
constexpr int kGroupIpv4Netconf = 24;               // RTNLGRP_IPV4_NETCONF, 3.8
constexpr int kGroupIpv6Netconf = 25;               // RTNLGRP_IPV6_NETCONF, 3.8
constexpr int kGroupNftables = 7;                   // NFNLGRP_NFTABLES, 3.13
constexpr int kSubsystemNftables = 10;              // NFNL_SUBSYS_NFTABLES, 3.13
constexpr int kNewNetconf = 80;                     // RTM_NEWNETCONF, 3.8

constexpr std::uint8_t number_of(Family family) {
    return family == Family::v4 ? AF_INET : AF_INET6;
}

/// Of the types of routes those that RouteType has.
struct RouteTypeNumber {
    RouteType type;
    std::uint8_t number;
};
constexpr RouteTypeNumber kRouteTypes[] = {{RouteType::unicast, RTN_UNICAST},
                                           {RouteType::local, RTN_LOCAL},
                                           {RouteType::broadcast, RTN_BROADCAST},
                                           {RouteType::anycast, RTN_ANYCAST},
                                           {RouteType::multicast, RTN_MULTICAST},
                                           {RouteType::blackhole, RTN_BLACKHOLE},
                                           {RouteType::unreachable, RTN_UNREACHABLE},
                                           {RouteType::prohibit, RTN_PROHIBIT},
                                           {RouteType::throw_, RTN_THROW}};

/// linux/fib_rules.h, one for each RuleAction.
struct RuleActionNumber {
    RuleAction action;
    std::uint8_t number;
};
constexpr RuleActionNumber kRuleActions[] = {{RuleAction::lookup, FR_ACT_TO_TBL},
                                             {RuleAction::go_to, FR_ACT_GOTO},
                                             {RuleAction::nop, FR_ACT_NOP},
                                             {RuleAction::blackhole, FR_ACT_BLACKHOLE},
                                             {RuleAction::unreachable, FR_ACT_UNREACHABLE},
                                             {RuleAction::prohibit, FR_ACT_PROHIBIT}};

}  // namespace eni
