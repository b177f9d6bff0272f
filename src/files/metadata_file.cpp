// See metadata_file.hpp.
#include "metadata_file.hpp"

#include "key_file.hpp"
#include "metadata.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kDelegated[] = "delegated";
constexpr char kVpcBlocks[] = "vpc_blocks";

/// "10.0.2.37=203.0.113.66"
std::vector<Association> associations_of(const KeyFile& file, const std::string& mac) {
    std::vector<Association> associations;
    for (const std::string& text : texts_of(file, mac, "associations")) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos) continue;
        const auto address = IpAddress::parse(text.substr(0, equals));
        const auto public_address = IpAddress::parse(text.substr(equals + 1));
        if (address && public_address) associations.push_back({*address, *public_address});
    }
    return associations;
}

std::optional<Eni> eni_of(const KeyFile& file, const std::string& mac) {
    const auto device = number_from(text_of(file, mac, "device_number"));
    const auto card = number_from(text_of(file, mac, "network_card"));
    if (!device || !card) return std::nullopt;
    Eni eni;
    eni.device_number = *device;
    eni.network_card = *card;
    eni.addresses = parsed_of<IpAddress>(file, mac, "addresses");
    eni.delegated = parsed_of<Prefix>(file, mac, kDelegated);
    eni.subnets = parsed_of<Prefix>(file, mac, "subnets");
    eni.vpc_blocks = parsed_of<Prefix>(file, mac, kVpcBlocks);
    eni.associations = associations_of(file, mac);
    if (contradiction_in(eni)) return std::nullopt;
    return eni;
}

void set_eni(KeyFile& file, const std::string& mac, const Eni& eni) {
    set_text(file, mac, "device_number", std::to_string(eni.device_number));
    set_text(file, mac, "network_card", std::to_string(eni.network_card));
    set_list(file, mac, "addresses", eni.addresses);
    set_list(file, mac, kDelegated, eni.delegated);
    set_list(file, mac, "subnets", eni.subnets);
    set_list(file, mac, kVpcBlocks, eni.vpc_blocks);
    std::vector<std::string> associations;
    for (const Association& each : eni.associations)
        associations.push_back(each.address.to_string() + "=" + each.public_address.to_string());
    set_texts(file, mac, "associations", associations);
}

}  // namespace

Enis load_enis(const std::string& root) {
    const KeyFile file = load_key_file(root, kMetadataPath);
    Enis enis;
    for (const auto& [group, values] : file) {
        const auto mac = mac_from(group);
        const auto eni = mac ? eni_of(file, group) : std::nullopt;
        if (eni) enis[*mac] = *eni;
    }
    return enis;
}

void save_enis(const std::string& root, const Enis& enis) {
    KeyFile file;
    for (const auto& [mac, eni] : enis) set_eni(file, mac, eni);
    save_key_file(root, kMetadataPath, file, Durability::disk);
}

}  // namespace eni
