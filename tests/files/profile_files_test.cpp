// The files of plug's profiles are found, as NetworkManager writes them, and no user's.
#include "profile_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <system_error>

#include "temporary_root.hpp"

namespace eni {
namespace {

constexpr char kKeyFiles[] = "/etc/NetworkManager/system-connections/";
constexpr char kScripts[] = "/etc/sysconfig/network-scripts/";
constexpr char kMac[] = "06:00:0a:00:03:26";

std::string key_file(const std::string& id, const std::string& mac,
                     const std::string& group = "ethernet") {
    return "[connection]\nid=" + id + "\nuuid=1\ntype=ethernet\n\n[" + group + "]\n" +
           (mac.empty() ? "" : "mac-address=" + mac + "\n") + "\n[ipv4]\nmethod=auto\n";
}

std::vector<std::string> found_in(const TemporaryRoot& root) {
    std::vector<std::string> found;
    for (const PluggedFile& file : plugged_files(root.path())) {
        EXPECT_EQ(file.change.before, root.read(file.change.path));
        EXPECT_EQ(file.change.after, std::nullopt);
        found.push_back(file.name + " in " + file.change.path);
    }
    return found;
}

TEST(PluggedFiles, AreFoundInBothForms) {
    const TemporaryRoot root;
    const std::string name = "eni-routes 06:00:0A:00:03:26";
    root.write(kKeyFiles + name + ".nmconnection", key_file(name, "06:00:0A:00:03:26"));
    root.write(kKeyFiles + std::string("old"),
               key_file("eni-routes 06:00:0a:00:04:27", "06:00:0A:00:04:27", "802-3-ethernet"));
    root.write(kScripts + std::string("ifcfg-eni-routes_06_00_0A_00_03_26"),
               "HWADDR=06:00:0A:00:03:26\nNAME=\"" + name + "\"\nONBOOT=yes\n");
    EXPECT_THAT(
        found_in(root),
        ::testing::ElementsAre(name + " in " + kKeyFiles + name + ".nmconnection",
                               std::string("eni-routes 06:00:0a:00:04:27 in ") + kKeyFiles + "old",
                               name + " in " + kScripts + "ifcfg-eni-routes_06_00_0A_00_03_26"));
}

TEST(PluggedFiles, AreNoUsers) {
    const TemporaryRoot root;
    const std::string name = std::string("eni-routes ") + kMac;
    root.write(kKeyFiles + std::string("a"), key_file("eth2", kMac));
    root.write(kKeyFiles + std::string("b"), key_file(name, ""));
    root.write(kKeyFiles + std::string("c"), key_file(name, "06:00:0a:00:03:27"));
    root.write(kKeyFiles + std::string("d"), "id=" + name + "\n");
    root.make_directory(kKeyFiles + std::string("e"));
    root.write(kScripts + std::string("ifcfg-eth2"), std::string("HWADDR=") + kMac + "\n");
    root.write(kScripts + std::string("rule-eth2"), "NAME='" + name + "'\nHWADDR=" + kMac + "\n");
    EXPECT_THAT(found_in(root), ::testing::IsEmpty());
}

TEST(PluggedFiles, AreNoneWithoutTheDirectories) {
    EXPECT_THAT(found_in(TemporaryRoot()), ::testing::IsEmpty());
}

TEST(PluggedFiles, ThatCannotBeReadAreNotAbsent) {
    const TemporaryRoot root;
    root.link("a", kKeyFiles + std::string("a"));
    EXPECT_THROW(plugged_files(root.path()), std::system_error);
}

}  // namespace
}  // namespace eni
