// See gather_kernel.hpp.
#include "gather_kernel.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "format.hpp"
#include "ownership.hpp"
#include "read_messages.hpp"
#include "rtnetlink_numbers.hpp"
#include "transient.hpp"
#include "write_messages.hpp"

namespace eni {

namespace {

template <class Noun>
using From = std::function<std::optional<Noun>(const nlmsghdr&)>;

template <class Noun>
std::vector<Noun> gather(Connection* socket, const NetlinkMessage& request, const char* what,
                         const From<Noun>& from) {
    std::vector<Noun> found;
    dump(socket, request.get(), what, [&](const nlmsghdr& message) {
        if (auto noun = from(message)) found.push_back(std::move(*noun));
    });
    return found;
}

/// AF_UNSPEC asks for every family that the kernel has, so that one without IPv6 just has none.
/// (Asked for AF_INET6 it answers with the routes of all others.)
template <class Noun>
std::vector<Noun> gather(Connection* socket, int type, unsigned char family, const char* what,
                         const From<Noun>& from) {
    return gather(socket, make_message(type, 0, rtgenmsg{family}), what, from);
}

LinkNames names_of(const std::vector<Link>& links) {
    LinkNames names;
    for (const Link& link : links) names[link.ifindex] = link.ifname;
    return names;
}

int read_rp_filter_all() {
    constexpr char kPath[] = "/proc/sys/net/ipv4/conf/all/rp_filter";
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(kPath, "re"), close);
    int value = 0;
    if (!file || std::fscanf(file.get(), "%d", &value) != 1)
        throw std::runtime_error(std::string(kPath) + ": cannot be read");
    return value;
}

}  // namespace

/// Each family by itself: a dump of AF_UNSPEC loses, on RHEL 7's kernel (3.10), the rules that do
/// not fit the first datagram, some 270. A kernel without the family answers with another's.
std::vector<Rule> gather_rules(Connection* socket) {
    std::vector<Rule> rules;
    for (const Family family : kFamilies) {
        const NetlinkMessage request = make_message(RTM_GETRULE, 0, rtgenmsg{number_of(family)});
        dump(socket, request.get(), "rules", [&](const nlmsghdr& message) {
            auto rule = rule_from(message);
            if (rule && rule->family == family) rules.push_back(std::move(*rule));
        });
    }
    return rules;
}

std::vector<Link> gather_links(Connection* socket) {
    // Their counters are the greater part of what the kernel would say. An older one says them all.
    const NetlinkMessage request = make_message(RTM_GETLINK, 0, ifinfomsg{});
    if (nla_put_u32(request.get(), IFLA_EXT_MASK, kSkipStatistics) < 0) throw std::bad_alloc();
    return gather<Link>(socket, request, "links", link_from);
}

namespace {

std::vector<Route> gather_all_routes(Connection* socket, const LinkNames& names) {
    return gather<Route>(socket, RTM_GETROUTE, AF_UNSPEC, "routes",
                         [&](const nlmsghdr& message) { return route_from(message, names); });
}

/// While it lives, dumps have what they are asked for alone, where the kernel can do it. Not for
/// those whose requests are shorter than it then takes them: rtgenmsg for addresses and rules.
class StrictChecking {
  public:
    explicit StrictChecking(Connection* socket)
        : socket_(socket), is_on_(check_strictly(socket, true)) {}
    StrictChecking(const StrictChecking&) = delete;
    StrictChecking& operator=(const StrictChecking&) = delete;
    ~StrictChecking() {
        if (is_on_) check_strictly(socket_, false);
    }
    bool is_on() const { return is_on_; }

  private:
    Connection* socket_;
    bool is_on_;
};

NetlinkMessage request_for(TableId table, Family family) {
    rtmsg header{};
    header.rtm_family = number_of(family);
    NetlinkMessage request = make_message(RTM_GETROUTE, 0, header);
    if (nla_put_u32(request.get(), RTA_TABLE, number(table)) < 0) throw std::bad_alloc();
    return request;
}

/// False where the kernel answered with more than it was asked for. Each family by itself: asked
/// for both, kernels before 5.8 end with the first that does not have the table. A kernel without
/// the family answers with another's.
bool add_routes_of(std::vector<Route>& routes, Connection* socket, TableId table, Family family,
                   const LinkNames& names) {
    bool is_filtered = true;
    const NetlinkMessage request = request_for(table, family);
    dump(socket, request.get(), "routes", [&](const nlmsghdr& message) {
        if ((message.nlmsg_flags & kFlagDumpFiltered) == 0) is_filtered = false;
        if (!is_filtered) return;
        auto route = route_from(message, names);
        if (!route || route->family() != family) return;
        if (route->table != table) is_filtered = false;
        routes.push_back(std::move(*route));
    });
    return is_filtered;
}

/// Nothing where the kernel cannot tell of some tables alone.
std::optional<std::vector<Route>> gather_routes_of(Connection* socket,
                                                   const std::set<TableId>& tables,
                                                   const LinkNames& names) {
    const StrictChecking strict(socket);
    if (!strict.is_on()) return std::nullopt;
    std::vector<Route> routes;
    try {
        for (const TableId table : tables)
            for (const Family family : kFamilies)
                // There is no table 0: it stands for all of them.
                if (table != TableId{0} && !add_routes_of(routes, socket, table, family, names))
                    return std::nullopt;
    } catch (const std::system_error& error) {
        if (error.code().value() != EINVAL) throw;
        return std::nullopt;
    }
    return routes;
}

/// When all else was read.
void gather_routes(KernelSnapshot& kernel, Connection* socket, const LinkNames& names,
                   const ChooseTables& choose) {
    auto tables = choose(kernel);
    auto routes = tables ? gather_routes_of(socket, *tables, names) : std::nullopt;
    if (routes) kernel.tables_read = std::move(tables);
    kernel.routes = routes ? std::move(*routes) : gather_all_routes(socket, names);
}

}  // namespace

KernelSnapshot gather_kernel(Connection* socket, const ChooseTables& choose) {
    KernelSnapshot kernel;
    kernel.links = gather_links(socket);
    const LinkNames names = names_of(kernel.links);
    kernel.addresses =
        gather<Address>(socket, RTM_GETADDR, AF_UNSPEC, "addresses",
                        [&](const nlmsghdr& message) { return address_from(message, names); });
    kernel.routers = gather<Neighbour>(
        socket, RTM_GETNEIGH, AF_INET6, "neighbours",
        [&](const nlmsghdr& message) { return router_neighbour_from(message, names); });
    if (!choose) kernel.routes = gather_all_routes(socket, names);
    kernel.rules = gather_rules(socket);
    kernel.rp_filter_all = read_rp_filter_all();
    if (choose) gather_routes(kernel, socket, names, choose);
    return kernel;
}

namespace {

constexpr std::chrono::milliseconds kPatienceWithNeighbours{300};

/// Of routes, and the first addresses of IPv4 subnets.
std::set<std::pair<std::string, IpAddress>> gateways_of(const KernelSnapshot& kernel) {
    std::set<std::pair<std::string, IpAddress>> gateways;
    for (const Route& route : kernel.routes)
        for (const NextHop& hop : route.hops)
            if (hop.gateway) gateways.emplace(hop.ifname, *hop.gateway);
    for (const Address& own : kernel.addresses)
        if (own.address.family() == Family::v4 && own.prefix_length < own.address.bits())
            gateways.emplace(own.ifname, own.address.masked(own.prefix_length).next());
    return gateways;
}

std::set<std::pair<std::string, IpAddress>> unanswered(Connection* socket, const LinkNames& names) {
    std::set<std::pair<std::string, IpAddress>> neighbours;
    for (const Neighbour& neighbour : gather<Neighbour>(
             socket, RTM_GETNEIGH, AF_UNSPEC, "neighbours",
             [&](const nlmsghdr& message) { return failed_neighbour_from(message, names); }))
        neighbours.emplace(neighbour.ifname, neighbour.address);
    return neighbours;
}

}  // namespace

std::vector<Neighbour> gather_failed_gateways(Connection* socket, const KernelSnapshot& kernel) {
    const LinkNames names = names_of(kernel.links);
    const auto gateways = gateways_of(kernel);
    std::vector<Neighbour> failed;
    for (const auto& [ifname, address] : unanswered(socket, names))
        if (gateways.count({ifname, address}) != 0) failed.push_back({ifname, address});
    if (failed.empty()) return failed;
    // A host that is asked just now needs a moment; one that is silent is asked with each packet.
    std::this_thread::sleep_for(kPatienceWithNeighbours);
    const auto still = unanswered(socket, names);
    const auto has_answered = [&](const Neighbour& neighbour) {
        return still.count({neighbour.ifname, neighbour.address}) == 0;
    };
    failed.erase(std::remove_if(failed.begin(), failed.end(), has_answered), failed.end());
    return failed;
}

bool release_has_suppress() {
    utsname name{};
    int major = 0, minor = 0;
    if (uname(&name) != 0 || std::sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
    return major > 3 || (major == 3 && minor >= 16);
}

namespace {

/// An errno; for a rule of which it does no harm to add or to delete it twice.
int send_until_taken(Connection* socket, int type, int flags, const Rule& rule) {
    for (Tries tries; true;) {
        int error = 0;
        try {
            error = send_one(socket, rule_message(type, flags, rule)).error;
        } catch (const std::system_error& failure) {
            error = failure.code().value();
        }
        if (!is_transient(error) || !tries.again()) return error;
    }
}

/// What stays even so does nothing; it is ours and not in the plan, so that it is deleted with the
/// rest of what is (is_probe in ownership.hpp).
void remove_probe(Connection* socket, const Rule& probe) {
    try {
        (void)send_until_taken(socket, RTM_DELRULE, 0, probe);
    } catch (const std::exception&) {
    }
}

}  // namespace

bool probe_suppress(Connection* socket, std::uint32_t link_group) {
    const Rule probe = probe_rule(link_group);
    const auto remove = [socket](const Rule* rule) { remove_probe(socket, *rule); };
    const std::unique_ptr<const Rule, decltype(remove)> removal(&probe, remove);
    const int error = send_until_taken(socket, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, probe);
    if (error != 0 && error != EEXIST)
        throw std::system_error(error, std::generic_category(), format_command("add", probe));
    const std::vector<Rule> rules = gather_rules(socket);
    return std::find(rules.begin(), rules.end(), probe) != rules.end();
}

}  // namespace eni
