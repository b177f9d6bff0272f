// Rule- and route- files: what is understood of a line is said again in the same words.
#include "script_lines.hpp"

#include "format.hpp"
#include "fuzz.hpp"
#include "line_verdict.hpp"
#include "our_files.hpp"

namespace eni {
namespace {

const TableNumbers kTables = {{"local", kTableLocal},
                              {"main", kTableMain},
                              {"default", kTableDefault},
                              {"eth1", TableId{10001}}};

bool is_understood(const ScriptLine& line) {
    return line.error.empty() && line.beyond.empty();
}

bool is_plain(const std::string& ifname) {
    return ifname.empty() || shell_word(ifname) == ifname;
}

/// `ip` wants a link for each hop, which a line may leave out; a name that a shell needs quotes for
/// is printed in quotes, which are no part of it in a file.
bool is_plain(const ScriptLine& line) {
    if (line.is_rule) return is_plain(line.rule.iif) && is_plain(line.rule.oif);
    for (const NextHop& hop : line.route.hops)
        if (hop.ifname.empty() || !is_plain(hop.ifname)) return false;
    return true;
}

void say_again(const ScriptLine& line) {
    if (!is_understood(line) || !is_plain(line)) return;
    const std::string text = line.is_rule ? format_rule(line.rule) : format_route(line.route);
    const auto again = line.is_rule ? rule_lines(text, line.rule.family, kTables)
                                    : route_lines(text, line.route.family(), kTables);
    const std::string seen = line.text + "\n" + text;
    require(again.size() == 1 && is_understood(again[0]), "what is printed can be read",
            seen + (again.empty() ? "" : "\n" + again[0].error + again[0].beyond));
    require(line.is_rule ? again[0].rule == line.rule : again[0].route == line.route,
            "and says the same", seen);
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    eni::is_assignments(text);
    eni::marked_owner(text);
    for (const eni::Family family : eni::kFamilies) {
        for (const eni::ScriptLine& line : eni::rule_lines(text, family, eni::kTables))
            eni::say_again(line);
        for (const eni::ScriptLine& line : eni::route_lines(text, family, eni::kTables))
            eni::say_again(line);
    }
    return 0;
}
