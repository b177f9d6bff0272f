// The entries of rt_tables, made ready for many questions: files of others may have tens of
// thousands. Pure; must not decide who gets a table.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model.hpp"

namespace eni {

/// `disk` has to outlive it unchanged.
class TableEntries {
  public:
    explicit TableEntries(const DiskFacts& disk);

    /// Of that number or name each entry once, in the order of the files.
    const std::vector<const TableName*>& of(TableId id) const;
    const std::vector<const TableName*>& of(const std::string& name) const;

    /// The first that is not ours; null where there is none.
    const TableName* foreign(TableId id) const;
    const TableName* foreign(const std::string& name) const;

    bool is_ours(TableId id) const;
    /// Whether another name than that has the number.
    bool is_named_otherwise(TableId id, const std::string& name, bool counts_ours) const;

    /// What rules and routes call a table: its name, or its number where that is no table's name,
    /// the kernel's own table has it, or an entry that is not ours says it of another number.
    std::string word_for(const Table& table) const;

  private:
    std::unordered_map<std::uint32_t, std::vector<const TableName*>> by_id_;
    std::unordered_map<std::string, std::vector<const TableName*>> by_name_;
};

}  // namespace eni
