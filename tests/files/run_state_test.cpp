// That the state survives a round trip, and that nothing in the file can do harm.
#include "run_state.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <system_error>

#include "temporary_root.hpp"

namespace eni {
namespace {

constexpr char kPath[] = "/run/eni-routes/state";

RunState full_state() {
    RunState state;
    state.outgoing4 = Outgoing{"eth1", *IpAddress::parse("10.0.2.37")};
    state.outgoing6 = Outgoing{"eth0", *IpAddress::parse("2001:db8::1")};
    state.has_suppress = false;
    state.priority_bases = {1000, 20000};
    state.link_groups = {10000};
    state.tables_given = {TableId{10000}, TableId{4294967295}};
    state.tables_named = {TableId{500}};
    state.interfaces["eth0"] = {"0a:58:c0:a8:00:01",
                                IpAddress::parse("10.0.0.1"),
                                0,
                                7,
                                {*IpAddress::parse("10.0.0.50"), *IpAddress::parse("2001:db8::50")},
                                "5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03",
                                TableId{10203}};
    state.interfaces["eth1.5-x"] = {};
    state.interfaces["eth1.5-x"].set_src_valid_mark = true;
    state.marking =
        MarkingState{MarkingTool::nft,
                     {0xff000000, {{"eth0", 0x1000000}, {"eth1.5-x", 0xff000000, true}}},
                     "00c0ffee00c0ffee"};
    state.unneeded_routes = 65536;
    return state;
}

RunState loaded_from(const std::string& text) {
    const TemporaryRoot root;
    root.write(kPath, text);
    return load_run_state(root.path());
}

bool is_empty(const RunState& state) {
    return !state.has_suppress && state.priority_bases.empty() && state.link_groups.empty() &&
           state.tables_given.empty() && state.tables_named.empty() && state.interfaces.empty() &&
           !state.marking;
}

void expect_same(const RunState& a, const RunState& b) {
    EXPECT_EQ(a.outgoing4, b.outgoing4);
    EXPECT_EQ(a.outgoing6, b.outgoing6);
    EXPECT_EQ(a.has_suppress, b.has_suppress);
    EXPECT_EQ(a.priority_bases, b.priority_bases);
    EXPECT_EQ(a.link_groups, b.link_groups);
    EXPECT_TRUE(a.tables_given == b.tables_given);
    EXPECT_TRUE(a.tables_named == b.tables_named);
    EXPECT_TRUE(a.marking == b.marking);
    EXPECT_EQ(a.unneeded_routes, b.unneeded_routes);
    ASSERT_EQ(a.interfaces.size(), b.interfaces.size());
    for (const auto& [ifname, state] : a.interfaces) {
        ASSERT_EQ(b.interfaces.count(ifname), 1U) << ifname;
        const InterfaceState& other = b.interfaces.at(ifname);
        EXPECT_EQ(state.mac, other.mac);
        EXPECT_EQ(state.profile, other.profile);
        EXPECT_TRUE(state.lease_router == other.lease_router);
        EXPECT_EQ(state.slot, other.slot);
        EXPECT_EQ(state.group_before, other.group_before);
        EXPECT_TRUE(state.added == other.added);
        EXPECT_TRUE(state.table == other.table);
        EXPECT_EQ(state.set_src_valid_mark, other.set_src_valid_mark);
    }
}

TEST(RunState, ComesBackAsItWas) {
    const TemporaryRoot root;
    save_run_state(root.path(), full_state());
    expect_same(load_run_state(root.path()), full_state());
}

TEST(RunState, IsEmptyWithoutAFile) {
    const TemporaryRoot root;
    EXPECT_TRUE(is_empty(load_run_state(root.path())));
}

TEST(RunState, IsWrittenOnlyWhereItDiffers) {
    const TemporaryRoot root;
    save_run_state(root.path(), full_state());
    struct stat first {};
    struct stat second {};
    ASSERT_EQ(stat((root / kPath).c_str(), &first), 0);
    save_run_state(root.path(), full_state());
    ASSERT_EQ(stat((root / kPath).c_str(), &second), 0);
    EXPECT_EQ(first.st_ino, second.st_ino);
    EXPECT_EQ(first.st_ctim.tv_nsec, second.st_ctim.tv_nsec);
}

TEST(RunState, IsRemovedWhereEmpty) {
    const TemporaryRoot root;
    save_run_state(root.path(), RunState{});
    EXPECT_TRUE(root.names("").empty()) << "not even a directory";
    save_run_state(root.path(), full_state());
    save_run_state(root.path(), RunState{});
    EXPECT_TRUE(root.names("/run/eni-routes").empty());
}

TEST(RunState, ReplacesACorruptFile) {
    const TemporaryRoot root;
    root.write(kPath, "what is this?");
    EXPECT_TRUE(is_empty(load_run_state(root.path())));
    save_run_state(root.path(), full_state());
    expect_same(load_run_state(root.path()), full_state());
}

TEST(RunState, TakesCorruptFilesForEmpty) {
    for (const std::string& text :
         {std::string("[host"), std::string("\0\0\0\0", 4), std::string("[host]\nhas_suppress"),
          std::string("\xff\xfe[host]\nhas_suppress=true\n"), std::string(5000, '['),
          std::string("=true\n")})
        EXPECT_TRUE(is_empty(loaded_from(text))) << text;
}

TEST(RunState, TakesOneThatIsTooLargeForEmptyAndReplacesIt) {
    const TemporaryRoot root;
    root.write(kPath, std::string(2U << 20, '#'));
    EXPECT_TRUE(is_empty(load_run_state(root.path())));
    save_run_state(root.path(), full_state());
    expect_same(load_run_state(root.path()), full_state());
}

TEST(RunState, ThatCannotBeReadIsNeitherEmptyNorReplaced) {
    const TemporaryRoot root;
    root.link("state", kPath);
    EXPECT_THROW(load_run_state(root.path()), std::system_error);
    EXPECT_THROW(save_run_state(root.path(), full_state()), std::system_error);
    EXPECT_THROW(save_run_state(root.path(), RunState{}), std::system_error);
    EXPECT_EQ(root.names("/run/eni-routes"), std::vector<std::string>{"state"});
}

TEST(RunState, DropsMalformedValuesOneByOne) {
    const RunState state = loaded_from(
        "[host]\nhas_suppress=maybe\n"
        "priority_bases=20000;x;-1; 5;0x10;30000;;0;99999999999999999999;100\n"
        "link_groups=0;4294967295;4294967296;10000\n"
        "tables_given=0;253;254;255;256;10000;4294967296\n"
        "tables_named=main;500\nunknown=1\n"
        "[interface eth0]\nmac=nonsense\nlease_router=10.0.0.256\nslot=-1\ngroup_before=x\n"
        "[interface eth1]\nmac=0A:58:C0:A8:00:01\nlease_router=127.0.0.1\nslot=3\n"
        "added=10.0.2.50;x;10.0.2.51/32;;2001:db8::50\n"
        "[interface eth2]\nlease_router=fe80::1\nslot=\ntable=254\n");
    EXPECT_EQ(state.has_suppress, std::nullopt);
    EXPECT_EQ(state.priority_bases, (std::set<std::uint32_t>{100, 20000}));
    EXPECT_EQ(state.link_groups, (std::set<std::uint32_t>{10000}));
    EXPECT_TRUE(state.tables_given == (std::set<TableId>{TableId{256}, TableId{10000}}));
    EXPECT_TRUE(state.tables_named == std::set<TableId>{TableId{500}});
    ASSERT_EQ(state.interfaces.size(), 3U);
    EXPECT_EQ(state.interfaces.at("eth0").mac, "");
    EXPECT_EQ(state.interfaces.at("eth0").slot, std::nullopt);
    EXPECT_FALSE(state.interfaces.at("eth0").lease_router);
    EXPECT_EQ(state.interfaces.at("eth1").mac, "0a:58:c0:a8:00:01");
    EXPECT_EQ(state.interfaces.at("eth1").slot, 3U);
    EXPECT_FALSE(state.interfaces.at("eth1").lease_router);
    EXPECT_FALSE(state.interfaces.at("eth2").lease_router);
    EXPECT_FALSE(state.interfaces.at("eth2").table);
    EXPECT_TRUE(state.interfaces.at("eth0").added.empty());
    EXPECT_TRUE(state.interfaces.at("eth1").added ==
                (std::vector{*IpAddress::parse("10.0.2.50"), *IpAddress::parse("2001:db8::50")}));
}

// ---- Marks --------------------------------------------------------------------------------------

std::optional<MarkingState> marking_from(const std::string& value) {
    return loaded_from("[host]\nmarking=" + value + "\n").marking;
}

TEST(MarkingInRunState, IsReadAsItIsWritten) {
    const MarkingState expected{
        MarkingTool::iptables, {0x7f, {{"eth0", 1}, {"eth1", 2, true}}}, "abc"};
    EXPECT_TRUE(marking_from("iptables;0x7f;abc;eth0/0x1;eth1/0x2/requests;") == expected);
    const TemporaryRoot root;
    RunState state;
    state.marking = expected;
    save_run_state(root.path(), state);
    EXPECT_EQ(root.read(kPath), "[host]\nmarking=iptables;0x7f;abc;eth0/0x1;eth1/0x2/requests;\n");
}

/// It could not be put in force, so that there is no print of it.
TEST(MarkingInRunState, ComesBackWithoutAPrint) {
    const TemporaryRoot root;
    RunState state;
    state.marking = MarkingState{MarkingTool::nft, {0x7f, {{"eth0", 1}, {"eth1", 2, true}}}, ""};
    save_run_state(root.path(), state);
    EXPECT_TRUE(load_run_state(root.path()).marking == state.marking);
    state.marking->marking.interfaces.clear();
    save_run_state(root.path(), state);
    EXPECT_TRUE(load_run_state(root.path()).marking == state.marking);
}

TEST(MarkingInRunState, WithoutAProgramIsNotKept) {
    const TemporaryRoot root;
    RunState state;
    state.marking = MarkingState{MarkingTool::none, {0x7f, {{"eth0", 1}}}, ""};
    save_run_state(root.path(), state);
    EXPECT_TRUE(root.names("").empty());
}

TEST(MarkingInRunState, ThatIsDamagedIsNotKnown) {
    for (const char* value : {"", ";", "nft", "nft;0x7f", "none;0x7f;a;eth0/1", "NFT;0x7f;a",
                              ";0x7f;a;eth0/1", "nft;;a;eth0/1", "nft;0x;a;eth0/1", "nft;x;a",
                              "nft;-1;a", "nft;0x1ffffffff;a", "nft; 0x7f;a"})
        EXPECT_FALSE(marking_from(value)) << value;
    EXPECT_FALSE(loaded_from("[interface eth0]\nmarking=nft;0x7f;a\n").marking);
}

/// Then it is another than the one that is wanted, and is put in force anew.
TEST(MarkingInRunState, LosesInterfacesThatAreDamaged) {
    const auto state = marking_from(
        "nft;127;a;eth0;eth1/;/2;../2;a b/2;eth2/x;eth3/0x100000000;eth4/4/;eth5/5/nothing;"
        "eth6/6/requests;eth7/7/requests/more");
    ASSERT_TRUE(state);
    EXPECT_EQ(state->marking.mask, 0x7fu);
    std::string left;
    for (const InterfaceMark& each : state->marking.interfaces)
        left += each.ifname + " " + std::to_string(each.mark) + (each.is_on_requests ? "r " : " ");
    EXPECT_EQ(left, "eth4 4 eth5 5 eth6 6r eth7 7 ");
}

TEST(MarkingInRunState, ASysctlIsOursWhereItSaysSo) {
    const auto state = loaded_from(
        "[interface eth0]\nset_src_valid_mark=true\n[interface eth1]\nset_src_valid_mark=1\n"
        "[interface eth2]\nset_src_valid_mark=false\n[interface eth3]\nslot=3\n");
    ASSERT_EQ(state.interfaces.size(), 4u);
    EXPECT_TRUE(state.interfaces.at("eth0").set_src_valid_mark);
    for (const char* ifname : {"eth1", "eth2", "eth3"})
        EXPECT_FALSE(state.interfaces.at(ifname).set_src_valid_mark) << ifname;
}

TEST(RunState, KnowsNoInterfaceOfAHostileName) {
    EXPECT_TRUE(is_empty(
        loaded_from("[interface ]\nslot=1\n[interface ../x]\nslot=1\n[interface a b]\nslot=1\n"
                    "[interface seventeen-letters]\nslot=1\n[interfaces]\nslot=1\n")));
    const TemporaryRoot root;
    RunState state;
    state.interfaces["eth0]\n[host]"].slot = 1;
    state.interfaces["eth0 x"].slot = 1;
    save_run_state(root.path(), state);
    EXPECT_TRUE(root.names("").empty());
}

}  // namespace
}  // namespace eni
