// What the files of systemd say of units: which there are, which are masked, enabled, and with what
// environment.
#include "units.hpp"

#include <gtest/gtest.h>

#include "temporary_root.hpp"

namespace eni {
namespace {

constexpr char kUnit[] = "/usr/lib/systemd/system/a.service";
constexpr char kDropIns[] = "/systemd/system/a.service.d/";

class Units : public testing::Test {
  protected:
    void SetUp() override {
        root.make_directory("/run/systemd/system");
        root.write(kUnit, "[Service]\n#Environment=KEY=0\n");
    }
    void enable(const std::string& target) const {
        root.link(kUnit, "/etc/systemd/system/" + target + ".wants/a.service");
    }
    /// "value path", or a space.
    std::string variable() const {
        const UnitVariable found = unit_variable(root.path(), "a.service", "KEY");
        return found.value + " " + found.path;
    }
    const TemporaryRoot root;
};

TEST_F(Units, AMaskedOneIsNone) {
    EXPECT_TRUE(has_unit(root.path(), "a.service"));
    EXPECT_FALSE(has_unit(root.path(), "b.service"));
    root.write("/dev/null", "");
    root.link("/dev/null", "/etc/systemd/system/a.service");
    EXPECT_FALSE(has_unit(root.path(), "a.service"));
}

TEST_F(Units, IsEnabledWhereOneWantsIt) {
    EXPECT_FALSE(is_unit_enabled(root.path(), "a.service"));
    enable("multi-user.target");
    EXPECT_TRUE(is_unit_enabled(root.path(), "a.service"));
    EXPECT_FALSE(is_unit_enabled(root.path(), "b.service"));
    root.write("/dev/null", "");
    root.link("/dev/null", "/etc/systemd/system/a.service");
    EXPECT_FALSE(is_unit_enabled(root.path(), "a.service")) << "it is masked";
}

TEST_F(Units, NoneIsEnabledWhereSystemdDoesNotRun) {
    const TemporaryRoot other;
    other.write(kUnit, "");
    other.link(kUnit, "/etc/systemd/system/multi-user.target.wants/a.service");
    EXPECT_FALSE(is_unit_enabled(other.path(), "a.service"));
}

TEST_F(Units, TheLastDropInSetsAVariable) {
    EXPECT_EQ(variable(), " ");
    root.write(kUnit, "[Service]\n Environment=KEY=1\n");
    EXPECT_EQ(variable(), std::string("1 ") + kUnit);
    const std::string vendors = std::string("/usr/lib") + kDropIns + "10-vendor.conf";
    root.write(vendors, "[Service]\nEnvironment=OTHER=5 \"KEY=2 3\" KEYS=4\n");
    EXPECT_EQ(variable(), "2 3 " + vendors);
    const std::string own = std::string("/etc") + kDropIns + "20-own.conf";
    root.write(own, "[Service]\nEnvironment=KEY=no\n");
    EXPECT_EQ(variable(), "no " + own);
    root.write(std::string("/etc") + kDropIns + "30-own.conf", "[Service]\nEnvironment=\n");
    EXPECT_EQ(variable(), " ") << "all that was before is forgotten";
}

TEST_F(Units, ADropInOfEtcHidesItsNamesake) {
    root.write(std::string("/usr/lib") + kDropIns + "10.conf", "Environment=KEY=yes\n");
    root.write(std::string("/etc") + kDropIns + "10.conf", "");
    root.write(std::string("/etc") + kDropIns + "20.conf.rpmsave", "Environment=KEY=yes\n");
    EXPECT_EQ(variable(), " ");
}

TEST_F(Units, LinksThatLeadInACircleAreNotThere) {
    root.link("b", "/etc/a");
    root.link("a", "/etc/b");
    EXPECT_FALSE(exists_below(root.path(), "/etc/a"));
    EXPECT_EQ(text_below(root.path(), "/etc/a"), "");
}

}  // namespace
}  // namespace eni
