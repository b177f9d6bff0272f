// Marks by which the answers of forwarded connections find back to the interface that their
// requests came in by (`forwarded: connmark`). Plain structs; must not decide anything.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "address.hpp"

namespace eni {

/// One managed interface's, within the mask.
struct InterfaceMark {
    std::string ifname;
    std::uint32_t mark = 0;
    /// The request carries it as well, so that rp_filter looks for the way back by this interface:
    /// IPv4, where rp_filter is strict.
    bool is_on_requests = false;

    /// IPv6 has no rp_filter of the kernel's, but firewalld's (IPv6_rpfilter), which asks
    /// behind the translation, and by the mark.
    bool marks_requests(Family family) const { return family == Family::v6 || is_on_requests; }

    auto key() const { return std::tie(ifname, mark, is_on_requests); }
};

/// What netfilter is to do with connections that come in by the managed interfaces.
struct Marking {
    std::uint32_t mask = 0;
    std::vector<InterfaceMark> interfaces;

    auto key() const { return std::tie(mask, interfaces); }

    /// Null: the interface has none.
    const InterfaceMark* of(const std::string& ifname) const {
        for (const InterfaceMark& interface : interfaces)
            if (interface.ifname == ifname) return &interface;
        return nullptr;
    }
};

/// The name of our tables of nft, one of each family; and of our chains in iptables' table mangle.
constexpr char kNftTable[] = "eni-routes";
constexpr char kInChain[] = "ENI-ROUTES", kOutChain[] = "ENI-ROUTES-OUT";

/// By which netfilter is told. `none`: neither program is there.
enum class MarkingTool : std::uint8_t { none, nft, iptables };

/// Bits of packet or connection marks that another program sets or asks for.
struct MarkUse {
    std::string where;  // for people: the rule
    std::uint32_t value = 0;
    std::uint32_t mask = 0;
};

/// What netfilter has of ours, and what others use. Gathered where marks are or were wanted.
struct MarkingFacts {
    MarkingTool tool = MarkingTool::none;  // that can be used here
    /// Prints (hashes) of the tables and chains of ours as they are there; empty: there are none.
    std::string nft, iptables;
    std::vector<MarkUse> uses;  // gathered before marks are put in force, and for reports
    std::string error;          // why it is not known: all else is then without meaning

    const std::string& print(MarkingTool of) const {
        return of == MarkingTool::iptables ? iptables : nft;
    }
};

/// The marking in force, kept for the next run: how, and its print as read back.
struct MarkingState {
    MarkingTool tool = MarkingTool::none;
    Marking marking;
    std::string print;

    auto key() const { return std::tie(tool, marking, print); }
};

}  // namespace eni
