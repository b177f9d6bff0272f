// See program_output.hpp.
#include "program_output.hpp"

#include <gio/gio.h>

#include "glib_ptr.hpp"
#include "threads.hpp"

namespace eni {

std::string output_of(std::vector<const char*> arguments) {
    if (!can_start_threads()) return "";
    arguments.insert(arguments.begin(), {"timeout", "5"});
    arguments.push_back(nullptr);
    const auto flags = static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                     G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    const GRef<GSubprocess> process(g_subprocess_newv(arguments.data(), flags, nullptr));
    char* output = nullptr;
    if (!process ||
        !g_subprocess_communicate_utf8(process.get(), nullptr, nullptr, &output, nullptr, nullptr))
        return "";
    const GText text(output);
    return g_subprocess_get_successful(process.get()) ? text.get() : "";
}

}  // namespace eni
