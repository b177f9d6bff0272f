// See everything.hpp.
#include "everything.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

namespace eni {

namespace {

/// What is not of the internet (IANA's special-purpose registries); of IPv6 only 2000::/3 is.
const std::vector<Prefix>& outside(Family family) {
    static const auto parsed = [](const std::vector<const char*>& texts) {
        std::vector<Prefix> prefixes;
        for (const char* text : texts) prefixes.push_back(Prefix::parse(text).value());
        return prefixes;
    };
    static const std::vector<Prefix> kOutside4 =
        parsed({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"});
    static const std::vector<Prefix> kOutside6 = parsed({"::/3", "4000::/2", "8000::/1"});
    return family == Family::v4 ? kOutside4 : kOutside6;
}

/// Of all addresses. (Not ldexp(), for which an event would have to load libm.)
double part_of_all(const Prefix& prefix) {
    constexpr double kOf32 = 1.0 / 4294967296.0;
    double part = 1;
    int bits = prefix.length();
    for (; bits >= 32; bits -= 32) part *= kOf32;
    return part / static_cast<double>(std::uint64_t{1} << bits);
}

/// How much of the internet a prefix covers, as a part of all addresses.
double part_of_internet(const Prefix& prefix) {
    double part = part_of_all(prefix);
    for (const Prefix& other : outside(prefix.family())) {
        if (other.contains(prefix)) return 0;
        if (prefix.contains(other)) part -= part_of_all(other);
    }
    return part;
}

/// The device that a route leads to; "" of one that refuses. Nothing where it is an ENI's, or the
/// look-up goes on.
std::optional<std::string> destination(const Route& route, const std::set<std::string>& enis) {
    if (refuses(route.type)) return "";
    const bool is_an_enis =
        std::any_of(route.hops.begin(), route.hops.end(),
                    [&](const NextHop& hop) { return enis.count(hop.ifname) != 0; });
    if (route.type != RouteType::unicast || route.hops.empty() || is_an_enis) return std::nullopt;
    return route.hops[0].ifname;
}

/// What one device has of the internet, but for default routes and halves of it.
struct Cover {
    double part = 0;
    std::optional<Prefix> around;  // the last that is in none other
    std::vector<const Route*> parts;

    /// No certain network is wider than a /8, so that what is belongs to it as well.
    void add(const Route& route) {
        constexpr std::uint8_t kWide = 7;
        const double of_internet = part_of_internet(route.dst);
        const bool is_inside = around && around->contains(route.dst);
        if (!is_inside) {
            around = route.dst;
            part += of_internet;
        }
        if (route.dst.length() <= kWide || (!is_inside && of_internet > 0)) parts.push_back(&route);
    }
};

}  // namespace

std::set<const Route*> parts_of_everything(const std::vector<const Route*>& routes,
                                           const std::set<std::string>& enis) {
    std::map<std::string, Cover> covers;
    std::set<const Route*> parts;
    for (auto first = routes.begin(); first != routes.end();) {
        const Prefix& dst = (*first)->dst;
        const auto last = std::find_if(first, routes.end(),
                                       [&](const Route* route) { return route->dst != dst; });
        // Of several to one prefix the look-up finds that of the lowest metric.
        const Route& found = **std::min_element(first, last, [](const Route* a, const Route* b) {
            return std::tie(a->tos, a->metric) < std::tie(b->tos, b->metric);
        });
        const auto device = destination(found, enis);
        if (device && dst.length() > 1)
            covers[*device].add(found);
        else if (device && refuses(found.type))
            parts.insert(&found);
        first = last;
    }
    for (const auto& [device, cover] : covers)
        if (!routes.empty() &&
            cover.part > part_of_internet(Prefix::any(routes.front()->family())) / 2)
            parts.insert(cover.parts.begin(), cover.parts.end());
    return parts;
}

}  // namespace eni
