// What a snapshot has of routes, addresses and links, in the order in which it is asked for: made
// once, asked for each packet. Must not copy a route, and knows no rules.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "model.hpp"

namespace eni {

/// Points into the snapshot, which has to outlive it unchanged.
class RouteIndex {
  public:
    explicit RouteIndex(const KernelSnapshot& kernel);

    /// The route of a table that goes before all others to an address: longest prefix, then the
    /// packet's TOS before none, then lowest metric. Those with another TOS are passed over, and
    /// (in IPv4) those by other interfaces than the one that the packet is bound to. Null where
    /// there is none.
    const Route* longest_match(TableId table, const IpAddress& dst, std::uint8_t tos = 0,
                               const std::string& oif = {}) const;

    bool has_any(TableId table, Family family) const;

    /// The first global address of a link; nothing where it has none.
    std::optional<IpAddress> first_address(const std::string& ifname, Family family) const;

    /// An address of an interface, or one of the loopback network.
    bool is_own_address(const IpAddress& address) const;

    const Link* find_link(const std::string& ifname) const;

    /// The reverse path filter in force on a link (IPv4): the larger of conf/all's and its own. 0
    /// off, 1 strict: the answer must leave by the link, 2 loose: there must be a way at all.
    int effective_rp_filter(const std::string& ifname) const;

    /// The local table is in the snapshot as the kernel has it. (Facts recorded before version 0.2
    /// have only our own routes of it.)
    bool has_local_table() const { return has_local_table_; }

  private:
    /// The routes of one table to one prefix, and the prefix that this one is a part of.
    struct Node {
        TableId table{0};
        Prefix prefix;
        std::size_t first = 0, last = 0;  // of routes_
        std::size_t parent = 0;           // of nodes_; its own number where there is none

        auto key() const { return std::tuple(table, prefix.address(), prefix.length()); }
    };

    void add_nodes();

    std::vector<const Route*> routes_;
    std::vector<Node> nodes_;               // sorted by their key
    std::vector<IpAddress> own_addresses_;  // sorted
    std::map<std::pair<std::string_view, Family>, IpAddress> first_addresses_;
    std::map<std::string_view, const Link*> links_;
    int rp_filter_all_ = 0;
    bool has_local_table_ = false;
};

}  // namespace eni
