// From the words of the command line to the command, or to help. See commands.hpp.
#include <algorithm>
#include <stdexcept>

#include "build_config.hpp"
#include "commands.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace eni {

namespace {

ExitStatus answered(const std::string& text) {
    print(text);
    return ExitStatus::ok;
}

const Command& find_command(const std::vector<Command>& commands, const std::string& name) {
    const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& command) {
        return name == command.usage.name;
    });
    if (found != commands.end()) return *found;
    std::vector<std::string> known = {"help"};
    for (const Command& command : commands) known.emplace_back(command.usage.name);
    const std::string meant = suggestion(name, known);
    throw std::invalid_argument("there is no command '" + printable(name) + "'" +
                                (meant.empty() ? "; see eni-routes --help" : meant));
}

}  // namespace

ExitStatus run_command_line(const std::vector<Command>& commands, std::vector<std::string> words) {
    if (words.empty()) words = {"status"};
    if (words[0] == "help") {  // `help COMMAND` is `COMMAND --help`
        words.erase(words.begin());
        words.emplace_back("--help");
        return run_command_line(commands, words);
    }
    if (words[0] == "--help" || words[0] == "-h") return answered(help_text(commands));
    if (words[0] == "--version") return answered("eni-routes " ENI_VERSION "\n");
    const Command& command = find_command(commands, words[0]);
    words.erase(words.begin());
    try {
        return command.run({command.usage, words});
    } catch (const HelpWanted& help) {
        return answered(help.text);
    }
}

}  // namespace eni
