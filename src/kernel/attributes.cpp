// See attributes.hpp.
#include "attributes.hpp"

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace eni {

void throw_malformed(const std::string& what) {
    throw std::runtime_error("rtnetlink: malformed message: " + what);
}

void throw_malformed(const nlattr* attribute) {
    throw_malformed("attribute " + std::to_string(nla_type(attribute)) + " has " +
                    std::to_string(nla_len(attribute)) + " bytes");
}

/// (nla_parse leaves out what is left over, and types that it was not told of.)
Attributes attributes_of(const void* begin, int size) {
    Attributes attributes{};
    // libnl only reads, but takes no pointers to const.
    auto* attribute = static_cast<nlattr*>(const_cast<void*>(begin));
    int rest = size;
    for (; nla_ok(attribute, rest) != 0; attribute = nla_next(attribute, &rest)) {
        const auto type = static_cast<std::size_t>(nla_type(attribute));
        attributes.set(type < Attributes::kSize ? type : kTooNew, attribute);
    }
    if (rest > 0) throw_malformed("its attributes do not add up");
    return attributes;
}

Attributes nested(const nlattr* attribute) {
    if (attribute == nullptr) return {};
    return attributes_of(nla_data(attribute), nla_len(attribute));
}

std::string text_of(const nlattr* attribute) {
    if (attribute == nullptr) return "";
    const char* begin = static_cast<const char*>(nla_data(attribute));
    return std::string(begin, strnlen(begin, static_cast<std::size_t>(nla_len(attribute))));
}

std::int32_t element_of(const nlattr* attribute, std::size_t index) {
    std::int32_t value = 0;
    if (attribute == nullptr) return value;
    const std::size_t offset = index * sizeof value;
    if (static_cast<std::size_t>(nla_len(attribute)) < offset + sizeof value) return value;
    std::memcpy(&value, static_cast<const char*>(nla_data(attribute)) + offset, sizeof value);
    return value;
}

std::optional<Family> family_from(int family) {
    if (family == AF_INET) return Family::v4;
    if (family == AF_INET6) return Family::v6;
    return std::nullopt;
}

IpAddress address_of(const nlattr* attribute, Family family) {
    const auto address =
        IpAddress::from_bytes(nla_data(attribute), static_cast<std::size_t>(nla_len(attribute)));
    if (!address || address->family() != family) throw_malformed(attribute);
    return *address;
}

Prefix prefix_of(const nlattr* attribute, std::uint8_t length, Family family) {
    if (length == 0) return Prefix::any(family);
    if (attribute == nullptr) throw_malformed("a prefix has no address");
    const IpAddress address = address_of(attribute, family);
    if (length > address.bits()) throw_malformed("prefix length " + std::to_string(length));
    return {address, length};
}

IpAddress via_of(const nlattr* attribute) {
    const auto family = family_from(value_of<std::uint16_t>(attribute));
    const std::size_t size = static_cast<std::size_t>(nla_len(attribute)) - sizeof(std::uint16_t);
    const auto address = IpAddress::from_bytes(
        static_cast<const char*>(nla_data(attribute)) + sizeof(std::uint16_t), size);
    if (!address || family != address->family()) throw_malformed(attribute);
    return *address;
}

}  // namespace eni
