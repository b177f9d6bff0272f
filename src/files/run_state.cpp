// See run_state.hpp.
#include "run_state.hpp"

#include <set>

#include "config.hpp"
#include "key_file.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kHost[] = "host";
constexpr char kInterface[] = "interface ";

using Key = const char*;

// ---- Reading ------------------------------------------------------------------------------------

std::set<std::uint32_t> numbers_of(const KeyFile& file, Key key, Range range) {
    std::set<std::uint32_t> numbers;
    for (const std::string& text : texts_of(file, kHost, key))
        if (const auto number = number_from(text, range)) numbers.insert(*number);
    return numbers;
}

/// The kernel's own tables cannot have been given.
std::optional<TableId> table_of(const std::string& text) {
    const auto id = number_from(text, {1});
    return id && !is_reserved(TableId{*id}) ? std::optional(TableId{*id}) : std::nullopt;
}

std::set<TableId> tables_of(const KeyFile& file, Key key) {
    std::set<TableId> tables;
    for (const std::string& text : texts_of(file, kHost, key))
        if (const auto table = table_of(text)) tables.insert(*table);
    return tables;
}

InterfaceState interface_of(const KeyFile& file, const std::string& group) {
    InterfaceState state;
    state.mac = mac_from(text_of(file, group, "mac")).value_or("");
    state.lease_router = router_from(text_of(file, group, "lease_router"));
    state.slot = number_from(text_of(file, group, "slot"));
    state.group_before = number_from(text_of(file, group, "group_before")).value_or(0);
    state.added = parsed_of<IpAddress>(file, group, "added");
    state.profile = uuid_from(text_of(file, group, "profile")).value_or("");
    state.table = table_of(text_of(file, group, "table"));
    state.set_src_valid_mark = text_of(file, group, "set_src_valid_mark") == "true";
    return state;
}

std::optional<Outgoing> outgoing_of(const KeyFile& file, const std::string& key) {
    const std::string ifname = text_of(file, kHost, key + "_interface");
    const auto source = IpAddress::parse(text_of(file, kHost, key + "_source"));
    const bool is_of_family =
        source && source->family() == (key == "outgoing4" ? Family::v4 : Family::v6);
    if (!is_plain_name(ifname) || !is_of_family) return std::nullopt;
    return Outgoing{ifname, *source};
}

constexpr char kTextOfNft[] = "nft", kTextOfIptables[] = "iptables";
constexpr char kOnRequests[] = "requests";

/// "eth1/2/requests"
std::optional<InterfaceMark> interface_mark_of(const std::string& text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::size_t end = std::min(text.find('/', slash + 1), text.size());
    if (slash == text.size()) return std::nullopt;
    InterfaceMark interface;
    interface.ifname = text.substr(0, slash);
    const auto mark = number_or_hex_from(text.substr(slash + 1, end - slash - 1));
    interface.is_on_requests = text.substr(std::min(end + 1, text.size())) == kOnRequests;
    if (!is_plain_name(interface.ifname) || !mark) return std::nullopt;
    interface.mark = *mark;
    return interface;
}

/// The tool, the mask, the print, then the interfaces.
std::optional<MarkingState> marking_of(const KeyFile& file) {
    const std::vector<std::string> words = texts_of(file, kHost, "marking");
    if (words.size() < 3) return std::nullopt;
    const auto mask = number_or_hex_from(words[1]);
    if (!mask || (words[0] != kTextOfNft && words[0] != kTextOfIptables)) return std::nullopt;
    MarkingState state;
    state.tool = words[0] == kTextOfNft ? MarkingTool::nft : MarkingTool::iptables;
    state.marking.mask = *mask;
    state.print = words[2];
    for (std::size_t i = 3; i < words.size(); ++i)
        if (const auto interface = interface_mark_of(words[i]))
            state.marking.interfaces.push_back(*interface);
    return state;
}

std::optional<bool> boolean_of(const KeyFile& file, Key key) {
    const std::string text = text_of(file, kHost, key);
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true";
}

// ---- Writing ------------------------------------------------------------------------------------

template <class Numbers>
void set_numbers(KeyFile& file, Key key, const Numbers& numbers) {
    std::vector<std::string> texts;
    for (const auto value : numbers)
        texts.push_back(std::to_string(static_cast<std::uint32_t>(value)));
    set_texts(file, kHost, key, texts);
}

void set_interface(KeyFile& file, const std::string& ifname, const InterfaceState& state) {
    const std::string group = kInterface + ifname;
    set_text(file, group, "mac", state.mac);
    if (state.lease_router) set_text(file, group, "lease_router", state.lease_router->to_string());
    if (state.slot) set_text(file, group, "slot", std::to_string(*state.slot));
    set_text(file, group, "group_before", std::to_string(state.group_before));
    set_list(file, group, "added", state.added);
    if (!state.profile.empty()) set_text(file, group, "profile", state.profile);
    if (state.table) set_text(file, group, "table", std::to_string(number(*state.table)));
    if (state.set_src_valid_mark) set_text(file, group, "set_src_valid_mark", "true");
}

void set_outgoing(KeyFile& file, const std::string& key, const std::optional<Outgoing>& outgoing) {
    if (!outgoing || !is_plain_name(outgoing->ifname)) return;
    set_text(file, kHost, key + "_interface", outgoing->ifname);
    set_text(file, kHost, key + "_source", outgoing->source.to_string());
}

void set_marking(KeyFile& file, const std::optional<MarkingState>& state) {
    if (!state || state->tool == MarkingTool::none) return;
    std::vector<std::string> texts = {
        state->tool == MarkingTool::nft ? kTextOfNft : kTextOfIptables, hex(state->marking.mask),
        state->print};
    for (const InterfaceMark& interface : state->marking.interfaces)
        texts.push_back(interface.ifname + "/" + hex(interface.mark) +
                        (interface.is_on_requests ? std::string("/") + kOnRequests : ""));
    set_texts(file, kHost, "marking", texts);
}

}  // namespace

RunState load_run_state(const std::string& root) {
    const KeyFile file = load_key_file(root, kRunStatePath);
    RunState state;
    state.has_suppress = boolean_of(file, "has_suppress");
    state.priority_bases = numbers_of(file, "priority_bases", kPriorityBases);
    state.link_groups = numbers_of(file, "link_groups", kLinkGroups);
    state.tables_given = tables_of(file, "tables_given");
    state.tables_named = tables_of(file, "tables_named");
    state.outgoing4 = outgoing_of(file, "outgoing4");
    state.outgoing6 = outgoing_of(file, "outgoing6");
    state.marking = marking_of(file);
    state.unneeded_routes = number_from(text_of(file, kHost, "unneeded_routes")).value_or(0);
    for (const auto& [group, values] : file) {
        if (group.compare(0, sizeof kInterface - 1, kInterface) != 0) continue;
        const std::string ifname = group.substr(sizeof kInterface - 1);
        if (is_plain_name(ifname)) state.interfaces[ifname] = interface_of(file, group);
    }
    return state;
}

void save_run_state(const std::string& root, const RunState& state) {
    KeyFile file;
    if (state.has_suppress)
        set_text(file, kHost, "has_suppress", *state.has_suppress ? "true" : "false");
    set_numbers(file, "priority_bases", state.priority_bases);
    set_numbers(file, "link_groups", state.link_groups);
    set_numbers(file, "tables_given", state.tables_given);
    set_numbers(file, "tables_named", state.tables_named);
    set_outgoing(file, "outgoing4", state.outgoing4);
    set_outgoing(file, "outgoing6", state.outgoing6);
    set_marking(file, state.marking);
    if (state.unneeded_routes != 0)
        set_text(file, kHost, "unneeded_routes", std::to_string(state.unneeded_routes));
    for (const auto& [ifname, interface] : state.interfaces)
        if (is_plain_name(ifname)) set_interface(file, ifname, interface);
    save_key_file(root, kRunStatePath, file, Durability::memory);
}

}  // namespace eni
