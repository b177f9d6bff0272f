// How files are read: whole, below a root, whatever stands in their place.
#include "file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <system_error>
#include <thread>

#include "temporary_root.hpp"

namespace eni {
namespace {

std::string error_of(const std::function<void()>& read) {
    try {
        read();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "no error";
}

TEST(LoadFile, OfARegularFileAlone) {
    const TemporaryRoot root;
    root.write("/etc/file", "text\n");
    root.make_directory("/etc/directory");
    ASSERT_EQ(mkfifo((root / "/etc/fifo").c_str(), 0600), 0);
    EXPECT_EQ(load_file(root.path(), "/etc/file"), "text\n");
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{AF_UNIX, {}};
    std::strncpy(name.sun_path, (root / "/etc/socket").c_str(), sizeof name.sun_path - 1);
    ASSERT_EQ(bind(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    close(descriptor);
    for (const char* path : {"/etc/none", "/etc/file/below"})
        EXPECT_EQ(load_file(root.path(), path), std::nullopt) << path;
    for (const char* path : {"/etc/directory", "/etc/fifo", "/etc/socket"})
        EXPECT_EQ(error_of([&] { load_file(root.path(), path); }),
                  "cannot read " + root / path + ": it is not a regular file");
    EXPECT_THROW(load_file("", "/dev/zero"), NotRegular);
    EXPECT_EQ(load_file("", "/dev/null"), std::nullopt);
}

TEST(LoadFile, OneThatIsTooLargeIsNotAbsent) {
    const TemporaryRoot root;
    root.write("/file", std::string(1024, '#'));
    EXPECT_EQ(load_file(root.path(), "/file", 1024).value().size(), 1024U);
    root.write("/file", std::string(1025, '#'));
    EXPECT_EQ(error_of([&] { load_file(root.path(), "/file", 1024); }),
              "cannot read " + (root / "/file") + ": it is larger than 1 KiB");
    EXPECT_THROW(load_file(root.path(), "/file", 1024), FileTooLarge);
    EXPECT_EQ(load_file(root.path(), "/file").value().size(), 1025U);
}

TEST(ReadWhole, TakesAPipeToo) {
    const TemporaryRoot root;
    const std::string path = root / "/fifo";
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::thread writing([&] { std::ofstream(path) << "text\n"; });
    EXPECT_EQ(read_whole(path, 1024), "text\n");
    writing.join();
    EXPECT_EQ(read_whole("/dev/null", 1024), "");
}

TEST(ReadEnd, OfAsMuchAsThereIs) {
    const TemporaryRoot root;
    root.write("/log", "first\nsecond\n");
    EXPECT_EQ(read_end(root / "/log", 7), "second\n");
    EXPECT_EQ(read_end(root / "/log", 13), "first\nsecond\n");
    EXPECT_EQ(read_end(root / "/log", 14), "first\nsecond\n");
    EXPECT_EQ(read_end(root / "/none", 7), "");
    EXPECT_EQ(read_end(root.path(), 7), "") << "a directory";
    EXPECT_NE(read_end("/proc/stat", 1U << 18).find("\nbtime "), std::string::npos)
        << "of which the kernel does not know the size";
}

TEST(ReadWhole, SaysWhyItCannot) {
    const TemporaryRoot root;
    root.write("/file", "12345");
    EXPECT_EQ(read_whole(root / "/file", 5), "12345");
    EXPECT_THROW(read_whole(root / "/file", 4), FileTooLarge);
    EXPECT_EQ(error_of([&] { read_whole(root / "/none", 5); }),
              "cannot read " + (root / "/none") + ": No such file or directory");
    EXPECT_EQ(error_of([&] { read_whole(root.path(), 5); }),
              "cannot read " + root.path() + ": Is a directory");
    EXPECT_THROW(read_whole(root / "/none", 5), std::system_error);
}

TEST(RealPath, FollowsLinksBelowTheRoot) {
    const TemporaryRoot root;
    root.link("/usr/share/tables", "/etc/tables");
    EXPECT_EQ(real_path(root.path(), "/etc/tables"), root / "/usr/share/tables");
    root.link("tables", "/etc/other");
    root.write("/usr/share/tables", "9 nine\n");
    EXPECT_EQ(load_file(root.path(), "/etc/other"), "9 nine\n");
}

/// Of a link to nowhere it is the target that does not exist; of one in a circle that is not known.
TEST(LoadFile, WhatCannotBeReadIsNotAbsent) {
    const TemporaryRoot root;
    root.link("loop", "/etc/loop");
    root.link("nowhere", "/etc/link");
    EXPECT_EQ(load_file(root.path(), "/etc/link"), std::nullopt);
    EXPECT_EQ(error_of([&] { load_file(root.path(), "/etc/loop"); }),
              "cannot read " + (root / "/etc/loop") + ": Too many levels of symbolic links");
    EXPECT_EQ(error_of([&] { load_file("", root / "/etc/loop"); }),
              "cannot read " + (root / "/etc/loop") + ": Too many levels of symbolic links");
    EXPECT_EQ(error_of([&] { load_file("", root / "/etc/loop/file"); }),
              "cannot read " + (root / "/etc/loop/file") + ": Too many levels of symbolic links");
    EXPECT_EQ(error_of([&] { load_file("/proc/self", "/mem"); }),
              "cannot read /proc/self/mem: Input/output error");
    const std::string long_name(300, 'x');
    EXPECT_EQ(error_of([&] { load_file(root.path(), "/" + long_name); }),
              "cannot read " + (root / "/" + long_name) + ": File name too long");
}

TEST(Exists, IsNotKnownOfALinkInACircle) {
    const TemporaryRoot root;
    root.link("loop", "/etc/loop");
    root.link("nowhere", "/etc/link");
    root.write("/etc/file", "");
    EXPECT_TRUE(exists(root.path(), "/etc/file"));
    EXPECT_TRUE(exists("", root / "/etc"));
    EXPECT_FALSE(exists(root.path(), "/etc/link"));
    EXPECT_FALSE(exists(root.path(), "/etc/file/below"));
    EXPECT_THROW(exists(root.path(), "/etc/loop"), std::system_error);
    EXPECT_THROW(exists("", root / "/etc/loop/file"), std::system_error);
}

TEST(LoadDirectory, IsSortedOrAbsentOrAnError) {
    const TemporaryRoot root;
    root.write("/etc/b", "");
    root.write("/etc/a", "");
    root.link("loop", "/loop");
    EXPECT_EQ(load_directory(root.path(), "/etc"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(load_directory(root.path(), "/none"), std::nullopt);
    EXPECT_EQ(load_directory(root.path(), "/etc/a"), std::nullopt);
    EXPECT_EQ(error_of([&] { load_directory(root.path(), "/loop"); }),
              "cannot read " + (root / "/loop") + ": Too many levels of symbolic links");
}

// ---- What passes --------------------------------------------------------------------------------

/// As long as it lives no descriptor is left.
class NoDescriptors {
  public:
    NoDescriptors() {
        getrlimit(RLIMIT_NOFILE, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

  private:
    rlimit before_{};
};

using Clock = std::chrono::steady_clock;

/// For one file or for many: what fails for long is no reason to wait for each.
TEST(Patience, EndsSoonWhereItIsInVain) {
    const TemporaryRoot root;
    root.write("/file", "text");
    const NoDescriptors none;
    const auto start = Clock::now();
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(error_of([&] { load_file(root.path(), "/file"); }),
                  "cannot read " + (root / "/file") + ": Too many open files");
        EXPECT_THROW(load_directory(root.path(), "/"), std::system_error);
    }
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(3));
}

TEST(Patience, OutlastsAMoment) {
    const TemporaryRoot root;
    root.write("/file", "text");
    std::this_thread::sleep_for(std::chrono::milliseconds(5100));  // there is some again
    std::unique_ptr<NoDescriptors> none;
    std::atomic<bool> runs{false};
    std::atomic<bool> begins{false};
    std::thread moment([&] {
        runs = true;
        while (!begins) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        none.reset();
    });
    while (!runs) std::this_thread::yield();  // UBSan needs descriptors for how a thread begins
    none = std::make_unique<NoDescriptors>();
    begins = true;
    EXPECT_EQ(load_file(root.path(), "/file"), "text");
    moment.join();
}

// ---- Below a root -------------------------------------------------------------------------------

TEST(RealPath, OfCirclesIsNone) {
    const TemporaryRoot root;
    root.link("b", "/etc/a");
    root.link("a", "/etc/b");
    root.link("circle/x", "/circle");
    for (const char* path : {"/etc/a", "/circle", "/circle/file"}) {
        EXPECT_THROW(real_path(root.path(), path), std::system_error) << path;
        EXPECT_THROW(real_path("", root / path), std::system_error) << path;
    }
}

TEST(RealPath, NeverLeavesTheRoot) {
    const TemporaryRoot root;
    const TemporaryRoot outside;
    outside.write("/secret", "outside\n");
    root.link("../../../../../../" + outside.path() + "/secret", "/etc/up");
    root.link(outside.path(), "/absolute");
    root.link("../../..", "/etc/above");
    root.link("/absolute/..//./secret", "/etc/both");
    EXPECT_EQ(real_path(root.path(), "/etc/up"), (root / outside.path()) + "/secret");
    EXPECT_EQ(real_path(root.path(), "/absolute/secret"), (root / outside.path()) + "/secret");
    EXPECT_EQ(real_path(root.path(), "/etc/above/etc/file"), root / "/etc/file");
    EXPECT_EQ(real_path(root.path(), "/../../etc/../x"), root / "/x");
    EXPECT_EQ(real_path(root.path(), "/etc/both"), root / "/tmp/secret");
    EXPECT_EQ(load_file(root.path(), "/etc/up"), std::nullopt);
    EXPECT_EQ(load_directory(root.path(), "/absolute"), std::nullopt);
    EXPECT_EQ(load_file(root.path(), "/absolute/secret"), std::nullopt);
    root.write(outside.path() + "/secret", "inside\n");
    EXPECT_EQ(load_file(root.path(), "/etc/up"), "inside\n");
    EXPECT_EQ(load_file(root.path(), "/absolute/secret"), "inside\n");
}

TEST(RealPath, FollowsADirectorysLinksAndWhatIsThereToo) {
    const TemporaryRoot root;
    root.link("usr/etc", "/etc");
    root.link("/usr/share/iproute2", "/usr/etc/iproute2");
    root.write("/usr/share/iproute2/rt_tables", "9 nine\n");
    EXPECT_EQ(real_path(root.path(), "/etc/iproute2/rt_tables"),
              root / "/usr/share/iproute2/rt_tables");
    EXPECT_EQ(load_file(root.path(), "/etc/iproute2/rt_tables"), "9 nine\n");
    EXPECT_EQ(real_path(root.path(), "/usr/share/iproute2/../new/file"),
              root / "/usr/share/new/file");
}

TEST(RealPath, OfNoRootOrTheWholeOfIt) {
    EXPECT_EQ(real_path("", "/etc/does-not-exist"), "/etc/does-not-exist");
    EXPECT_EQ(real_path("/", "/etc/does-not-exist"), "//etc/does-not-exist");
}

}  // namespace
}  // namespace eni
