// See tables.hpp.
#include "tables.hpp"

#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "metadata.hpp"
#include "ownership.hpp"

namespace eni {

namespace {

using Tables = std::set<TableId>;

constexpr std::uint32_t kLastTable = std::numeric_limits<std::uint32_t>::max();

// ---- Where a number comes from ------------------------------------------------------------------

/// What people have said: in the configuration, or by an entry of the interface's name.
struct Told {
    TableId id{0};
    std::string name;  // the table's, which is another than the interface's in rt_tables
};

std::optional<Told> told_table(const TableEntries& entries, const Config& config,
                               const std::string& ifname) {
    if (const auto configured = config.of(ifname).table) {
        const TableName* entry = entries.foreign(*configured);
        return Told{*configured, entry != nullptr ? entry->name : ifname};
    }
    const TableName* entry = entries.foreign(ifname);
    if (entry == nullptr) return std::nullopt;
    return Told{entry->id, ifname};
}

std::optional<TableId> table_behind(std::uint32_t base, std::uint64_t offset) {
    if (offset > kLastTable - base) return std::nullopt;
    return TableId{base + static_cast<std::uint32_t>(offset)};
}

/// EC2's numbers of it, as Amazon's own tools use them: they outlive its name.
std::optional<TableId> metadata_table(const Config& config, const Interface& interface) {
    constexpr std::uint64_t kDevicesOfACard = 100;
    if (interface.eni == nullptr) return std::nullopt;
    return table_behind(config.table_base, kDevicesOfACard * interface.eni->network_card +
                                               interface.eni->device_number);
}

/// The number that the interface had the last time, unless the configured base has changed since.
std::optional<TableId> earlier_table(const TableEntries& entries, const Config& config,
                                     const std::string& ifname) {
    const std::uint32_t base = config.table_base;
    for (const TableName* entry : entries.of(ifname))
        if (entry->is_ours && !is_reserved(entry->id) && number(entry->id) >= base &&
            number(entry->id) - base < kSlots)
            return entry->id;
    return std::nullopt;
}

/// Where EC2 says nothing: the digits that its name ends in.
std::optional<TableId> natural_table(const Config& config, const Interface& interface) {
    if (interface.eni != nullptr) return metadata_table(config, interface);
    return table_behind(config.table_base, trailing_number(interface.name()).value_or(0));
}

/// The one that it had the last time, where it is not known by what it got that. It is not used by
/// another: whatever is in it is of then.
std::optional<TableId> remembered_table(const Facts& facts, const Interface& interface) {
    const bool knows_names = !facts.disk.has_unread(Unread::Kind::table_names);
    const bool knows_eni =
        interface.eni != nullptr || !facts.disk.has_unread(Unread::Kind::metadata);
    if (knows_names && knows_eni) return std::nullopt;
    const auto known = facts.run.interfaces.find(interface.name());
    if (known == facts.run.interfaces.end() || known->second.mac != interface.link->mac)
        return std::nullopt;
    return known->second.table;
}

// ---- Who gets it --------------------------------------------------------------------------------

bool is_in_our_band(Priority priority, const Config& config) {
    Ownership ownership;
    ownership.priority_bases = {config.priority_base};
    return in_band(priority, ownership);
}

class Allocation {
  public:
    Allocation(const Facts& facts, const Config& config, const TableEntries& names)
        : entries(names), given_(facts.run.tables_given) {
        // Where it cannot be read which were given, what looks like ours is no other's use.
        const bool knows_ours = !facts.disk.has_unread(Unread::Kind::state);
        for (const Route& route : facts.kernel.routes)
            if (knows_ours || route.protocol != kOurProtocol) used_.insert(route.table);
        for (const Rule& rule : facts.kernel.rules)
            if (knows_ours || !is_in_our_band(rule.priority, config)) used_.insert(rule.table);
    }

    /// False where an interface of this plan has it.
    bool take(TableId id) { return taken_.insert(id).second; }
    bool is_taken(TableId id) const { return taken_.count(id) != 0; }
    bool is_unused(TableId id) const {
        return !is_reserved(id) && !is_taken(id) && (was_given(id) || used_.count(id) == 0);
    }
    bool is_free(TableId id, const std::string& ifname) const {
        return is_unused(id) && !entries.is_named_otherwise(id, ifname, /* counts_ours= */ true);
    }

    /// To each open one the number that `offer` has for it, where `accepts` it.
    template <class Offer, class Accepts>
    void give(Offer offer, Accepts accepts) {
        std::vector<Interface*> left;
        for (Interface* interface : open) {
            const std::optional<TableId> id = offer(*interface);
            if (id && accepts(*id, *interface))
                taken_.insert(interface->table.id = *id);
            else
                left.push_back(interface);
        }
        open = std::move(left);
    }

    /// From `first` on; nothing where all are taken up to the last that there is.
    std::optional<TableId> next_free(TableId first, const std::string& ifname) {
        std::optional<TableId> best = next_nameless(number(first));
        for (const TableName* entry : entries.of(ifname))
            if (entry->id >= first && (!best || entry->id < *best) && is_free(entry->id, ifname))
                best = entry->id;
        return best;
    }

    const TableEntries& entries;
    std::vector<Interface*> open = {};  // have no number yet

  private:
    bool was_given(TableId id) const { return given_.count(id) != 0 || entries.is_ours(id); }

    /// Free for whoever asks. What is not free now will not be later: it is walked over once.
    std::optional<TableId> next_nameless(std::uint32_t first) {
        std::vector<std::uint32_t> passed;
        std::uint32_t id = first;
        const auto is_open = [&] {
            return is_unused(TableId{id}) && entries.of(TableId{id}).empty();
        };
        for (;;) {
            const auto known = behind_.find(id);
            if (known == behind_.end() && is_open()) break;
            if (id == kLastTable) return std::nullopt;
            passed.push_back(id);
            id = known != behind_.end() ? known->second : id + 1;
        }
        for (const std::uint32_t each : passed) behind_[each] = id;
        return TableId{id};
    }

    const Tables& given_;
    Tables used_;   // by routes and rules of the kernel, whoever made them
    Tables taken_;  // by an interface of this plan
    std::unordered_map<std::uint32_t, std::uint32_t> behind_;
};

void give_told_table(Allocation& tables, const Config& config, Interface& interface) {
    interface.table.name = interface.name();
    interface.table_is_given = true;
    const auto told = told_table(tables.entries, config, interface.name());
    if (told && tables.take(told->id)) {
        interface.table = {told->id, told->name};
        interface.table_is_given = false;  // what people use it for they need not say
        return;
    }
    if (told) interface.table_refused = told->id;
    tables.open.push_back(&interface);
}

}  // namespace

bool is_automatic(TableId id, const Config& config) {
    constexpr std::uint32_t kRoom = 1000;  // for the next free ones, and eni-others
    return number(id) >= config.table_base && number(id) - config.table_base < kSlots + kRoom;
}

void give_tables(const Facts& facts, const TableEntries& entries, const Config& config,
                 Interfaces& interfaces) {
    Allocation tables(facts, config, entries);
    for (Interface& interface : interfaces) give_told_table(tables, config, interface);
    tables.give([&](const Interface& i) { return remembered_table(facts, i); },
                [&](TableId id, const Interface&) { return !tables.is_taken(id); });
    // An entry of ours that another name has is that of an interface which is numbered anew as
    // well, or was this one's under its former name.
    tables.give([&](const Interface& i) { return metadata_table(config, i); },
                [&](TableId id, const Interface& i) {
                    return tables.is_unused(id) &&
                           !entries.is_named_otherwise(id, i.name(), /* counts_ours= */ false);
                });
    if (!is_of_another_instance(facts))
        tables.give([&](const Interface& i) { return earlier_table(entries, config, i.name()); },
                    [&](TableId id, const Interface&) { return !tables.is_taken(id); });
    const auto is_free = [&](TableId id, const Interface& i) {
        return tables.is_free(id, i.name());
    };
    tables.give([&](const Interface& i) { return natural_table(config, i); }, is_free);
    tables.give(
        [&](const Interface& i) {
            const auto first = natural_table(config, i);
            return first ? tables.next_free(*first, i.name()) : std::nullopt;
        },
        is_free);
    for (Interface* interface : tables.open) interface->has_place = false;
    // It is the administrator's still where that cannot be read.
    if (facts.disk.has_unread(Unread::Kind::table_names))
        for (Interface& interface : interfaces)
            if (facts.run.tables_named.count(interface.table.id) != 0)
                interface.table_is_given = false;
    for (Interface& interface : interfaces) {
        const std::string word = entries.word_for(interface.table);
        interface.table_is_nameless = word != interface.table.name;
        interface.table.name = word;
    }
}

void give_slots(const Facts& facts, const Config& config, Interfaces& interfaces) {
    std::vector<bool> taken(kSlots);
    std::size_t left = kSlots;
    std::vector<Interface*> open;
    const auto take = [&](Interface& interface, std::uint32_t slot) {
        if (slot >= kSlots || taken[slot]) return false;
        taken[slot] = true;
        --left;
        interface.slot = slot;
        return true;
    };
    for (Interface& interface : interfaces) {
        const std::uint32_t id = number(interface.table.id);
        const std::uint32_t base = config.table_base;
        if (interface.has_place && (id < base || !take(interface, id - base)))
            open.push_back(&interface);
    }
    for (Interface* interface : open) {
        const auto known = facts.run.interfaces.find(interface->name());
        if (known != facts.run.interfaces.end() && known->second.slot &&
            take(*interface, *known->second.slot))
            continue;
        interface->has_place = left > 0;
        std::uint32_t slot = trailing_number(interface->name()).value_or(0) % kSlots;
        while (interface->has_place && !take(*interface, slot)) slot = (slot + 1) % kSlots;
    }
}

TableId others_number(const Facts& facts, const Config& config, const Interfaces& interfaces) {
    const TableEntries entries(facts.disk);
    Allocation tables(facts, config, entries);
    for (const Interface& interface : interfaces) tables.take(interface.table.id);
    const TableId first{config.table_base + kSlots};
    for (const TableName* entry : entries.of(kOthersName))
        if (entry->is_ours && entry->id >= first && !tables.is_taken(entry->id)) return entry->id;
    // Where its name cannot be read: no interface has a number behind theirs, but for want of
    // others.
    if (facts.disk.has_unread(Unread::Kind::table_names))
        for (const TableId id : facts.run.tables_given)
            if (id >= first && !tables.is_taken(id)) return id;
    return tables.next_free(first, kOthersName).value_or(first);
}

}  // namespace eni
