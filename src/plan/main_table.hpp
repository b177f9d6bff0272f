// The routes of table main, as the plan uses them. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

/// Main's routes of a family, sorted by their prefix: those inside of a prefix stand together.
struct MainTable {
    std::vector<const Route*> all;
    /// Those that can be of an interface's own table. Not the host's own /128s, which IPv6 has in
    /// main: the local table is asked before any other.
    std::vector<const Route*> usable;
    std::set<const Route*> everything;  // a default in many parts, or one that refuses
    std::set<std::string> enis;

    /// Whether it is a default of whatever kind, which has no say over an interface's own table.
    bool is_default(const Route& route) const;
    /// Whether all its hops are by an ENI.
    bool is_by_an_eni(const Route& route) const;
    /// Whether the prefix, or a part of it, is behind this host: by a device that is no ENI, and as
    /// a part of the ENI's subnet, where that is known (a VPN's 10.0.0.0/8 is not meant).
    bool leads_behind(const Prefix& prefix, const Eni* eni) const;
};

struct MainTables {
    MainTable v4, v6;

    const MainTable& of(Family family) const { return family == Family::v4 ? v4 : v6; }
};

/// `enis` are the managed interfaces' names, `own` the host's addresses. Keeps pointers to the
/// snapshot's routes.
MainTables main_tables(const KernelSnapshot& kernel, const std::vector<Address>& own,
                       const std::set<std::string>& enis);

/// Addresses that the host is about to have: a route to one of them is to this host from then on.
void pass_over_routes_to(MainTables& mains, const std::vector<Planned<Address>>& added);

/// For what the plan manages.
MainTables main_tables(const KernelSnapshot& kernel, const Plan& plan);

/// A default, or one half of the pair 0.0.0.0/1 and 128.0.0.0/1 by which a VPN overrides it.
bool is_default_like(const Route& route);

/// To a network on the link itself, without a gateway.
bool is_onlink(const Route& route);

bool leaves_by(const Route& route, const std::string& ifname);

/// The default that main itself prefers, should there be several.
std::optional<Route> preferred_default(const std::vector<Route>& routes);

/// The kernel allows an identity once. Of two routes the first is kept: main's own order.
void keep_first_of_each_identity(std::vector<Route>& routes);

}  // namespace eni
