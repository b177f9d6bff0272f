// See status_rows.hpp. First what the plan has, then what it leaves alone.
#include "status_rows.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "format.hpp"
#include "interfaces.hpp"
#include "lookup.hpp"
#include "metadata.hpp"
#include "names.hpp"
#include "render.hpp"

namespace eni {

namespace {

/// What the plan has of each interface ("": of none), sorted once for all.
class PlanRows {
  public:
    PlanRows(const Facts& facts, const ChangeSet& change_set)
        : disk_(facts.disk), wanted_(render_files(change_set.plan, facts.disk)) {
        for (const auto& rule : change_set.plan.rules)
            if (rule.in_kernel) rules_[rule.ifname].push_back(&rule.object);
        for (const auto& route : change_set.plan.routes)
            if (route.in_kernel) routes_[route.ifname].push_back(&route.object);
        for (const auto& [path, file] : wanted_) files_[file.ifname].push_back(&file);
        for (const auto& added : change_set.changes.rules_added) new_rules_.insert(added.object);
        for (const auto& added : change_set.changes.routes_added)
            new_routes_.insert(added.route.object);
    }

    std::vector<Row> rules(const std::string& ifname, const std::string& table) const {
        std::vector<Row> rows;
        for (const Rule* rule : of(rules_, ifname)) {
            const bool is_of_all = !rule->from && !rule->to;
            rows.push_back({format_rule_listing(*rule, table) +
                                (rule->family == Family::v6 && is_of_all ? "  (IPv6)" : ""),
                            new_rules_.count(*rule) == 0});
        }
        return rows;
    }

    std::vector<Row> routes(const InterfacePlan& interface) const {
        std::vector<Row> rows;
        for (const Route* route : of(routes_, interface.ifname))
            rows.push_back(
                {format_route(*route, route->table == kTableLocal ? "local" : interface.table.name),
                 new_routes_.count(*route) == 0});
        return rows;
    }

    /// Those of no interface are of the names of tables.
    std::vector<Row> files(const std::string& ifname) const {
        std::vector<Row> rows;
        for (const FileChange* file : of(files_, ifname)) {
            const auto found = disk_.files.find(file->path);
            const bool is_there = found != disk_.files.end();
            rows.push_back({file->path, is_there && found->second == file->after,
                            is_there ? "differs" : "missing"});
        }
        return rows;
    }

  private:
    template <class T>
    using ByInterface = std::map<std::string, std::vector<const T*>>;

    template <class T>
    static const std::vector<const T*>& of(const ByInterface<T>& all, const std::string& ifname) {
        static const std::vector<const T*> kNone;
        const auto found = all.find(ifname);
        return found == all.end() ? kNone : found->second;
    }

    const DiskFacts& disk_;
    FileSet wanted_;
    ByInterface<Rule> rules_;
    ByInterface<Route> routes_;
    ByInterface<FileChange> files_;
    std::set<Rule> new_rules_;
    std::set<Route> new_routes_;
};

std::vector<Row> group_rows(const ChangeSet& change_set, const InterfacePlan& interface) {
    std::vector<Row> rows;
    for (const GroupChange& change : change_set.changes.groups)
        if (change.ifname == interface.ifname)
            rows.push_back({std::to_string(change.to), /* is_there= */ false});
    return rows;
}

std::string public_words(const Eni* eni, const IpAddress& address) {
    const auto elastic = eni != nullptr ? public_address_of(*eni, address) : std::nullopt;
    return elastic ? " = " + elastic->to_string() : "";
}

std::string with_length(const Address& address) {
    return address.address.to_string() + "/" + std::to_string(address.prefix_length);
}

void add_addresses(InterfaceStatus& status, const Facts& facts, const ChangeSet& change_set) {
    for (const Address& address : facts.kernel.addresses) {
        if (address.ifname != status.plan->ifname || !address.is_global) continue;
        status.addresses.push_back(with_length(address));
        status.address_rows.push_back(
            {with_length(address) + public_words(status.eni, address.address)});
    }
    if (status.eni == nullptr) return;
    std::set<IpAddress> missing;
    for (const auto& added : change_set.changes.addresses_added)
        missing.insert(added.object.address);
    for (const IpAddress& address : status.eni->addresses)
        if (!is_own_address(facts.kernel, address))
            status.address_rows.push_back(
                {address.to_string() + public_words(status.eni, address) + ", assigned in EC2",
                 missing.count(address) == 0});
    for (const Prefix& prefix : status.eni->delegated)
        status.address_rows.push_back({prefix.to_string() + ", delegated in EC2"});
}

void add_missing(std::vector<MissingRow>& missing, const char* kind, const std::vector<Row>& rows) {
    for (const Row& row : rows)
        if (!row.is_there) missing.push_back({kind, row});
}

/// Nothing where the plan has it.
class Reasons {
  public:
    Reasons(const Facts& facts, const Config& config, const Plan& plan)
        : facts_(facts), config_(config) {
        for (const InterfacePlan& interface : plan.interfaces) planned_.insert(interface.ifname);
        ManagedInterfaces managed = managed_interfaces(facts, config);
        for (const Interface& interface : managed.interfaces) managed_.insert(interface.name());
        left_alone_ = std::move(managed.left_alone);
    }

    std::optional<Unmanaged> against(const Link& link) const {
        const std::string& name = link.ifname;
        if (planned_.count(name) != 0) return std::nullopt;
        if (managed_.count(name) != 0)
            return is_switched_off(facts_, config_) ? Unmanaged::all_off : Unmanaged::only_one;
        for (const LeftAlone& left : left_alone_)
            if (left.ifname == name) return reason(left.why);
        if (!is_included(config_, name))
            return matches_any(config_.include, name) ? Unmanaged::excluded
                                                      : Unmanaged::not_included;
        if (!link.ethernet) return Unmanaged::not_ethernet;
        if (link.is_port) return Unmanaged::port;
        if (!is_switched_off(facts_, config_, name)) return Unmanaged::made_of_others;
        return facts_.disk.disabled.count(name) != 0 ? Unmanaged::disabled
                                                     : Unmanaged::disabled_in_configuration;
    }

  private:
    static Unmanaged reason(LeftAlone::Why why) {
        switch (why) {
            case LeftAlone::Why::odd_name:
                return Unmanaged::odd_name;
            case LeftAlone::Why::name_of_a_kernel_table:
                return Unmanaged::name_of_a_kernel_table;
            case LeftAlone::Why::belongs_to_a_cni:
                return Unmanaged::left_to_cni;
            case LeftAlone::Why::no_place:
                return Unmanaged::no_place;
        }
        return Unmanaged::odd_name;
    }

    const Facts& facts_;
    const Config& config_;
    std::set<std::string> planned_, managed_;
    std::vector<LeftAlone> left_alone_;
};

bool has_plan_of(const Plan& plan, const std::string& ifname) {
    return std::any_of(plan.interfaces.begin(), plan.interfaces.end(),
                       [&](const InterfacePlan& interface) { return interface.ifname == ifname; });
}

std::vector<Row> sysctl_rows(const ChangeSet& change_set, const std::string& ifname) {
    std::vector<Row> rows;
    for (const SrcValidMarkChange& change : change_set.changes.src_valid_marks)
        if (change.ifname == ifname && change.to) rows.push_back({"src_valid_mark 1", false});
    return rows;
}

bool is_left_over(const SrcValidMarkChange& change, const Plan&) {
    return !change.to;
}

bool is_left_over(const MarkingChange& change, const Plan&) {
    return !change.marking;
}

/// The group of a link that was ours is given back.
bool is_left_over(const GroupChange& change, const Plan& plan) {
    return !has_plan_of(plan, change.ifname);
}

/// So is a file of others' without our names.
bool is_left_over(const FileChange& file, const Plan& plan) {
    return !file.after || (file.ifname.empty() && plan.table_names.empty());
}

std::set<std::string> links_of_main_defaults(const KernelSnapshot& kernel) {
    std::set<std::string> links;
    for (const Route& route : kernel.routes)
        if (route.table == kTableMain && route.is_default())
            for (const NextHop& hop : route.hops) links.insert(hop.ifname);
    return links;
}

}  // namespace

std::vector<MissingRow> InterfaceStatus::missing() const {
    std::vector<MissingRow> missing;
    add_missing(missing, "link group", groups);
    add_missing(missing, "sysctl", sysctls);
    add_missing(missing, "address", address_rows);
    add_missing(missing, "route", routes);
    add_missing(missing, "rule", rules);
    add_missing(missing, "file", files);
    return missing;
}

std::vector<InterfaceStatus> interface_statuses(const Facts& facts, const ChangeSet& change_set) {
    std::vector<InterfaceStatus> statuses;
    const PlanRows rows(facts, change_set);
    for (const InterfacePlan& interface : change_set.plan.interfaces) {
        InterfaceStatus status;
        status.plan = &interface;
        if (const Link* link = find_link(facts.kernel, interface.ifname)) status.link = *link;
        status.eni = find_eni(facts, interface.ifname);
        add_addresses(status, facts, change_set);
        status.groups = group_rows(change_set, interface);
        status.sysctls = sysctl_rows(change_set, interface.ifname);
        status.rules = rows.rules(interface.ifname, interface.table.name);
        status.routes = rows.routes(interface);
        status.files = rows.files(interface.ifname);
        statuses.push_back(std::move(status));
    }
    return statuses;
}

std::vector<Row> shared_rule_rows(const Facts& facts, const ChangeSet& change_set) {
    return PlanRows(facts, change_set).rules("", "");
}

std::vector<MissingRow> missing_shared(const Facts& facts, const ChangeSet& change_set) {
    const TableNames names = names_of_tables(change_set.plan, facts.disk);
    std::vector<MissingRow> missing;
    for (const RouteAddition& added : change_set.changes.routes_added)
        if (const Route& route = added.route.object; added.route.ifname.empty())
            missing.push_back({"route", {format_route(route, name_of(route.table, names)), false}});
    add_missing(missing, "rule", shared_rule_rows(facts, change_set));
    for (const MarkingChange& change : change_set.changes.markings)
        if (change.marking) missing.push_back({"marks", {marking_noun(change.tool), false}});
    if (!change_set.plan.table_names.empty())
        add_missing(missing, "file", PlanRows(facts, change_set).files(""));
    return missing;
}

std::vector<std::string> surplus(const ChangeSet& change_set) {
    std::vector<std::string> words;
    for (const auto& rule : change_set.changes.rules_deleted)
        words.push_back("rule " + format_rule(rule.object));
    for (const auto& route : change_set.changes.routes_deleted)
        words.push_back("route " + format_route(route.object));
    for (const auto& address : change_set.changes.addresses_deleted)
        words.push_back("address " + format_address(address.object));
    for (const GroupChange& change : change_set.changes.groups)
        if (is_left_over(change, change_set.plan))
            words.push_back("group " + std::to_string(change.from) + " of " + change.ifname);
    for (const SrcValidMarkChange& change : change_set.changes.src_valid_marks)
        if (!change.to) words.push_back("src_valid_mark of " + change.ifname);
    for (const MarkingChange& change : change_set.changes.markings)
        if (!change.marking) words.push_back(marking_noun(change.tool));
    for (const FileChange& file : change_set.files)
        if (is_left_over(file, change_set.plan))
            words.push_back((file.after ? "names in " : "file ") + file.path);
    return words;
}

std::vector<UnmanagedLink> unmanaged_links(const Facts& facts, const Config& config,
                                           const Plan& plan) {
    const Reasons reasons(facts, config, plan);
    const std::set<std::string> has_default = links_of_main_defaults(facts.kernel);
    std::vector<UnmanagedLink> links;
    for (const Link& link : facts.kernel.links) {
        const auto why = reasons.against(link);
        if (!why || (!is_included(config, link.ifname) && facts.enis.count(link.mac) == 0 &&
                     has_default.count(link.ifname) == 0))
            continue;
        links.push_back({&link, *why, {}});
        for (const Address& address : facts.kernel.addresses)
            if (address.ifname == link.ifname && address.is_global)
                links.back().addresses.push_back(with_length(address));
    }
    return links;
}

Completeness completeness_of(const ChangeSet& change_set) {
    const Changes& changes = change_set.changes;
    const auto is_of_plan = [&](const auto& change) {
        return !is_left_over(change, change_set.plan);
    };
    const bool is_missing =
        !changes.addresses_added.empty() || !changes.routes_added.empty() ||
        !changes.rules_added.empty() ||
        std::any_of(changes.groups.begin(), changes.groups.end(), is_of_plan) ||
        std::any_of(changes.src_valid_marks.begin(), changes.src_valid_marks.end(), is_of_plan) ||
        std::any_of(changes.markings.begin(), changes.markings.end(), is_of_plan) ||
        std::any_of(change_set.files.begin(), change_set.files.end(), is_of_plan);
    if (is_missing) return Completeness::incomplete;
    if (!change_set.empty()) return Completeness::left_over;
    return change_set.plan.is_active ? Completeness::complete : Completeness::inactive;
}

}  // namespace eni
