// A packet of which the way is asked, and the kernel's answer. Must not decide anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model.hpp"

namespace eni {

/// A packet of which the way is asked.
struct RouteQuery {
    IpAddress dst;
    std::optional<IpAddress> src;  // none: sent by a program that is bound to no address
    std::string iif;               // the interface that it comes in by; empty: this host sends it
    std::uint32_t mark = 0;
    std::string oif = {};  // the interface that it is bound to; empty: none
    std::uint8_t tos = 0;
    std::uint8_t protocol = 0;  // IPPROTO_*; 0: none is named
    std::uint16_t sport = 0, dport = 0;
    std::uint32_t user = 0;  // who sends it; root, for what comes in

    Family family() const { return dst.family(); }
};

/// The way that the kernel answers with (RTM_GETROUTE).
struct RouteAnswer {
    int error = 0;  // errno; 0: there is a way
    RouteType type = RouteType::unicast;
    TableId table{0};  // 0: the kernel does not say (before 4.4)
    std::string ifname;
    std::optional<IpAddress> gateway;
    std::optional<IpAddress> prefsrc;  // the source that it gives a packet without one

    bool is_local() const { return error == 0 && type == RouteType::local; }
};

}  // namespace eni
