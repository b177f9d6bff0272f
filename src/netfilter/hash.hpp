// A short print of bytes, by which a change of them is seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace eni {

/// FNV-1a, 64 bits: against changes by chance or by hand, not against an enemy, who is root.
class Hash {
  public:
    void add(const void* bytes, std::size_t size) {
        const auto* each = static_cast<const unsigned char*>(bytes);
        for (std::size_t i = 0; i < size; ++i) {
            value_ ^= each[i];
            value_ *= 0x100000001b3U;
        }
    }
    std::string text() const {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value_));
        return text;
    }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

inline std::string hash_of(const std::string& text) {
    Hash hash;
    hash.add(text.data(), text.size());
    return hash.text();
}

}  // namespace eni
