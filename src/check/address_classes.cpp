// See address_classes.hpp.
#include "address_classes.hpp"

#include <optional>
#include <tuple>
#include <utility>

namespace eni {

AddressClasses::AddressClasses(const KernelSnapshot& kernel, const RouteIndex& routes)
    : routes_(routes) {
    for (const Rule& rule : kernel.rules) {
        add(rule, &Selectors::from);
        add(rule, &Selectors::to);
    }
}

void AddressClasses::add(const Rule& rule, std::optional<Prefix> Selectors::*selector) {
    const std::optional<Prefix>& prefix = rule.*selector;
    if (!prefix || prefix->length() == 0) return;
    Rule saying = rule;
    if (prefix->is_host()) saying.*selector = Prefix::any(rule.family);
    const std::size_t number = sayings_.emplace(saying, sayings_.size()).first->second;
    said_[*prefix].push_back(number);
    (rule.family == Family::v4 ? lengths4_ : lengths6_).insert(prefix->length());
}

std::vector<std::vector<IpAddress>> AddressClasses::classes_of(
    const std::vector<IpAddress>& addresses) const {
    // What each is known by: its family, what rules say, main's route to it (IPv6 has one for each
    // address of the host's: there the way alone counts), whether it is local.
    using Way = std::pair<const Route*, std::vector<NextHop>>;
    using Mark = std::tuple<Family, std::vector<std::size_t>, Way, bool>;
    std::map<Mark, std::size_t> known;
    std::vector<std::vector<IpAddress>> classes;
    for (const IpAddress& address : addresses) {
        std::vector<std::size_t> said;
        const Family family = address.family();
        for (const std::uint8_t length : family == Family::v4 ? lengths4_ : lengths6_) {
            const auto found = said_.find(Prefix(address, length));
            if (found != said_.end())
                said.insert(said.end(), found->second.begin(), found->second.end());
        }
        Way way{routes_.longest_match(kTableMain, address), {}};
        if (way.first != nullptr && way.first->dst.is_host()) way = {nullptr, way.first->hops};
        const Route* const local = routes_.longest_match(kTableLocal, address);
        const auto [found, is_new] = known.emplace(
            Mark{family, std::move(said), std::move(way), local != nullptr && local->dst.is_host()},
            classes.size());
        if (is_new) classes.emplace_back();
        classes[found->second].push_back(address);
    }
    return classes;
}

}  // namespace eni
