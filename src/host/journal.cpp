// See journal.hpp.
#include "journal.hpp"

#include <gio/gio.h>

#include "glib_ptr.hpp"
#include "program_output.hpp"

namespace eni {

std::string journal_end() {
    const GText program(g_find_program_in_path("journalctl"));
    if (!program) return "There is no journalctl on this host.\n";
    // By fields and not by --identifier and --unit, which would both have to match.
    const std::string lines =
        output_of({"journalctl", "--quiet", "--no-pager", "--lines=50", "--output=short-iso",
                   "SYSLOG_IDENTIFIER=eni-routes", "+", "UNIT=eni-routes-watch.service"});
    return lines.empty() ? "The journal has no line of eni-routes, or this user may not read it.\n"
                         : lines;
}

}  // namespace eni
