// See address_classes.hpp.
#include "address_classes.hpp"

#include <map>
#include <utility>

namespace eni {

AddressClasses::AddressClasses(const KernelSnapshot& kernel, const RouteIndex& routes)
    : routes_(routes) {
    for (const Rule& rule : kernel.rules)
        for (const auto& prefix : {rule.from, rule.to}) {
            if (!prefix || prefix->length() == 0) continue;
            prefixes_.insert(*prefix);
            (rule.family == Family::v4 ? lengths4_ : lengths6_).insert(prefix->length());
        }
}

std::vector<std::vector<IpAddress>> AddressClasses::classes_of(
    const std::vector<IpAddress>& addresses) const {
    // What each is known by: the prefixes that it is in, main's route to it, whether it is local.
    using Mark = std::pair<std::vector<Prefix>, std::pair<const Route*, bool>>;
    std::map<Mark, std::size_t> known;
    std::vector<std::vector<IpAddress>> classes;
    for (const IpAddress& address : addresses) {
        Mark mark;
        const Family family = address.family();
        for (const std::uint8_t length : family == Family::v4 ? lengths4_ : lengths6_) {
            const Prefix prefix(address, length);
            if (prefixes_.count(prefix) != 0) mark.first.push_back(prefix);
        }
        // Two families differ by main's route at least, where one has any; else by this.
        mark.first.emplace_back(address, static_cast<std::uint8_t>(0));
        const Route* const local = routes_.longest_match(kTableLocal, address);
        mark.second = {routes_.longest_match(kTableMain, address),
                       local != nullptr && local->dst.is_host()};
        const auto [found, is_new] = known.emplace(std::move(mark), classes.size());
        if (is_new) classes.emplace_back();
        classes[found->second].push_back(address);
    }
    return classes;
}

}  // namespace eni
