// The format of recorded facts, noun by noun: which members each has in JSON, and the words for
// what is one of a few. Tables alone; for facts_json.cpp.
#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "model.hpp"
#include "strict_json.hpp"

namespace eni {

// ---- The nouns, member by member ----------------------------------------------------------------

template <>
constexpr auto kFields<Link> = std::make_tuple(
    required("ifname", &Link::ifname), field("ifindex", &Link::ifindex), field("mac", &Link::mac),
    field("kind", &Link::kind), field("ethernet", &Link::ethernet),
    field("is_port", &Link::is_port), field("is_up", &Link::is_up),
    field("has_carrier", &Link::has_carrier), field("group", &Link::group),
    field("forwarding4", &Link::forwarding4), field("forwarding6", &Link::forwarding6),
    field("rp_filter", &Link::rp_filter), field("src_valid_mark", &Link::src_valid_mark));

template <>  // and "address", with its prefix length: see its to_json()
constexpr auto kFields<Address> = std::make_tuple(required("ifname", &Address::ifname),
                                                  field("is_global", &Address::is_global),
                                                  field("is_duplicate", &Address::is_duplicate),
                                                  field("protocol", &Address::protocol),
                                                  field("is_tentative", &Address::is_tentative));

template <>
constexpr auto kFields<Neighbour> = std::make_tuple(required("ifname", &Neighbour::ifname),
                                                    required("address", &Neighbour::address));

template <>
constexpr auto kFields<NextHop> = std::make_tuple(required("dev", &NextHop::ifname),
                                                  field("gateway", &NextHop::gateway),
                                                  field("weight", &NextHop::weight),
                                                  field("onlink", &NextHop::onlink));

template <>  // and "dst", "family", "hops": see its to_json()
constexpr auto kFields<Route> = std::make_tuple(
    field("metric", &Route::metric), field("table", &Route::table), field("type", &Route::type),
    field("tos", &Route::tos), field("scope", &Route::scope), field("prefsrc", &Route::prefsrc),
    field("metrics", &Route::metrics), field("realm", &Route::realm), field("pref", &Route::pref),
    field("protocol", &Route::protocol), field("is_exotic", &Route::is_exotic));

template <>  // and "family": see its to_json()
constexpr auto kFields<Rule> = std::make_tuple(
    required("priority", &Rule::priority), field("is_inverted", &Rule::is_inverted),
    field("from", &Rule::from), field("to", &Rule::to), field("tos", &Rule::tos),
    field("iif", &Rule::iif), field("oif", &Rule::oif), field("action", &Rule::action),
    field("table", &Rule::table), field("target", &Rule::target),
    field("suppress_prefixlength", &Rule::suppress_prefixlength),
    field("suppress_ifgroup", &Rule::suppress_ifgroup), field("fwmark", &Rule::fwmark),
    field("fwmask", &Rule::fwmask), field("ip_protocol", &Rule::ip_protocol),
    field("sport", &Rule::sport), field("dport", &Rule::dport), field("users", &Rule::users),
    field("is_exotic", &Rule::is_exotic));

template <>
constexpr auto kFields<NumberRange> = std::make_tuple(required("first", &NumberRange::first),
                                                      required("last", &NumberRange::last));

template <>
constexpr auto kFields<KernelSnapshot> = std::make_tuple(
    field("has_suppress", &KernelSnapshot::has_suppress),
    field("rp_filter_all", &KernelSnapshot::rp_filter_all), field("links", &KernelSnapshot::links),
    field("addresses", &KernelSnapshot::addresses), field("routers", &KernelSnapshot::routers),
    field("failed_neighbours", &KernelSnapshot::failed_neighbours),
    field("routes", &KernelSnapshot::routes), field("rules", &KernelSnapshot::rules));

template <>
constexpr auto kFields<TableName> = std::make_tuple(required("id", &TableName::id),
                                                    required("name", &TableName::name),
                                                    field("is_ours", &TableName::is_ours));

template <>
constexpr auto kFields<IfcfgProfile> =
    std::make_tuple(required("name", &IfcfgProfile::name), field("device", &IfcfgProfile::device),
                    field("hwaddr", &IfcfgProfile::hwaddr), field("uuid", &IfcfgProfile::uuid),
                    field("policy_keys", &IfcfgProfile::policy_keys));

template <>
constexpr auto kFields<Unread> = std::make_tuple(required("kind", &Unread::kind),
                                                 required("path", &Unread::path),
                                                 required("error", &Unread::error));

template <>
constexpr auto kFields<DiskFacts> =
    std::make_tuple(field("table_names", &DiskFacts::table_names),
                    field("rt_tables_path", &DiskFacts::rt_tables_path),
                    field("rt_tables_is_shared", &DiskFacts::rt_tables_is_shared),
                    field("has_network_scripts", &DiskFacts::has_network_scripts),
                    field("profiles", &DiskFacts::profiles), field("files", &DiskFacts::files),
                    field("kept", &DiskFacts::kept), field("disabled", &DiskFacts::disabled),
                    field("unread", &DiskFacts::unread));

template <>
constexpr auto kFields<InterfaceState> = std::make_tuple(
    field("mac", &InterfaceState::mac), field("lease_router", &InterfaceState::lease_router),
    field("slot", &InterfaceState::slot), field("group_before", &InterfaceState::group_before),
    field("added", &InterfaceState::added), field("profile", &InterfaceState::profile),
    field("table", &InterfaceState::table),
    field("set_src_valid_mark", &InterfaceState::set_src_valid_mark));

template <>
constexpr auto kFields<InterfaceMark> = std::make_tuple(required("ifname", &InterfaceMark::ifname),
                                                        required("mark", &InterfaceMark::mark),
                                                        field("is_on_requests",
                                                              &InterfaceMark::is_on_requests));

template <>
constexpr auto kFields<Marking> = std::make_tuple(required("mask", &Marking::mask),
                                                  field("interfaces", &Marking::interfaces));

template <>
constexpr auto kFields<MarkingState> = std::make_tuple(required("tool", &MarkingState::tool),
                                                       required("marking", &MarkingState::marking),
                                                       field("print", &MarkingState::print));

template <>
constexpr auto kFields<MarkUse> = std::make_tuple(required("where", &MarkUse::where),
                                                  required("value", &MarkUse::value),
                                                  required("mask", &MarkUse::mask));

template <>
constexpr auto kFields<MarkingFacts> = std::make_tuple(required("tool", &MarkingFacts::tool),
                                                       field("nft", &MarkingFacts::nft),
                                                       field("iptables", &MarkingFacts::iptables),
                                                       field("uses", &MarkingFacts::uses),
                                                       field("error", &MarkingFacts::error));

template <>
constexpr auto kFields<Outgoing> = std::make_tuple(required("ifname", &Outgoing::ifname),
                                                   required("source", &Outgoing::source));

template <>
constexpr auto kFields<RunState> = std::make_tuple(
    field("has_suppress", &RunState::has_suppress),
    field("priority_bases", &RunState::priority_bases),
    field("link_groups", &RunState::link_groups), field("tables_given", &RunState::tables_given),
    field("tables_named", &RunState::tables_named), field("interfaces", &RunState::interfaces),
    field("outgoing4", &RunState::outgoing4), field("outgoing6", &RunState::outgoing6),
    field("marking", &RunState::marking), field("unneeded_routes", &RunState::unneeded_routes));

template <>
constexpr auto kFields<Lease> = std::make_tuple(required("ifname", &Lease::ifname),
                                                field("routers", &Lease::routers));

template <>
constexpr auto kFields<Association> = std::make_tuple(required("address", &Association::address),
                                                      required("public_address",
                                                               &Association::public_address));

template <>
constexpr auto kFields<Eni> = std::make_tuple(
    required("device_number", &Eni::device_number), field("network_card", &Eni::network_card),
    field("addresses", &Eni::addresses), field("delegated", &Eni::delegated),
    field("subnets", &Eni::subnets), field("vpc_blocks", &Eni::vpc_blocks),
    field("associations", &Eni::associations), field("is_fresh", &Eni::is_fresh));

template <>
constexpr auto kFields<HookFile> = std::make_tuple(required("path", &HookFile::path),
                                                   field("is_there", &HookFile::is_there),
                                                   field("problem", &HookFile::problem),
                                                   field("calls_us", &HookFile::calls_us),
                                                   field("hides_ours", &HookFile::hides_ours));

template <>
constexpr auto kFields<UdpServer> = std::make_tuple(required("port", &UdpServer::port),
                                                    field("program", &UdpServer::program),
                                                    field("is_kernels", &UdpServer::is_kernels));

template <>
constexpr auto kFields<NetworkManagerDevice> = std::make_tuple(
    required("ifname", &NetworkManagerDevice::ifname),
    field("is_managed", &NetworkManagerDevice::is_managed),
    field("state", &NetworkManagerDevice::state), field("profile", &NetworkManagerDevice::profile),
    field("has_usable_profile", &NetworkManagerDevice::has_usable_profile));

template <>
constexpr auto kFields<NetworkManagerFacts> = std::make_tuple(
    required("runs", &NetworkManagerFacts::runs), field("devices", &NetworkManagerFacts::devices));

template <>
constexpr auto kFields<ToolFact> = std::make_tuple(required("name", &ToolFact::name),
                                                   field("path", &ToolFact::path));

template <>
constexpr auto kFields<MulticastGroup> = std::make_tuple(
    required("ifname", &MulticastGroup::ifname), required("address", &MulticastGroup::address));

template <>
constexpr auto kFields<PublishedPort> = std::make_tuple(
    required("protocol", &PublishedPort::protocol), required("port", &PublishedPort::port),
    field("address", &PublishedPort::address), required("target", &PublishedPort::target));

template <>
constexpr auto kFields<FightFact> = std::make_tuple(field("ifname", &FightFact::ifname),
                                                    required("text", &FightFact::text));

template <>
constexpr auto kFields<WatchFacts> = std::make_tuple(required("pid", &WatchFacts::pid),
                                                     field("fights", &WatchFacts::fights));

template <>
constexpr auto kFields<Denial> = std::make_tuple(required("program", &Denial::program),
                                                 field("domain", &Denial::domain),
                                                 field("permissions", &Denial::permissions),
                                                 field("target", &Denial::target),
                                                 field("target_class", &Denial::target_class),
                                                 field("target_type", &Denial::target_type),
                                                 field("last_time", &Denial::last_time));

template <>
constexpr auto kFields<HostFacts> = std::make_tuple(
    field("hooks", &HostFacts::hooks),
    field("dispatcher_is_enabled", &HostFacts::dispatcher_is_enabled),
    field("has_stock_script", &HostFacts::has_stock_script),
    field("udp_servers", &HostFacts::udp_servers),
    field("published_ports", &HostFacts::published_ports), field("watch", &HostFacts::watch),
    field("watch_is_enabled", &HostFacts::watch_is_enabled), field("denials", &HostFacts::denials),
    field("networkmanager", &HostFacts::networkmanager), field("tools", &HostFacts::tools),
    field("multicast_groups", &HostFacts::multicast_groups));

template <>
constexpr auto kFields<Recording> = std::make_tuple(
    field("version", &Recording::version), field("kernel_release", &Recording::kernel_release),
    field("distribution", &Recording::distribution),
    field("networkmanager", &Recording::networkmanager),
    field("configuration", &Recording::configuration));

template <>  // and "version": see its to_json()
constexpr auto kFields<Facts> = std::make_tuple(
    field("recording", &Facts::recording), field("kernel", &Facts::kernel),
    field("disk", &Facts::disk), field("run", &Facts::run), field("leases", &Facts::leases),
    field("profiles", &Facts::profiles), field("enis", &Facts::enis), field("host", &Facts::host),
    field("marking", &Facts::marking));

// ---- Words and text -----------------------------------------------------------------------------

template <>
constexpr std::array<std::pair<const char*, Family>, 2> kWords<Family>{
    {{"v4", Family::v4}, {"v6", Family::v6}}};

template <>
constexpr std::array<std::pair<const char*, MarkingTool>, 3> kWords<MarkingTool>{
    {{"none", MarkingTool::none}, {"nft", MarkingTool::nft}, {"iptables", MarkingTool::iptables}}};

template <>
constexpr std::array<std::pair<const char*, RuleAction>, 6> kWords<RuleAction>{
    {{"lookup", RuleAction::lookup},
     {"goto", RuleAction::go_to},
     {"nop", RuleAction::nop},
     {"blackhole", RuleAction::blackhole},
     {"unreachable", RuleAction::unreachable},
     {"prohibit", RuleAction::prohibit}}};

template <>
constexpr std::array<std::pair<const char*, RouteType>, 9> kWords<RouteType>{
    {{"unicast", RouteType::unicast},
     {"local", RouteType::local},
     {"broadcast", RouteType::broadcast},
     {"anycast", RouteType::anycast},
     {"multicast", RouteType::multicast},
     {"blackhole", RouteType::blackhole},
     {"unreachable", RouteType::unreachable},
     {"prohibit", RouteType::prohibit},
     {"throw", RouteType::throw_}}};

template <>
constexpr std::array<std::pair<const char*, Unread::Kind>, 6> kWords<Unread::Kind>{
    {{"table_names", Unread::Kind::table_names},
     {"network_scripts", Unread::Kind::network_scripts},
     {"profile", Unread::Kind::profile},
     {"script", Unread::Kind::script},
     {"state", Unread::Kind::state},
     {"metadata", Unread::Kind::metadata}}};

template <>
constexpr std::array<std::pair<const char*, Scope>, 4> kWords<Scope>{{{"global", Scope::global},
                                                                      {"site", Scope::site},
                                                                      {"link", Scope::link},
                                                                      {"host", Scope::host}}};

template <>
constexpr bool kHasNumbers<Scope> = true;

}  // namespace eni
