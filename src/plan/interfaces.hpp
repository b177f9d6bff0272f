// Which links eni-routes manages, and what the plan works out of each on its way. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config.hpp"
#include "model.hpp"

namespace eni {

/// One family of an interface. (NetworkManager's word: its IP configuration.)
struct IpConfig {
    std::vector<IpAddress> addresses;  // usable ones, in the kernel's order
    std::vector<Prefix> subnets;       // sorted, each once
    std::optional<Gateway> gateway;
    std::vector<Route> own_routes;       // what main has through it, in its own table; no default
    std::optional<Route> default_route;  // of its own table
    std::vector<Prefix> guests;          // behind this host, and sent from by this interface alone
    bool has_main_default = false;
    /// Nothing names the gateway or default any more that its table has: it stays.
    bool is_default_kept = false;
};

/// The NAME of an interface's rule-NAME and route-NAME; none: it is not to have any, or there is a
/// reason against it.
struct FileName {
    std::optional<std::string> name;
    bool profile_is_not_plain = false;      // its profile's name cannot stand in a command
    std::optional<std::string> in_the_way;  // the path of a file that is not ours
    std::optional<IfcfgProfile> policy;     // its profile, which has policy_keys
    bool is_unknown = false;  // something that it hangs on could not be read: what is there stays
};

/// A managed interface.
struct Interface {
    const Link* link = nullptr;
    const Eni* eni = nullptr;  // what EC2 says of it; null: not known
    Table table;
    bool table_is_given = true;            // all in it is ours: nothing used its number before
    bool table_is_nameless = false;        // what rt_tables or the link calls it is no name for it
    std::optional<TableId> table_refused;  // that it was to have, and another interface has
    std::uint32_t slot = 0;                // its place in the band of priorities
    bool has_place = true;                 // false: no number, or no place in the band, is left
    IpConfig ip4, ip6;
    FileName file;

    const std::string& name() const { return link->ifname; }
    const IpConfig& ip(Family family) const { return family == Family::v4 ? ip4 : ip6; }
    IpConfig& ip(Family family) { return family == Family::v4 ? ip4 : ip6; }
    /// The subnet that an address is in, as EC2 says; none where it is not known, or in none.
    std::optional<Prefix> subnet_in_ec2(const IpAddress& address) const;
    /// EC2's subnets of it; empty where they are not known.
    std::vector<Prefix> subnets_in_ec2(Family family) const;
    bool forwards(Family family) const {
        return family == Family::v4 ? link->forwarding4 : link->forwarding6;
    }
};

/// The primary first, then by number and name.
using Interfaces = std::vector<Interface>;

/// A link that by its name is to be managed, and is not.
struct LeftAlone {
    enum class Why : std::uint8_t {
        odd_name,
        name_of_a_kernel_table,
        belongs_to_a_cni,
        no_place  // there are more than the band of priorities has places for
    };
    std::string ifname;
    Why why;
};

struct ManagedInterfaces {
    Interfaces interfaces;  // each with its table and its slot
    std::vector<LeftAlone> left_alone;
    std::set<TableId> tables;  // of them, and those that others got for which there was no place
};

ManagedInterfaces managed_interfaces(const Facts& facts, const Config& config);

/// A bridge, a bond, a vlan and the like: no network interface of EC2's, whatever its name.
bool is_made_of_others(const Link& link);

/// By its name: `interfaces: {include, exclude}`.
bool is_included(const Config& config, const std::string& ifname);

/// Of pods' interfaces: table device + 1.
constexpr std::uint32_t kFirstCniTable = 2, kLastCniTable = 16;

/// amazon-vpc-cni's: its mark for what comes by the primary.
bool is_cni_rule(const Rule& rule);

/// Whether amazon-vpc-cni gives addresses to pods here.
bool is_cni_at_work(const KernelSnapshot& kernel);

/// The whole program: `enabled: false`, or `eni-routes disable`.
bool is_switched_off(const Facts& facts, const Config& config);

/// One interface: `enabled: false` below its name, or `eni-routes disable IFACE`.
bool is_switched_off(const Facts& facts, const Config& config, const std::string& ifname);

/// The digits that a name ends in: eth1 -> 1, enp0s3 -> 3, "lan" -> nothing.
std::optional<std::uint32_t> trailing_number(const std::string& name);

}  // namespace eni
