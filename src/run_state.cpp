// See run_state.hpp.
#include "run_state.hpp"

#include <glib.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>

#include "apply_files.hpp"
#include "core/names.hpp"
#include "gather_disk.hpp"
#include "gather_event.hpp"

namespace eni {

namespace {

constexpr char kPath[] = "/run/eni-routes/state";
constexpr char kHost[] = "host";
constexpr char kInterface[] = "interface ";

using Key = const char*;
struct FreeKeyFile {
    void operator()(GKeyFile* file) const { g_key_file_free(file); }
};
using KeyFile = std::unique_ptr<GKeyFile, FreeKeyFile>;
struct FreeText {
    void operator()(char* text) const { g_free(text); }
    void operator()(char** texts) const { g_strfreev(texts); }
};
using Text = std::unique_ptr<char, FreeText>;
using Texts = std::unique_ptr<char*, FreeText>;

// ---- Reading ------------------------------------------------------------------------------------

std::string text_of(GKeyFile* file, const std::string& group, Key key) {
    const Text text(g_key_file_get_string(file, group.c_str(), key, nullptr));
    return text ? text.get() : "";
}

struct Range {
    std::uint32_t min = 0;
    std::uint32_t max = std::numeric_limits<std::uint32_t>::max();
};

/// Digits only.
std::optional<std::uint32_t> number_from(const std::string& text, Range range = {}) {
    guint64 value = 0;
    if (!g_ascii_string_to_unsigned(text.c_str(), 10, range.min, range.max, &value, nullptr))
        return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

std::set<std::uint32_t> numbers_of(GKeyFile* file, Key key, Range range) {
    std::set<std::uint32_t> numbers;
    gsize size = 0;
    const Texts texts(g_key_file_get_string_list(file, kHost, key, &size, nullptr));
    for (gsize i = 0; i < size; ++i)
        if (const auto number = number_from(texts.get()[i], range)) numbers.insert(*number);
    return numbers;
}

/// The kernel's own tables are nobody's to have been given.
std::set<TableId> tables_of(GKeyFile* file, Key key) {
    std::set<TableId> tables;
    for (const std::uint32_t id : numbers_of(file, key, {1}))
        if (id < number(kTableDefault) || id > number(kTableLocal)) tables.insert(TableId{id});
    return tables;
}

InterfaceState interface_of(GKeyFile* file, const std::string& group) {
    InterfaceState state;
    state.mac = mac_from(text_of(file, group, "mac")).value_or("");
    state.lease_router = router_from(text_of(file, group, "lease_router"));
    state.slot = number_from(text_of(file, group, "slot"));
    state.group_before = number_from(text_of(file, group, "group_before")).value_or(0);
    return state;
}

std::optional<bool> boolean_of(GKeyFile* file, Key key) {
    const std::string text = text_of(file, kHost, key);
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true";
}

/// The ranges are those that core/config.hpp has for the same numbers.
RunState state_of(GKeyFile* file) {
    RunState state;
    state.has_suppress = boolean_of(file, "has_suppress");
    state.priority_bases = numbers_of(file, "priority_bases", {1, 22766});
    state.link_groups = numbers_of(file, "link_groups", {1, 4294967294});
    state.tables_given = tables_of(file, "tables_given");
    state.tables_named = tables_of(file, "tables_named");
    gsize size = 0;
    const Texts groups(g_key_file_get_groups(file, &size));
    for (gsize i = 0; i < size; ++i) {
        const std::string group = groups.get()[i];
        if (group.compare(0, sizeof kInterface - 1, kInterface) != 0) continue;
        const std::string ifname = group.substr(sizeof kInterface - 1);
        if (is_plain_name(ifname)) state.interfaces[ifname] = interface_of(file, group);
    }
    return state;
}

// ---- Writing ------------------------------------------------------------------------------------

void set_text(GKeyFile* file, const std::string& group, Key key, const std::string& text) {
    if (!text.empty()) g_key_file_set_string(file, group.c_str(), key, text.c_str());
}

template <class Numbers>
void set_numbers(GKeyFile* file, Key key, const Numbers& numbers) {
    std::string text;
    for (const auto value : numbers)
        text += std::to_string(static_cast<std::uint32_t>(value)) + ";";
    set_text(file, kHost, key, text);
}

void set_interface(GKeyFile* file, const std::string& ifname, const InterfaceState& state) {
    const std::string group = kInterface + ifname;
    set_text(file, group, "mac", state.mac);
    if (state.lease_router) set_text(file, group, "lease_router", state.lease_router->to_string());
    if (state.slot) set_text(file, group, "slot", std::to_string(*state.slot));
    set_text(file, group, "group_before", std::to_string(state.group_before));
}

/// Empty for a state that knows nothing.
std::string text_from(const RunState& state) {
    const KeyFile file(g_key_file_new());
    if (state.has_suppress)
        set_text(file.get(), kHost, "has_suppress", *state.has_suppress ? "true" : "false");
    set_numbers(file.get(), "priority_bases", state.priority_bases);
    set_numbers(file.get(), "link_groups", state.link_groups);
    set_numbers(file.get(), "tables_given", state.tables_given);
    set_numbers(file.get(), "tables_named", state.tables_named);
    for (const auto& [ifname, interface] : state.interfaces)
        if (is_plain_name(ifname)) set_interface(file.get(), ifname, interface);
    const Text text(g_key_file_to_data(file.get(), nullptr, nullptr));
    return text.get();
}

}  // namespace

RunState load_run_state(const std::string& root) {
    const std::string text = load_file(root, kPath).value_or("");
    const KeyFile file(g_key_file_new());
    if (!g_key_file_load_from_data(file.get(), text.data(), text.size(), G_KEY_FILE_NONE, nullptr))
        return {};
    return state_of(file.get());
}

void save_run_state(const std::string& root, const RunState& state) {
    const std::string text = text_from(state);
    const auto after = text.empty() ? std::nullopt : std::optional<std::string>(text);
    const auto before = load_file(root, kPath);
    if (before != after) apply_file(root, {kPath, "", before, after}, Durability::memory);
}

}  // namespace eni
