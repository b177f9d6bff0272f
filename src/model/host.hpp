// What stands around the policy on a host, as `check` needs it: the hook, servers, published ports,
// the watch. Plain structs; must not decide what is wrong.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "address.hpp"

namespace eni {

/// A port whose packets this host passes on to another address (DNAT), as container runtimes do.
struct PublishedPort {
    std::string protocol;  // "tcp" or "udp"
    std::uint16_t port = 0;
    std::optional<IpAddress> address;  // published on this address of the host; none: on all
    IpAddress target;                  // the container's; its family is the port's
};

/// A file by which NetworkManager's dispatcher calls us: of those with our name the one that it
/// takes.
struct HookFile {
    std::string path;  // where it is, or should be
    bool is_there = true;
    std::string problem;      // why NetworkManager does not run it; empty where it does
    bool calls_us = true;     // false: another program's, by our name
    bool hides_ours = false;  // and ours stands in /usr/lib, unseen
};

/// A UDP socket that is bound to every address: the kernel chooses the source of its answers.
struct UdpServer {
    std::uint16_t port = 0;
    std::string program;      // empty where it is not to be known (needs root)
    bool is_kernels = false;  // no process has it: vxlan's, wireguard's; root alone sees that
};

/// A link as NetworkManager has it.
struct NetworkManagerDevice {
    std::string ifname;
    bool is_managed = true;
    std::string state;                // as `nmcli device` prints it: "connected", "disconnected"
    std::string profile;              // the name of the active one; empty: none
    bool has_usable_profile = false;  // there is one that can be activated on it
};

/// What NetworkManager says of the host. A link that it does not list has no device.
struct NetworkManagerFacts {
    bool runs = false;
    std::vector<NetworkManagerDevice> devices;
};

/// Another program that routes by source addresses, and is at work as far as files tell.
struct ToolFact {
    std::string name;  // of its package: "nm-cloud-setup", "amazon-ec2-net-utils"
    std::string path;  // the file that says so
};

/// An IPv4 multicast group that a program has joined on a link; none of 224.0.0.0/24.
struct MulticastGroup {
    std::string ifname;
    IpAddress address;
};

/// What `eni-routes watch` steps back from, because another program undoes it again and again.
struct FightFact {
    std::string ifname;  // may be empty
    std::string text;
};

/// A watch that runs.
struct WatchFacts {
    int pid = 0;
    std::vector<FightFact> fights;
};

/// What SELinux denied to one of our programs, or to NetworkManager that was to run it.
struct Denial {
    std::string program;       // "eni-routes-event"
    std::string domain;        // its SELinux type
    std::string permissions;   // "read write"
    std::string target;        // the name or the path of a file; empty where it is none
    std::string target_class;  // "file", "dir", "netlink_route_socket"
    std::string target_type;   // "etc_t"
    std::string last_time;     // "2026-11-26 08:00:00 UTC"
};

/// What stands around the policy.
struct HostFacts {
    std::vector<HookFile> hooks;        // of dispatcher.d, and of its pre-up.d
    bool dispatcher_is_enabled = true;  // its D-Bus alias leads to a unit, or there is no systemd
    bool has_stock_script = false;      // NetworkManager-dispatcher-routing-rules is installed
    std::vector<UdpServer> udp_servers;
    std::vector<PublishedPort> published_ports;
    std::optional<WatchFacts> watch;
    bool watch_is_enabled = false;                      // systemd starts it at boot
    std::vector<Denial> denials;                        // since boot; root sees them
    std::optional<NetworkManagerFacts> networkmanager;  // none: not recorded, or it did not answer
    std::vector<ToolFact> tools;
    std::vector<MulticastGroup> multicast_groups;

    bool is_installed() const {
        return std::any_of(hooks.begin(), hooks.end(),
                           [](const auto& hook) { return hook.is_there; });
    }
};

}  // namespace eni
