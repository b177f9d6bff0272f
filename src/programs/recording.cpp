// See recording.hpp.
#include "recording.hpp"

#include <sys/utsname.h>

#include <stdexcept>

#include "build_config.hpp"
#include "file.hpp"
#include "shell_values.hpp"

namespace eni {

namespace {

/// os-release(5): the file of /etc goes before the one of /usr/lib.
std::string distribution(const std::string& root) {
    try {
        for (const char* path : {"/etc/os-release", "/usr/lib/os-release"})
            if (const auto text = load_file(root, path)) return shell_value(*text, "PRETTY_NAME");
    } catch (const std::runtime_error&) {  // it is for people only
    }
    return "";
}

std::string kernel_release() {
    utsname name{};
    return uname(&name) == 0 ? name.release : "";
}

}  // namespace

Recording make_recording(const std::string& root, const std::string& config_path,
                         const std::string& networkmanager) {
    return {ENI_VERSION, kernel_release(), distribution(root), networkmanager,
            load_file("", config_path).value_or("")};
}

std::string words_for(const Recording& recording) {
    const auto part = [](const std::string& before, const std::string& text) {
        return text.empty() ? "" : before + text;
    };
    return "recorded" + part(" with eni-routes ", recording.version) +
           part(" on ", recording.distribution) + part(", kernel ", recording.kernel_release) +
           part(", NetworkManager ", recording.networkmanager);
}

}  // namespace eni
