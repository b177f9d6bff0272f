// See gather_marking.hpp.
#include "gather_marking.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "hash.hpp"
#include "mark_uses.hpp"
#include "nft_print.hpp"
#include "program.hpp"
#include "text.hpp"

namespace eni {

namespace {

std::string output_of_program(const std::vector<std::string>& arguments) {
    ProgramResult result = run_program(arguments);
    if (result.status != 0) throw std::runtime_error(arguments[0] + ": " + trimmed(result.errors));
    return std::move(result.output);
}

/// Empty where there is no such program. Without `table` all tables.
std::string saved_by_iptables(Family family, const char* table = nullptr) {
    const std::string path = path_of_program(iptables_program(family, "save"));
    if (path.empty() || !has_family(family)) return "";
    std::vector<std::string> arguments = {path};
    if (table != nullptr) arguments.insert(arguments.end(), {"-t", table});
    return output_of_program(arguments);
}

bool begins_with(const std::string& text, const std::string& start) {
    return text.compare(0, start.size(), start) == 0;
}

bool is_of_ours(const std::string& line) {
    return line.find(kInChain) != std::string::npos;  // which the other's name begins with
}

ChainsThere chains_in(const std::string& saved) {
    ChainsThere there;
    const auto declared = [](const char* chain) { return std::string(":") + chain + " "; };
    const auto jump = [](const char* from, const char* chain) {
        return std::string("-A ") + from + " -j " + chain;
    };
    for (const std::string& line : lines_of(saved)) {
        if (begins_with(line, declared(kInChain))) there.has_in = true;
        if (begins_with(line, declared(kOutChain))) there.has_out = true;
        if (line == jump("PREROUTING", kInChain)) ++there.jumps_to_in;
        if (line == jump("OUTPUT", kOutChain)) ++there.jumps_to_out;
    }
    return there;
}

/// Its lines about our chains, without their counters.
std::string iptables_print() {
    std::string print;
    for (const Family family : kFamilies)
        for (const std::string& line : lines_of(saved_by_iptables(family, "mangle")))
            if (is_of_ours(line)) print += line.substr(0, line.find('[')) + "\n";
    return print.empty() ? "" : hash_of(print);
}

bool has_iptables() {
    for (const Family family : kFamilies)
        for (const char* verb : {"save", "restore"})
            if (path_of_program(iptables_program(family, verb)).empty()) return false;
    return true;
}

std::vector<MarkUse> gather_uses(bool with_iptables) {
    std::vector<MarkUse> uses;
    if (const std::string nft = path_of_program("nft"); !nft.empty())
        uses = mark_uses_of_nft(output_of_program({nft, "list", "ruleset"}));
    if (!with_iptables) return uses;
    for (const Family family : kFamilies) {
        auto more = mark_uses_of_iptables(saved_by_iptables(family));
        std::move(more.begin(), more.end(), std::back_inserter(uses));
    }
    return uses;
}

}  // namespace

/// `ipv6.disable=1` leaves ip6tables-save nothing but an error.
bool has_family(Family family) {
    return family == Family::v4 || access("/proc/net/if_inet6", F_OK) == 0;
}

std::string iptables_program(Family family, const char* verb) {
    return std::string(family == Family::v4 ? "iptables-" : "ip6tables-") + verb;
}

ChainsThere chains_there(Family family) {
    return chains_in(saved_by_iptables(family, "mangle"));
}

MarkingTool usable_marking_tool(bool has_nf_tables) {
    if (has_nf_tables && !path_of_program("nft").empty()) return MarkingTool::nft;
    return has_iptables() ? MarkingTool::iptables : MarkingTool::none;
}

std::string marking_print(MarkingTool tool) {
    if (tool == MarkingTool::nft) return nft_print();
    return tool == MarkingTool::iptables ? iptables_print() : "";
}

namespace {

MarkingFacts gather(MarkingTool usable, const std::optional<MarkingState>& known, MarkUses uses) {
    MarkingFacts facts;
    facts.tool = usable;
    const auto is_in_question = [&](MarkingTool tool) {
        return facts.tool == tool || (known && known->tool == tool);
    };
    if (is_in_question(MarkingTool::nft)) facts.nft = marking_print(MarkingTool::nft);
    if (is_in_question(MarkingTool::iptables))
        facts.iptables = marking_print(MarkingTool::iptables);
    const bool is_in_force =
        known && !known->print.empty() && facts.print(known->tool) == known->print;
    if (uses == MarkUses::always || !is_in_force)
        facts.uses = gather_uses(uses != MarkUses::when_needed_of_nft);
    return facts;
}

}  // namespace

MarkingFacts gather_marking(MarkingTool usable, const std::optional<MarkingState>& known,
                            MarkUses uses) {
    try {
        return gather(usable, known, uses);
    } catch (const std::exception& error) {
        MarkingFacts facts;
        facts.error = error.what();
        return facts;
    }
}

}  // namespace eni
