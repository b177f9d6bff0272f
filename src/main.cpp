// eni-routes: the command that people run. Options are parsed here, and each command is one
// function; what they do is look.cpp's business.
#include <glib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "apply_files.hpp"
#include "build_config.hpp"
#include "core/names.hpp"
#include "core/render.hpp"
#include "exit_status.hpp"
#include "facts_json.hpp"
#include "gather_disk.hpp"
#include "gather_nm.hpp"
#include "look.hpp"
#include "report.hpp"
#include "status.hpp"
#include "unified_diff.hpp"

namespace eni {
namespace {

struct Options {
    bool dry_run = false;
    bool diff = false;
    bool json = false;
    std::string config = ENI_CONFIG_FILE;
    std::string root;
    std::optional<std::string> facts;
    std::vector<std::string> arguments;
};

struct Command {
    const char* name;
    const char* arguments;
    const char* options;  // the letters of those that it takes: n d f r j
    const char* summary;
    ExitStatus (*run)(const Options&);
};

// ---- Options ------------------------------------------------------------------------------------

std::unique_ptr<char, decltype(&g_free)> owned(char* text) {
    return {text, g_free};
}

/// GOption wants C variables; they end here.
struct RawOptions {
    gboolean dry_run = FALSE, diff = FALSE, json = FALSE;
    char* config = nullptr;
    char* root = nullptr;
    char* facts = nullptr;

    std::vector<GOptionEntry> entries(const std::string& letters) {
        const GOptionEntry all[] = {
            {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Print the changes and make none",
             nullptr},
            {"diff", 'd', 0, G_OPTION_ARG_NONE, &diff, "Show the files' unified diff as well",
             nullptr},
            {"facts", 'f', 0, G_OPTION_ARG_FILENAME, &facts,
             "Replay recorded facts; needs --dry-run", "FILE"},
            {"root", 'r', 0, G_OPTION_ARG_FILENAME, &root,
             "Read and write files below DIR, and leave the kernel alone", "DIR"},
            {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print JSON, for programs", nullptr},
            {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config,
             "The configuration (default: " ENI_CONFIG_FILE ")", "FILE"}};
        std::vector<GOptionEntry> chosen;
        for (const GOptionEntry& entry : all)
            if (letters.find(entry.short_name) != std::string::npos || entry.short_name == 'c')
                chosen.push_back(entry);
        chosen.push_back({});
        return chosen;
    }
};

Options parse_options(const Command& command, int argc, char** argv) {
    RawOptions raw;
    const auto entries = raw.entries(command.options);
    const std::unique_ptr<GOptionContext, decltype(&g_option_context_free)> context(
        g_option_context_new(command.arguments), g_option_context_free);
    g_option_context_set_summary(context.get(), command.summary);
    g_option_context_add_main_entries(context.get(), entries.data(), nullptr);
    g_set_prgname((std::string("eni-routes ") + command.name).c_str());
    GError* failure = nullptr;
    const bool is_good = g_option_context_parse(context.get(), &argc, &argv, &failure) != FALSE;
    const std::unique_ptr<GError, decltype(&g_error_free)> error(failure, g_error_free);
    const auto config = owned(raw.config), root = owned(raw.root), facts = owned(raw.facts);
    if (!is_good) throw std::invalid_argument(std::string(error->message) + "; see --help");

    Options options;
    options.dry_run = raw.dry_run != FALSE;
    options.diff = raw.diff != FALSE;
    options.json = raw.json != FALSE;
    if (config) options.config = config.get();
    if (root) options.root = root.get();
    if (facts) options.facts = facts.get();
    options.arguments.assign(argv + 1, argv + argc);
    return options;
}

/// The interfaces named on the command line; one that nobody could have is refused.
std::vector<std::string> interface_arguments(const Options& options) {
    for (const std::string& name : options.arguments)
        if (!is_plain_name(name)) throw std::invalid_argument("this is not an interface's name");
    return options.arguments;
}

void refuse_arguments(const Options& options) {
    if (!options.arguments.empty()) throw std::invalid_argument("takes no arguments; see --help");
}

// ---- What the commands share --------------------------------------------------------------------

std::string file_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file) throw std::runtime_error("cannot read " + path);
    return bytes;
}

Config configured(const Options& options) {
    Config config = load_config(options.root.empty() || options.config != ENI_CONFIG_FILE
                                    ? options.config
                                    : options.root + options.config);
    set_log_level(config.log_level);
    return config;
}

Request request_from(const Options& options) {
    Request request;
    request.root = options.root;
    request.absent = Absent::forget;
    return request;
}

/// Facts as they are now; or as they were recorded.
Facts facts_for(const Options& options, const Config& config, const Request& request) {
    return options.facts ? load_facts_json(file_bytes(*options.facts))
                         : gather_facts(config, request, /* may_probe= */ false);
}

void print_findings(const Findings& findings, const Options& options) {
    if (options.diff)
        for (const FileChange& change : findings.files)
            std::fputs(unified_diff(change).c_str(), stdout);
    std::fputs(findings_text(findings).c_str(), stdout);
    if (options.dry_run) std::puts("dry run: nothing was changed");
}

ExitStatus apply_and_print(const Config& config, const Request& request, const Options& options) {
    const Lock lock(request.root, kLockTimeout);
    const Outcome outcome = look_and_apply(config, request);
    print_findings(outcome.findings, options);
    for (const std::string& failure : outcome.failures) log_message(LogLevel::error, "", failure);
    return outcome.failures.empty() ? ExitStatus::ok : ExitStatus::failed;
}

ExitStatus run_plan(const Options& options, const Config& config, const Request& request) {
    if (!options.dry_run) return apply_and_print(config, request, options);
    const Facts facts = facts_for(options, config, request);
    print_findings(find_changes(facts, config, request), options);
    return ExitStatus::ok;
}

// ---- The commands -------------------------------------------------------------------------------

ExitStatus regenerate(const Options& options) {
    if (options.facts && !options.dry_run)
        throw std::invalid_argument(
            "--facts describes another time or machine: it needs --dry-run");
    const Config config = configured(options);
    Request request = request_from(options);
    request.ifnames = interface_arguments(options);
    if (!options.facts && options.root.empty()) request.leases = gather_nm();
    return run_plan(options, config, request);
}

ExitStatus event(const Options& options) {
    if (options.arguments.size() != 2)
        throw std::invalid_argument("event takes an interface and an action");
    std::vector<char*> argv = {const_cast<char*>(ENI_EVENT_PROGRAM),
                               const_cast<char*>(options.arguments[0].c_str()),
                               const_cast<char*>(options.arguments[1].c_str()), nullptr};
    execv(argv[0], argv.data());
    throw std::system_error(errno, std::generic_category(), "cannot run " ENI_EVENT_PROGRAM);
}

ExitStatus status(const Options& options) {
    refuse_arguments(options);
    const Config config = configured(options);
    const Request request = request_from(options);
    const Facts facts = facts_for(options, config, request);
    const Findings findings = find_changes(facts, config, request);
    std::fputs((options.json ? render_status_json : render_status)(facts, findings).c_str(),
               stdout);
    return ExitStatus::ok;
}

ExitStatus facts(const Options& options) {
    refuse_arguments(options);
    const Config config = configured(options);
    Request request = request_from(options);
    request.leases = gather_nm();
    std::fputs(render_facts_json(gather_facts(config, request, /* may_probe= */ false)).c_str(),
               stdout);
    return ExitStatus::ok;
}

ExitStatus clean(const Options& options) {
    refuse_arguments(options);
    Config config = configured(options);
    config.enabled = false;
    Request request = request_from(options);
    request.forget_state = true;
    const ExitStatus result = run_plan(options, config, request);
    std::puts(
        "The next event of NetworkManager lays it down again; `eni-routes disable` keeps it off.");
    return result;
}

/// Writes the names that are switched off, one a line, and applies what follows from it.
ExitStatus switch_to(const Options& options, bool enabled) {
    const Config config = configured(options);
    const Request request = request_from(options);
    std::set<std::string> names = {"*"};
    if (!options.arguments.empty()) {
        const auto arguments = interface_arguments(options);
        names = {arguments.begin(), arguments.end()};
    }
    {
        const Lock lock(options.root, kLockTimeout);
        std::set<std::string> disabled = gather_disk(options.root).disabled;
        for (const std::string& name : names) {
            if (enabled)
                disabled.erase(name);
            else
                disabled.insert(name);
        }
        FileChange change{kDisabledPath, "", load_file(options.root, kDisabledPath), std::nullopt};
        if (!disabled.empty()) change.after = render_disabled(disabled);
        apply_file(options.root, change);
    }
    return apply_and_print(config, request, options);
}

ExitStatus disable(const Options& options) {
    return switch_to(options, /* enabled= */ false);
}
ExitStatus enable(const Options& options) {
    return switch_to(options, /* enabled= */ true);
}

constexpr Command kCommands[] = {
    {"regenerate", "[IFACE...]", "ndfr", "Look at everything and put right what differs",
     regenerate},
    {"status", "", "fjr", "Show each interface's plan, and whether the kernel has it", status},
    {"facts", "", "r", "Print what the plan is made from, as JSON (attach it to a bug report)",
     facts},
    {"clean", "", "ndr", "Remove all that eni-routes made, from the kernel and the disk", clean},
    {"disable", "[IFACE...]", "r", "Take the policy off, and keep it off over reboots", disable},
    {"enable", "[IFACE...]", "r", "Undo `disable`", enable},
    {"event", "IFACE ACTION", "", "What NetworkManager's dispatcher calls", event},
};

std::string help() {
    std::string text =
        "Usage: eni-routes COMMAND [OPTION...]\n\n"
        "Makes every network interface of an EC2 instance answer by itself.\n\n";
    for (const Command& command : kCommands) {
        std::string lead = std::string("  ") + command.name + " " + command.arguments;
        lead.resize(std::max<std::size_t>(lead.size() + 2, 26), ' ');
        text += lead + command.summary + "\n";
    }
    return text +
           "\n  --version               Print the version\n"
           "  COMMAND --help          The options of a command\n\n"
           "Exit status: 0 done or nothing to do, 1 something failed, 2 usage,\n"
           "3 configuration, 4 another run held the lock for 30 s.\n";
}

ExitStatus run(int argc, char** argv) {
    const std::string name = argc < 2 ? "status" : argv[1];
    if (name == "--help" || name == "-h") {
        std::fputs(help().c_str(), stdout);
        return ExitStatus::ok;
    }
    if (name == "--version") {
        std::puts("eni-routes " ENI_VERSION);
        return ExitStatus::ok;
    }
    for (const Command& command : kCommands)
        if (name == command.name) return command.run(parse_options(command, argc - 1, argv + 1));
    throw std::invalid_argument("there is no such command; see eni-routes --help");
}

}  // namespace
}  // namespace eni

int main(int argc, char** argv) {
    using namespace eni;
    set_log_level(LogLevel::info);
    return exit_code(guarded([&] { return run(argc, argv); }));
}
