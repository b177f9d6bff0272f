// The files that other programs and people write, below a root: rt_tables and its drop-ins, ifcfg,
// rule- and route- files, the list of what is disabled. Each section of the input is a file.
#include <algorithm>
#include <stdexcept>

#include "fuzz.hpp"
#include "gather_files.hpp"
#include "names.hpp"
#include "render.hpp"
#include "shell_values.hpp"

namespace eni {
namespace {

/// Below /etc or /usr, and not out of it again.
bool is_a_place(const std::string& name) {
    return (name.compare(0, 4, "etc/") == 0 || name.compare(0, 4, "usr/") == 0) &&
           name.size() < 200 &&
           std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return c > ' ' && c < 0x7f; }) &&
           name.find("..") == std::string::npos;
}

/// Of several blocks, which eni-routes does not write, one is replaced in each run.
bool has_several_blocks(const std::string& text) {
    return text.find(kBlockBegin) != text.rfind(kBlockBegin);
}
/// It goes to the top; an older one stays in its place, which may be below a malformed line.
bool has_no_block(const std::string& text) {
    return text.find(kBlockBegin) == std::string::npos;
}

void require_block(const std::string& text) {
    if (has_several_blocks(text)) return;
    const std::vector<TableName> entries = {{TableId{10001}, "eth1", true}};
    const std::string with = with_block(text, entries);
    require_equal(with_block(with, entries), with, "a block is put in once");
    const std::string without = with_block(with, {});
    require_equal(with_block(without, {}), without, "and taken out once");
    require_equal(with_block(without, entries), with_block(with_block(without, entries), entries),
                  "and comes back the same");
}

void require_valid(const DiskFacts& disk) {
    for (const IfcfgProfile& profile : disk.profiles) {
        require(profile.device.empty() || is_plain_name(profile.device), "DEVICE is a name");
        require(profile.uuid.empty() || uuid_from(profile.uuid) == profile.uuid, "UUID is one");
        require(profile.hwaddr.empty() || mac_from(profile.hwaddr) == profile.hwaddr, "a MAC");
    }
    for (const std::string& name : disk.disabled)
        require(name == "*" || is_plain_name(name), "a disabled interface has a name", name);
}

/// What is rendered is read as it was meant.
void write_and_read(const FuzzRoot& root, const DiskFacts& disk, const std::string& rt_tables) {
    root.write(kDisabledPath, render_disabled(disk.disabled));
    const bool has_names =
        root.write(kRtTablesShared, with_block(rt_tables, {{TableId{10001}, "eth1", true}}));
    const DiskFacts again = gather_disk(root.path());
    require(again.disabled == disk.disabled, "the list of disabled interfaces is read as written");
    const auto ours = [](const TableName& name) {
        return name.is_ours && name.id == TableId{10001} && name.name == "eth1";
    };
    require(!has_names || !has_no_block(rt_tables) ||
                std::any_of(again.table_names.begin(), again.table_names.end(), ours),
            "our block is read as written",
            with_block(rt_tables, {{TableId{10001}, "eth1", true}}));
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const eni::FuzzRoot root;
    root.remove_below();
    auto sections = eni::sections_of(std::string(reinterpret_cast<const char*>(data), size));
    for (const auto& [name, bytes] : sections)
        if (eni::is_a_place(name)) root.write("/" + name, bytes);
    const std::string rt_tables = sections["etc/iproute2/rt_tables"];
    eni::require_block(rt_tables);
    eni::shell_values(sections[""]);
    try {
        eni::DiskFacts disk = eni::gather_disk(root.path());
        eni::gather_kept(disk, root.path());
        eni::require_valid(disk);
        eni::write_and_read(root, disk, rt_tables);
    } catch (const std::runtime_error&) {  // what is switched off is not known
    }
    return 0;
}
