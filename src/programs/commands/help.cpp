// `eni-routes --help` and `eni-routes help`. See commands.hpp.
#include <algorithm>

#include "commands.hpp"
#include "paint.hpp"

namespace eni {

namespace {

struct Heading {
    Purpose purpose;
    const char* text;
};
constexpr Heading kHeadings[] = {{Purpose::read, "Show the host:"},
                                 {Purpose::change, "Change it:"},
                                 {Purpose::service, "Run by services:"}};

std::string lead_of(const Usage& usage) {
    return std::string("  ") + usage.name + " " + usage.arguments + " ";
}

}  // namespace

std::string help_text(const std::vector<Command>& commands) {
    std::size_t width = 0;
    for (const Command& command : commands)
        width = std::max(width, lead_of(command.usage).size() + 1);
    const auto line = [&](const std::string& lead, const std::string& text) {
        return padded(lead, width) + text + "\n";
    };
    std::string text =
        "Usage: eni-routes [COMMAND [OPTION...]]\n\n"
        "Makes every network interface of an EC2 instance answer by itself.\n"
        "Without a command: status.\n";
    for (const Heading& heading : kHeadings) {
        text += std::string("\n") + heading.text + "\n";
        for (const Command& command : commands)
            if (command.purpose == heading.purpose)
                text += line(lead_of(command.usage), command.usage.summary);
    }
    return text + "\n" + line("  --version", "Print the version") +
           line("  help [COMMAND]", "Print this, or a command's options (COMMAND --help)") +
           "\n"
           "Exit status: 0 done or nothing to do, 1 something failed (check: is broken),\n"
           "2 usage, 3 configuration (status: something is missing), 4 another run held the\n"
           "lock for 30 s, 5 only warnings (check).\n";
}

}  // namespace eni
