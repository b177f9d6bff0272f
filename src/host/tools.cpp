// See tools.hpp.
#include "tools.hpp"

#include <glib.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "units.hpp"

namespace eni {

namespace {

using Json = nlohmann::json;

const std::vector<std::string> kUdevDirectories = {"/etc/udev/rules.d", "/run/udev/rules.d",
                                                   "/usr/local/lib/udev/rules.d",
                                                   "/usr/lib/udev/rules.d", "/lib/udev/rules.d"};
const std::vector<std::string> kDispatcherDirectories = {"/etc/NetworkManager/dispatcher.d",
                                                         "/usr/lib/NetworkManager/dispatcher.d"};

/// As nm-cloud-setup reads its variables.
bool is_true(const std::string& text) {
    const auto is = [&](const char* word) { return g_ascii_strcasecmp(text.c_str(), word) == 0; };
    return is("yes") || is("true") || is("on") || is("1");
}

/// Every provider is switched off until the environment says otherwise; and the dispatcher starts
/// the service only where that is enabled.
std::string nm_cloud_setup(const std::string& root) {
    const UnitVariable variable =
        unit_variable(root, "nm-cloud-setup.service", "NM_CLOUD_SETUP_EC2");
    const bool is_enabled = is_unit_enabled(root, "nm-cloud-setup.timer") ||
                            is_unit_enabled(root, "nm-cloud-setup.service");
    return is_true(variable.value) && is_enabled ? variable.path : "";
}

/// The timer, or the script that NetworkManager calls.
std::string cloud_netconfig(const std::string& root) {
    const std::string timer = "cloud-netconfig.timer";
    if (is_unit_enabled(root, timer)) return "/usr/lib/systemd/system/" + timer;
    return first_of(root, kDispatcherDirectories, "cloud-netconfig");
}

/// From 2.0 on udev enables a unit for each interface that comes.
std::string amazon_ec2_net_utils(const std::string& root) {
    return first_of(root, kUdevDirectories, "99-vpc-policy-routes.rules");
}

/// Before that udev calls a script of network-scripts.
std::string ec2_net_utils(const std::string& root) {
    return first_of(root, kUdevDirectories, "53-ec2-network-interfaces.rules");
}

/// The types of the plugins in a network configuration, also in those that a meta plugin delegates
/// to.
std::set<std::string> plugin_types(const std::string& text) {
    std::set<std::string> types;
    const Json document = Json::parse(text, nullptr, /* allow_exceptions= */ false);
    if (!document.is_structured()) return types;
    const Json flat = document.flatten();  // "/plugins/0/type": "bridge"
    for (const auto& item : flat.items())
        if (g_str_has_suffix(item.key().c_str(), "/type") && item.value().is_string())
            types.insert(item.value().get<std::string>());
    return types;
}

bool is_cni_configuration(const std::string& name) {
    return g_str_has_suffix(name.c_str(), ".conf") || g_str_has_suffix(name.c_str(), ".conflist") ||
           g_str_has_suffix(name.c_str(), ".json");
}

/// Cilium may be chained behind aws-cni, which then does the routing.
std::vector<ToolFact> cni_plugins(const std::string& root) {
    const std::string directory = "/etc/cni/net.d";
    std::string aws, cilium;
    for (const std::string& name : names_in(root, directory)) {
        if (!is_cni_configuration(name)) continue;
        const std::string path = directory + "/" + name;
        const auto types = plugin_types(text_below(root, path));
        if (aws.empty() && types.count("aws-cni") != 0) aws = path;
        if (cilium.empty() && types.count("cilium-cni") != 0) cilium = path;
    }
    if (!aws.empty()) return {{"amazon-vpc-cni", aws}};
    return cilium.empty() ? std::vector<ToolFact>() : std::vector<ToolFact>{{"Cilium", cilium}};
}

}  // namespace

std::vector<ToolFact> gather_tools(const std::string& root) {
    std::vector<ToolFact> tools = {{"nm-cloud-setup", nm_cloud_setup(root)},
                                   {"cloud-netconfig", cloud_netconfig(root)},
                                   {"amazon-ec2-net-utils", amazon_ec2_net_utils(root)},
                                   {"ec2-net-utils", ec2_net_utils(root)}};
    tools.erase(std::remove_if(tools.begin(), tools.end(),
                               [](const ToolFact& tool) { return tool.path.empty(); }),
                tools.end());
    for (const ToolFact& plugin : cni_plugins(root)) tools.push_back(plugin);
    return tools;
}

}  // namespace eni
