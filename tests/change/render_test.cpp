// The bytes of files: ours, blocks in shared ones, and which of them change.
#include "render.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "example.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

const std::vector<TableName> kEntries = {{TableId{10000}, "eth0", true},
                                         {TableId{10001}, "eth1", true}};
constexpr char kBlock[] = "# BEGIN eni-routes\n10000\teth0\n10001\teth1\n# END eni-routes\n";

std::vector<std::string> paths_of(const std::vector<FileChange>& changes) {
    std::vector<std::string> paths;
    for (const FileChange& change : changes)
        paths.push_back((change.after ? "+" : "-") +
                        change.path.substr(change.path.rfind('/') + 1));
    return paths;
}

std::map<std::string, std::string> written(const std::vector<FileChange>& changes,
                                           std::map<std::string, std::string> files) {
    for (const FileChange& change : changes) {
        if (change.after)
            files[change.path] = *change.after;
        else
            files.erase(change.path);
    }
    return files;
}

TEST(Block, GoesToTheTopAndLeavesEveryOtherByte) {
    for (const std::string text : {"", "255\tlocal\n254\tmain\n", "500 isp", "\n\n# x\n"}) {
        const std::string with = with_block(text, kEntries);
        EXPECT_EQ(with, kBlock + text);
        EXPECT_EQ(with_block(with, kEntries), with);
        EXPECT_EQ(with_block(with, {}), text);
    }
}

TEST(Block, IsReplacedWhereItStands) {
    EXPECT_EQ(with_block("1 a\n# BEGIN eni-routes\n9\tx\n# END eni-routes\n2 b\n", kEntries),
              std::string("1 a\n") + kBlock + "2 b\n");
    EXPECT_EQ(with_block("1 a\n# BEGIN eni-routes\n9\tx\n# END eni-routes", {}), "1 a\n");
}

TEST(Block, HalfOfOneIsSomebodysText) {
    EXPECT_EQ(with_block("# BEGIN eni-routes\n9 x\n", {}), "# BEGIN eni-routes\n9 x\n");
    EXPECT_EQ(with_block("## BEGIN eni-routes\n# END eni-routes\n", {}),
              "## BEGIN eni-routes\n# END eni-routes\n");
}

TEST(Marker, NamesTheOwner) {
    EXPECT_EQ(marked_owner("# eni-routes: eth1\nfrom 1.2.3.4 table 7\n"), "eth1");
    EXPECT_FALSE(marked_owner("# eni-routes: eth1"));
    EXPECT_FALSE(marked_owner("from 1.2.3.4 table 7\n# eni-routes: eth1\n"));
    EXPECT_FALSE(marked_owner(""));
}

TEST(FilesOf, TheExample) {
    const Facts facts = two_interfaces();
    const FileSet files = render_files(make_plan(facts, {}, Absent::forget), facts.disk);
    const std::string head =
        "# eni-routes: eth1\n"
        "# Written by eni-routes; a change made here is lost: change /etc/eni-routes/config.yaml instead.\n";
    ASSERT_EQ(files.size(), 3u);
    EXPECT_EQ(
        files.at("/etc/sysconfig/network-scripts/rule-eth1").after,
        head +
            "from 10.0.2.0/24 iif lo table eth1 priority 20101\nto 10.0.2.0/24 table eth1 priority 25101\n");
    EXPECT_EQ(
        files.at("/etc/sysconfig/network-scripts/route-eth1").after,
        head +
            "10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37\ndefault via 10.0.2.1 dev eth1 table eth1\n");
}

TEST(FileChanges, NamesThenRulesThenRoutesAndBackwardsWhenRemoved) {
    Facts facts = two_interfaces();
    const auto changes = diff_files(make_plan(facts, {}, Absent::forget), facts.disk);
    EXPECT_EQ(paths_of(changes),
              (std::vector<std::string>{"+eni-routes.conf", "+rule-eth1", "+route-eth1"}));
    facts.disk.files = written(changes, {});
    facts.disk.table_names = kEntries;
    EXPECT_TRUE(diff_files(make_plan(facts, {}, Absent::forget), facts.disk).empty());
    facts.disk.disabled = {"*"};
    EXPECT_EQ(paths_of(diff_files(make_plan(facts, {}, Absent::keep), facts.disk)),
              (std::vector<std::string>{"-route-eth1", "-rule-eth1", "-eni-routes.conf"}));
}

// Version 0.1.0 wrote another second line.
TEST(FileChanges, FilesOfAnOlderVersionAreRewrittenOnce) {
    Facts facts = two_interfaces();
    facts.disk.files = written(diff_files(make_plan(facts, {}, Absent::forget), facts.disk), {});
    facts.disk.table_names = kEntries;
    for (auto& [path, bytes] : facts.disk.files) {
        if (!marked_owner(bytes)) continue;
        const std::size_t second = bytes.find('\n') + 1;
        bytes.replace(second, bytes.find('\n', second) - second, "# Written by eni-routes 0.1.0.");
    }
    const auto changes = diff_files(make_plan(facts, {}, Absent::forget), facts.disk);
    EXPECT_EQ(paths_of(changes), (std::vector<std::string>{"+rule-eth1", "+route-eth1"}));
    facts.disk.files = written(changes, facts.disk.files);
    EXPECT_TRUE(diff_files(make_plan(facts, {}, Absent::forget), facts.disk).empty());
}

TEST(FileChanges, FilesStayWhileTheInterfaceIsDown) {
    Facts facts = two_interfaces();
    facts.disk.files = written(diff_files(make_plan(facts, {}, Absent::forget), facts.disk), {});
    facts.disk.table_names = kEntries;
    facts.kernel.addresses.pop_back();
    EXPECT_TRUE(diff_files(make_plan(facts, {}, Absent::forget), facts.disk).empty());
}

TEST(FileChanges, InterfaceThatIsAwayKeepsItsFilesUntilItIsForgotten) {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth2"));
    facts.kernel.addresses.push_back(address("eth2", "10.0.3.38/24"));
    facts.disk.profiles.push_back({"eth2", "eth2", ""});
    facts.disk.files = written(diff_files(make_plan(facts, {}, Absent::forget), facts.disk), {});
    facts.disk.table_names = kEntries;
    facts.disk.table_names.push_back({TableId{10002}, "eth2", true});
    facts.kernel.links.pop_back();
    facts.kernel.addresses.pop_back();
    EXPECT_TRUE(diff_files(make_plan(facts, {}, Absent::keep), facts.disk).empty());
    EXPECT_EQ(paths_of(diff_files(make_plan(facts, {}, Absent::forget), facts.disk)),
              (std::vector<std::string>{"+eni-routes.conf", "-route-eth2", "-rule-eth2"}));
}

TEST(FileChanges, LastInterfaceKeepsItsFilesUntilTheOthersAreForgotten) {
    Facts facts = two_interfaces();
    facts.disk.files = written(diff_files(make_plan(facts, {}, Absent::forget), facts.disk), {});
    facts.disk.table_names = kEntries;
    facts.kernel.links.erase(facts.kernel.links.begin());
    EXPECT_TRUE(diff_files(make_plan(facts, {}, Absent::keep), facts.disk).empty());
    EXPECT_EQ(paths_of(diff_files(make_plan(facts, {}, Absent::forget), facts.disk)),
              (std::vector<std::string>{"-route-eth1", "-rule-eth1", "-eni-routes.conf"}));
}

TEST(FileChanges, WhatIsSwitchedOffIsNotKept) {
    Facts facts = two_interfaces();
    facts.disk.files = written(diff_files(make_plan(facts, {}, Absent::forget), facts.disk), {});
    facts.disk.table_names = kEntries;
    facts.kernel.links.pop_back();
    facts.disk.disabled = {"eth1"};
    EXPECT_EQ(paths_of(diff_files(make_plan(facts, {}, Absent::keep), facts.disk)),
              (std::vector<std::string>{"+eni-routes.conf", "-route-eth1", "-rule-eth1"}));
}

TEST(FileChanges, SharedRtTablesKeepsItsOtherLines) {
    Facts facts = two_interfaces();
    facts.disk.rt_tables_path = "/etc/iproute2/rt_tables";
    facts.disk.rt_tables_is_shared = true;
    const std::string his = "# reserved values\n255\tlocal\n500 isp\n\tbroken line";
    facts.disk.files["/etc/iproute2/rt_tables"] = his;
    const auto changes = diff_files(make_plan(facts, {}, Absent::forget), facts.disk);
    EXPECT_EQ(changes[0].after, kBlock + his);
    facts.disk.files["/etc/iproute2/rt_tables"] = *changes[0].after;
    facts.disk.disabled = {"*"};
    EXPECT_EQ(diff_files(make_plan(facts, {}, Absent::keep), facts.disk)[0].after, his);
}

TEST(FileChanges, ABlockInAFileThatIsNoRtTablesIsNotOurs) {
    for (const char* path :
         {"/etc/sysconfig/network-scripts/route-eth7", "/etc/sysconfig/network-scripts/rule-eth1",
          "/etc/iproute2/rt_tables.d/theirs.conf"}) {
        Facts facts = two_interfaces();
        facts.disk.files[path] = "# by hand\n" + std::string(kBlock) + "10.9.0.0/16 via 10.0.2.9\n";
        for (const FileChange& change :
             diff_files(make_plan(facts, {}, Absent::forget), facts.disk))
            EXPECT_NE(change.path, path);
        facts.disk.disabled = {"*"};
        for (const FileChange& change :
             diff_files(make_plan(facts, {}, Absent::forget), facts.disk))
            EXPECT_NE(change.path, path);
    }
}

TEST(FileChanges, NamesAreAsLongAsRoute6AllowsThem) {
    for (const std::size_t size : {235U, 248U, 249U}) {
        Facts facts = two_interfaces();
        const std::string name(size, 'x');
        facts.disk.profiles = {{name, "eth1", "", "", {}}};
        const Plan plan = make_plan(facts, {}, Absent::forget);
        const FileSet files = render_files(plan, facts.disk);
        const bool is_written = files.count("/etc/sysconfig/network-scripts/rule-" + name) != 0;
        EXPECT_EQ(is_written, size <= 248) << size;
        const bool is_told =
            std::any_of(plan.notes.begin(), plan.notes.end(), [](const Note& note) {
                return note.text.find("longer than 248 characters") != std::string::npos;
            });
        EXPECT_EQ(is_told, size > 248) << size;
    }
}

TEST(FileChanges, BlockMovesToTheDropIn) {
    Facts facts = two_interfaces();
    facts.disk.files["/etc/iproute2/rt_tables"] = kBlock + std::string("500 isp\n");
    const auto changes = diff_files(make_plan(facts, {}, Absent::forget), facts.disk);
    ASSERT_EQ(changes.size(), 4u);
    EXPECT_EQ(changes[0].after, "500 isp\n");
    EXPECT_EQ(changes[1].path, facts.disk.rt_tables_path);
}

}  // namespace
}  // namespace eni
