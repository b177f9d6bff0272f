// See way_back.hpp.
#include "way_back.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "diff.hpp"
#include "lookup.hpp"
#include "our_files.hpp"
#include "ownership.hpp"
#include "render.hpp"

namespace eni {

namespace {

constexpr char kWhy[] = "as it was before the change that was not confirmed";

/// One whose attributes this program does not know cannot be made again; where it is still there it
/// stays.
bool can_be_had(const Route& route, const KernelSnapshot& now) {
    return !route.is_exotic ||
           std::find(now.routes.begin(), now.routes.end(), route) != now.routes.end();
}

bool sets_src_valid_mark(const RunState& run, const Link& link) {
    const auto known = run.interfaces.find(link.ifname);
    return known != run.interfaces.end() && known->second.set_src_valid_mark;
}

/// The old state as a plan, which diff() compares with the kernel.
Plan plan_of(const Facts& before, const Facts& facts, const Ownership& ours) {
    const KernelSnapshot& now = facts.kernel;
    Plan plan;
    plan.ownership = ours;
    for (const Rule& rule : before.kernel.rules)
        if (is_ours(rule, ours)) plan.rules.push_back({rule, "", kWhy});
    for (const Route& route : before.kernel.routes)
        if (is_ours(route, ours) && can_be_had(route, now))
            plan.routes.push_back(
                {route, route.hops.empty() ? "" : route.hops.front().ifname, kWhy});
    for (const Address& address : before.kernel.addresses)
        if (is_ours(address, ours)) plan.addresses.push_back({address, address.ifname, kWhy});
    for (const Link& link : now.links) {
        const Link* const then = find_link(before.kernel, link.ifname);
        if (then != nullptr && then->mac == link.mac &&
            (ours.link_groups.count(link.group) != 0 || ours.link_groups.count(then->group) != 0))
            plan.link_groups[link.ifname] = then->group;
        if (then != nullptr && then->mac == link.mac &&
            (sets_src_valid_mark(before.run, link) || sets_src_valid_mark(facts.run, link)))
            plan.src_valid_marks[link.ifname] = then->src_valid_mark;
    }
    return plan;
}

// ---- Files --------------------------------------------------------------------------------------

using Bytes = std::optional<std::string>;

Bytes bytes_of(const DiskFacts& disk, const std::string& path) {
    const auto found = disk.files.find(path);
    return found == disk.files.end() ? Bytes() : Bytes(found->second);
}

bool is_absent_or_ours(const Bytes& bytes) {
    return !bytes || marked_owner(*bytes).has_value();
}

std::vector<TableName> our_names(const DiskFacts& disk) {
    std::vector<TableName> entries;
    for (const TableName& entry : disk.table_names)
        if (entry.is_ours) entries.push_back(entry);
    return entries;
}

/// A run has taken an older version's block out of the shared file, which is then no longer among
/// those that eni-routes writes: what else is in it is not known.
bool is_block_moved(const DiskFacts& before, const DiskFacts& disk) {
    return disk.rt_tables_path != kRtTablesShared && before.files.count(kRtTablesShared) != 0 &&
           disk.files.count(kRtTablesShared) == 0;
}

/// The shared file of names: whole, or, where others have written to it meanwhile, our block alone.
Bytes names_before(const DiskFacts& before, const Bytes& then, const Bytes& now) {
    const std::string old_text = then.value_or(""), text = now.value_or("");
    const std::string rest = with_block(old_text, {});
    if (with_block(text, {}) == rest) return then;
    return with_block(text, rest != old_text ? our_names(before) : std::vector<TableName>());
}

/// What the file is to be; `now` where it is none of ours.
Bytes wanted_bytes(const DiskFacts& before, const DiskFacts& disk, const std::string& path,
                   const Bytes& now) {
    const Bytes then = bytes_of(before, path);
    if (path.compare(0, sizeof kNetworkScripts - 1, kNetworkScripts) == 0)
        return is_absent_or_ours(then) && is_absent_or_ours(now) ? then : now;
    const bool is_own = path == disk.rt_tables_path && !disk.rt_tables_is_shared;
    if (is_block_moved(before, disk))  // its names are in the drop-in from now on
        return is_own ? with_block(then.value_or(""), our_names(before)) : now;
    return is_own ? then : names_before(before, then, now);
}

std::vector<FileChange> files_back(const DiskFacts& before, const DiskFacts& disk) {
    std::set<std::string> paths;
    for (const auto& [path, bytes] : before.files) paths.insert(path);
    for (const auto& [path, bytes] : disk.files) paths.insert(path);
    std::vector<FileChange> changes;
    for (const std::string& path : paths) {
        const Bytes now = bytes_of(disk, path);
        const Bytes wanted = wanted_bytes(before, disk, path, now);
        if (wanted == now) continue;
        const auto owner = marked_owner((now ? now : wanted).value());
        changes.push_back({path, owner.value_or(""), now, wanted});
    }
    sort_for_writing(changes);
    return changes;
}

}  // namespace

Ownership together(Ownership a, const Ownership& b) {
    const auto add = [](auto& all, const auto& more) { all.insert(more.begin(), more.end()); };
    add(a.priority_bases, b.priority_bases);
    add(a.link_groups, b.link_groups);
    add(a.tables_given, b.tables_given);
    add(a.tables_named, b.tables_named);
    for (const auto& [table, name] : a.tables_named) a.tables_given.erase(table);
    add(a.file_lines, b.file_lines);
    add(a.mark_masks, b.mark_masks);
    add(a.addresses, b.addresses);
    add(a.adopted_rules, b.adopted_rules);
    add(a.adopted_routes, b.adopted_routes);
    a.has_address_protocol = a.has_address_protocol || b.has_address_protocol;
    return a;
}

ChangeSet way_back(const Facts& before, const Facts& now, const Ownership& ours) {
    ChangeSet set;
    set.plan = plan_of(before, now, ours);
    set.changes = diff(set.plan, now.kernel);
    if (before.run.marking) set.plan.marking = before.run.marking->marking;
    set.changes.markings = diff_marking(set.plan.marking, now.marking, before.run.marking);
    set.files = files_back(before.disk, now.disk);
    return set;
}

}  // namespace eni
