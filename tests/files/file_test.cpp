// How files are read: whole, below a root, whatever stands in their place.
#include "file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <functional>
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
    for (const char* path : {"/etc/directory", "/etc/fifo", "/etc/none", "/etc/file/below"})
        EXPECT_EQ(load_file(root.path(), path), std::nullopt) << path;
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

TEST(RealPath, RefusesCirclesAndWaysOut) {
    const TemporaryRoot root;
    root.link("b", "/etc/a");
    root.link("a", "/etc/b");
    root.link("../../../../../../etc/passwd", "/etc/c");
    root.link("/nowhere/passwd", "/etc/d");
    ASSERT_EQ(symlink("/etc", (root / "/nowhere").c_str()), 0);
    EXPECT_THROW(real_path(root.path(), "/etc/a"), std::runtime_error);
    EXPECT_THROW(real_path(root.path(), "/etc/c"), std::runtime_error);
    EXPECT_THROW(real_path(root.path(), "/etc/d"), std::runtime_error);
    EXPECT_EQ(real_path("", "/etc/does-not-exist"), "/etc/does-not-exist");
    EXPECT_EQ(real_path("/", "/etc/does-not-exist"), "//etc/does-not-exist");
}

}  // namespace
}  // namespace eni
