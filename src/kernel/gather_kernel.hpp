// Reads what the kernel has: links, addresses, routers, routes and rules. Must not decide anything,
// and must not change anything but for the moment that the probe takes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "model.hpp"
#include "socket.hpp"

namespace eni {

/// The links alone. Throws as gather_kernel does.
std::vector<Link> gather_links(Connection* socket);

/// The rules alone, in the order in which the kernel asks them, family by family. Throws likewise.
std::vector<Rule> gather_rules(Connection* socket);

/// Of which tables the routes are to be read, by all else that the kernel has; nothing: of all.
using ChooseTables = std::function<std::optional<std::set<TableId>>(const KernelSnapshot&)>;

/// Both families. All tables, unless `choose` names some and the kernel can tell of those alone
/// (Linux 4.20): KernelSnapshot::tables_read says so. `has_suppress` is left to probe_suppress,
/// `failed_neighbours` to the next. Throws std::system_error or std::runtime_error that name what
/// could not be read.
KernelSnapshot gather_kernel(Connection* socket, const ChooseTables& choose = {});

/// For KernelSnapshot::failed_neighbours, by its routes and addresses. One dump more, and 300 ms
/// where one has not answered yet: an event has no use for it. Throws likewise.
std::vector<Neighbour> gather_failed_gateways(Connection* socket, const KernelSnapshot& kernel);

/// Whether the kernel's release is said to have what probe_suppress tries: for those who may not
/// try. suppress_prefixlength and what goes with it work from Linux 3.16 on.
bool release_has_suppress();

/// Whether the kernel keeps suppress_prefixlength and suppress_ifgroup: seen by adding a rule with
/// both, reading it back and removing it. RHEL 7's (3.10) takes it and forgets them. Throws
/// std::system_error where the rule may not be added (EPERM: needs CAP_NET_ADMIN).
bool probe_suppress(Connection* socket, std::uint32_t link_group);

}  // namespace eni
