// config.yaml: it is refused in words that can be printed, or each value is in its range.
#include <algorithm>

#include "config_file.hpp"
#include "fuzz.hpp"
#include "known_config.hpp"
#include "names.hpp"

namespace eni {
namespace {

void require_in_range(std::uint32_t number, Range range) {
    require(number >= range.min && number <= range.max, "a number is in its range",
            std::to_string(number));
}

void require_globs(const std::vector<std::string>& globs) {
    for (const std::string& glob : globs) {
        require(!glob.empty() && glob.find('/') == std::string::npos, "a glob is one", glob);
        matches_any({glob}, "eth0");
    }
}

void require_valid(const InterfaceConfig& interface) {
    require(!interface.gateway || interface.gateway->family() == Family::v4, "gateway is IPv4");
    require(!interface.gateway6 || interface.gateway6->family() == Family::v6, "gateway6 is IPv6");
    require(!interface.table || !is_reserved(*interface.table), "a table is not the kernel's");
    for (const Prefix& source : interface.sources)
        require(source.length() > 0, "a source is a network", source.to_string());
}

void require_valid(const Config& config) {
    require_in_range(config.table_base, kTableBases);
    require_in_range(config.priority_base, kPriorityBases);
    require_in_range(config.link_group, kLinkGroups);
    require_globs(config.include);
    require_globs(config.exclude);
    require(!config.primary || is_plain_name(*config.primary), "primary is a name");
    if (config.imds_endpoint)
        require(config.imds_endpoint->compare(0, 7, "http://") == 0, "the endpoint is a URL");
    for (const CheckPeer& peer : config.check_peers)
        require(!peer.address.is_any() && !peer.address.is_multicast(), "a peer is a host's");
    for (const std::string& code : config.check_accept)
        require(std::find(kFindingCodes.begin(), kFindingCodes.end(), code) != kFindingCodes.end(),
                "an accepted code is one", code);
    for (const auto& [ifname, interface] : config.interfaces) {
        require(is_plain_name(ifname), "an interface has a name", ifname);
        require_valid(interface);
    }
}

/// What an event makes of it without yaml-cpp, once it was read.
void require_known(const std::string& text) {
    static const FuzzRoot root;
    root.remove_below();
    require(root.write("/etc/eni-routes/config.yaml", text), "it is written");
    const std::string path = root.path() + "/etc/eni-routes/config.yaml";
    load_and_keep_config(root.path(), path);
    const auto known = load_known_config(root.path(), path);
    require(known.has_value(), "what was kept is known");
    require_valid(*known);
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        eni::require_valid(eni::parse_config(text, "config.yaml"));
        eni::require_known(text);
    } catch (const eni::ConfigError& error) {
        const std::string what = error.what();
        eni::require(!what.empty() && what.back() != '\n', "a mistake is named", what);
        eni::require(std::all_of(what.begin(), what.end(),
                                 [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; }),
                     "what is printed is ASCII", what);
    }
    return 0;
}
