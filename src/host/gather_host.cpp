// See gather_host.hpp.
#include "gather_host.hpp"

#include <gio/gio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "denials.hpp"
#include "file.hpp"
#include "glib_ptr.hpp"
#include "program_output.hpp"
#include "text.hpp"
#include "tools.hpp"
#include "units.hpp"
#include "watch_file.hpp"

namespace eni {

namespace {

using Json = nlohmann::json;

/// Empty where it cannot be read. The longest are the lists of sockets, of 128 bytes each.
std::string text_of(const std::string& path) {
    constexpr std::size_t kMaxSize = 64U << 20;
    try {
        return read_whole(path, kMaxSize);
    } catch (const std::exception&) {
        return "";
    }
}

std::optional<std::uint16_t> port_from(const std::string& text, int base = 10) {
    const auto number = number_from(text, {1, 65535}, base);
    if (!number) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

// ---- The hook -----------------------------------------------------------------------------------

constexpr char kHookName[] = "30-eni-routes";

/// What NetworkManager asks of a script (nm-dispatcher.c, check_permissions and its like).
std::string problem_with(const std::string& path) {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return "cannot be read";
    if (!S_ISREG(status.st_mode)) return "is no regular file";
    if (status.st_uid != 0) return "does not belong to root";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "can be written by others than root";
    if ((status.st_mode & S_ISUID) != 0) return "is set-user-ID";
    return (status.st_mode & S_IXUSR) != 0 ? "" : "is not executable";
}

/// NetworkManager lets a file of /etc go before one of /usr/lib with the same name.
HookFile hook_in(const std::string& directory) {
    const std::string etc = "/etc/NetworkManager/dispatcher.d/" + directory + kHookName;
    const std::string lib = "/usr/lib/NetworkManager/dispatcher.d/" + directory + kHookName;
    HookFile hook;
    hook.path = exists_below("", etc) || !exists_below("", lib) ? etc : lib;
    hook.is_there = exists_below("", hook.path);
    if (!hook.is_there) return hook;
    hook.problem = problem_with(hook.path);
    hook.calls_us = text_of(hook.path).find("eni-routes-event") != std::string::npos;
    hook.hides_ours = hook.path == etc && exists_below("", lib);
    return hook;
}

/// The bus starts the dispatcher by a unit that is named only when it is enabled. Where systemd
/// does not run, the bus starts it by itself.
bool is_dispatcher_enabled() {
    return !has_systemd("") || has_unit("", "dbus-org.freedesktop.nm-dispatcher.service");
}

bool has_stock_script() {
    const std::string script = "/NetworkManager/dispatcher.d/pre-up.d/10-ifcfg-rh-routes.sh";
    return exists_below("", "/etc" + script) || exists_below("", "/usr/lib" + script);
}

// ---- UDP servers --------------------------------------------------------------------------------

/// Who holds sockets, as far as this process may see.
struct Holders {
    std::map<std::string, std::string> programs;  // their names, by inode
    bool is_whole = false;                        // all processes of the host were seen
};

/// A container's root does not see what runs outside. The kernel numbers the first namespace so
/// (PROC_PID_INIT_INO).
bool sees_all_processes() {
    const GText target(g_file_read_link("/proc/self/ns/pid", nullptr));
    return geteuid() == 0 && target && std::string(target.get()) == "pid:[4026531836]";
}

Holders holders_of(const std::set<std::string>& inodes) {
    Holders holders;
    holders.is_whole = sees_all_processes();
    const GOwned<GDir> processes(g_dir_open("/proc", 0, nullptr));
    while (const char* pid = processes ? g_dir_read_name(processes.get()) : nullptr) {
        if (g_ascii_isdigit(*pid) == FALSE) continue;
        const std::string process = std::string("/proc/") + pid;
        const GOwned<GDir> descriptors(g_dir_open((process + "/fd").c_str(), 0, nullptr));
        if (!descriptors && exists_below("", process)) holders.is_whole = false;
        while (const char* fd = descriptors ? g_dir_read_name(descriptors.get()) : nullptr) {
            const GText target(g_file_read_link((process + "/fd/" + fd).c_str(), nullptr));
            const std::string socket = target ? target.get() : "";
            if (socket.compare(0, 8, "socket:[") != 0) continue;
            const std::string inode = socket.substr(8, socket.size() - 9);
            if (inodes.count(inode) == 0) continue;
            std::istringstream(text_of(process + "/comm")) >> holders.programs[inode];
        }
    }
    return holders;
}

std::vector<UdpServer> gather_udp_servers() {
    int first = 32768, last = 60999;  // the kernel's default
    std::istringstream(text_of("/proc/sys/net/ipv4/ip_local_port_range")) >> first >> last;
    std::map<std::uint16_t, std::string> inode_of;  // one of each port is enough
    for (const char* path : {"/proc/net/udp", "/proc/net/udp6"})
        for (const UdpSocket& socket : wildcard_sockets_from(text_of(path), first, last))
            inode_of.emplace(socket.port, socket.inode);
    if (inode_of.empty()) return {};
    std::set<std::string> inodes;
    for (const auto& [port, inode] : inode_of) inodes.insert(inode);
    const Holders holders = holders_of(inodes);
    std::vector<UdpServer> servers;
    for (const auto& [port, inode] : inode_of) {
        const auto program = holders.programs.find(inode);
        const bool is_held = program != holders.programs.end();
        servers.push_back({port, is_held ? program->second : "", !is_held && holders.is_whole});
    }
    return servers;
}

// ---- Published ports ----------------------------------------------------------------------------

/// "172.17.0.2:80", "[fd00::2]:80" or a bare address.
std::optional<IpAddress> target_from(const std::string& text) {
    if (const auto address = IpAddress::parse(text)) return address;
    const auto both = address_and_port_from(text);
    return both ? std::make_optional(both->address) : std::nullopt;
}

/// "10.0.2.37/32" is one address; a longer range says nothing about one.
std::optional<IpAddress> single_address(const std::string& text) {
    const auto prefix = Prefix::parse(text);
    if (!prefix || !prefix->is_host()) return std::nullopt;
    return prefix->address();
}

/// What is not there, or not in an object, is null.
const Json& member(const Json& json, const char* key) {
    static const Json kNull;
    return json.is_object() && json.contains(key) ? json[key] : kNull;
}

std::string string_in(const Json& json) {
    return json.is_string() ? json.get<std::string>() : "";
}

/// One of nft's expressions: {"match": {"op": "==", "left": {"payload": {...}}, "right": ...}} or
/// {"dnat": ...}.
void read_expression(const Json& expression, PublishedPort& port,
                     std::optional<IpAddress>& target) {
    if (const Json& dnat = member(expression, "dnat"); dnat.is_object())
        target = IpAddress::parse(string_in(member(dnat, "addr")));
    const Json& match = member(expression, "match");
    const Json& payload = member(member(match, "left"), "payload");
    const Json& right = member(match, "right");
    if (string_in(member(match, "op")) == "!=") return;
    const std::string field = string_in(member(payload, "field"));
    if (field == "dport" && right.is_number_unsigned()) {
        port.protocol = string_in(member(payload, "protocol"));
        port.port = port_from(right.dump()).value_or(0);
    }
    if (field == "daddr") port.address = single_address(string_in(right));
}

}  // namespace

std::vector<UdpSocket> wildcard_sockets_from(const std::string& text, int first_ephemeral,
                                             int last_ephemeral) {
    const std::set<std::uint16_t> dhcp_clients = {68, 546};  // they answer by the link they ask on
    std::vector<UdpSocket> sockets;
    for (const std::string& line : lines_of(text)) {
        std::istringstream words(line);
        std::string slot, local, remote, skipped, inode;
        words >> slot >> local >> remote;
        for (int i = 0; i < 6; ++i) words >> skipped;
        if (!(words >> inode)) continue;
        const std::size_t colon = std::min(local.find(':'), local.size());
        const auto port = port_from(local.substr(std::min(colon + 1, local.size())), 16);
        const std::string zeros(colon, '0');
        if (port && local.compare(0, colon, zeros) == 0 && remote == zeros + ":0000" &&
            dhcp_clients.count(*port) == 0 && (*port < first_ephemeral || *port > last_ephemeral))
            sockets.push_back({*port, inode});
    }
    return sockets;
}

/// A line for each link ("2 eth0 : 2 V3"), below it one for each of its groups: the bytes of the
/// address as the host's processor has them in a number.
std::vector<MulticastGroup> multicast_groups_from(const std::string& text) {
    const Prefix own_link(IpAddress::parse("224.0.0.0").value(), 24);
    std::vector<MulticastGroup> groups;
    std::string ifname;
    for (const std::string& line : lines_of(text)) {
        std::istringstream words(line);
        std::string first, second;
        words >> first >> second;
        const bool is_group = !line.empty() && g_ascii_isspace(line[0]) != FALSE;
        if (!is_group) ifname = second;
        const auto number = number_from(first, {}, 16);
        if (!is_group || ifname.empty() || first.size() != 8 || !number) continue;
        const auto address = IpAddress::from_bytes(&*number, sizeof *number);
        if (address && address->is_multicast() && !own_link.contains(*address))
            groups.push_back({ifname, *address});
    }
    return groups;
}

std::vector<PublishedPort> ports_from_iptables(const std::string& text) {
    std::vector<PublishedPort> ports;
    for (const std::string& line : lines_of(text)) {
        std::istringstream words(line);
        std::map<std::string, std::string> value_of;  // of each option the word behind it
        for (std::string before, option, word; words >> word; before = option, option = word)
            if (before != "!") value_of[option] = word;  // "! -d 10.0.2.37" is all but that
        const auto target = target_from(value_of["--to-destination"]);
        const auto number = port_from(value_of["--dport"]);
        if (value_of["-j"] == "DNAT" && target && number)
            ports.push_back({value_of["-p"], *number, single_address(value_of["-d"]), *target});
    }
    return ports;
}

std::vector<PublishedPort> ports_from_nft(const std::string& json) {
    std::vector<PublishedPort> ports;
    const Json document = Json::parse(json, nullptr, /* allow_exceptions= */ false);
    for (const Json& item : member(document, "nftables")) {
        PublishedPort port;
        std::optional<IpAddress> target;
        for (const Json& expression : member(member(item, "rule"), "expr"))
            read_expression(expression, port, target);
        if (!target || port.port == 0) continue;
        port.target = *target;
        ports.push_back(port);
    }
    return ports;
}

bool is_watch_enabled() {
    return is_unit_enabled("", "eni-routes-watch.service");
}

HostFacts gather_host(bool forwards) {
    HostFacts host;
    host.hooks = {hook_in(""), hook_in("pre-up.d/")};
    host.dispatcher_is_enabled = is_dispatcher_enabled();
    host.has_stock_script = has_stock_script();
    host.watch = load_watch_facts();
    host.watch_is_enabled = is_watch_enabled();
    host.udp_servers = gather_udp_servers();
    host.denials = gather_denials();
    host.tools = gather_tools("");
    host.multicast_groups = multicast_groups_from(text_of("/proc/net/igmp"));
    if (!forwards || geteuid() != 0) return host;
    host.published_ports = ports_from_nft(output_of({"nft", "-j", "list", "ruleset"}));
    for (const char* program : {"iptables-save", "ip6tables-save"})
        for (const PublishedPort& port : ports_from_iptables(output_of({program})))
            host.published_ports.push_back(port);
    return host;
}

}  // namespace eni
