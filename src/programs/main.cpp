// eni-routes: the command that people run. Options are parsed here, and each command is one
// function; what they do is reconcile.cpp's business.
#include <glib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "apply_files.hpp"
#include "ask_kernel.hpp"
#include "ask_metadata.hpp"
#include "build_config.hpp"
#include "changes.hpp"
#include "check.hpp"
#include "check_text.hpp"
#include "exit_status.hpp"
#include "explain.hpp"
#include "facts_json.hpp"
#include "gather_files.hpp"
#include "gather_host.hpp"
#include "gather_nm.hpp"
#include "html_report.hpp"
#include "names.hpp"
#include "new_profile.hpp"
#include "paint.hpp"
#include "picture.hpp"
#include "plug_nm.hpp"
#include "reconcile.hpp"
#include "render.hpp"
#include "status.hpp"
#include "unified_diff.hpp"
#include "watch_file.hpp"

namespace eni {
namespace {

struct Options {
    bool dry_run = false;
    bool diff = false;
    bool json = false;
    bool quiet = false;
    bool dot = false;
    std::optional<std::string> from, in, mark;
    std::string config = ENI_CONFIG_FILE;
    std::string root;
    std::optional<std::string> facts;
    std::vector<std::string> arguments;
};

struct Command {
    const char* name;
    const char* arguments;
    const char* options;  // the letters of those that it takes
    const char* summary;
    ExitStatus (*run)(const Options&);
};

// ---- Options ------------------------------------------------------------------------------------

std::unique_ptr<char, decltype(&g_free)> owned(char* text) {
    return {text, g_free};
}

/// GOption wants C variables; they end here.
struct RawOptions {
    gboolean dry_run = FALSE, diff = FALSE, json = FALSE, quiet = FALSE, dot = FALSE;
    char *config = nullptr, *root = nullptr, *facts = nullptr;
    char *from = nullptr, *in = nullptr, *mark = nullptr;

    std::vector<GOptionEntry> entries(const std::string& letters) {
        const GOptionEntry all[] = {
            {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Print the changes and make none",
             nullptr},
            {"diff", 'd', 0, G_OPTION_ARG_NONE, &diff, "Show the files' unified diff as well",
             nullptr},
            {"facts", 'f', 0, G_OPTION_ARG_FILENAME, &facts,
             "Replay recorded facts (`eni-routes facts`) of another time or machine", "FILE"},
            {"root", 'r', 0, G_OPTION_ARG_FILENAME, &root,
             "Read and write files below DIR, and leave the kernel alone", "DIR"},
            {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print JSON, for programs", nullptr},
            {"dot", 'g', 0, G_OPTION_ARG_NONE, &dot,
             "Print a graph for Graphviz, with what is broken in red", nullptr},
            {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Print nothing of what is well", nullptr},
            {"from", 's', 0, G_OPTION_ARG_STRING, &from, "The packet's source address", "ADDRESS"},
            {"in", 'i', 0, G_OPTION_ARG_STRING, &in, "It comes in by IFACE; needs --from", "IFACE"},
            {"mark", 'm', 0, G_OPTION_ARG_STRING, &mark, "Its firewall mark: 128 or 0x80", "N"},
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
    const auto config = owned(raw.config), root = owned(raw.root), facts = owned(raw.facts),
               from = owned(raw.from), in = owned(raw.in), mark = owned(raw.mark);
    if (!is_good) throw std::invalid_argument(std::string(error->message) + "; see --help");

    Options options;
    options.dry_run = raw.dry_run != FALSE;
    options.diff = raw.diff != FALSE;
    options.json = raw.json != FALSE;
    if (config) options.config = config.get();
    if (root) options.root = root.get();
    if (facts) options.facts = facts.get();
    if (from) options.from = from.get();
    if (in) options.in = in.get();
    if (mark) options.mark = mark.get();
    options.quiet = raw.quiet != FALSE;
    options.dot = raw.dot != FALSE;
    options.arguments.assign(argv + 1, argv + argc);
    return options;
}

/// What was typed, fit for a message.
std::string printable(const std::string& text) {
    return owned(g_strescape(text.c_str(), nullptr)).get();
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

/// Of the machine itself, as it is now. What EC2 did not say is told.
Ec2Answer told_by_ec2(const Config& config, const Options& options,
                      std::chrono::milliseconds patience, const std::string& newcomer = "") {
    if (options.facts || !options.root.empty()) return {};
    Ec2Answer answer = ask_ec2(config, patience, newcomer);
    for (const Note& note : answer.notes)
        log_message(config.imds == Imds::require ? LogLevel::error : LogLevel::warning, note.ifname,
                    note.text);
    return answer;
}

/// Facts as they are now; or as they were recorded.
Facts facts_for(const Options& options, const Config& config, const Request& request) {
    return options.facts ? load_facts_json(file_bytes(*options.facts))
                         : gather_facts(config, request, /* may_probe= */ false);
}

/// What the commands that only look have before them.
struct Sight {
    Config config;
    Facts facts;
    ChangeSet change_set;
    Ask ask;
};

/// Of recorded facts there is neither the host around nor a kernel to ask.
Sight look_at(const Options& options) {
    Sight sight;
    sight.config = configured(options);
    Request request = request_from(options);
    request.enis = told_by_ec2(sight.config, options, kPatienceOfALook).enis;
    sight.facts = facts_for(options, sight.config, request);
    sight.change_set = make_change_set(sight.facts, sight.config, request);
    if (options.facts) {
        sight.ask = [kernel = sight.facts.kernel](const RouteQuery& query) {
            return answer_by_walk(kernel, query);
        };
    } else {
        const auto asker = std::make_shared<const AskKernel>(sight.facts.kernel.links);
        sight.ask = [asker](const RouteQuery& query) { return (*asker)(query); };
    }
    return sight;
}

CheckResult checked(Sight sight, const Options& options) {
    const auto& links = sight.facts.kernel.links;
    if (!options.facts)
        sight.facts.host =
            gather_host(std::any_of(links.begin(), links.end(), [](const Link& link) {
                return link.forwarding4 || link.forwarding6;
            }));
    return check(sight.facts, sight.config, sight.change_set, sight.ask);
}

void print_changes(const ChangeSet& change_set, const Options& options) {
    if (options.quiet && change_set.changes.empty() && change_set.files.empty()) return;
    if (options.diff)
        for (const FileChange& change : change_set.files)
            std::fputs(unified_diff(change).c_str(), stdout);
    std::fputs(changes_text(change_set).c_str(), stdout);
    if (options.dry_run) std::puts("dry run: nothing was changed");
}

ExitStatus apply_and_print(const Config& config, const Request& request, const Options& options) {
    const Lock lock(request.root, kLockTimeout);
    const Outcome outcome = reconcile(config, request);
    print_changes(outcome.change_set, options);
    for (const std::string& failure : outcome.failures) log_message(LogLevel::error, "", failure);
    return outcome.failures.empty() ? ExitStatus::ok : ExitStatus::failed;
}

ExitStatus run_plan(const Options& options, const Config& config, const Request& request) {
    if (!options.dry_run) return apply_and_print(config, request, options);
    const Facts facts = facts_for(options, config, request);
    print_changes(make_change_set(facts, config, request), options);
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
    const Ec2Answer ec2 = told_by_ec2(config, options, kPatience);
    request.enis = ec2.enis;
    const ExitStatus result = run_plan(options, config, request);
    const bool lacks_an_answer = config.imds == Imds::require && !ec2.notes.empty();
    return result == ExitStatus::ok && lacks_an_answer ? ExitStatus::failed : result;
}

ExitStatus check_command(const Options& options) {
    refuse_arguments(options);
    const Sight sight = look_at(options);
    const CheckResult result = checked(sight, options);
    std::fputs(options.json ? render_check_json(result).c_str()
                            : render_check(result, options.quiet, Paint::for_stdout()).c_str(),
               stdout);
    return result.worst() == Grade::broken    ? ExitStatus::failed
           : result.worst() == Grade::warning ? ExitStatus::warned
                                              : ExitStatus::ok;
}

/// What eni-routes-hotplug's unit calls for an Ethernet interface that has come.
ExitStatus plug(const Options& options) {
    const std::vector<std::string> names = interface_arguments(options);
    if (names.size() != 1) throw std::invalid_argument("takes one interface; see --help");
    const std::string& ifname = names.front();
    const Config config = configured(options);
    Request request = request_from(options);
    request.absent = Absent::keep;  // at a boot the others may be yet to come
    const auto profile = [&] {
        const Facts facts = gather_facts(config, request, /* may_probe= */ false);
        if (find_link(facts.kernel, ifname) == nullptr)
            throw std::runtime_error("there is no interface '" + ifname + "'");
        return profile_for(facts, config, ifname);
    };
    if (!profile()) {
        std::printf("%s: eni-routes does not manage it: nothing is done\n", ifname.c_str());
        return ExitStatus::ok;
    }
    request.enis = told_by_ec2(config, options, kPatience, ifname).enis;
    const auto wanted = profile();
    if (!wanted) throw std::runtime_error(ifname + " is managed no longer");
    Options quietly = options;
    quietly.quiet = true;
    // What EC2 says has to be known before the hook hears of the interface.
    const ExitStatus before = apply_and_print(config, request, quietly);
    const Plugged plugged = plug_in(ifname, *wanted, config.hotplug_save);
    std::printf("%s: %s\n", ifname.c_str(), plugged.what.c_str());
    // It may have taken a while to come up.
    if (plugged.is_made) request.enis = told_by_ec2(config, options, kPatience, ifname).enis;
    const ExitStatus after = apply_and_print(config, request, quietly);
    return before != ExitStatus::ok ? before : after;
}

IpAddress address_from(const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (!address) throw std::invalid_argument("'" + printable(text) + "' is not an address");
    return *address;
}

/// Decimal, or hexadecimal with 0x, as `ip` takes it.
std::uint32_t mark_from(const std::string& text) {
    guint64 value = 0;
    const bool is_hex = text.compare(0, 2, "0x") == 0;
    if (!g_ascii_string_to_unsigned(text.c_str() + (is_hex ? 2 : 0), is_hex ? 16 : 10, 0,
                                    UINT32_MAX, &value, nullptr))
        throw std::invalid_argument("'" + printable(text) + "' is not a mark: 128 or 0x80");
    return static_cast<std::uint32_t>(value);
}

RouteQuery query_from(const Options& options, const KernelSnapshot& kernel) {
    if (options.arguments.size() != 1)
        throw std::invalid_argument("takes one destination address; see --help");
    RouteQuery query;
    query.dst = address_from(options.arguments[0]);
    if (options.from) query.src = address_from(*options.from);
    if (options.mark) query.mark = mark_from(*options.mark);
    if (query.src && query.src->family() != query.dst.family())
        throw std::invalid_argument("source and destination are not of one family");
    if (!options.in) return query;
    query.iif = *options.in;
    if (!query.src) throw std::invalid_argument("--in needs --from: who sends it?");
    if (find_link(kernel, query.iif) == nullptr)
        throw std::invalid_argument("there is no interface '" + printable(query.iif) + "'");
    return query;
}

ExitStatus explain_command(const Options& options) {
    const Sight sight = look_at(options);
    const RouteQuery query = query_from(options, sight.facts.kernel);
    const TableNames names = table_names(sight.change_set.plan, sight.facts.disk);
    std::fputs(explain(sight.facts.kernel, names, query, sight.ask, Paint::for_stdout()).c_str(),
               stdout);
    return ExitStatus::ok;
}

/// The programs that load little are apart; this one makes place for them.
[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    throw std::system_error(errno, std::generic_category(), "cannot run " + program);
}

ExitStatus event(const Options& options) {
    if (options.arguments.size() != 2)
        throw std::invalid_argument("event takes an interface and an action");
    become(ENI_EVENT_PROGRAM, options.arguments);
}

ExitStatus watch(const Options& options) {
    refuse_arguments(options);
    become(ENI_WATCH_PROGRAM, {});
}

Picture picture_of(const Sight& sight, const CheckResult& result) {
    return make_picture(sight.facts.kernel, sight.change_set.plan, sight.change_set.changes,
                        table_names(sight.change_set.plan, sight.facts.disk), result.flows);
}

std::optional<WatchStatus> watch_status(const Options& options) {
    if (options.facts) return std::nullopt;
    return WatchStatus{load_watch_facts()};
}

ExitStatus status(const Options& options) {
    refuse_arguments(options);
    if (options.json && options.dot)
        throw std::invalid_argument("--json and --dot are two formats");
    const Sight sight = look_at(options);
    const std::string text =
        options.json  ? render_status_json(sight.facts, sight.change_set, watch_status(options))
        : options.dot ? render_dot(picture_of(sight, checked(sight, options)))
                      : render_status(sight.facts, sight.change_set, watch_status(options),
                                      Paint::for_stdout());
    std::fputs(text.c_str(), stdout);
    return ExitStatus::ok;
}

std::string now_in_utc() {
    using Time = std::unique_ptr<GDateTime, decltype(&g_date_time_unref)>;
    const Time now(g_date_time_new_now_utc(), g_date_time_unref);
    return owned(g_date_time_format(now.get(), "%Y-%m-%d %H:%M:%S UTC")).get();
}

ExitStatus report(const Options& options) {
    if (options.arguments.size() > 1)
        throw std::invalid_argument("takes the name of one file, or - for standard output");
    const std::string path =
        options.arguments.empty() ? "eni-routes-report.html" : options.arguments[0];
    const Sight sight = look_at(options);
    const CheckResult result = checked(sight, options);
    const std::string html = render_html_report(
        {options.facts ? "another host, or at another time" : g_get_host_name(), now_in_utc(),
         ENI_VERSION, render_svg(picture_of(sight, result)), result,
         render_status(sight.facts, sight.change_set, watch_status(options), Paint(false)),
         render_facts_json(sight.facts)});
    if (path == "-") {
        std::fputs(html.c_str(), stdout);
        return ExitStatus::ok;
    }
    std::ofstream file(path, std::ios::binary);
    file << html;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + printable(path));
    std::printf("written: %s\n", path.c_str());
    return ExitStatus::ok;
}

ExitStatus facts(const Options& options) {
    refuse_arguments(options);
    const Config config = configured(options);
    Request request = request_from(options);
    request.leases = gather_nm();
    request.enis = told_by_ec2(config, options, kPatienceOfALook).enis;
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
        "The next event of NetworkManager, or eni-routes watch, lays it down again; `eni-routes disable` keeps it off.");
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
    {"regenerate", "[IFACE...]", "ndfqr", "Look at everything and put right what differs",
     regenerate},
    {"check", "", "fjq", "Ask the kernel whether every address answers by its own interface",
     check_command},
    {"explain", "DESTINATION", "fims", "Show by which rule and route a packet goes, and why",
     explain_command},
    {"status", "", "fgjr", "Show each interface's plan, and whether the kernel has it", status},
    {"report", "[FILE]", "f", "Write an HTML file with all of it, to attach to a ticket", report},
    {"facts", "", "r", "Print what the plan is made from, as JSON (attach it to a bug report)",
     facts},
    {"clean", "", "ndr", "Remove all that eni-routes made, from the kernel and the disk", clean},
    {"disable", "[IFACE...]", "r", "Take the policy off, and keep it off over reboots", disable},
    {"enable", "[IFACE...]", "r", "Undo `disable`", enable},
    {"plug", "IFACE", "", "Give an interface that has just come a profile, if it has none", plug},
    {"watch", "", "", "Heal at once what NetworkManager sends no event for (a service)", watch},
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
           "3 configuration, 4 another run held the lock for 30 s, 5 check has only warnings.\n";
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
    return exit_code(guarded([&] {
        const ExitStatus status = run(argc, argv);
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            throw std::runtime_error("cannot write to standard output");
        return status;
    }));
}
