// IP addresses and prefixes as values: parsed, printed, compared. No input or output, no
// exception, only the standard library (and inet_pton, inet_ntop, be64toh of libc).
#pragma once

#include <endian.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace eni {

enum class Family : std::uint8_t { v4, v6 };

constexpr Family kFamilies[] = {Family::v4, Family::v6};

/// An IPv4 or IPv6 address. Always valid; bytes are in network order, an IPv4 address uses four.
class IpAddress {
  public:
    IpAddress() = default;  // 0.0.0.0

    static std::optional<IpAddress> parse(std::string_view text);
    /// `size` is 4 or 16, as netlink attributes have it; anything else is refused.
    static std::optional<IpAddress> from_bytes(const void* bytes, std::size_t size);
    static IpAddress any(Family family);

    Family family() const { return family_; }
    const std::uint8_t* bytes() const { return bytes_.data(); }
    std::uint8_t size() const { return family_ == Family::v4 ? 4 : 16; }
    std::uint8_t bits() const { return family_ == Family::v4 ? 32 : 128; }

    bool is_any() const { return bytes_ == std::array<std::uint8_t, 16>{}; }
    bool is_loopback() const;    // 127.0.0.0/8, ::1
    bool is_link_local() const;  // 169.254.0.0/16 (EC2's metadata too), fe80::/10
    bool is_multicast() const;   // 224.0.0.0/4, ff00::/8

    /// The address with every bit behind the first `length` cleared.
    IpAddress masked(std::uint8_t length) const;
    /// The address that is one higher; the highest wraps to zero.
    IpAddress next() const;

    std::string to_string() const;

    friend bool operator==(const IpAddress& a, const IpAddress& b) { return a.key() == b.key(); }
    friend bool operator!=(const IpAddress& a, const IpAddress& b) { return !(a == b); }
    friend bool operator<(const IpAddress& a, const IpAddress& b) { return a.key() < b.key(); }

  private:
    /// The bytes as numbers: a hundred thousand routes are sorted by them.
    std::tuple<Family, std::uint64_t, std::uint64_t> key() const {
        std::uint64_t words[2];
        std::memcpy(words, bytes_.data(), sizeof words);
        return {family_, be64toh(words[0]), be64toh(words[1])};
    }

    Family family_ = Family::v4;
    std::array<std::uint8_t, 16> bytes_{};
};

/// An IPv4 address that can be a router's: unicast, and not this host.
std::optional<IpAddress> router_from(std::string_view text);
/// Each of a list with white space between; what is none is left out.
std::vector<IpAddress> routers_from(const std::string& text);

/// A network: an address whose host bits are zero, and a length of at most 32 or 128.
class Prefix {
  public:
    Prefix() = default;  // 0.0.0.0/0
    /// Clears host bits; a length that is too long for the family is cut to it.
    Prefix(const IpAddress& address, std::uint8_t length);

    static Prefix host(const IpAddress& address) { return {address, address.bits()}; }
    static Prefix any(Family family) { return {IpAddress::any(family), 0}; }
    /// "10.0.2.0/24", or a bare address for a host; set host bits are refused.
    static std::optional<Prefix> parse(std::string_view text);

    const IpAddress& address() const { return address_; }
    std::uint8_t length() const { return length_; }
    Family family() const { return address_.family(); }
    bool is_host() const { return length_ == address_.bits(); }

    bool contains(const IpAddress& address) const;
    bool contains(const Prefix& other) const;

    std::string to_string() const;  // always with its length: 10.0.2.37/32

    friend bool operator==(const Prefix& a, const Prefix& b) {
        return a.address_ == b.address_ && a.length_ == b.length_;
    }
    friend bool operator!=(const Prefix& a, const Prefix& b) { return !(a == b); }
    friend bool operator<(const Prefix& a, const Prefix& b) {
        return std::tie(a.address_, a.length_) < std::tie(b.address_, b.length_);
    }

  private:
    IpAddress address_;
    std::uint8_t length_ = 0;
};

/// An address with a port behind it, as URLs have them.
struct AddressAndPort {
    IpAddress address;
    bool has_brackets = false;
    std::string port;  // what stands behind the last colon
};

/// "10.0.2.37:443" or "[2001:db8::5]:443". Without brackets the last group of an IPv6 address may
/// be taken for its port: parse the whole as an address first.
std::optional<AddressAndPort> address_and_port_from(const std::string& text);

}  // namespace eni
