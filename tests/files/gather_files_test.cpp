// What gather_disk finds below a root: iproute2's names, ifcfg profiles, our own files and list.
#include "gather_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "temporary_root.hpp"

namespace eni {
namespace {

const std::string kScripts = "/etc/sysconfig/network-scripts/";

std::vector<std::string> entries(const DiskFacts& disk) {
    std::vector<std::string> result;
    for (const TableName& entry : disk.table_names)
        result.push_back(std::to_string(number(entry.id)) + " " + entry.name +
                         (entry.is_ours ? " ours" : ""));
    return result;
}

std::vector<std::string> profiles(const TemporaryRoot& root) {
    std::vector<std::string> result;
    for (const IfcfgProfile& profile : gather_disk(root.path()).profiles)
        result.push_back(profile.name + "|" + profile.device + "|" + profile.hwaddr);
    return result;
}

using Strings = std::vector<std::string>;

TEST(GatherDisk, ReadsWhatNetworkManagerDoesNotReadBesideARuleFile) {
    const TemporaryRoot root;
    root.write(kScripts + "ifcfg-eth1",
               "DEVICE=eth1\nUUID=5FB06BD0-0BB0-7FFB-45F1-D6EDD65F3E03\nIPV4_ROUTE_TABLE='200'\n"
               "IPV6_ROUTE_TABLE=0\n#ROUTING_RULE_1=\"priority 5\"\n"
               "ROUTING_RULE_2=\"priority 5 from 10.0.2.37 table 200\"\nROUTING_RULE6_1=\n"
               "IPV4_ROUTE_METRIC=50\nROUTING_RULE_X=1\n");
    root.write(kScripts + "ifcfg-eth2", "DEVICE=eth2\nUUID=none\n");
    const DiskFacts disk = gather_disk(root.path());
    ASSERT_EQ(disk.profiles.size(), 2u);
    EXPECT_EQ(disk.profiles[0].uuid, "5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03");
    EXPECT_EQ(disk.profiles[0].policy_keys, (Strings{"IPV4_ROUTE_TABLE", "ROUTING_RULE_2"}));
    EXPECT_EQ(disk.profiles[1].uuid, "");
    EXPECT_TRUE(disk.profiles[1].policy_keys.empty());
}

TEST(GatherDisk, FindsNothingInAnEmptyRoot) {
    const TemporaryRoot root;
    const DiskFacts disk = gather_disk(root.path());
    EXPECT_TRUE(disk.table_names.empty());
    EXPECT_EQ(disk.rt_tables_path, kRtTablesDropIn);
    EXPECT_FALSE(disk.rt_tables_is_shared);
    EXPECT_FALSE(disk.has_network_scripts);
    EXPECT_TRUE(disk.files.empty());
    EXPECT_TRUE(disk.disabled.empty());
}

// ---- iproute2 -----------------------------------------------------------------------------------

TEST(GatherDisk, ReadsTablesAsIproute2Does) {
    const TemporaryRoot root;
    root.write(kRtTablesShared,
               "#\n# reserved values\n255\tlocal\n\n  254 main # the usual\n0x1f4 eth1\n"
               "-5 negative\n5000000000 wide\n4294967295 last\n7 seven eight");
    EXPECT_EQ(entries(gather_disk(root.path())),
              (Strings{"255 local", "254 main", "500 eth1", "4294967295 last", "7 seven"}));
}

TEST(GatherDisk, FollowsLinksBelowTheRoot) {
    const TemporaryRoot root;
    root.link("/usr/share/iproute2/rt_tables", kRtTablesShared);
    root.write("/usr/share/iproute2/rt_tables", "9 nine\n");
    EXPECT_EQ(entries(gather_disk(root.path())), (Strings{"9 nine"}));
}

TEST(GatherDisk, StopsAtTheFirstMalformedLineOfAFileOnly) {
    const TemporaryRoot root;
    root.write(kRtTablesShared, "1 one\nbroken\n2 two\n");
    root.write("/etc/iproute2/rt_tables.d/a.conf", "3 three\n");
    EXPECT_EQ(entries(gather_disk(root.path())), (Strings{"1 one", "3 three"}));
}

TEST(GatherDisk, PrefersEtcAndReadsUsrDropInsThatEtcDoesNotShadow) {
    const TemporaryRoot root;
    root.write("/usr/share/iproute2/rt_tables", "254 main\n");
    root.write("/usr/share/iproute2/rt_tables.d/b.conf", "11 b\n");
    root.write("/usr/share/iproute2/rt_tables.d/c.conf", "12 hidden\n");
    root.write("/etc/iproute2/rt_tables.d/c.conf", "13 c\n");
    root.write("/etc/iproute2/rt_tables.d/a.conf", "14 a\n");
    root.write("/etc/iproute2/rt_tables.d/.hidden.conf", "15 x\n");
    root.write("/etc/iproute2/rt_tables.d/a.conf.rpmsave", "16 x\n");
    EXPECT_EQ(entries(gather_disk(root.path())), (Strings{"254 main", "11 b", "14 a", "13 c"}));
    root.write(kRtTablesShared, "1 etc\n");
    EXPECT_EQ(entries(gather_disk(root.path()))[0], "1 etc");
}

TEST(GatherDisk, KnowsOurEntriesByTheDropInAndByTheBlock) {
    const TemporaryRoot root;
    const std::string shared =
        "500 theirs\n# BEGIN eni-routes\n10001 eth1\n# END eni-routes\n501 theirs2\n";
    root.write(kRtTablesShared, shared);
    DiskFacts disk = gather_disk(root.path());
    EXPECT_EQ(entries(disk), (Strings{"500 theirs", "10001 eth1 ours", "501 theirs2"}));
    EXPECT_FALSE(disk.rt_tables_is_shared)
        << "iproute2 reads a drop-in in a directory that is made";
    EXPECT_EQ(disk.rt_tables_path, kRtTablesDropIn);
    EXPECT_EQ(disk.files.at(kRtTablesShared), shared);
    EXPECT_EQ(disk.files.count(kRtTablesDropIn), 0U);

    root.write(kRtTablesDropIn, "10002 eth2\n");
    disk = gather_disk(root.path());
    EXPECT_EQ(entries(disk).back(), "10002 eth2 ours");
    EXPECT_FALSE(disk.rt_tables_is_shared);
    EXPECT_EQ(disk.rt_tables_path, kRtTablesDropIn);
    EXPECT_EQ(disk.files.at(kRtTablesDropIn), "10002 eth2\n");
    EXPECT_EQ(disk.files.at(kRtTablesShared), shared) << "the old block must be removable";
}

TEST(GatherDisk, LeavesTheSharedFileOutWhereItIsNotOursToChange) {
    const TemporaryRoot root;
    root.write(kRtTablesShared, "254 main\n");
    root.make_directory("/etc/iproute2/rt_tables.d");
    const DiskFacts disk = gather_disk(root.path());
    EXPECT_EQ(disk.rt_tables_path, kRtTablesDropIn);
    EXPECT_TRUE(disk.files.empty());
}

TEST(GatherDisk, TakesNothingBelowABlockWithoutAnEndForOurs) {
    const TemporaryRoot root;
    root.write(kRtTablesShared, "# BEGIN eni-routes\n10001 eth1\n500 theirs\n");
    EXPECT_EQ(entries(gather_disk(root.path())), (Strings{"10001 eth1", "500 theirs"}));
}

// ---- network-scripts ----------------------------------------------------------------------------

TEST(GatherDisk, ReadsProfilesAsAShellWould) {
    const TemporaryRoot root;
    root.write(kScripts + "ifcfg-lo", "DEVICE=lo\n");
    root.write(kScripts + "ifcfg-eth0", "# comment\nDEVICE=eth9\nDEVICE=eth0  # last one wins\n");
    root.write(kScripts + "ifcfg-eth1", "  DEVICE='eth1'\nHWADDR=\"0A:58:C0:A8:00:01\"\r\n");
    root.write(kScripts + "ifcfg-eth2", "#DEVICE=eth2\nMYDEVICE=x\nHWADDR=0a-58-c0-a8-00-02\n");
    root.write(kScripts + "ifcfg-eth3", "NAME=\"it's\nDEVICE=eth3");
    EXPECT_EQ(profiles(root), (Strings{"eth0|eth0|", "eth1|eth1|0a:58:c0:a8:00:01",
                                       "eth2||0a:58:c0:a8:00:02", "eth3|eth3|"}));
    EXPECT_TRUE(gather_disk(root.path()).has_network_scripts);
}

TEST(GatherDisk, RefusesHostileValues) {
    const TemporaryRoot root;
    root.write(kScripts + "ifcfg-a", "DEVICE=../../etc/passwd\nHWADDR=0a:58:c0:a8:00:0g\n");
    root.write(kScripts + "ifcfg-b", "DEVICE=$(reboot)\nHWADDR=0a:58:c0:a8:00:01:02\n");
    root.write(kScripts + "ifcfg-c", "DEVICE=eth0 reboot\nHWADDR=\n");
    root.write(kScripts + "ifcfg-d", "DEVICE= eth0\nHWADDR=0a58c0a80001\n");
    root.write(kScripts + "ifcfg-e", std::string("DEVICE=e\0th0\n\xff\xfe'\"", 18));
    root.write(kScripts + "ifcfg-f", "DEVICE=a-name-of-sixteen\n");
    EXPECT_EQ(profiles(root), (Strings{"a||", "b||", "c||", "d||", "e||", "f||"}));
}

TEST(GatherDisk, IgnoresBackupsAliasesAndNamesForAShell) {
    const TemporaryRoot root;
    for (const char* name : {"eth1~",
                             "eth1.bak",
                             "eth1.OLD",
                             "eth1.orig",
                             "eth1.rej",
                             "eth1.rpmnew",
                             "eth1.rpmsave",
                             "eth1.rpmorig",
                             "eth1.augnew",
                             "eth1.augtmp",
                             "eth1;5f3e2a1b",
                             "eth1:0",
                             "a b",
                             "a$b",
                             "a`b",
                             "a\nb",
                             "a\x1b[2J",
                             "a\xff",
                             "a'b",
                             "a*",
                             ""}) {
        root.write(kScripts + "ifcfg-" + name, "DEVICE=eth1\n");
        root.write(kScripts + "rule-" + name, "x");
    }
    root.write(kScripts + "ifcfg-Profil_für.eth1", "DEVICE=eth1\n");
    EXPECT_EQ(profiles(root), (Strings{"Profil_für.eth1|eth1|"}));
    EXPECT_TRUE(gather_disk(root.path()).files.empty());
}

TEST(GatherDisk, KeepsTheBytesOfRuleAndRouteFiles) {
    const TemporaryRoot root;
    const std::string bytes("from 10.0.2.0/24\r\n\0\xff no newline", 32);
    for (const char* name : {"rule-eth1", "rule6-eth1", "route-eth1", "route6-eth1"})
        root.write(kScripts + name, bytes);
    root.write(kScripts + "ifup-routes", "");
    root.write(kScripts + "rules", "");
    root.make_directory(kScripts + "rule-directory");
    ASSERT_EQ(mkfifo((root / (kScripts + "route-fifo")).c_str(), 0644), 0);
    root.link("nowhere", kScripts + "rule-dangling");
    const DiskFacts disk = gather_disk(root.path());
    EXPECT_EQ(disk.files, (std::map<std::string, std::string>{{kScripts + "route-eth1", bytes},
                                                              {kScripts + "route6-eth1", bytes},
                                                              {kScripts + "rule-eth1", bytes},
                                                              {kScripts + "rule6-eth1", bytes}}));
}

// ---- What cannot be read ------------------------------------------------------------------------

/// "script /etc/...: cannot read ...": the kind, the path, and the end of the sentence.
Strings unread(const DiskFacts& disk) {
    static const std::map<Unread::Kind, std::string> kWords = {
        {Unread::Kind::table_names, "table_names"},
        {Unread::Kind::network_scripts, "scripts"},
        {Unread::Kind::profile, "profile"},
        {Unread::Kind::script, "script"},
        {Unread::Kind::state, "state"},
        {Unread::Kind::metadata, "metadata"}};
    Strings lines;
    for (const Unread& each : disk.unread)
        lines.push_back(kWords.at(each.kind) + " " + each.path +
                        each.error.substr(std::min(each.error.rfind(": "), each.error.size())));
    return lines;
}

const std::string kCircle = ": Too many levels of symbolic links";

TEST(GatherDisk, AFileThatIsTooLargeStopsNothing) {
    const TemporaryRoot root;
    root.write(kScripts + "rule-eth1", std::string(1024 * 1024, '#'));
    EXPECT_EQ(gather_disk(root.path()).files.size(), 1U);
    root.write(kScripts + "rule-eth1", std::string(1024 * 1024 + 1, '#'));
    root.write(kScripts + "rule-eth2", "from 10.0.3.0/24 table eth2\n");
    const DiskFacts disk = gather_disk(root.path());
    EXPECT_EQ(disk.files.size(), 1U);
    EXPECT_EQ(unread(disk), Strings{"script " + kScripts + "rule-eth1: it is larger than 1 MiB"});
    EXPECT_EQ(disk.unread[0].error,
              "cannot read " + (root / (kScripts + "rule-eth1")) + ": it is larger than 1 MiB");
}

TEST(GatherDisk, SaysOfEachWhatItIs) {
    const TemporaryRoot root;
    root.link("ifcfg-eth1", kScripts + "ifcfg-eth1");
    root.write(kScripts + "ifcfg-eth2", "DEVICE=eth2\n");
    root.link("route6-eth2", kScripts + "route6-eth2");
    root.link("eni-routes.conf", kRtTablesDropIn);
    root.write("/etc/iproute2/rt_tables.d/zeroth.conf", "500 isp\n");
    const DiskFacts disk = gather_disk(root.path());
    EXPECT_EQ(unread(disk), (Strings{"table_names " + std::string(kRtTablesDropIn) + kCircle,
                                     "profile " + kScripts + "ifcfg-eth1" + kCircle,
                                     "script " + kScripts + "route6-eth2" + kCircle}));
    EXPECT_EQ(entries(disk), Strings{"500 isp"});
    EXPECT_EQ(profiles(root), Strings{"eth2|eth2|"});
}

TEST(GatherDisk, OfADirectoryThatCannotBeReadItIsTheDirectory) {
    const TemporaryRoot root;
    root.link("network-scripts", "/etc/sysconfig/network-scripts");
    root.link("rt_tables.d", "/etc/iproute2/rt_tables.d");
    root.write(kRtTablesShared, "500 isp\n");
    DiskFacts disk = gather_disk(root.path());
    EXPECT_EQ(unread(disk), (Strings{"table_names /etc/iproute2/rt_tables.d" + kCircle,
                                     "scripts /etc/sysconfig/network-scripts" + kCircle}));
    EXPECT_TRUE(disk.has_network_scripts);
    gather_kept(disk, root.path());
    EXPECT_EQ(disk.unread.size(), 2U) << "each is told once";
}

/// Else what stands in /usr would count, which /etc hides.
TEST(GatherDisk, WhichNamesCountIsNotKnownWhereTheFirstIsNot) {
    const TemporaryRoot root;
    root.link("rt_tables", kRtTablesShared);
    root.write("/usr/share/iproute2/rt_tables", "500 isp\n");
    const DiskFacts disk = gather_disk(root.path());
    EXPECT_EQ(unread(disk), Strings{"table_names " + std::string(kRtTablesShared) + kCircle});
    EXPECT_EQ(entries(disk), Strings());
}

TEST(GatherDisk, IsNotDoneWhereItIsNotKnownWhatIsSwitchedOff) {
    const TemporaryRoot root;
    root.link("disabled", "/etc/eni-routes/disabled");
    EXPECT_THROW(gather_disk(root.path()), std::runtime_error);
}

TEST(GatherDisk, OfWhatIsNoFileThereIsNothing) {
    const TemporaryRoot root;
    root.make_directory("/etc/eni-routes/disabled");
    root.make_directory(kScripts + "ifcfg-eth1");
    ASSERT_EQ(mkfifo((root / (kScripts + "rule-eth1")).c_str(), 0644), 0);
    const DiskFacts disk = gather_disk(root.path());
    EXPECT_TRUE(disk.unread.empty());
    EXPECT_TRUE(disk.disabled.empty());
    EXPECT_TRUE(disk.profiles.empty());
    EXPECT_TRUE(disk.files.empty());
}

TEST(GatherDisk, NamesAreNotKnownWhereTheirFileIsNone) {
    const TemporaryRoot root;
    root.write("/etc/iproute2/rt_tables.d/a.conf", "500 eth1\n");
    root.make_directory("/etc/iproute2/rt_tables.d/b.conf");
    root.link("/dev/null", "/etc/iproute2/rt_tables.d/c.conf");
    const DiskFacts disk = gather_disk(root.path());
    EXPECT_EQ(entries(disk), Strings{"500 eth1"});
    ASSERT_EQ(disk.unread.size(), 1U);
    EXPECT_EQ(disk.unread[0].kind, Unread::Kind::table_names);
    EXPECT_EQ(disk.unread[0].path, "/etc/iproute2/rt_tables.d/b.conf");
}

TEST(GatherDisk, StaysBelowItsRoot) {
    const TemporaryRoot root;
    const TemporaryRoot outside;
    outside.write("/iproute2/rt_tables", "500 outside\n");
    outside.write("/sysconfig/network-scripts/rule-eth1", "from 10.0.0.0/8 table outside\n");
    outside.write("/eni-routes/disabled", "*\n");
    root.link(outside.path(), "/etc");
    DiskFacts disk = gather_disk(root.path());
    EXPECT_TRUE(disk.table_names.empty());
    EXPECT_TRUE(disk.files.empty());
    EXPECT_TRUE(disk.disabled.empty());
    root.write(outside.path() + "/iproute2/rt_tables", "500 inside\n");
    EXPECT_EQ(entries(gather_disk(root.path())), Strings{"500 inside"});
}

TEST(GatherDisk, NamesAFileThatCannotBeRead) {
    const TemporaryRoot root;
    root.write(kScripts + "rule-eth1", "");
    ASSERT_EQ(chmod((root / (kScripts + "rule-eth1")).c_str(), 0), 0);
    ASSERT_EQ(chmod(root.path().c_str(), 0755), 0);
    const pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0) _exit(2);
        const DiskFacts disk = gather_disk(root.path());
        const std::string what = "cannot read " + (root / (kScripts + "rule-eth1"));
        _exit(disk.unread.size() == 1 && disk.unread[0].error == what + ": Permission denied" ? 0
                                                                                              : 3);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

// ---- Disabled, links, addresses -----------------------------------------------------------------

TEST(GatherDisk, ReadsTheListOfDisabledInterfaces) {
    const TemporaryRoot root;
    root.write("/etc/eni-routes/disabled", "# by hand\n\n eth1 \neth2 # ticket 7\n*\n../x\na b\n");
    EXPECT_EQ(gather_disk(root.path()).disabled, (std::set<std::string>{"*", "eth1", "eth2"}));
}

}  // namespace
}  // namespace eni
