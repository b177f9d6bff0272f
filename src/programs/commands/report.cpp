// `eni-routes report`: one HTML file with all of it, to attach to a ticket. Must not change
// anything but that file.
#include <glib.h>
#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>

#include "build_config.hpp"
#include "commands.hpp"
#include "file.hpp"
#include "glib_ptr.hpp"
#include "html_report.hpp"
#include "inspection.hpp"
#include "journal.hpp"
#include "many_hosts.hpp"
#include "recording.hpp"
#include "report_file.hpp"
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

std::string page_of(Inspection& inspection, const CheckResult& result) {
    const Facts& facts = inspection.facts;
    return render_html_report(
        {title_of(inspection), now_in_utc(), ENI_VERSION, result, facts, inspection.change_set.plan,
         render_status({facts, inspection.session.config, inspection.change_set,
                        watch_status(inspection), unconfirmed_words(inspection)},
                       /* is_verbose= */ true, Paint(false)),
         inspection.session.recorded
             ? "These facts were recorded: the journal is where they are from.\n"
             : journal_end()});
}

/// "web1.html", for the facts "/srv/facts/web1.json".
std::string page_name(const std::string& facts) {
    const std::string name = file_name(facts);
    return name.substr(0, name.rfind('.')) + ".html";
}

/// A page for each host with facts in that directory, and one that leads to them.
ExitStatus report_many(const Target& target, const std::string& directory) {
    if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
        throw_errno("cannot make " + printable(directory));
    const auto write_page = [&](HostVerdict& host, Inspection& inspection) {
        if (!host.failure.empty()) return;
        host.page = page_name(host.name);
        write_report(directory + "/" + host.page, page_of(inspection, host.result));
    };
    const auto hosts = judge_hosts(facts_files({*target.facts}), target.config, write_page);
    const std::string index = directory + "/index.html";
    write_report(index, render_hosts_page(hosts, now_in_utc(), ENI_VERSION));
    print("written: " + printable(index) + ", and a page for each host\n");
    return ExitStatus::ok;
}

}  // namespace

ExitStatus run_report(const Call& call) {
    Target target;
    const auto arguments = parse(call, {facts_option(target), config_option(target)});
    if (arguments.size() > 1)
        throw std::invalid_argument("takes the name of one file, or - for standard output");
    const bool is_of_many = target.facts && is_directory(*target.facts);
    const std::string path = !arguments.empty() ? arguments[0]
                             : is_of_many       ? "eni-routes-reports"
                                                : "eni-routes-report.html";
    if (is_of_many) return report_many(target, path);
    Inspection inspection = inspect(target);
    const CheckResult result = judge(inspection);
    if (!inspection.session.recorded)
        inspection.facts.recording =
            make_recording("", config_path(target), networkmanager_version(inspection.session));
    const std::string html = page_of(inspection, result);
    if (path == "-" || path == "/dev/stdout") {
        print(html);
    } else {
        write_report(path, html);
        print("written: " + printable(path) + "\n");
    }
    return ExitStatus::ok;
}

}  // namespace eni
