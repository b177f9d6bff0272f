// See apply_marking.hpp.
#include "apply_marking.hpp"

#include <stdexcept>

#include "gather_marking.hpp"
#include "marking_text.hpp"
#include "program.hpp"
#include "text.hpp"

namespace eni {

namespace {

void tell(const std::string& program, std::vector<std::string> arguments, const std::string& text) {
    const std::string path = path_of_program(program);
    if (path.empty()) throw std::runtime_error("there is no " + program + " any more");
    arguments.insert(arguments.begin(), path);
    const ProgramResult result = run_program(arguments, text);
    if (result.status != 0)
        throw std::runtime_error(path + " refuses it: " + trimmed(result.errors));
}

void apply_by_iptables(const MarkingChange& change, Family family) {
    const ChainsThere there = chains_there(family);
    const std::string text =
        change.marking ? iptables_text(*change.marking, family, there) : iptables_removal(there);
    // Another program may have the lock of xtables for a moment.
    if (!text.empty())
        tell(iptables_program(family, "restore"), {"--noflush", "--wait", "5"}, text);
}

}  // namespace

void apply_marking(const MarkingChange& change) {
    if (change.tool == MarkingTool::nft)
        return tell("nft", {"-f", "-"}, change.marking ? nft_text(*change.marking) : nft_removal());
    for (const Family family : kFamilies)
        if (has_family(family)) apply_by_iptables(change, family);
}

}  // namespace eni
