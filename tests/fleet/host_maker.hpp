// What the makers of a host share: chance, the host, and short words for its parts. Must not know
// any policy.
#pragma once

#include <string>
#include <utility>

#include "../dice.hpp"
#include "made_host.hpp"

namespace eni {

IpAddress ip_of(const std::string& text);
Prefix net_of(const std::string& text);
/// That many addresses further on.
IpAddress plus(const IpAddress& address, std::uint32_t count);

class HostMaker {
  public:
    explicit HostMaker(std::uint32_t seed) : dice(seed) { host.seed = seed; }

    KernelSnapshot& kernel() { return host.pristine.kernel; }
    DiskFacts& disk() { return host.pristine.disk; }
    Config& config() { return host.config; }
    bool percent(std::uint32_t chance) { return dice.below(100) < chance; }
    void is(const std::string& trait) { host.traits.push_back(trait); }

    Link& link(const std::string& ifname, const std::string& kind);
    /// With what the kernel adds for it: its route in table local, and that to its network.
    void address(const std::string& ifname, const IpAddress& address, std::uint8_t length,
                 std::uint32_t metric = 0);
    Route& route(const Prefix& dst, const std::string& ifname, std::uint32_t metric = 0,
                 TableId table = kTableMain);
    Route& via(const Prefix& dst, const IpAddress& gateway, const std::string& ifname,
               std::uint32_t metric = 0, TableId table = kTableMain);
    Rule& rule(Family family, std::uint32_t priority, std::uint32_t table);
    void name_table(std::uint32_t table, const std::string& name);

    Dice dice;
    MadeHost host;

  private:
    int next_ifindex_ = 2;
};

/// The links, addresses and routes of its network interfaces; what EC2, DHCP and the profiles say.
void make_interfaces(HostMaker& maker);
/// Docker, VPNs, CNI plug-ins, recipes by hand: what has routes and rules beside eni-routes.
void make_neighbours(HostMaker& maker);
void make_configuration(HostMaker& maker);
/// facts: from the pristine ones, by a run of before, perhaps of another version, or one that was
/// killed, or by none.
void make_earlier_run(HostMaker& maker);

}  // namespace eni
