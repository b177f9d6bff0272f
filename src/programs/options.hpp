// The options of a command, declared by the command itself; GOption parses and describes them. Must
// not know which options there are, nor print anything.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace eni {

/// Writes into a variable of the command's, which has to live until parse() has returned.
struct Option {
    const char* name;                             // "dry-run"
    char letter;                                  // 'n'
    std::function<void(const char* value)> take;  // `value` of a flag is null
    const char* help;
    const char* value_name;  // "FILE"; null: a flag, which takes no value
};

Option flag(const char* name, char letter, bool& target, const char* help);

/// `target` is a std::string or a std::optional<std::string>; it gets the bytes that were typed.
template <class Target>
Option value(const char* name, char letter, Target& target, const char* help,
             const char* value_name) {
    return {name, letter, [&target](const char* text) { target = text; }, help, value_name};
}

/// What --help says of a command.
struct Usage {
    const char* name;       // "explain"
    const char* arguments;  // "DESTINATION"; empty: it takes none
    const char* summary;
};

/// A command with the words behind its name.
struct Call {
    Usage usage;
    std::vector<std::string> words;
};

/// Thrown where --help is among the words: the text is all that is to be printed.
struct HelpWanted {
    std::string text;
};

/// The words that are neither options nor their values. Throws HelpWanted, or std::invalid_argument
/// for an unknown option (naming the nearest one), a missing value, and arguments of a command that
/// takes none.
std::vector<std::string> parse(const Call& call, std::vector<Option> options);

}  // namespace eni
