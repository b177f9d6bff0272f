// Other tools that route by source addresses, by the files that their packages install, and that
// administrators switch them on and off with.
#include "tools.hpp"

#include <gtest/gtest.h>

#include "temporary_root.hpp"

namespace eni {
namespace {

const std::string kUnits = "/usr/lib/systemd/system/";
const std::string kEc2 = kUnits + "nm-cloud-setup.service.d/10-rh-enable-for-ec2.conf";

class Tools : public testing::Test {
  protected:
    void SetUp() override {
        root.make_directory("/run/systemd/system");
        root.write("/dev/null", "");
    }
    void enable(const std::string& unit) const {
        root.link(kUnits + unit, "/etc/systemd/system/timers.target.wants/" + unit);
    }
    void mask(const std::string& path) const { root.link("/dev/null", path); }
    /// "name path" of each.
    std::vector<std::string> found() const {
        std::vector<std::string> words;
        for (const ToolFact& tool : gather_tools(root.path()))
            words.push_back(tool.name + " " + tool.path);
        return words;
    }
    const TemporaryRoot root;
};

using Found = std::vector<std::string>;

TEST_F(Tools, NoneIsInstalled) {
    EXPECT_EQ(found(), Found());
}

class NmCloudSetup : public Tools {
  protected:
    /// As EL 8 and later ship it.
    void SetUp() override {
        Tools::SetUp();
        root.write(kUnits + "nm-cloud-setup.service",
                   "[Service]\n#Environment=NM_CLOUD_SETUP_EC2=yes\n");
        root.write(kUnits + "nm-cloud-setup.timer", "[Timer]\nOnBootSec=5min\n");
    }
};

TEST_F(NmCloudSetup, IsNotAtWorkAsItIsShipped) {
    EXPECT_EQ(found(), Found());
    enable("nm-cloud-setup.timer");
    EXPECT_EQ(found(), Found()) << "without a provider it does nothing";
}

TEST_F(NmCloudSetup, IsAtWorkWhereItsProviderIsSetAndItIsStarted) {
    root.write(kEc2, "[Service]\nEnvironment=NM_CLOUD_SETUP_EC2=yes\n");
    EXPECT_EQ(found(), Found()) << "nothing starts it";
    enable("nm-cloud-setup.service");
    EXPECT_EQ(found(), Found{"nm-cloud-setup " + kEc2});
    root.write(kEc2, "[Service]\nEnvironment=\"NM_CLOUD_SETUP_EC2=TRUE\"\n");
    EXPECT_EQ(found(), Found{"nm-cloud-setup " + kEc2});
    root.write(kEc2, "[Service]\nEnvironment=NM_CLOUD_SETUP_EC2=no\n");
    EXPECT_EQ(found(), Found());
}

TEST_F(NmCloudSetup, IsNotAtWorkWhereItIsMasked) {
    root.write(kEc2, "[Service]\nEnvironment=NM_CLOUD_SETUP_EC2=yes\n");
    enable("nm-cloud-setup.service");
    mask("/etc/systemd/system/nm-cloud-setup.service");
    EXPECT_EQ(found(), Found());
}

TEST_F(Tools, CloudNetconfigByItsTimerOrItsScript) {
    root.write(kUnits + "cloud-netconfig.timer", "");
    EXPECT_EQ(found(), Found());
    enable("cloud-netconfig.timer");
    EXPECT_EQ(found(), Found{"cloud-netconfig " + kUnits + "cloud-netconfig.timer"});
    mask("/etc/systemd/system/cloud-netconfig.timer");
    EXPECT_EQ(found(), Found());
    const std::string script = "/usr/lib/NetworkManager/dispatcher.d/cloud-netconfig";
    root.write(script, "");
    EXPECT_EQ(found(), Found{"cloud-netconfig " + script});
    mask("/etc/NetworkManager/dispatcher.d/cloud-netconfig");
    EXPECT_EQ(found(), Found());
}

TEST_F(Tools, BothGenerationsOfEc2NetUtilsByTheirUdevRules) {
    const std::string rules = "/usr/lib/udev/rules.d/99-vpc-policy-routes.rules";
    const std::string old = "/etc/udev/rules.d/53-ec2-network-interfaces.rules";
    root.write(rules, "");
    root.write(old, "");
    EXPECT_EQ(found(), (Found{"amazon-ec2-net-utils " + rules, "ec2-net-utils " + old}));
    mask("/etc/udev/rules.d/99-vpc-policy-routes.rules");  // as EKS' images do it
    EXPECT_EQ(found(), Found{"ec2-net-utils " + old});
}

TEST_F(Tools, PluginsByTheirNetworkConfiguration) {
    const std::string directory = "/etc/cni/net.d/";
    root.write(directory + "87-podman.conflist", R"({"plugins": [{"type": "bridge"}]})");
    root.write(directory + "10-aws.conflist.bak", R"({"plugins": [{"type": "aws-cni"}]})");
    EXPECT_EQ(found(), Found());
    root.write(directory + "05-cilium.conflist",
               R"({"name": "cilium", "plugins": [{"type": "cilium-cni"}]})");
    EXPECT_EQ(found(), Found{"Cilium " + directory + "05-cilium.conflist"});
    root.write(directory + "10-aws.conflist",
               R"({"name": "aws-cni", "plugins": [{"name": "aws-cni", "type": "aws-cni"},)"
               R"({"type": "egress-cni"}, {"type": "cilium-cni"}]})");
    EXPECT_EQ(found(), Found{"amazon-vpc-cni " + directory + "10-aws.conflist"});
}

TEST_F(Tools, ADelegatedPluginAndOneAlone) {
    const std::string path = "/etc/cni/net.d/00-multus.conf";
    root.write(path, R"({"type": "multus", "delegates": [{"plugins": [{"type": "aws-cni"}]}]})");
    EXPECT_EQ(found(), Found{"amazon-vpc-cni " + path});
    root.write(path, R"({"type": "cilium-cni"})");
    EXPECT_EQ(found(), Found{"Cilium " + path});
}

TEST_F(Tools, ConfigurationsThatAreNoneAreLeftOut) {
    const std::string path = "/etc/cni/net.d/10-aws.conflist";
    for (const char* text : {"", "{", "null", "1", "[]", "\"aws-cni\"", R"({"type": 1})",
                             R"({"type": ["aws-cni"]})", "{\"type\": \"\xff\"}"}) {
        root.write(path, text);
        EXPECT_EQ(found(), Found()) << text;
    }
}

}  // namespace
}  // namespace eni
