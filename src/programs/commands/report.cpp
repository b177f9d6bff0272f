// `eni-routes report`: one HTML file with all of it, to attach to a ticket. Must not change
// anything but that file.
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>

#include "build_config.hpp"
#include "commands.hpp"
#include "file.hpp"
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

/// Where only root makes names, as it is not in /dev/shm. (/dev/stdout and /dev/fd/63 are links.)
bool is_device(const std::string& path) {
    const std::string directory = path.substr(0, path.rfind('/') + 1);
    return directory == "/dev/" || directory == "/dev/fd/" || directory == "/dev/pts/";
}

/// The directory may be another user's, such as /tmp, and what stands there a trap: no link is
/// followed, and nothing is written but a regular file that has no other name. Null and errno where
/// it cannot be opened.
File open_report(const std::string& path, const std::string& what) {
    if (is_device(path)) return open_file(path, O_WRONLY);
    constexpr int kFlags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
    File file = open_file(path, kFlags | O_CREAT | O_EXCL);
    if (file) {
        if (fchmod(fileno(file.get()), 0644) != 0) throw_errno(what);
        return file;
    }
    if (errno != EEXIST) return nullptr;
    file = open_file(path, kFlags);
    struct stat status;
    if (!file && errno == ELOOP)
        throw std::runtime_error(
            what +
            ": it is a symbolic link, which is not followed; name the file that it leads to");
    if (!file && errno == ENXIO)  // a FIFO without a reader, or a socket
        throw std::runtime_error(what + ": it is not a regular file");
    if (!file) return nullptr;
    if (fstat(fileno(file.get()), &status) != 0) throw_errno(what);
    if (!S_ISREG(status.st_mode)) throw std::runtime_error(what + ": it is not a regular file");
    if (status.st_nlink > 1)
        throw std::runtime_error(what + ": the file has another name as well; remove this one");
    if (ftruncate(fileno(file.get()), 0) != 0) throw_errno(what);
    return file;
}

void write_report(const std::string& path, const std::string& text) {
    const std::string what = "cannot write " + printable(path);
    const File file = open_report(path, what);
    if (!file) throw_errno(what);
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t size = write(fileno(file.get()), text.data() + done, text.size() - done);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) throw_errno(what);
        done += static_cast<std::size_t>(size);
    }
    print("written: " + printable(path) + "\n");
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
         render_status({facts, inspection.session.config, inspection.change_set,
                        watch_status(inspection), unconfirmed_words(inspection)},
                       /* is_verbose= */ true, Paint(false)),
         inspection.session.recorded
             ? "These facts were recorded: the journal is where they are from.\n"
             : journal_end()});
    if (path == "-" || path == "/dev/stdout")
        print(html);
    else
        write_report(path, html);
    return ExitStatus::ok;
}

}  // namespace eni
