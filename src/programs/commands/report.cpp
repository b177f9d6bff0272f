// `eni-routes report`: one HTML file with all of it, to attach to a ticket. Must not change
// anything but that file.
#include <glib.h>

#include <fstream>
#include <stdexcept>

#include "build_config.hpp"
#include "commands.hpp"
#include "glib_ptr.hpp"
#include "html_report.hpp"
#include "inspection.hpp"
#include "journal.hpp"
#include "recording.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace eni {

namespace {

std::string now_in_utc() {
    const GOwned<GDateTime> now(g_date_time_new_now_utc());
    const GText text(g_date_time_format(now.get(), "%Y-%m-%d %H:%M:%S UTC"));
    return text.get();
}

/// The host's name; recorded facts have none, but may say where they are from.
std::string title_of(const Inspection& inspection) {
    if (!inspection.session.recorded) return g_get_host_name();
    const auto& recording = inspection.facts.recording;
    return recording ? "another host, " + words_for(*recording)
                     : "another host, or at another time";
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + printable(path));
    print("written: " + path + "\n");
}

}  // namespace

ExitStatus run_report(const Call& call) {
    Target target;
    const auto arguments = parse(call, {facts_option(target), config_option(target)});
    if (arguments.size() > 1)
        throw std::invalid_argument("takes the name of one file, or - for standard output");
    const std::string path = arguments.empty() ? "eni-routes-report.html" : arguments[0];
    Inspection inspection = inspect(target);
    const CheckResult result = judge(inspection);
    Facts& facts = inspection.facts;
    if (!inspection.session.recorded)
        facts.recording =
            make_recording("", config_path(target), networkmanager_version(inspection.session));
    const std::string html = render_html_report(
        {title_of(inspection), now_in_utc(), ENI_VERSION, result, facts, inspection.change_set.plan,
         render_status(
             {facts, inspection.session.config, inspection.change_set, watch_status(inspection)},
             /* is_verbose= */ true, Paint(false)),
         inspection.session.recorded
             ? "These facts were recorded: the journal is where they are from.\n"
             : journal_end()});
    if (path == "-")
        print(html);
    else
        write_file(path, html);
    return ExitStatus::ok;
}

}  // namespace eni
