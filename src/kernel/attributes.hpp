// The attributes of a message of rtnetlink's: they are read by their length, and no byte outside of
// them. Must not know what they are of. What contradicts itself throws std::runtime_error.
#pragma once

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>

#include "address.hpp"

namespace eni {

/// The attributes of a message or of a nest by their type, below 64.
class Attributes {
  public:
    static constexpr std::size_t kSize = 64;

    /// Null where absent.
    const nlattr* operator[](std::size_t type) const { return all_[type]; }
    /// Whether there is one of a type that is not in `known`.
    bool has_other_than(std::initializer_list<int> known) const {
        std::uint64_t others = present_;
        for (const int type : known) others &= ~(std::uint64_t{1} << type);
        return others != 0;
    }

    void set(std::size_t type, const nlattr* attribute) {
        all_[type] = attribute;
        present_ |= std::uint64_t{1} << type;
    }

  private:
    std::array<const nlattr*, kSize> all_{};
    std::uint64_t present_ = 0;  // a bit for each type
};

/// Where one stands whose type is beyond those. No attribute has the type 0.
constexpr std::size_t kTooNew = 0;

[[noreturn]] void throw_malformed(const std::string& what);
[[noreturn]] void throw_malformed(const nlattr* attribute);

template <class Header>
Header header_of(const nlmsghdr& message) {
    Header header;
    if (nlmsg_datalen(&message) < static_cast<int>(sizeof header))
        throw_malformed("type " + std::to_string(message.nlmsg_type) + " has " +
                        std::to_string(message.nlmsg_len) + " bytes");
    std::memcpy(&header, nlmsg_data(&message), sizeof header);
    return header;
}

/// Bytes that form no attribute are malformed. (The kernel pads each to four bytes.)
Attributes attributes_of(const void* begin, int size);

template <class Header>
Attributes attributes_after(const nlmsghdr& message, const Header& header) {
    const int size = static_cast<int>(sizeof header);
    return attributes_of(nlmsg_attrdata(&message, size), nlmsg_attrlen(&message, size));
}

/// None where the attribute is absent.
Attributes nested(const nlattr* attribute);

template <class T>
T value_of(const nlattr* attribute) {
    T value;
    if (nla_len(attribute) < static_cast<int>(sizeof value)) throw_malformed(attribute);
    std::memcpy(&value, nla_data(attribute), sizeof value);
    return value;
}

template <class T>
T value_or(const nlattr* attribute, T otherwise) {
    return attribute == nullptr ? otherwise : value_of<T>(attribute);
}

/// Empty where it is absent.
std::string text_of(const nlattr* attribute);

/// An array of 32-bit numbers; what an older kernel's is too short for is 0.
std::int32_t element_of(const nlattr* attribute, std::size_t index);

/// Nothing for a family that is not of IP.
std::optional<Family> family_from(int family);

IpAddress address_of(const nlattr* attribute, Family family);

/// A length of 0 goes without an address.
Prefix prefix_of(const nlattr* attribute, std::uint8_t length, Family family);

/// struct rtvia: an address family in 16 bits, and the address.
IpAddress via_of(const nlattr* attribute);

}  // namespace eni
