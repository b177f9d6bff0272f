// What is taken for a temporary file that an interrupted run left, and what is not.
#include "temporary_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "temporary_root.hpp"

namespace eni {
namespace {

using Strings = std::vector<std::string>;

const Strings kDirectories = {"/etc/iproute2",       "/etc/iproute2/rt_tables.d",
                              "/etc/eni-routes",     "/run/eni-routes",
                              "/var/lib/eni-routes", "/etc/sysconfig/network-scripts"};

TEST(TemporaryPath, IsBesideAndFitsWhateverTheNameIs) {
    EXPECT_EQ(temporary_path("/etc/iproute2/rt_tables"), "/etc/iproute2/.rt_tables.eni-routes-new");
    std::set<std::string> paths;
    for (const std::size_t size : {1U, 239U, 240U, 255U}) {
        for (const char last : {'a', 'b'}) {
            const std::string path = temporary_path("/d/" + std::string(size - 1, 'x') + last);
            EXPECT_LE(path.size(), 3 + 255U);
            EXPECT_EQ(path.compare(0, 4, "/d/."), 0);
            EXPECT_EQ(path.compare(path.size() - 15, 15, ".eni-routes-new"), 0);
            paths.insert(path);
        }
    }
    EXPECT_EQ(paths.size(), 8U) << "two files would share one";
}

TEST(RemoveTemporaryFiles, TakesThemInEachDirectoryThatIsWritten) {
    const TemporaryRoot root;
    EXPECT_TRUE(remove_temporary_files(root.path()).empty());
    for (const std::string& directory : kDirectories) {
        root.write(directory + "/.rule-eth1.eni-routes-new", "half of");
        root.write(temporary_path(directory + "/" + std::string(250, 'x')), "");
        root.write(directory + "/rule-eth1", "theirs");
    }
    EXPECT_TRUE(remove_temporary_files(root.path()).empty());
    for (const std::string& directory : kDirectories) {
        const Strings names = root.names(directory);
        EXPECT_EQ(std::count(names.begin(), names.end(), "rule-eth1"), 1) << directory;
        for (const std::string& name : names)
            EXPECT_EQ(name.find("eni-routes-new"), std::string::npos) << directory << "/" << name;
    }
}

TEST(RemoveTemporaryFiles, LeavesAllElse) {
    const TemporaryRoot root;
    const std::string scripts = kDirectories.back();
    for (const char* name : {"rule-eth1.eni-routes-new", ".eni-routes-new", ".x.eni-routes-new~",
                             ".x.eni-routes-newer", ".eni-routes-new.x", "..rpmnew"})
        root.write(scripts + ("/" + std::string(name)), "theirs");
    root.make_directory(scripts + "/.directory.eni-routes-new");
    root.link("rule-eth1.eni-routes-new", scripts + "/.link.eni-routes-new");
    root.write("/etc/.elsewhere.eni-routes-new", "theirs");
    if (geteuid() == 0) {
        root.write(scripts + "/.another-user.eni-routes-new", "theirs");
        ASSERT_EQ(chown((root / scripts + "/.another-user.eni-routes-new").c_str(), 12, 12), 0);
    }
    const Strings before = root.names(scripts);
    EXPECT_TRUE(remove_temporary_files(root.path()).empty());
    EXPECT_EQ(root.names(scripts), before);
    EXPECT_EQ(root.names("/etc").front(), ".elsewhere.eni-routes-new");
}

}  // namespace
}  // namespace eni
