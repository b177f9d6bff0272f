// What EC2 said survives a round trip by the disk, and nothing in the file can do harm.
#include "metadata_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <system_error>

#include "example.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

constexpr char kPath[] = "/var/lib/eni-routes/metadata";

Enis two_enis() {
    Enis enis;
    enis["02:00:00:00:00:00"] = eni(0, {"10.0.0.0/24"}, {"10.0.0.29"});
    Eni& other = enis["02:00:00:00:00:01"];
    other = eni(3, {"10.0.2.0/24", "2001:db8:2::/64"}, {"10.0.2.37", "2001:db8:2::37"});
    other.network_card = 1;
    other.delegated = {net("10.0.2.64/28"), net("2001:db8:2:0:1::/80")};
    other.vpc_blocks = {net("10.0.0.0/16"), net("2001:db8:2::/56")};
    other.associations = {{ip("10.0.2.37"), ip("203.0.113.66")},
                          {ip("10.0.2.38"), ip("203.0.113.67")}};
    return enis;
}

Enis loaded_from(const std::string& text) {
    const TemporaryRoot root;
    root.write(kPath, text);
    return load_enis(root.path());
}

/// The smallest entry that is one, and what is said beside that.
std::string entry(const std::string& mac, const std::string& more = "") {
    return "[" + mac + "]\ndevice_number=1\nnetwork_card=0\nsubnets=10.0.2.0/24;\n" + more;
}

TEST(MetadataFile, ThatCannotBeReadIsNeitherEmptyNorReplaced) {
    const TemporaryRoot root;
    root.link("metadata", kPath);
    EXPECT_THROW(load_enis(root.path()), std::system_error);
    EXPECT_THROW(save_enis(root.path(), two_enis()), std::system_error);
    EXPECT_THROW(save_enis(root.path(), {}), std::system_error);
    EXPECT_EQ(root.names("/var/lib/eni-routes"), std::vector<std::string>{"metadata"});
}

TEST(MetadataFile, ComesBackAsItWas) {
    const TemporaryRoot root;
    save_enis(root.path(), two_enis());
    const Enis loaded = load_enis(root.path());
    EXPECT_TRUE(loaded == two_enis());
    for (const auto& [mac, eni] : loaded) EXPECT_FALSE(eni.is_fresh) << mac;
}

TEST(MetadataFile, IsEmptyWithoutAFile) {
    const TemporaryRoot root;
    EXPECT_TRUE(load_enis(root.path()).empty());
    EXPECT_TRUE(root.names("").empty()) << "reading makes nothing";
}

TEST(MetadataFile, ReadsAsPeopleWouldReadIt) {
    const TemporaryRoot root;
    save_enis(root.path(), two_enis());
    EXPECT_EQ(root.read(kPath),
              "[02:00:00:00:00:00]\n"
              "addresses=10.0.0.29;\n"
              "device_number=0\n"
              "network_card=0\n"
              "subnets=10.0.0.0/24;\n"
              "\n"
              "[02:00:00:00:00:01]\n"
              "addresses=10.0.2.37;2001:db8:2::37;\n"
              "associations=10.0.2.37=203.0.113.66;10.0.2.38=203.0.113.67;\n"
              "delegated=10.0.2.64/28;2001:db8:2:0:1::/80;\n"
              "device_number=3\n"
              "network_card=1\n"
              "subnets=10.0.2.0/24;2001:db8:2::/64;\n"
              "vpc_blocks=10.0.0.0/16;2001:db8:2::/56;\n");
}

TEST(MetadataFile, IsTouchedOnlyWhereItDiffers) {
    const TemporaryRoot root;
    struct stat first {};
    struct stat second {};
    save_enis(root.path(), two_enis());
    ASSERT_EQ(stat((root / kPath).c_str(), &first), 0);
    Enis earlier = two_enis();
    for (auto& [mac, eni] : earlier) eni.is_fresh = false;
    save_enis(root.path(), earlier);
    ASSERT_EQ(stat((root / kPath).c_str(), &second), 0);
    EXPECT_EQ(first.st_ino, second.st_ino);
    EXPECT_EQ(first.st_ctim.tv_nsec, second.st_ctim.tv_nsec);
    earlier.begin()->second.device_number = 7;
    save_enis(root.path(), earlier);
    EXPECT_EQ(load_enis(root.path()).begin()->second.device_number, 7u);
}

TEST(MetadataFile, IsRemovedWhereNothingIsKnown) {
    const TemporaryRoot root;
    save_enis(root.path(), {});
    EXPECT_TRUE(root.names("").empty()) << "not even a directory";
    save_enis(root.path(), two_enis());
    save_enis(root.path(), {});
    EXPECT_TRUE(root.names("/var/lib/eni-routes").empty());
}

TEST(MetadataFile, ThatIsCorruptIsEmptyAndReplaced) {
    for (const std::string& text :
         {std::string("what is this?"), std::string("[02:00"), std::string("\0\0\0", 3),
          std::string(5000, '['), std::string("\xff\xfe[02:00:00:00:00:01]\n")})
        EXPECT_TRUE(loaded_from(text).empty()) << text;
    const TemporaryRoot root;
    root.write(kPath, "what is this?");
    save_enis(root.path(), two_enis());
    EXPECT_TRUE(load_enis(root.path()) == two_enis());
}

TEST(MetadataFile, EntriesThatAreGarbageAreDroppedOneByOne) {
    const Enis enis = loaded_from(entry("host") + entry("02:00:00:00:00") +
                                  entry("0A-58-C0-A8-00-01", "colour=blue\n"));
    ASSERT_EQ(enis.size(), 1u);
    EXPECT_EQ(enis.begin()->first, "0a:58:c0:a8:00:01");
}

TEST(MetadataFile, WithoutItsNumbersAnEntryIsNone) {
    const auto is_known = [](const std::string& numbers) {
        return !loaded_from("[02:00:00:00:00:01]\nsubnets=10.0.2.0/24\n" + numbers).empty();
    };
    EXPECT_TRUE(is_known("device_number=1\nnetwork_card=0\n"));
    for (const char* bad :
         {"", "device_number=1\n", "network_card=0\n", "device_number=x\nnetwork_card=0\n",
          "device_number=1\nnetwork_card=x\n", "device_number=-1\nnetwork_card=0\n",
          "device_number=1\nnetwork_card=4294967296\n"})
        EXPECT_FALSE(is_known(bad)) << bad;
}

TEST(MetadataFile, EntriesThatContradictThemselvesAreDropped) {
    const Enis enis = loaded_from(
        "[02:00:00:00:00:01]\ndevice_number=1\nnetwork_card=0\n"  // no subnet
        "[02:00:00:00:00:02]\ndevice_number=100\nnetwork_card=0\nsubnets=10.0.2.0/24\n" +
        entry("02:00:00:00:00:03", "addresses=10.0.3.37\n") +
        entry("02:00:00:00:00:04", "delegated=10.0.3.64/28\n") +
        entry("02:00:00:00:00:05", "vpc_blocks=0.0.0.0/0\n") +
        entry("02:00:00:00:00:06", "associations=10.0.3.37=203.0.113.66\n") +
        entry("02:00:00:00:00:07"));
    ASSERT_EQ(enis.size(), 1u);
    EXPECT_EQ(enis.begin()->first, "02:00:00:00:00:07");
}

TEST(MetadataFile, ValuesThatAreGarbageAreDroppedOneByOne) {
    const Enis enis = loaded_from(entry(
        "02:00:00:00:00:01",
        "addresses=10.0.2.37;x;10.0.2.38/32;;10.0.2.39\nvpc_blocks=10.0.0.0/16;10.1.0.1/16\n"
        "associations=;=;10.0.2.37;10.0.2.37=;=203.0.113.66;10.0.2.37=x;10.0.2.37=203.0.113.66=1;"
        "10.0.2.39=203.0.113.67\n"));
    ASSERT_EQ(enis.size(), 1u);
    Eni expected = eni(1, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.39"});
    expected.vpc_blocks = {net("10.0.0.0/16")};
    expected.associations = {{ip("10.0.2.39"), ip("203.0.113.67")}};
    EXPECT_TRUE(enis.begin()->second == expected);
}

}  // namespace
}  // namespace eni
