// The nouns of eni-routes: what was found (Facts), what should be (Plan), what to do (Changes).
// Plain structs; the same Rule and Route are planned, read from the kernel, written to files and
// printed. Must not decide anything, and must not know netlink, files or libraries.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "address.hpp"
#include "disk.hpp"
#include "host.hpp"
#include "marks.hpp"
#include "rule.hpp"

namespace eni {

// ---- What the kernel has ------------------------------------------------------------------------

struct Link {
    std::string ifname;
    int ifindex = 0;
    std::string mac;       // "02:00:00:00:00:01", lower case; empty where the link has none
    std::string kind;      // IFLA_INFO_KIND: "veth", "bridge", "vlan" ...; empty for hardware
    bool ethernet = true;  // ARPHRD_ETHER
    bool is_port = false;  // has a master: a port of a bridge, a bond or a VRF
    bool is_up = true;     // IFF_UP
    std::uint32_t group = 0;
    bool forwarding4 = false;  // conf/IFACE/forwarding of each family
    bool forwarding6 = false;
    int rp_filter = 0;            // conf/IFACE/rp_filter alone: 0 off, 1 strict, 2 loose
    bool src_valid_mark = false;  // conf/IFACE/src_valid_mark alone: rp_filter counts marks
    bool has_carrier = true;      // IFF_RUNNING
};

/// An address of an interface. A tentative one (IPv6, while DAD runs) counts: no event tells when
/// it has become usable, and a rule for it does no harm until then.
struct Address {
    std::string ifname;
    IpAddress address;
    std::uint8_t prefix_length = 32;
    bool is_global = true;      // scope universe or site: not host, not link
    bool is_duplicate = false;  // DAD failed: another host has it
    std::uint8_t protocol =
        0;  // who made it, IFA_PROTO; 0 where it is not said, and before Linux 5.18
    bool is_tentative = false;  // and has no local route yet; false in facts before version 0.2
};

/// A host on the link of an interface.
struct Neighbour {
    std::string ifname;
    IpAddress address;
};

enum class RouteType : std::uint8_t {
    unicast,
    local,
    broadcast,
    anycast,
    multicast,
    blackhole,
    unreachable,
    prohibit,
    throw_
};

/// The last word on a packet, and no way for it.
constexpr bool refuses(RouteType type) {
    return type == RouteType::blackhole || type == RouteType::unreachable ||
           type == RouteType::prohibit;
}

/// Of these the policy knows nothing: they are not copied.
constexpr bool is_for_a_group(RouteType type) {
    return type == RouteType::broadcast || type == RouteType::anycast ||
           type == RouteType::multicast;
}

struct NextHop {
    std::string ifname;
    std::optional<IpAddress> gateway;  // may be IPv6 in an IPv4 route: "via inet6"
    std::uint8_t weight = 1;
    bool onlink = false;

    auto key() const { return std::tie(ifname, gateway, weight, onlink); }
};

/// Scopes as the kernel numbers them (include/uapi/linux/rtnetlink.h).
enum class Scope : std::uint8_t { global = 0, site = 200, link = 253, host = 254 };

/// RTA_METRICS: RTAX_* number -> value, and the words that `ip` has for them ("mtu", "hoplimit").
/// `lock` is RTAX_LOCK's bit mask, `congctl` RTAX_CC_ALGO's name.
struct Metrics {
    std::map<std::uint16_t, std::uint32_t> values;  // without RTAX_LOCK and RTAX_CC_ALGO
    std::uint32_t lock = 0;
    std::string congctl;

    auto key() const { return std::tie(values, lock, congctl); }
};

/// What the kernel makes of an IPv6 route's metric where none is named (IP6_RT_PRIO_USER).
constexpr std::uint32_t kMetric6 = 1024;

/// The metric of a route for which none was named.
constexpr std::uint32_t usual_metric(Family family) {
    return family == Family::v6 ? kMetric6 : 0;
}

struct Route {
    TableId table = kTableMain;
    RouteType type = RouteType::unicast;
    Prefix dst;  // its family is the route's
    std::uint8_t tos = 0;
    std::uint32_t metric = 0;     // RTA_PRIORITY; IPv6 has 0 in the local table alone, see kMetric6
    Scope scope = Scope::global;  // IPv6: always global
    std::optional<IpAddress> prefsrc;
    std::vector<NextHop> hops;  // of none that refuses; more than one is a multipath route
    Metrics metrics;
    std::uint32_t realm = 0;    // RTA_FLOW
    std::uint8_t pref = 0;      // RTA_PREF, IPv6 router preference: 0 medium, 1 high, 3 low
    std::uint8_t protocol = 0;  // who made it, RTPROT_*; not part of equality
    /// Carries what this program does not know (encapsulation, a source prefix): never copied.
    bool is_exotic = false;

    Family family() const { return dst.family(); }
    bool is_default() const { return dst.length() == 0; }

    /// What the kernel allows once: a second route with the same identity is refused (EEXIST).
    auto identity() const { return std::tie(table, dst, tos, metric); }

    auto key() const {
        return std::tie(table, dst, tos, metric, type, scope, prefsrc, hops, metrics, realm, pref,
                        is_exotic);
    }
};

/// For sets of routes of which the kernel keeps one of each identity.
struct ByIdentity {
    bool operator()(const Route& a, const Route& b) const { return a.identity() < b.identity(); }
};

/// All of it as the kernel told it at one time. (Facts recorded before version 0.2 have of the
/// local table's routes only our own, and none of type local in other tables.)
struct KernelSnapshot {
    std::vector<Link> links;
    std::vector<Address> addresses;
    std::vector<Neighbour> routers;  // that say so of themselves (NTF_ROUTER; IPv6 only)
    /// Gateways of routes, and first addresses of IPv4 subnets, that have not answered when they
    /// were asked for their MAC (NUD_FAILED, NUD_INCOMPLETE). Gathered for `check` and bug reports
    /// alone.
    std::vector<Neighbour> failed_neighbours;
    std::vector<Route> routes;
    /// The tables whose routes are among `routes`: those alone were asked for. None: all. What a
    /// plan may ask of the others is in plan/tables_read.hpp.
    std::optional<std::set<TableId>> tables_read;
    std::vector<Rule> rules;
    int rp_filter_all = 0;  // conf/all/rp_filter; the larger of this and the interface's counts
    /// Seen by trying: the kernel keeps suppress_prefixlength, suppress_ifgroup (and `iif lo` rules
    /// count for rp_filter). RHEL 7's 3.10 takes the attributes and ignores them.
    bool has_suppress = true;
};

// ---- What EC2 says ------------------------------------------------------------------------------

/// A public address and the private one that EC2 translates it to.
struct Association {
    IpAddress address;
    IpAddress public_address;

    auto key() const { return std::tie(address, public_address); }
};

/// A network interface as the instance metadata describes it. It is known by its MAC, which stays
/// when the interface is attached elsewhere or named otherwise.
struct Eni {
    std::uint32_t network_card = 0;
    std::uint32_t device_number = 0;
    std::vector<IpAddress> addresses;  // local-ipv4s and ipv6s, all that are assigned to it
    std::vector<Prefix> delegated;     // ipv4-prefix and ipv6-prefix
    std::vector<Prefix> subnets;       // of both families
    std::vector<Prefix> vpc_blocks;
    std::vector<Association> associations;
    bool is_fresh = false;  // said just now; else kept from an earlier answer

    auto key() const {
        return std::tie(network_card, device_number, addresses, delegated, subnets, vpc_blocks,
                        associations);
    }
};

/// By MAC, lower case.
using Enis = std::map<std::string, Eni>;

// ---- What was known before, and what an event or NetworkManager tells ---------------------------

/// The routers that a DHCP lease named for an interface, most preferred first.
struct Lease {
    std::string ifname;
    std::vector<IpAddress> routers;
};

/// Kept for each interface under /run/eni-routes, until the next boot.
struct InterfaceState {
    std::string mac;  // a lease of another MAC is another interface's
    std::optional<IpAddress> lease_router;
    std::optional<std::uint32_t> slot;
    std::uint32_t group_before = 0;  // the link's group before it became ours
    std::vector<IpAddress> added;    // that eni-routes put on it, sorted
    std::string profile;             // the UUID of its active profile; empty: never told
    std::optional<TableId> table;
    bool set_src_valid_mark = false;  // by us; it was off before
};

/// By what this host's programs leave that are bound to no address.
struct Outgoing {
    std::string ifname;
    IpAddress source;

    auto key() const { return std::tie(ifname, source); }
};

struct RunState {
    std::optional<bool> has_suppress;        // what the probe found
    std::set<std::uint32_t> priority_bases;  // every base that was in force since boot
    std::set<std::uint32_t> link_groups;
    std::set<TableId> tables_given;  // that nothing used before: all in them is ours
    std::set<TableId> tables_named;  // numbers that an administrator's entry already had
    std::map<std::string, InterfaceState> interfaces;
    std::optional<Outgoing> outgoing4, outgoing6;  // as main's best default was the last time
    std::optional<MarkingState> marking;
    /// How many routes, about, the last dump of all tables had that no plan is made from.
    std::uint32_t unneeded_routes = 0;

    const std::optional<Outgoing>& outgoing(Family family) const {
        return family == Family::v4 ? outgoing4 : outgoing6;
    }
    std::optional<Outgoing>& outgoing(Family family) {
        return family == Family::v4 ? outgoing4 : outgoing6;
    }
};

/// Where and with what facts were recorded: for people who read a bug report, and for the program
/// that replays it.
struct Recording {
    std::string version;         // eni-routes'
    std::string kernel_release;  // uname(2)
    std::string distribution;    // PRETTY_NAME of os-release(5)
    std::string networkmanager;  // its version; empty: it does not run
    std::string configuration;   // the bytes of config.yaml; empty: there is none
};

/// What `adopt` takes over of files that people made; empty in every other run.
struct Adoption {
    /// Files that are eni-routes' from now on, by path, with what stays in them of a user's lines.
    std::map<std::string, std::optional<std::string>> files;
    std::set<Rule> rules;  // of the kernel, that their lines made
    std::set<Route> routes;
    std::vector<Rule> moved;  // rules of lines that stay, at the priorities that these now name
};

struct Facts {
    KernelSnapshot kernel;
    DiskFacts disk;
    RunState run;
    std::vector<Lease> leases;
    std::map<std::string, std::string> profiles;  // by ifname, the active profile's UUID
    Enis enis;
    std::optional<HostFacts> host;        // gathered for `check` and bug reports alone
    std::optional<MarkingFacts> marking;  // see there
    std::optional<Recording> recording;   // of recorded facts alone, from 0.2 on
    Adoption adoption;
};

// ---- What should be -----------------------------------------------------------------------------

/// An address, a rule or a route of the plan with the interface that it serves (none: it serves
/// all) and the reason, which is shown to people, is not part of equality, and stays in memory.
template <class Object>
struct Planned {
    Object object;
    std::string ifname;
    std::string_view why;
    bool in_kernel = true;
    bool in_file = true;
};

/// Where a gateway's address comes from; in the order in which they are asked.
enum class GatewaySource : std::uint8_t {
    configuration,
    main_table,  // its default by the interface
    dhcp_lease,
    router_neighbour,  // IPv6
    other_table,       // a default by it in another program's table
    own_table,         // as an earlier run left it
    first_address      // of the subnet, EC2's convention; IPv4
};

struct Gateway {
    IpAddress address;
    bool onlink = false;
    GatewaySource source = GatewaySource::configuration;
};

struct Table {
    TableId id{0};
    std::string name;
};

/// The name of the table that stands for the suppress rule where there is none.
constexpr char kOthersName[] = "eni-others";

/// What the plan holds for one managed interface.
struct InterfacePlan {
    std::string ifname;
    Table table;
    bool is_primary = false;
    std::vector<IpAddress> addresses;  // that it has: both families, no link-local ones
    std::vector<Prefix> subnets;       // that they are in
    std::vector<Prefix> vpc_blocks;    // EC2's; empty where they are not known
    std::optional<Gateway> gateway4;
    std::optional<Gateway> gateway6;
    /// The NAME of rule-NAME and route-NAME; none: rules and routes are applied live only.
    std::optional<std::string> file_name;

    const std::optional<Gateway>& gateway(Family family) const {
        return family == Family::v4 ? gateway4 : gateway6;
    }
};

enum class Severity : std::uint8_t { note, warning };

struct Note {
    Severity severity = Severity::note;
    std::string ifname;  // empty: about the host
    std::string text;
    std::string_view code = {};  // what kind of note it is, for programs: "gateway-unknown"
};

/// The code of the note that is news by itself: nothing else need have changed.
constexpr std::string_view kOutgoingChanged = "outgoing-changed";

/// By what our own is told from the rest; `is_ours` in ownership.hpp reads it.
struct Ownership {
    std::set<std::uint32_t> priority_bases;
    std::set<std::uint32_t> link_groups;
    std::set<TableId> tables_given;
    std::map<TableId, std::string> tables_named;  // with the name that they have in rt_tables
    std::set<std::string> file_lines;             // the lines of our own route files
    std::set<std::pair<std::string, IpAddress>> addresses;  // that eni-routes added, by ifname
    std::set<Rule> adopted_rules;  // that are ours whatever else is true of them
    std::set<Route> adopted_routes;
    std::set<std::uint32_t> mark_masks;  // that marks of ours have, or had
    bool has_address_protocol = false;   // the kernel keeps who made an address (Linux 5.18)
};

struct Plan {
    bool is_active = false;          // false: one managed interface or none, or switched off
    bool is_basic = false;           // RHEL 7's form: no suppress rule, no `iif lo`
    bool has_suppress_rule = false;  // of one family at least
    /// What was there before is not known: nothing is taken away, and nothing replaced.
    bool only_adds = false;
    /// It hangs on routes of tables that were not read: it is to be made again, from all of them.
    bool needs_all_routes = false;
    /// What the disk remembers came with an image of another instance's.
    bool is_of_another_instance = false;
    std::optional<Table> others;                       // stands for it in the other, or in both
    std::vector<InterfacePlan> interfaces;             // sorted: the primary first
    std::map<std::string, std::uint32_t> link_groups;  // ifname -> group it must be in
    std::map<std::string, bool> src_valid_marks;       // ifname -> what it must be
    std::optional<Marking> marking;                    // of forwarded connections
    std::vector<Planned<Address>> addresses;           // that eni-routes adds
    std::vector<Planned<Route>> routes;
    std::vector<Planned<Rule>> rules;
    std::set<TableId> tables_asked;      // of other programs, whose routes the plan depends on
    std::vector<TableName> table_names;  // our block of rt_tables
    std::vector<Note> notes;
    Ownership ownership;
    RunState run;  // what to keep for the next run
    /// Interfaces whose files stay although the plan says nothing of them: they are away.
    std::set<std::string> keep_files_of;
    /// Adoption's: files that are written or removed although they are not marked as ours.
    std::map<std::string, std::optional<std::string>> adopted_files;
};

// ---- What to do ---------------------------------------------------------------------------------

struct GroupChange {
    std::string ifname;
    std::uint32_t from = 0;
    std::uint32_t to = 0;
};

/// Of the sysctl net.ipv4.conf.IFNAME.src_valid_mark.
struct SrcValidMarkChange {
    std::string ifname;
    bool to = false;
};

/// Our tables or chains of one of netfilter's programs, all at once; without `marking` they go.
struct MarkingChange {
    MarkingTool tool = MarkingTool::nft;
    std::optional<Marking> marking;
};

enum class RouteAction : std::uint8_t { add, replace };

struct RouteAddition {
    RouteAction action = RouteAction::add;
    Planned<Route> route;
};

/// In the order of application: no packet meets a rule whose table is not ready.
struct Changes {
    std::vector<GroupChange> groups;
    std::vector<SrcValidMarkChange> src_valid_marks;
    std::vector<Planned<Address>> addresses_added;
    std::vector<RouteAddition> routes_added;
    std::vector<Planned<Rule>> rules_added;
    std::vector<Planned<Rule>> rules_deleted;
    std::vector<Planned<Route>> routes_deleted;
    std::vector<Planned<Address>> addresses_deleted;
    std::vector<MarkingChange> markings;

    bool empty() const {
        return groups.empty() && src_valid_marks.empty() && addresses_added.empty() &&
               routes_added.empty() && rules_added.empty() && rules_deleted.empty() &&
               routes_deleted.empty() && addresses_deleted.empty() && markings.empty();
    }
};

/// A file to write or (no `after`) to remove.
struct FileChange {
    std::string path;
    std::string ifname;  // empty: serves all
    std::optional<std::string> before;
    std::optional<std::string> after;
};

}  // namespace eni
