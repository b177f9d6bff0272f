// Which number the table of an interface has, and which place its rules have in the band of
// priorities. Pure.
#pragma once

#include "config.hpp"
#include "interfaces.hpp"
#include "model.hpp"

namespace eni {

/// Places in the band of priorities, one for each interface.
constexpr std::uint32_t kSlots = 900;

/// Whether it is one of the numbers that eni-routes gives by itself.
bool is_automatic(TableId id, const Config& config);

/// Numbers are given in this order, so that none loses its own to a neighbour: what people said (in
/// the configuration, or by an entry of rt_tables); what EC2 says; what it had before; the digits
/// of its name; the next free one.
void give_tables(const Facts& facts, const Config& config, Interfaces& interfaces);

/// Its place: the table's number less the base; else the place that it had; else the next free one.
/// Needs the tables.
void give_slots(const Facts& facts, const Config& config, Interfaces& interfaces);

/// The number of table eni-others, behind those of the interfaces; the one that it had before.
/// Needs the tables.
TableId others_number(const Facts& facts, const Config& config, const Interfaces& interfaces);

/// What rules and routes call it: its name, or its number where that is no table's name, the
/// kernel's own table has it, or an entry that is not ours says it of another number.
std::string word_for(const Table& table, const DiskFacts& disk);

/// An entry of rt_tables that is not ours; null where there is none.
const TableName* foreign_entry(const DiskFacts& disk, const std::string& name);
const TableName* foreign_entry(const DiskFacts& disk, TableId id);

}  // namespace eni
