// What EC2's metadata says of an interface, and whether it can be believed. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "model.hpp"

namespace eni {

/// EC2 has some fifty addresses, prefixes and the like for an interface; an answer with more
/// fills memory and disk.
constexpr std::size_t kMaxOfAKind = 256;

/// What contradicts itself or is out of range, in words; nothing where it can be so. EC2 has at
/// most 100 device numbers on a card, every IPv4 address and delegated prefix is of a subnet of the
/// interface's, and a subnet is no single address.
std::optional<std::string> contradiction_in(const Eni& eni);

/// What is known of a link of this name; null where nothing is.
const Eni* find_eni(const Facts& facts, const std::string& ifname);

/// The public address that EC2 translates to it; nothing where it has none.
std::optional<IpAddress> public_address_of(const Eni& eni, const IpAddress& address);

/// Whether what is known is all of other interfaces: a primary interface cannot be detached, so it
/// came with the disk, from the instance that an image was taken of. So did our files, and what
/// they say of interfaces that are not here. False where nothing is known. (True as well while no
/// link of EC2's is there, as while a driver is loaded anew: then it means nothing.)
bool is_of_another_instance(const Facts& facts);

/// A failed answer is not an empty one: what is known of an interface stays until a good answer
/// (`fresh`) says otherwise.
Enis with_fresh(Enis known, const Enis& fresh);

/// What is worth remembering: of the interfaces that are here, and of up to 200 in all that may
/// come back.
Enis enis_to_keep(const Facts& facts);

}  // namespace eni
