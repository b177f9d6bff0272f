// What the administrator can say in /etc/eni-routes/config.yaml, with its defaults.
// Reading the file is config_file.cpp's business.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "address.hpp"
#include "model.hpp"
#include "text.hpp"

namespace eni {

enum class Suppress : std::uint8_t { automatic, off };
enum class Match : std::uint8_t { automatic, subnet, address };
enum class Files : std::uint8_t { automatic, none, all };
enum class Imds : std::uint8_t { automatic, off, require };
enum class Addresses : std::uint8_t { off, imds };
enum class Forwarded : std::uint8_t { off, connmark };
enum class LogLevel : std::uint8_t { error, warning, info, debug };

/// What a number of the configuration may be, wherever it is read.
constexpr Range kTableBases{256, 4000000000};
constexpr Range kPriorityBases{1, 22766};  // the band of 10000 ends before main's 32766
constexpr Range kLinkGroups{1, 4294967294};

/// Bits that Docker, Kubernetes (0xc000, portmap's 0x2000), Calico (0xffff0000), Cilium (0x0f00 and
/// the upper half; with a cluster mesh the lowest byte too), Tailscale (0xff0000) and
/// amazon-vpc-cni (0x80) leave free; firewalld of EL 7 marks with whole numbers from 100 on.
constexpr std::uint32_t kMarkMask = 0x7f;

struct InterfaceConfig {
    bool enabled = true;
    std::optional<IpAddress> gateway;   // IPv4
    std::optional<IpAddress> gateway6;  // IPv6
    std::optional<TableId> table;       // 1 to 4294967295 but 253, 254, 255
    std::vector<Prefix> sources;        // that are sent from by it alone, whoever has them
};

/// Whom `check` tries; with a port `check --probe` connects to it, else it sends an echo request.
struct CheckPeer {
    /// Most peers are an address alone, which is therefore converted.
    CheckPeer(const IpAddress& peer, std::uint16_t tcp_port = 0) : address(peer), port(tcp_port) {}

    IpAddress address;
    std::uint16_t port = 0;  // 0: none
};

struct Config {
    bool enabled = true;
    std::vector<std::string> include = {"eth[0-9]*", "en[opsx][0-9]*", "enX[0-9]*"};  // globs
    std::vector<std::string> exclude;                                                 // globs
    std::optional<std::string> primary;   // an interface's name
    std::uint32_t table_base = 10000;     // kTableBases
    std::uint32_t priority_base = 20000;  // kPriorityBases
    std::uint32_t link_group = 10000;     // kLinkGroups
    Suppress suppress = Suppress::automatic;
    Match match = Match::automatic;
    Files files = Files::automatic;
    Imds imds = Imds::automatic;               // whether EC2's metadata is asked
    std::optional<std::string> imds_endpoint;  // "http://HOST[:PORT]"; none: EC2's own two
    Addresses addresses = Addresses::off;      // whose assigned addresses are put on interfaces
    Forwarded forwarded = Forwarded::off;      // whether answers of forwarded connections go back
    std::uint32_t mark_mask = kMarkMask;       // the bits of marks that these use; adjacent ones
    bool hotplug_save = false;                 // a profile made by `plug` outlives a reboot
    std::optional<std::string> metrics;        // the file that they are written to
    LogLevel log_level = LogLevel::info;
    std::vector<CheckPeer> check_peers;  // whom `check` tries beside the internet and neighbours
    std::set<std::string> check_accept;  // codes of findings that are known and left so
    std::map<std::string, InterfaceConfig> interfaces;  // by name

    std::vector<IpAddress> peer_addresses() const {
        std::vector<IpAddress> peers;
        for (const CheckPeer& peer : check_peers) peers.push_back(peer.address);
        return peers;
    }

    const InterfaceConfig& of(const std::string& ifname) const {
        static const InterfaceConfig kDefaults;
        const auto found = interfaces.find(ifname);
        return found == interfaces.end() ? kDefaults : found->second;
    }
};

}  // namespace eni
