// `forwarded: connmark`: which mark each interface has, and the rules that lead a marked packet to
// the interface's table. What netfilter does with marks is netfilter/marking_text.cpp. Pure.
#pragma once

#include <optional>
#include <vector>

#include "config.hpp"
#include "interfaces.hpp"
#include "model.hpp"

namespace eni {

/// Nothing where it is not wanted, no program can put it in force, or another program uses these
/// bits: then the plan has a note that says so. As it was put in force the last time where
/// netfilter is not read, as by the watch what iptables has, or cannot be: who else uses these bits
/// is not known then.
std::optional<Marking> plan_marking(Plan& plan, const Facts& facts, const Config& config,
                                    const Interfaces& interfaces);

/// As netfilter has it at this time; nothing where that is not known, or is not what was made.
std::optional<Marking> marking_in_force(const Facts& facts);

/// For each interface with addresses of the family: a marked packet asks its table, behind the
/// suppress rule, so that what main has by no interface of ours comes first. A request that carries
/// its mark for rp_filter's sake is passed on as if it had none.
std::vector<Planned<Rule>> mark_rules(const Marking& marking, const Config& config,
                                      const Interfaces& interfaces, Family family);

/// What is to be known of it by the next run; and src_valid_mark, by which rp_filter counts marks:
/// on where requests carry them, elsewhere off again if it was set here. For the end of a plan,
/// when the rest of `plan.run` is complete.
void keep_marking(Plan& plan, const Facts& facts);

}  // namespace eni
