// See unified_diff.hpp. diff(1) is on every system and does it well.
#include "unified_diff.hpp"

#include <gio/gio.h>
#include <unistd.h>

#include <stdexcept>

#include "glib_ptr.hpp"
#include "threads.hpp"

namespace eni {

namespace {

/// A temporary file with these bytes, for as long as it is needed.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& bytes) {
        GError* error = nullptr;
        char* name = nullptr;
        const int fd = g_file_open_tmp("eni-routes-XXXXXX", &name, &error);
        name_.reset(name);
        if (fd >= 0) close(fd);
        if (fd < 0 ||
            !g_file_set_contents(name, bytes.data(), static_cast<gssize>(bytes.size()), &error))
            throw std::runtime_error(GOwned<GError>(error)->message);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (name_) unlink(name_.get());
    }
    const char* name() const { return name_.get(); }

  private:
    GText name_;
};

}  // namespace

std::string unified_diff(const FileChange& change) {
    const std::string none = "/dev/null";
    return unified_diff(change.before ? change.path : none, change.before.value_or(""),
                        change.after ? change.path : none, change.after.value_or(""));
}

std::string unified_diff(const std::string& name_before, const std::string& before,
                         const std::string& name_after, const std::string& after) {
    if (!can_start_threads()) throw std::runtime_error("cannot run diff: no thread can be started");
    const TemporaryFile first(before);
    const auto flags = static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                     G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    GError* error = nullptr;
    const GRef<GSubprocess> diff(g_subprocess_new(flags, &error, "diff", "-u", "--label",
                                                  name_before.c_str(), "--label",
                                                  name_after.c_str(), first.name(), "-", nullptr));
    char* output = nullptr;
    const bool is_good = diff && g_subprocess_communicate_utf8(diff.get(), after.c_str(), nullptr,
                                                               &output, nullptr, &error);
    const GText text(output);
    if (!is_good) throw std::runtime_error(GOwned<GError>(error)->message);
    return text.get();
}

}  // namespace eni
