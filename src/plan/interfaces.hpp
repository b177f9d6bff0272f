// Which links eni-routes manages, and the numbers of each: its table and its place in the band of
// priorities. The policy's first part, and the working notes that both parts share. Pure.
#pragma once

#include <string>
#include <vector>

#include "config.hpp"
#include "model.hpp"

namespace eni {

/// Places in the band of priorities, one for each interface.
constexpr std::uint32_t kSlots = 900;

/// One managed interface in one family.
struct Side {
    std::vector<IpAddress> addresses;  // usable ones, in the kernel's order
    std::vector<Prefix> subnets;       // sorted, each once
    std::optional<Gateway> gateway;
    std::vector<Route> own;  // what main has through it, in its own table; no default
    std::optional<Route> default_route;
    bool has_main_default = false;
};

struct Interface {
    const Link* link = nullptr;
    const Eni* eni = nullptr;  // what EC2 says of it; null: nobody knows
    Table table;
    bool table_is_given = true;
    std::uint32_t slot = 0;
    Side v4, v6;

    const std::string& name() const { return link->ifname; }
    const Side& side(Family family) const { return family == Family::v4 ? v4 : v6; }
    bool forwards(Family family) const {
        return family == Family::v4 ? link->forwarding4 : link->forwarding6;
    }
};

using Interfaces = std::vector<Interface>;

struct Context {
    const Facts& facts;
    const Config& config;
    std::vector<Note>& notes;
};

void note(const Context& context, const std::string& ifname, std::string text);
void warn(const Context& context, const std::string& ifname, std::string text);

/// The managed links, each with its table and its slot; the primary first, then by number and name.
Interfaces managed_interfaces(const Context& context);

/// By its name: `interfaces: {include, exclude}`.
bool is_included(const Config& config, const std::string& ifname);

/// amazon-vpc-cni's mark for what comes by the primary tells that it gives addresses to pods here.
bool is_cni_at_work(const KernelSnapshot& kernel);

/// `enabled: false` or `eni-routes disable IFACE`.
bool is_switched_off(const Context& context, const std::string& ifname);

/// An entry of rt_tables that somebody else made; null where there is none.
const TableName* foreign_entry(const DiskFacts& disk, const std::string& name);
const TableName* foreign_entry(const DiskFacts& disk, TableId id);

/// The kernel's own: 0, 253, 254, 255.
bool is_reserved(TableId id);

bool leaves_by(const Route& route, const std::string& ifname);

}  // namespace eni
