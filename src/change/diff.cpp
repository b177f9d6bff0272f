// See diff.hpp. Must not know the policy: it compares.
#include "diff.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "ownership.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kSurplus[] = "not in the plan (any more)";
constexpr std::uint8_t kKernelsProtocol = 2;  // RTPROT_KERNEL

bool has_gateway(const Route& route) {
    return std::any_of(route.hops.begin(), route.hops.end(),
                       [](const NextHop& hop) { return hop.gateway.has_value(); });
}

/// Routes or rules of which each may be there several times.
template <class Object>
using Many = std::vector<const Object*>;

template <class Object>
bool is_less(const Object* a, const Object* b) {
    return *a < *b;
}

/// They can be many, and the kernel prints them sorted or nearly so, which a merge sort makes use
/// of.
template <class Object>
void sort(Many<Object>& objects) {
    if (!std::is_sorted(objects.begin(), objects.end(), is_less<Object>))
        std::stable_sort(objects.begin(), objects.end(), is_less<Object>);
}

/// Of sorted ones.
template <class Object>
Many<Object> difference(const Many<Object>& all, const Many<Object>& without) {
    Many<Object> rest;
    std::set_difference(all.begin(), all.end(), without.begin(), without.end(),
                        std::back_inserter(rest), is_less<Object>);
    return rest;
}

/// Those of the plan that are for the kernel.
template <class Object>
Many<Object> wanted_of(const std::vector<Planned<Object>>& planned) {
    Many<Object> wanted;
    wanted.reserve(planned.size());
    for (const Planned<Object>& each : planned)
        if (each.in_kernel) wanted.push_back(&each.object);
    sort(wanted);
    return wanted;
}

/// Of `planned`, in its order, those that `objects` point to.
template <class Object>
Many<Planned<Object>> in_order_of(const std::vector<Planned<Object>>& planned,
                                  Many<Object> objects) {
    std::sort(objects.begin(), objects.end());
    Many<Planned<Object>> found;
    for (const Planned<Object>& each : planned)
        if (std::binary_search(objects.begin(), objects.end(), &each.object))
            found.push_back(&each);
    return found;
}

struct LowerIdentity {
    bool operator()(const Route* a, const Route* b) const { return a->identity() < b->identity(); }
};

/// The interface that a table is (or was) for.
std::string owner_of(const Plan& plan, TableId table) {
    for (const InterfacePlan& interface : plan.interfaces)
        if (interface.table.id == table) return interface.ifname;
    return "";
}

void diff_groups(Changes& changes, const Plan& plan, const KernelSnapshot& kernel) {
    for (const Link& link : kernel.links) {
        const auto wanted = plan.link_groups.find(link.ifname);
        if (wanted != plan.link_groups.end() && wanted->second != link.group)
            changes.groups.push_back({link.ifname, link.group, wanted->second});
    }
    std::sort(changes.groups.begin(), changes.groups.end(),
              [](const GroupChange& a, const GroupChange& b) { return a.ifname < b.ifname; });
}

void diff_src_valid_marks(Changes& changes, const Plan& plan, const KernelSnapshot& kernel) {
    for (const Link& link : kernel.links) {
        const auto wanted = plan.src_valid_marks.find(link.ifname);
        if (wanted != plan.src_valid_marks.end() && wanted->second != link.src_valid_mark)
            changes.src_valid_marks.push_back({link.ifname, wanted->second});
    }
}

void diff_routes(Changes& changes, const Plan& plan, const KernelSnapshot& kernel) {
    Many<Route> ours, foreign;  // in the tables that the plan is about
    for (const Route& route : kernel.routes)
        if (is_ours(route, plan.ownership))
            ours.push_back(&route);
        else if (plan.ownership.tables_named.count(route.table) != 0)
            foreign.push_back(&route);
    for (Many<Route>* routes : {&ours, &foreign}) sort(*routes);
    const Many<Route> wanted = wanted_of(plan.routes);
    const auto missing = in_order_of(plan.routes, difference(difference(wanted, ours), foreign));
    // The kernel keeps one route of an identity: ours that has it now is replaced in its place.
    const Many<Route> surplus = difference(ours, wanted);
    std::multiset<const Route*, LowerIdentity> rivals(surplus.begin(), surplus.end());
    const auto action_for = [&](const Route& route) {
        const auto rival = rivals.find(&route);
        if (rival == rivals.end()) return RouteAction::add;
        rivals.erase(rival);
        return RouteAction::replace;
    };
    // A gateway has to be reachable on the link before a route can name it.
    for (const bool with_gateway : {false, true})
        for (const Planned<Route>* planned : missing)
            if (has_gateway(planned->object) == with_gateway)
                changes.routes_added.push_back({action_for(planned->object), *planned});
    for (const Route* route : rivals)
        changes.routes_deleted.push_back({*route, owner_of(plan, route->table), kSurplus});
    std::stable_sort(changes.routes_deleted.begin(), changes.routes_deleted.end(),
                     [](const Planned<Route>& a, const Planned<Route>& b) {
                         return has_gateway(a.object) > has_gateway(b.object);
                     });
}

void diff_rules(Changes& changes, const Plan& plan, const KernelSnapshot& kernel) {
    Many<Rule> ours;
    for (const Rule& rule : kernel.rules)
        if (is_ours(rule, plan.ownership)) ours.push_back(&rule);
    sort(ours);
    const Many<Rule> wanted = wanted_of(plan.rules);
    for (const Planned<Rule>* planned : in_order_of(plan.rules, difference(wanted, ours)))
        changes.rules_added.push_back(*planned);
    for (const Rule* rule : difference(ours, wanted))
        changes.rules_deleted.push_back({*rule, owner_of(plan, rule->table), kSurplus});
}

/// An address is on an interface or not; how long its prefix is and who made it is another matter.
bool is_same(const Address& a, const Address& b) {
    return a.ifname == b.ifname && a.address == b.address;
}

void diff_addresses(Changes& changes, const Plan& plan, const KernelSnapshot& kernel) {
    const auto has = [](const auto& addresses, const Address& wanted, auto address_of) {
        return std::any_of(addresses.begin(), addresses.end(),
                           [&](const auto& each) { return is_same(address_of(each), wanted); });
    };
    for (const Planned<Address>& planned : plan.addresses)
        if (!has(kernel.addresses, planned.object,
                 [](const Address& each) -> const Address& { return each; }))
            changes.addresses_added.push_back(planned);
    for (const Address& address : kernel.addresses)
        if (is_ours(address, plan.ownership) &&
            !has(plan.addresses, address,
                 [](const Planned<Address>& each) -> const Address& { return each.object; }))
            changes.addresses_deleted.push_back({address, address.ifname, kSurplus});
}

bool is_among(const std::string& ifname, const std::vector<std::string>& ifnames) {
    return ifname.empty() || ifnames.empty() ||
           std::find(ifnames.begin(), ifnames.end(), ifname) != ifnames.end();
}

bool keeps_each_line(const FileChange& change) {
    if (!change.after) return false;
    const std::vector<std::string> after = lines_of(*change.after);
    const std::vector<std::string> before = lines_of(change.before.value_or(""));
    const std::set<std::string> there(after.begin(), after.end());
    return std::all_of(before.begin(), before.end(),
                       [&](const std::string& line) { return there.count(line) != 0; });
}

/// The kernel makes it with an address. (Facts recorded before version 0.2 have none.)
Route local_route_of(const Address& address) {
    const bool is_v4 = address.address.family() == Family::v4;
    Route route;
    route.table = kTableLocal;
    route.type = RouteType::local;
    route.dst = Prefix::host(address.address);
    route.scope = is_v4 ? Scope::host : Scope::global;
    if (is_v4) route.prefsrc = address.address;
    route.hops = {{address.ifname, std::nullopt, 1, false}};
    route.protocol = kKernelsProtocol;
    return route;
}

bool has_local_routes(const KernelSnapshot& kernel) {
    return std::any_of(kernel.routes.begin(), kernel.routes.end(), [](const Route& route) {
        return route.type == RouteType::local && route.protocol == kKernelsProtocol;
    });
}

}  // namespace

Changes diff(const Plan& plan, const KernelSnapshot& kernel) {
    Changes changes;
    diff_groups(changes, plan, kernel);
    diff_src_valid_marks(changes, plan, kernel);
    diff_addresses(changes, plan, kernel);
    diff_routes(changes, plan, kernel);
    diff_rules(changes, plan, kernel);
    return changes;
}

KernelSnapshot applied(const Changes& changes, KernelSnapshot kernel) {
    const auto remove_one = [](auto& objects, auto is_it) {
        const auto found = std::find_if(objects.begin(), objects.end(), is_it);
        if (found != objects.end()) objects.erase(found);
    };
    for (const GroupChange& change : changes.groups)
        for (Link& link : kernel.links)
            if (link.ifname == change.ifname) link.group = change.to;
    for (const SrcValidMarkChange& change : changes.src_valid_marks)
        for (Link& link : kernel.links)
            if (link.ifname == change.ifname) link.src_valid_mark = change.to;
    const bool has_local = has_local_routes(kernel);
    for (const auto& address : changes.addresses_added) {
        kernel.addresses.push_back(address.object);
        if (has_local) kernel.routes.push_back(local_route_of(address.object));
    }
    for (const auto& [action, added] : changes.routes_added) {
        if (action == RouteAction::replace)
            remove_one(kernel.routes, [&wanted = added.object](const Route& route) {
                return route.identity() == wanted.identity();
            });
        kernel.routes.push_back(added.object);
    }
    for (const auto& rule : changes.rules_added) kernel.rules.push_back(rule.object);
    for (const auto& deleted : changes.rules_deleted)
        remove_one(kernel.rules, [&](const Rule& rule) { return rule == deleted.object; });
    for (const auto& deleted : changes.routes_deleted)
        remove_one(kernel.routes, [&](const Route& route) { return route == deleted.object; });
    for (const auto& deleted : changes.addresses_deleted) {
        remove_one(kernel.addresses, [&](const Address& address) {
            return is_same(address, deleted.object) &&
                   address.prefix_length == deleted.object.prefix_length;
        });
        remove_one(kernel.routes, [&](const Route& route) {
            return route == local_route_of(deleted.object) && route.protocol == kKernelsProtocol;
        });
    }
    return kernel;
}

std::vector<MarkingChange> diff_marking(const std::optional<Marking>& wanted,
                                        const std::optional<MarkingFacts>& facts,
                                        const std::optional<MarkingState>& known) {
    std::vector<MarkingChange> changes;
    if (!facts || !facts->error.empty()) return changes;
    for (const MarkingTool tool : {MarkingTool::nft, MarkingTool::iptables}) {
        const std::string& print = facts->print(tool);
        const bool is_wanted = wanted && facts->tool == tool;
        const bool is_right = is_wanted && known && known->tool == tool &&
                              known->marking == *wanted && known->print == print;
        if (is_wanted && (print.empty() || !is_right))
            changes.push_back({tool, wanted});
        else if (!is_wanted && !print.empty())
            changes.push_back({tool, std::nullopt});
    }
    return changes;
}

bool changes_hands(const Plan& plan, const DiskFacts& disk) {
    return std::any_of(plan.interfaces.begin(), plan.interfaces.end(), [&](const auto& interface) {
        return std::any_of(disk.table_names.begin(), disk.table_names.end(),
                           [&](const TableName& entry) {
                               return entry.is_ours && entry.id == interface.table.id &&
                                      entry.name != interface.ifname;
                           });
    });
}

Changes additions_of(const Changes& changes, const Plan& plan) {
    Changes kept;
    kept.addresses_added = changes.addresses_added;
    kept.rules_added = changes.rules_added;
    for (const RouteAddition& change : changes.routes_added)
        if (change.action == RouteAction::add) kept.routes_added.push_back(change);
    for (const GroupChange& change : changes.groups)
        if (plan.ownership.link_groups.count(change.to) != 0) kept.groups.push_back(change);
    for (const SrcValidMarkChange& change : changes.src_valid_marks)
        if (change.to) kept.src_valid_marks.push_back(change);
    for (const MarkingChange& change : changes.markings)
        if (change.marking) kept.markings.push_back(change);
    return kept;
}

std::vector<FileChange> additions_of(const std::vector<FileChange>& changes) {
    std::vector<FileChange> kept;
    for (const FileChange& change : changes) {
        if (keeps_each_line(change))
            kept.push_back(change);
        else if (change.ifname.empty())
            return {};
    }
    return kept;
}

Changes limited_to(const Changes& changes, const std::vector<std::string>& ifnames) {
    Changes kept;
    for (const GroupChange& change : changes.groups)
        if (is_among(change.ifname, ifnames)) kept.groups.push_back(change);
    for (const RouteAddition& change : changes.routes_added)
        if (is_among(change.route.ifname, ifnames)) kept.routes_added.push_back(change);
    const auto keep = [&](const auto& from, auto& to) {
        for (const auto& change : from)
            if (is_among(change.ifname, ifnames)) to.push_back(change);
    };
    keep(changes.src_valid_marks, kept.src_valid_marks);
    kept.markings = changes.markings;
    keep(changes.addresses_added, kept.addresses_added);
    keep(changes.rules_added, kept.rules_added);
    keep(changes.rules_deleted, kept.rules_deleted);
    keep(changes.routes_deleted, kept.routes_deleted);
    keep(changes.addresses_deleted, kept.addresses_deleted);
    return kept;
}

std::vector<FileChange> limited_to(const std::vector<FileChange>& changes,
                                   const std::vector<std::string>& ifnames) {
    std::vector<FileChange> kept;
    std::copy_if(changes.begin(), changes.end(), std::back_inserter(kept),
                 [&](const FileChange& change) { return is_among(change.ifname, ifnames); });
    return kept;
}

}  // namespace eni
