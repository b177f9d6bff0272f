// Which interfaces there are, as far as `disable` and `enable` ask.
#include "interface_names.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace eni {
namespace {

using Names = std::set<std::string>;

std::string error_of(const std::string& ifname, const Names& known) {
    try {
        refuse_unknown(ifname, known);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "no error";
}

TEST(KnownInterfaces, AreThoseOfTheKernelAndOfTheDisk) {
    EXPECT_EQ(known_interfaces({}, {}, {}), Names());
    std::vector<Link> links(1);
    links[0].ifname = "eth0";
    DiskFacts disk;
    disk.table_names = {{TableId{10001}, "eth1", true}, {TableId{500}, "isp2", false}};
    disk.files = {{"/etc/sysconfig/network-scripts/rule-eth2", "# eni-routes: eth2\n"},
                  {"/etc/sysconfig/network-scripts/rule-isp3", "from 10.0.3.0/24 table isp3\n"}};
    disk.profiles = {{"office", "eth3", ""}, {"eth4", "", ""}};
    disk.disabled = {"*", "eth5"};
    Config config;
    config.interfaces["eth6"].enabled = false;
    EXPECT_EQ(known_interfaces(links, disk, config),
              (Names{"eth0", "eth1", "eth2", "eth3", "eth4", "eth5", "eth6"}));
}

TEST(KnownInterfaces, AnotherIsRefusedAndTheNearestNamed) {
    const Names known = {"eth0", "eth1", "lo"};
    EXPECT_EQ(error_of("eth1", known), "no error");
    EXPECT_EQ(error_of("eht1", known), "there is no interface 'eht1', did you mean 'eth1'?");
    EXPECT_EQ(error_of("wlan0", known), "there is no interface 'wlan0'");
}

TEST(InterfaceNames, WhatCanBeNoneIsRefused) {
    EXPECT_EQ(interface_names({"eth0", "ens5"}), (std::vector<std::string>{"eth0", "ens5"}));
    for (const char* name : {"", "../eth0", "eth 0", "\033[31m", "sixteenletters16"})
        EXPECT_THROW(interface_names({"eth0", name}), std::invalid_argument) << name;
}

}  // namespace
}  // namespace eni
