// See table_entries.hpp.
#include "table_entries.hpp"

#include <algorithm>
#include <set>

#include "names.hpp"

namespace eni {

namespace {

using Entries = std::vector<const TableName*>;

const Entries& none() {
    static const Entries kNone;
    return kNone;
}

const TableName* first_foreign(const Entries& entries) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [](const TableName* entry) { return !entry->is_ours; });
    return found != entries.end() ? *found : nullptr;
}

}  // namespace

TableEntries::TableEntries(const DiskFacts& disk) {
    const auto is_less = [](const TableName* a, const TableName* b) { return *a < *b; };
    std::set<const TableName*, decltype(is_less)> seen(is_less);
    by_id_.reserve(disk.table_names.size());
    by_name_.reserve(disk.table_names.size());
    for (const TableName& entry : disk.table_names) {
        if (!seen.insert(&entry).second) continue;
        by_id_[number(entry.id)].push_back(&entry);
        by_name_[entry.name].push_back(&entry);
    }
}

const Entries& TableEntries::of(TableId id) const {
    const auto found = by_id_.find(number(id));
    return found != by_id_.end() ? found->second : none();
}

const Entries& TableEntries::of(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found != by_name_.end() ? found->second : none();
}

const TableName* TableEntries::foreign(TableId id) const {
    return first_foreign(of(id));
}

const TableName* TableEntries::foreign(const std::string& name) const {
    return first_foreign(of(name));
}

bool TableEntries::is_ours(TableId id) const {
    const Entries& entries = of(id);
    return std::any_of(entries.begin(), entries.end(),
                       [](const TableName* entry) { return entry->is_ours; });
}

bool TableEntries::is_named_otherwise(TableId id, const std::string& name, bool counts_ours) const {
    const Entries& entries = of(id);
    return std::any_of(entries.begin(), entries.end(), [&](const TableName* entry) {
        return entry->name != name && (counts_ours || !entry->is_ours);
    });
}

std::string TableEntries::word_for(const Table& table) const {
    static const std::set<std::string> kKernels = {"main", "local", "default", "unspec", "all"};
    const Entries& entries = of(table.name);
    const bool is_anothers =
        kKernels.count(table.name) != 0 ||
        std::any_of(entries.begin(), entries.end(), [&](const TableName* entry) {
            return !entry->is_ours && entry->id != table.id;
        });
    return is_table_name(table.name) && !is_anothers ? table.name
                                                     : std::to_string(number(table.id));
}

}  // namespace eni
