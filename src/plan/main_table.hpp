// The routes of table main, as the plan uses them. Pure.
#pragma once

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
};

MainTable main_table(const KernelSnapshot& kernel, Family family);

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
