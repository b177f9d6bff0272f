// See tables.hpp.
#include "tables.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "names.hpp"

namespace eni {

namespace {

using Tables = std::set<TableId>;

// ---- Where a number comes from ------------------------------------------------------------------

/// What people have said: in the configuration, or by an entry of the interface's name.
struct Told {
    TableId id{0};
    std::string name;  // the table's, which is another than the interface's in rt_tables
};

std::optional<Told> told_table(const Facts& facts, const Config& config,
                               const std::string& ifname) {
    if (const auto configured = config.of(ifname).table) {
        const TableName* entry = foreign_entry(facts.disk, *configured);
        return Told{*configured, entry != nullptr ? entry->name : ifname};
    }
    const TableName* entry = foreign_entry(facts.disk, ifname);
    if (entry == nullptr) return std::nullopt;
    return Told{entry->id, ifname};
}

/// EC2's numbers of it, as Amazon's own tools use them: they outlive its name.
std::optional<TableId> metadata_table(const Config& config, const Interface& interface) {
    constexpr std::uint32_t kDevicesOfACard = 100;
    if (interface.eni == nullptr) return std::nullopt;
    return TableId{config.table_base + kDevicesOfACard * interface.eni->network_card +
                   interface.eni->device_number};
}

/// The number that the interface had the last time, unless the configured base has changed since.
std::optional<TableId> earlier_table(const Facts& facts, const Config& config,
                                     const std::string& ifname) {
    const std::uint32_t base = config.table_base;
    for (const TableName& entry : facts.disk.table_names)
        if (entry.is_ours && entry.name == ifname && !is_reserved(entry.id) &&
            number(entry.id) >= base && number(entry.id) - base < kSlots)
            return entry.id;
    return std::nullopt;
}

/// Where EC2 says nothing: the digits that its name ends in.
TableId natural_table(const Config& config, const Interface& interface) {
    return metadata_table(config, interface)
        .value_or(TableId{config.table_base + trailing_number(interface.name()).value_or(0)});
}

// ---- Who gets it --------------------------------------------------------------------------------

struct Allocation {
    const Facts& facts;
    Tables used;                   // by routes and rules of the kernel, whoever made them
    Tables taken;                  // by an interface of this plan
    std::vector<Interface*> open;  // have no number yet

    bool was_given(TableId id) const {
        const auto& names = facts.disk.table_names;
        return facts.run.tables_given.count(id) != 0 ||
               std::any_of(names.begin(), names.end(),
                           [&](const TableName& entry) { return entry.is_ours && entry.id == id; });
    }
    bool is_unused(TableId id) const {
        return !is_reserved(id) && taken.count(id) == 0 && (was_given(id) || used.count(id) == 0);
    }
    bool is_named_otherwise(TableId id, const std::string& ifname, bool counts_ours) const {
        const auto& names = facts.disk.table_names;
        return std::any_of(names.begin(), names.end(), [&](const TableName& entry) {
            return entry.id == id && entry.name != ifname && (counts_ours || !entry.is_ours);
        });
    }
    bool is_free(TableId id, const std::string& ifname) const {
        return is_unused(id) && !is_named_otherwise(id, ifname, /* counts_ours= */ true);
    }

    /// To each open one the number that `offer` has for it, where `accepts` it.
    template <class Offer, class Accepts>
    void give(Offer offer, Accepts accepts) {
        std::vector<Interface*> left;
        for (Interface* interface : open) {
            const std::optional<TableId> id = offer(*interface);
            if (id && accepts(*id, *interface))
                taken.insert(interface->table.id = *id);
            else
                left.push_back(interface);
        }
        open = std::move(left);
    }

    TableId next_free(TableId first, const std::string& ifname) const {
        std::uint32_t id = number(first);
        while (!is_free(TableId{id}, ifname)) ++id;
        return TableId{id};
    }
};

void give_told_table(Allocation& tables, const Config& config, Interface& interface) {
    interface.table.name = interface.name();
    interface.table_is_given = true;
    const auto told = told_table(tables.facts, config, interface.name());
    if (told && tables.taken.insert(told->id).second) {
        interface.table = {told->id, told->name};
        interface.table_is_given = false;  // what people use it for they need not say
        return;
    }
    if (told) interface.table_refused = told->id;
    tables.open.push_back(&interface);
}

Tables tables_in_use(const KernelSnapshot& kernel) {
    Tables used;
    for (const Route& route : kernel.routes) used.insert(route.table);
    for (const Rule& rule : kernel.rules) used.insert(rule.table);
    return used;
}

}  // namespace

bool is_automatic(TableId id, const Config& config) {
    constexpr std::uint32_t kRoom = 1000;  // for the next free ones, and eni-others
    return number(id) >= config.table_base && number(id) - config.table_base < kSlots + kRoom;
}

void give_tables(const Facts& facts, const Config& config, Interfaces& interfaces) {
    Allocation tables{facts, tables_in_use(facts.kernel), {}, {}};
    for (Interface& interface : interfaces) give_told_table(tables, config, interface);
    // An entry of ours that another name has is that of an interface which is numbered anew as
    // well, or was this one's under its former name.
    tables.give([&](const Interface& i) { return metadata_table(config, i); },
                [&](TableId id, const Interface& i) {
                    return tables.is_unused(id) &&
                           !tables.is_named_otherwise(id, i.name(), /* counts_ours= */ false);
                });
    tables.give([&](const Interface& i) { return earlier_table(facts, config, i.name()); },
                [&](TableId id, const Interface&) { return tables.taken.count(id) == 0; });
    const auto is_free = [&](TableId id, const Interface& i) {
        return tables.is_free(id, i.name());
    };
    tables.give([&](const Interface& i) { return std::optional(natural_table(config, i)); },
                is_free);
    tables.give(
        [&](const Interface& i) {
            return std::optional(tables.next_free(natural_table(config, i), i.name()));
        },
        is_free);
    for (Interface& interface : interfaces) {
        const std::string word = word_for(interface.table, facts.disk);
        interface.table_is_nameless = word != interface.table.name;
        interface.table.name = word;
    }
}

void give_slots(const Facts& facts, const Config& config, Interfaces& interfaces) {
    std::set<std::uint32_t> taken;
    std::vector<Interface*> open;
    const auto take = [&](Interface& interface, std::uint32_t slot) {
        if (slot >= kSlots || !taken.insert(slot).second) return false;
        interface.slot = slot;
        return true;
    };
    for (Interface& interface : interfaces) {
        const std::uint32_t id = number(interface.table.id);
        const std::uint32_t base = config.table_base;
        if (id < base || !take(interface, id - base)) open.push_back(&interface);
    }
    for (Interface* interface : open) {
        const auto known = facts.run.interfaces.find(interface->name());
        if (known != facts.run.interfaces.end() && known->second.slot &&
            take(*interface, *known->second.slot))
            continue;
        std::uint32_t slot = trailing_number(interface->name()).value_or(0) % kSlots;
        while (!take(*interface, slot)) slot = (slot + 1) % kSlots;
    }
}

TableId others_number(const Facts& facts, const Config& config, const Interfaces& interfaces) {
    Tables taken;
    for (const Interface& interface : interfaces) taken.insert(interface.table.id);
    const TableId first{config.table_base + kSlots};
    for (const TableName& entry : facts.disk.table_names)
        if (entry.is_ours && entry.name == kOthersName && entry.id >= first &&
            taken.count(entry.id) == 0)
            return entry.id;
    const Allocation tables{facts, tables_in_use(facts.kernel), taken, {}};
    return tables.next_free(first, kOthersName);
}

std::string word_for(const Table& table, const DiskFacts& disk) {
    static const std::set<std::string> kKernels = {"main", "local", "default", "unspec", "all"};
    const bool is_anothers =
        kKernels.count(table.name) != 0 ||
        std::any_of(disk.table_names.begin(), disk.table_names.end(), [&](const TableName& entry) {
            return !entry.is_ours && entry.name == table.name && entry.id != table.id;
        });
    return is_table_name(table.name) && !is_anothers ? table.name
                                                     : std::to_string(number(table.id));
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

}  // namespace eni
