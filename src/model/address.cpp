// IpAddress and Prefix. Must not know interfaces, routes or rules.
#include "address.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "text.hpp"

namespace eni {

namespace {

/// "24" -> 24. Digits only: no sign, no space, no leading zero, at most `max`.
std::optional<std::uint8_t> parse_length(std::string_view text, std::uint8_t max) {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    unsigned value = 0;
    for (char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value > max) return std::nullopt;
    return static_cast<std::uint8_t>(value);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string terminated(text);
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    IpAddress result;
    if (inet_pton(AF_INET, terminated.c_str(), result.bytes_.data()) == 1) return result;
    if (inet_pton(AF_INET6, terminated.c_str(), result.bytes_.data()) != 1) return std::nullopt;
    result.family_ = Family::v6;
    return result;
}

std::optional<IpAddress> IpAddress::from_bytes(const void* bytes, std::size_t size) {
    if (size != 4 && size != 16) return std::nullopt;
    IpAddress result = any(size == 4 ? Family::v4 : Family::v6);
    std::copy_n(static_cast<const std::uint8_t*>(bytes), size, result.bytes_.begin());
    return result;
}

IpAddress IpAddress::any(Family family) {
    IpAddress result;
    result.family_ = family;
    return result;
}

bool IpAddress::is_loopback() const {
    if (family_ == Family::v4) return bytes_[0] == 127;
    std::array<std::uint8_t, 16> one{};
    one[15] = 1;
    return bytes_ == one;
}

bool IpAddress::is_link_local() const {
    if (family_ == Family::v4) return bytes_[0] == 169 && bytes_[1] == 254;
    return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

bool IpAddress::is_multicast() const {
    return family_ == Family::v4 ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

IpAddress IpAddress::masked(std::uint8_t length) const {
    IpAddress result = *this;
    if (length >= bits()) return result;
    const auto first = result.bytes_.begin() + length / 8;
    *first &= static_cast<std::uint8_t>(0xff00u >> (length % 8));
    std::fill(first + 1, result.bytes_.end(), std::uint8_t{0});
    return result;
}

IpAddress IpAddress::next() const {
    IpAddress result = *this;
    for (int i = size() - 1; i >= 0; --i)
        if (++result.bytes_[static_cast<std::size_t>(i)] != 0) break;
    return result;
}

std::string IpAddress::to_string() const {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(family_ == Family::v4 ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
    return text;
}

std::optional<IpAddress> router_from(std::string_view text) {
    const auto address = IpAddress::parse(text);
    if (!address || address->family() != Family::v4) return std::nullopt;
    // 0.0.0.0/8 is this network, 127.0.0.0/8 this host; from 224 on multicast and broadcast.
    const std::uint8_t first = address->bytes()[0];
    if (first == 0 || first == 127 || first >= 224) return std::nullopt;
    return address;
}

std::vector<IpAddress> routers_from(const std::string& text) {
    std::vector<IpAddress> routers;
    for (const std::string& word : words_of(text))
        if (const auto router = router_from(word)) routers.push_back(*router);
    return routers;
}

Prefix::Prefix(const IpAddress& address, std::uint8_t length)
    : address_(address.masked(std::min(length, address.bits()))),
      length_(std::min(length, address.bits())) {}

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return host(*address);
    const auto length = parse_length(text.substr(slash + 1), address->bits());
    if (!length || address->masked(*length) != *address) return std::nullopt;
    return Prefix(*address, *length);
}

bool Prefix::contains(const IpAddress& address) const {
    return address.family() == family() && address.masked(length_) == address_;
}

bool Prefix::contains(const Prefix& other) const {
    return other.length_ >= length_ && contains(other.address_);
}

std::string Prefix::to_string() const {
    return address_.to_string() + "/" + std::to_string(length_);
}

std::optional<AddressAndPort> address_and_port_from(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    const bool has_brackets = text[0] == '[' && colon > 1 && text[colon - 1] == ']';
    const auto address =
        IpAddress::parse(has_brackets ? text.substr(1, colon - 2) : text.substr(0, colon));
    if (!address) return std::nullopt;
    return AddressAndPort{*address, has_brackets, text.substr(colon + 1)};
}

}  // namespace eni
