// A set of prefixes that can be asked for one around another. Must not know what they are of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "address.hpp"

namespace eni {

/// By their lengths, of which there are a few: asking takes no longer the more there are.
class PrefixSet {
  public:
    void insert(const Prefix& prefix) { by_length_[prefix.length()].insert(prefix); }

    /// The shortest around `inner`, which may be that itself.
    std::optional<Prefix> shortest_around(const Prefix& inner) const {
        return first_around(by_length_.begin(), by_length_.end(), inner);
    }
    std::optional<Prefix> longest_around(const Prefix& inner) const {
        return first_around(by_length_.rbegin(), by_length_.rend(), inner);
    }

  private:
    template <class Iterator>
    static std::optional<Prefix> first_around(Iterator begin, Iterator end, const Prefix& inner) {
        for (Iterator it = begin; it != end; ++it) {
            const auto& [length, prefixes] = *it;
            const Prefix outer(inner.address(), length);
            if (length <= inner.length() && prefixes.count(outer) != 0) return outer;
        }
        return std::nullopt;
    }

    std::map<std::uint8_t, std::set<Prefix>> by_length_;
};

}  // namespace eni
