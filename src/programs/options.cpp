// See options.hpp. GOption as of GLib 2.54.
#include "options.hpp"

#include <glib.h>

#include <memory>
#include <stdexcept>

#include "glib_ptr.hpp"
#include "text.hpp"

namespace eni {

namespace {

/// GOption's callback; `name` is the option as it was typed, "--dry-run" or "-n".
gboolean take(const char* name, const char* value, gpointer options, GError**) {
    const std::string typed = name;
    for (const Option& option : *static_cast<const std::vector<Option>*>(options))
        if (typed == "--" + std::string(option.name) || typed == std::string("-") + option.letter)
            option.take(value);
    return TRUE;
}

std::vector<GOptionEntry> entries_of(const std::vector<Option>& options) {
    std::vector<GOptionEntry> entries;
    for (const Option& option : options)
        entries.push_back(
            {option.name, option.letter,
             option.value_name == nullptr ? G_OPTION_FLAG_NO_ARG : G_OPTION_FLAG_FILENAME,
             G_OPTION_ARG_CALLBACK, reinterpret_cast<gpointer>(take), option.help,
             option.value_name});
    entries.push_back({});
    return entries;
}

/// "Unknown option --dryrun, did you mean '--dry-run'?"
std::string words_for(const GError& error, const std::vector<Option>& options) {
    const std::string text = printable(error.message);
    if (!g_error_matches(&error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
        return text + "; see --help";
    std::vector<std::string> known;
    for (const Option& option : options) known.push_back(std::string("--") + option.name);
    const std::size_t start = text.find("--");
    if (start == std::string::npos) return text + "; see --help";  // a letter
    const std::string meant = suggestion(text.substr(start, text.find('=', start) - start), known);
    return text + (meant.empty() ? "; see --help" : meant);
}

}  // namespace

Option flag(const char* name, char letter, bool& target, const char* help) {
    return {name, letter, [&target](const char*) { target = true; }, help, nullptr};
}

std::vector<std::string> parse(const Call& call, std::vector<Option> options) {
    bool is_help_wanted = false;
    options.push_back(flag("help", 'h', is_help_wanted, "Show the options"));
    const GOwned<GOptionContext> context(g_option_context_new(call.usage.arguments));
    g_option_context_set_help_enabled(context.get(), FALSE);  // its own prints, and exits
    g_option_context_set_summary(context.get(), call.usage.summary);
    GOptionGroup* const group = g_option_group_new(nullptr, nullptr, nullptr, &options, nullptr);
    g_option_group_add_entries(group, entries_of(options).data());
    g_option_context_set_main_group(context.get(), group);  // takes it over
    g_set_prgname((std::string("eni-routes ") + call.usage.name).c_str());

    std::vector<std::string> words = call.words;
    words.insert(words.begin(), call.usage.name);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    char** rest = argv.data();
    int count = static_cast<int>(words.size());
    GError* failure = nullptr;
    const bool is_good = g_option_context_parse(context.get(), &count, &rest, &failure) != FALSE;
    const GOwned<GError> error(failure);
    if (!is_good) throw std::invalid_argument(words_for(*error, options));
    if (is_help_wanted) {
        const GText help(g_option_context_get_help(context.get(), TRUE, nullptr));
        throw HelpWanted{help.get()};
    }
    const std::vector<std::string> arguments(rest + 1, rest + count);
    if (call.usage.arguments[0] == '\0' && !arguments.empty())
        throw std::invalid_argument("takes no arguments; see --help");
    return arguments;
}

}  // namespace eni
