// What a line of a user's rule- or route- file says that the plan does not. Pure; what is done
// about it is adoption.cpp's part.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "format.hpp"
#include "model.hpp"
#include "script_lines.hpp"

namespace eni {

/// As a line that names a table means it.
TableNumbers numbers_of_tables(const Plan& plan, const DiskFacts& disk);

/// Judges the lines of one interface. A table is its own by the plan, or because nothing is in it
/// but what its route lines say, which the plan says too, and nobody else looks it up.
class LineJudge {
  public:
    /// `lines` are all of the interface.
    LineJudge(const Facts& facts, const Plan& plan, const InterfacePlan& interface,
              const std::vector<ScriptLine>& lines);

    /// "table 300 is not eth1's own"; empty where it says no more than the plan.
    std::string why_more(const ScriptLine& line) const;

    /// The route as the kernel has it when the line was given to `ip route add`.
    Route route_of(const ScriptLine& line) const;

    bool is_own(TableId table) const { return own_tables_.count(table) != 0; }

  private:
    std::string why_more(const Rule& rule) const;
    std::string why_more(const Route& route) const;
    std::string why_more_than_a_default(const Route& route) const;
    std::string why_more_in_main(const Route& route) const;
    std::string why_not_its_own(const Prefix& prefix) const;
    bool is_subnet(const Prefix& prefix) const;
    bool is_address(const IpAddress& address) const;
    bool is_spare(TableId table, const std::vector<ScriptLine>& lines) const;

    const Facts& facts_;
    const Plan& plan_;
    const InterfacePlan& interface_;
    TableNames names_;
    std::set<TableId> own_tables_;
};

/// Whether it is that rule, made by that line: at any priority where the line names none.
bool is_made_by(const Rule& rule, const ScriptLine& line);

}  // namespace eni
