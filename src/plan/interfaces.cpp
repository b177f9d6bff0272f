// See interfaces.hpp.
#include "interfaces.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "names.hpp"
#include "ownership.hpp"

namespace eni {

namespace {

// ---- Which links are ours -----------------------------------------------------------------------

/// The digits that a name ends in: eth1 -> 1, enp0s3 -> 3, "lan" -> nothing.
std::optional<std::uint32_t> trailing_number(const std::string& name) {
    const std::size_t start = name.find_last_not_of("0123456789") + 1;
    const std::string digits = name.substr(start);
    if (digits.empty() || digits.size() > 4) return std::nullopt;
    return static_cast<std::uint32_t>(std::stoul(digits));
}

/// eth2 before eth10, whatever the order of the kernel's list.
bool lower_name(const std::string& a, const std::string& b) {
    const auto key = [](const std::string& name) {
        return std::make_tuple(trailing_number(name).value_or(10000), name);
    };
    return key(a) < key(b);
}

bool matches_any(const std::vector<std::string>& globs, const std::string& name) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string& glob) { return glob_matches(glob, name); });
}

/// What amazon-vpc-cni gives to a pod's interface: table device + 1 (2 to 16) with a default by the
/// ENI, reached by its rules of priority 1536.
bool belongs_to_cni(const KernelSnapshot& kernel, const std::string& ifname) {
    constexpr std::uint32_t kFirstTable = 2, kLastTable = 16;
    return is_cni_at_work(kernel) &&
           std::any_of(kernel.routes.begin(), kernel.routes.end(), [&](const Route& route) {
               return route.is_default() && leaves_by(route, ifname) &&
                      number(route.table) >= kFirstTable && number(route.table) <= kLastTable;
           });
}

bool is_managed(const Context& context, const Link& link) {
    static const std::set<std::string> kVirtualKinds = {"bridge",  "bond",    "team",  "vlan",
                                                        "macvlan", "macvtap", "ipvlan"};
    if (!link.ethernet || link.is_port || kVirtualKinds.count(link.kind) != 0) return false;
    if (!is_included(context.config, link.ifname)) return false;
    if (is_switched_off(context, link.ifname)) return false;
    if (!is_plain_name(link.ifname)) {
        warn(
            context, "",
            "an interface has a name that is not made of letters, digits, '.', '_' and '-': left alone");
        return false;
    }
    const TableName* entry = foreign_entry(context.facts.disk, link.ifname);
    if (entry != nullptr && is_reserved(entry->id)) {
        warn(context, link.ifname, "the kernel's own table has this name: left alone");
        return false;
    }
    if (belongs_to_cni(context.facts.kernel, link.ifname)) {
        note(context, link.ifname, "amazon-vpc-cni routes its pods by this interface: left to it");
        return false;
    }
    return true;
}

// ---- The table of each --------------------------------------------------------------------------

using Tables = std::set<TableId>;

Tables tables_in_use(const KernelSnapshot& kernel) {
    Tables used;
    for (const Route& route : kernel.routes) used.insert(route.table);
    for (const Rule& rule : kernel.rules) used.insert(rule.table);
    return used;
}

bool was_given(const Facts& facts, TableId id) {
    if (facts.run.tables_given.count(id) != 0) return true;
    return std::any_of(facts.disk.table_names.begin(), facts.disk.table_names.end(),
                       [&](const TableName& entry) { return entry.is_ours && entry.id == id; });
}

/// The number that the interface had the last time, unless the configured base has changed since.
std::optional<TableId> earlier_table(const Context& context, const std::string& ifname) {
    const std::uint32_t base = context.config.table_base;
    for (const TableName& entry : context.facts.disk.table_names)
        if (entry.is_ours && entry.name == ifname && !is_reserved(entry.id) &&
            number(entry.id) >= base && number(entry.id) - base < kSlots)
            return entry.id;
    return std::nullopt;
}

/// What people have said: in the configuration, or by an entry of the interface's name.
std::optional<TableId> told_table(const Context& context, const Tables& used,
                                  Interface& interface) {
    const DiskFacts& disk = context.facts.disk;
    interface.table = {TableId{0}, interface.name()};
    if (const auto configured = context.config.of(interface.name()).table) {
        if (const TableName* entry = foreign_entry(disk, *configured)) {
            interface.table.name = entry->name;
            interface.table_is_given = false;
        } else {
            interface.table_is_given =
                was_given(context.facts, *configured) || used.count(*configured) == 0;
        }
        return configured;
    }
    const TableName* entry = foreign_entry(disk, interface.name());
    if (entry == nullptr) return std::nullopt;
    interface.table_is_given = false;
    return entry->id;
}

/// EC2's numbers of it, as Amazon's own tools use them: they outlive its name.
std::optional<TableId> metadata_table(const Context& context, const Interface& interface) {
    constexpr std::uint32_t kDevicesOfACard = 100;
    if (interface.eni == nullptr) return std::nullopt;
    return TableId{context.config.table_base + kDevicesOfACard * interface.eni->network_card +
                   interface.eni->device_number};
}

/// Where nobody says more: the digits that its name ends in.
TableId natural_table(const Context& context, const Interface& interface) {
    return metadata_table(context, interface)
        .value_or(
            TableId{context.config.table_base + trailing_number(interface.name()).value_or(0)});
}

bool is_named_otherwise(const DiskFacts& disk, TableId id, const std::string& ifname,
                        bool counts_ours) {
    return std::any_of(
        disk.table_names.begin(), disk.table_names.end(), [&](const TableName& entry) {
            return entry.id == id && entry.name != ifname && (counts_ours || !entry.is_ours);
        });
}

/// Numbers are given in this order, so that nobody loses his to a neighbour: what people said; what
/// EC2 says; what it had before; its natural number; the next free one.
void give_tables(const Context& context, Interfaces& interfaces) {
    const Tables used = tables_in_use(context.facts.kernel);
    Tables taken;
    std::vector<Interface*> open;
    const auto is_unused = [&](TableId id) {
        return !is_reserved(id) && taken.count(id) == 0 &&
               (was_given(context.facts, id) || used.count(id) == 0);
    };
    const auto is_free = [&](TableId id, const Interface& interface) {
        return is_unused(id) && !is_named_otherwise(context.facts.disk, id, interface.name(),
                                                    /* counts_ours= */ true);
    };
    const auto give = [&](auto offer, auto accepts) {
        std::vector<Interface*> left;
        for (Interface* interface : open) {
            const std::optional<TableId> id = offer(*interface);
            if (id && accepts(*id, *interface))
                taken.insert(interface->table.id = *id);
            else
                left.push_back(interface);
        }
        open = std::move(left);
    };
    for (Interface& interface : interfaces) {
        const auto told = told_table(context, used, interface);
        if (told && taken.insert(*told).second) {
            interface.table.id = *told;
            continue;
        }
        if (told)
            warn(context, interface.name(),
                 "another interface has table " + std::to_string(number(*told)) +
                     " already: it gets the next free one");
        interface.table.name = interface.name();
        interface.table_is_given = true;
        open.push_back(&interface);
    }
    // An entry of ours that another name has is that of an interface which is numbered anew as
    // well, or was this one's under its former name.
    give([&](const Interface& i) { return metadata_table(context, i); },
         [&](TableId id, const Interface& i) {
             return is_unused(id) && !is_named_otherwise(context.facts.disk, id, i.name(),
                                                         /* counts_ours= */ false);
         });
    give([&](const Interface& i) { return earlier_table(context, i.name()); },
         [&](TableId id, const Interface&) { return taken.count(id) == 0; });
    give([&](const Interface& i) { return natural_table(context, i); }, is_free);
    give(
        [&](const Interface& i) {
            std::uint32_t id = number(natural_table(context, i));
            while (!is_free(TableId{id}, i)) ++id;
            return std::optional<TableId>(TableId{id});
        },
        is_free);
}

/// An interface's place in the band: the table's number less the base; else the place that it had;
/// else the next free one.
void give_slots(const Context& context, Interfaces& interfaces) {
    std::set<std::uint32_t> taken;
    std::vector<Interface*> open;
    const auto take = [&](Interface& interface, std::uint32_t slot) {
        if (slot >= kSlots || !taken.insert(slot).second) return false;
        interface.slot = slot;
        return true;
    };
    for (Interface& interface : interfaces) {
        const std::uint32_t id = number(interface.table.id);
        const std::uint32_t base = context.config.table_base;
        if (id < base || !take(interface, id - base)) open.push_back(&interface);
    }
    for (Interface* interface : open) {
        const auto known = context.facts.run.interfaces.find(interface->name());
        if (known != context.facts.run.interfaces.end() && known->second.slot &&
            take(*interface, *known->second.slot))
            continue;
        std::uint32_t slot = trailing_number(interface->name()).value_or(0) % kSlots;
        while (!take(*interface, slot)) slot = (slot + 1) % kSlots;
    }
}

}  // namespace

void note(const Context& context, const std::string& ifname, std::string text) {
    context.notes.push_back({Severity::note, ifname, std::move(text)});
}

void warn(const Context& context, const std::string& ifname, std::string text) {
    context.notes.push_back({Severity::warning, ifname, std::move(text)});
}

bool is_included(const Config& config, const std::string& ifname) {
    return matches_any(config.include, ifname) && !matches_any(config.exclude, ifname);
}

bool is_cni_at_work(const KernelSnapshot& kernel) {
    constexpr std::uint32_t kCniMark = 0x80;
    return std::any_of(kernel.rules.begin(), kernel.rules.end(), [](const Rule& rule) {
        return number(rule.priority) == 1024 && rule.fwmark == kCniMark &&
               rule.fwmask == kCniMark && rule.table == kTableMain;
    });
}

bool is_switched_off(const Context& context, const std::string& ifname) {
    return context.facts.disk.disabled.count(ifname) != 0 || !context.config.of(ifname).enabled;
}

const TableName* foreign_entry(const DiskFacts& disk, const std::string& name) {
    for (const TableName& entry : disk.table_names)
        if (!entry.is_ours && entry.name == name) return &entry;
    return nullptr;
}

const TableName* foreign_entry(const DiskFacts& disk, TableId id) {
    for (const TableName& entry : disk.table_names)
        if (!entry.is_ours && entry.id == id) return &entry;
    return nullptr;
}

bool is_reserved(TableId id) {
    return number(id) == 0 || id == kTableDefault || id == kTableMain || id == kTableLocal;
}

bool leaves_by(const Route& route, const std::string& ifname) {
    return std::any_of(route.hops.begin(), route.hops.end(),
                       [&](const NextHop& hop) { return hop.ifname == ifname; });
}

Interfaces managed_interfaces(const Context& context) {
    const Facts& facts = context.facts;
    Interfaces interfaces;
    for (const Link& link : facts.kernel.links)
        if (is_managed(context, link)) {
            interfaces.emplace_back();
            interfaces.back().link = &link;
            const auto known = facts.enis.find(link.mac);
            if (known != facts.enis.end()) interfaces.back().eni = &known->second;
        }
    std::string primary = context.config.primary.value_or("");
    for (const Interface& interface : interfaces)
        if (!context.config.primary && interface.eni != nullptr &&
            interface.eni->network_card == 0 && interface.eni->device_number == 0)
            primary = interface.name();
    std::sort(interfaces.begin(), interfaces.end(), [&](const Interface& a, const Interface& b) {
        const bool a_first = a.name() == primary, b_first = b.name() == primary;
        return a_first != b_first ? a_first : lower_name(a.name(), b.name());
    });
    give_tables(context, interfaces);
    give_slots(context, interfaces);
    return interfaces;
}

}  // namespace eni
