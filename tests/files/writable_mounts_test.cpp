// Directories that are replaced under a process in a mount namespace of its own, as a package does
// it on the host while a service runs in its sandbox.
#include "writable_mounts.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <functional>

#include "child_process.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

/// A process in a sandbox: `writable` alone are mounts of their own. `outside` is run in the
/// namespace that it came from. What it then finds stale is compared with `wanted`.
void expect_stale(const TemporaryRoot& root, const std::vector<std::string>& writable,
                  const std::function<void()>& outside, const std::string& wanted) {
    const int status = exit_status_of([&] {
        const int host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        if (unshare(CLONE_NEWNS) != 0 ||
            mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return 77;
        for (const std::string& path : writable)
            if (mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) return 77;
        const WritableMounts mounts({root / "/a", root / "/b"});
        if (!mounts.stale().empty()) return 1;
        const int left = exit_status_of([&] {
            if (setns(host, CLONE_NEWNS) != 0) return 77;
            outside();
            return 0;
        });
        if (left != 0) return left;
        return mounts.stale() == wanted ? 0 : 2;
    });
    if (status == 77) GTEST_SKIP() << "may not mount";
    EXPECT_EQ(status, 0);
}

struct Replaced : testing::Test {
    const TemporaryRoot root;
    const std::string a = root / "/a";
    const std::string b = root / "/b";
    void SetUp() override {
        root.make_directory("/a");
        root.make_directory("/b");
    }
    void make_again() const { root.make_directory("/b"); }
};

TEST_F(Replaced, RemovedAndMadeAnew) {
    expect_stale(
        root, {a, b}, [&] { rmdir(b.c_str()), make_again(); }, b);
}

TEST_F(Replaced, RenamedAndMadeAnew) {
    const std::string old = b + ".rpmsave";
    expect_stale(
        root, {a, b}, [&] { rename(b.c_str(), old.c_str()), make_again(); }, b);
}

TEST_F(Replaced, MadeSinceTheStart) {
    ASSERT_EQ(rmdir(b.c_str()), 0);
    expect_stale(
        root, {a}, [&] { make_again(); }, b);
}

TEST_F(Replaced, RemovedAlone) {
    expect_stale(
        root, {a, b}, [&] { rmdir(b.c_str()); }, "");
}

TEST_F(Replaced, ChangedAlone) {
    expect_stale(
        root, {a, b}, [&] { root.write("/b/rule-eth1", "x"); }, "");
}

TEST_F(Replaced, WithoutASandboxANewProcessIsNoBetter) {
    ASSERT_EQ(rmdir(b.c_str()), 0);
    expect_stale(
        root, {}, [&] { make_again(); }, "");
}

/// By a unit that was changed: one that is started again would be no better.
TEST_F(Replaced, WhatWasNoMountAtTheStartNeedNotBeOne) {
    expect_stale(
        root, {a}, [&] { rmdir(b.c_str()), make_again(); }, "");
}

}  // namespace
}  // namespace eni
