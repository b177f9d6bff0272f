// What adopt_files leaves on the disk, whole or not at all, and that put_back is the way back.
#include "kept_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>
#include <stdexcept>

#include "file_outcome.hpp"
#include "gather_files.hpp"
#include "our_files.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

using Strings = std::vector<std::string>;

const std::string kDirectory = "/etc/sysconfig/network-scripts";
const std::string kRule = kDirectory + "/rule-eth1";
const std::string kRoute = kDirectory + "/route-eth1";
const std::string kKeptRule = kRule + kKeptSuffix;

/// The recipe's two files; the rule file has a mode and a time of its own.
class KeptFiles : public ::testing::Test {
  protected:
    KeptFiles() {
        root.write(kRule, "old rule\n");
        root.write(kRoute, "old route");
        EXPECT_EQ(chmod((root / kRule).c_str(), 0640), 0);
        const timespec times[2] = {{1000000000, 5}, {1000000001, 7}};
        EXPECT_EQ(utimensat(AT_FDCWD, (root / kRule).c_str(), times, 0), 0);
    }

    TemporaryRoot root;
    std::vector<FileChange> changes = {{kRule, "eth1", "old rule\n", "new rule\n"},
                                       {kRoute, "eth1", "old route", std::nullopt},
                                       {kDirectory + "/rule6-eth1", "eth1", std::nullopt, "new\n"}};
    std::set<std::string> adopted = {kRule, kRoute};
};

TEST_F(KeptFiles, AreTheVeryFilesAndComeBack) {
    const struct stat before = status_of(root / kRule);
    adopt_files(root.path(), changes, adopted);
    EXPECT_EQ(root.read(kRule), "new rule\n");
    EXPECT_EQ(root.read(kRoute), std::nullopt);
    EXPECT_EQ(status_of(root / kRule).st_mode & 07777, 0640U);
    EXPECT_EQ(status_of(root / kKeptRule).st_ino, before.st_ino);
    EXPECT_EQ(status_of(root / kKeptRule).st_nlink, 1U);

    DiskFacts disk;
    gather_kept(disk, root.path());
    EXPECT_EQ(disk.kept,
              (std::map<std::string, std::string>{{kRule, "old rule\n"}, {kRoute, "old route"}}));
    EXPECT_EQ(gather_disk(root.path()).files.size(), 2U) << "a kept file is nobody's rule file";

    put_back(root.path(), kRule);
    put_back(root.path(), kRoute);
    EXPECT_EQ(root.read(kRoute), "old route");
    const struct stat after = status_of(root / kRule);
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_EQ(after.st_mode, before.st_mode);
    EXPECT_EQ(after.st_mtim.tv_sec, 1000000001);
    EXPECT_EQ(after.st_mtim.tv_nsec, 7);
    EXPECT_EQ(root.names(kDirectory), (Strings{"route-eth1", "rule-eth1", "rule6-eth1"}));
}

TEST_F(KeptFiles, NothingIsHalfDone) {
    const ino_t before = status_of(root / kRule).st_ino;
    changes.push_back({kDirectory + "/gone/rule-eth2", "eth2", std::nullopt, "new\n"});
    EXPECT_EQ(error_of([&] { adopt_files(root.path(), changes, adopted); }),
              "cannot write " + (root / kDirectory) + "/gone/rule-eth2: No such file or directory");
    EXPECT_EQ(root.names(kDirectory), (Strings{"route-eth1", "rule-eth1"}));
    EXPECT_EQ(root.read(kRule), "old rule\n");
    EXPECT_EQ(root.read(kRoute), "old route");
    EXPECT_EQ(status_of(root / kRule).st_ino, before);
}

TEST_F(KeptFiles, WhatWasChangedMeanwhileIsLeftAlone) {
    root.write(kRoute, "newer");
    EXPECT_EQ(error_of([&] { adopt_files(root.path(), changes, adopted); }),
              (root / kRoute) + " was changed by another program meanwhile, left alone");
    EXPECT_EQ(root.names(kDirectory), (Strings{"route-eth1", "rule-eth1"}));
    EXPECT_EQ(root.read(kRule), "old rule\n");
    EXPECT_EQ(root.read(kRoute), "newer");
}

TEST_F(KeptFiles, AKeptFileIsNotLostToAnother) {
    root.write(kKeptRule, "older");
    EXPECT_EQ(error_of([&] { adopt_files(root.path(), changes, adopted); }),
              "cannot keep " + (root / kRule) + " as " + (root / kKeptRule) + ": File exists");
    EXPECT_EQ(root.read(kKeptRule), "older");
    EXPECT_EQ(root.read(kRule), "old rule\n");
}

TEST_F(KeptFiles, TheSameBytesAreKeptAnew) {
    root.write(kKeptRule, "old rule\n");
    const ino_t before = status_of(root / kRule).st_ino;
    adopt_files(root.path(), changes, adopted);
    EXPECT_EQ(status_of(root / kKeptRule).st_ino, before);
}

TEST_F(KeptFiles, ASymbolicLinkStays) {
    ASSERT_EQ(rename((root / kRule).c_str(), (root / "/etc/site-rules").c_str()), 0);
    root.link("/etc/site-rules", kRule);
    const ino_t before = status_of(root / "/etc/site-rules").st_ino;
    adopt_files(root.path(), changes, adopted);
    EXPECT_TRUE(S_ISLNK(status_of(root / kRule).st_mode));
    EXPECT_EQ(root.read("/etc/site-rules"), "new rule\n");
    put_back(root.path(), kRule);
    EXPECT_TRUE(S_ISLNK(status_of(root / kRule).st_mode));
    EXPECT_EQ(status_of(root / "/etc/site-rules").st_ino, before);
}

/// As a run leaves it that was killed between the two.
TEST_F(KeptFiles, TwoNamesOfOneFileBecomeOneAgain) {
    ASSERT_EQ(link((root / kRule).c_str(), (root / kKeptRule).c_str()), 0);
    put_back(root.path(), kRule);
    EXPECT_EQ(root.read(kRule), "old rule\n");
    EXPECT_EQ(root.names(kDirectory), (Strings{"route-eth1", "rule-eth1"}));
}

}  // namespace
}  // namespace eni
