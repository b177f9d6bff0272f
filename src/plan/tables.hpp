// Which number the table of an interface has, and which place its rules have in the band of
// priorities. Pure.
#pragma once

#include "config.hpp"
#include "interfaces.hpp"
#include "model.hpp"
#include "ownership.hpp"
#include "table_entries.hpp"

namespace eni {

/// Whether it is one of the numbers that eni-routes gives by itself.
bool is_automatic(TableId id, const Config& config);

/// Numbers are given in this order, so that none loses its own to a neighbour: what people said (in
/// the configuration, or by an entry of rt_tables); what EC2 says; what it had before; the digits
/// of its name; the next free one. Where names of tables, or what EC2 said, cannot be read, what
/// it had comes second. Where there is none any more the interface has no place.
void give_tables(const Facts& facts, const TableEntries& entries, const Config& config,
                 Interfaces& interfaces);

/// Its place: the table's number less the base; else the place that it had; else the next free one;
/// where all are taken it has none. Needs the tables.
void give_slots(const Facts& facts, const Config& config, Interfaces& interfaces);

/// The number of table eni-others, behind those of the interfaces; the one that it had before.
/// Needs the tables.
TableId others_number(const Facts& facts, const Config& config, const Interfaces& interfaces);

}  // namespace eni
